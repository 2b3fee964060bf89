// Rows of a run as CSV: observables.csv (one row an observed tick) and events.csv. A crashed and resumed run leaves the same bytes as a
// straight one: a checkpoint holds the length that the file had, and a restart cuts the file to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "io/job/condition.hpp"
#include "io/run/rows_hash.hpp"
#include "io/storage.hpp"

namespace colony {

/// Header `tick,<columns...>[,digest]`. Integers are written as such, reals as the shortest text that reads back as the same bits.
class CsvWriter {
 public:
  enum class DigestColumn : bool { no, yes };

  /// A new file of the run folder, in place of any that is there. Throws StorageError.
  static CsvWriter create(Storage& storage, const std::string& name, const std::vector<std::string>& columns, DigestColumn digest);
  /// Goes on with a file that begins with the bytes that were kept: what follows them is cut off. The digest column is as the file has it,
  /// not as the job says now. No bytes: the same as create. Throws StorageError when the file is shorter, begins otherwise, does not end
  /// a row there, or has other columns.
  static CsvWriter open_at(Storage& storage, const std::string& name, const StoredFile& kept, const std::vector<std::string>& columns,
                           DigestColumn digest);

  CsvWriter(CsvWriter&& other) noexcept = default;
  CsvWriter& operator=(CsvWriter&&) = delete;
  /// Writes what is buffered, if it can; call sync() to know.
  ~CsvWriter();

  /// Called before anything is written from now on: what it throws leaves the file as it is and the rows buffered.
  void guard(std::function<void()> before_write) { before_write_ = std::move(before_write); }

  bool has_digest() const { return digest_ == DigestColumn::yes; }
  /// values: parallel to the columns. digest: "" leaves the column empty; without such a column it is passed over.
  void row(std::uint64_t tick, std::span<const ObservableValue> values, std::string_view digest = {});
  /// A row of events.csv. source: the id of what caused it, if anything did.
  void event(std::uint64_t tick, std::string_view name, std::optional<std::uint64_t> source, std::uint64_t target);

  /// Writes the buffer when a second has gone by since it was last written. now_ns: of one Clock, never going back. Throws StorageError.
  void flush_if_due(std::uint64_t now_ns);
  /// Writes the buffer. When that fails the file is cut back to its last whole row, the rows stay buffered, and StorageError is thrown.
  void flush();
  /// Writes the buffer, syncs the file, and returns its length in bytes, for the manifest. Throws StorageError.
  std::uint64_t sync();
  /// What flush() wrote before this call is on disk when it returns. May run in another thread beside all calls but the destructor.
  void sync_flushed() { file_->sync(); }
  /// Length and hash of what flush() has written so far, for the manifest.
  StoredFile stored() const { return hash_.stored(); }
  /// Throws AlteredFileError when the name no longer stands for this file, or that is shorter than `length`. As sync_flushed().
  void check(std::uint64_t length) { file_->check(length); }
  /// Reads all of it back. Throws AlteredFileError, naming the lines, unless it holds what was written. After sync().
  void verify();
  /// Bytes of all rows so far, buffered ones included.
  std::uint64_t length() const { return file_->length() + buffer_.size(); }

 private:
  CsvWriter(std::string path, std::unique_ptr<AppendFile> file, std::size_t columns, DigestColumn digest);
  void begin_row(std::uint64_t tick, std::size_t columns);
  void end_row(std::string_view digest);

  std::string path_;                  ///< for messages
  std::unique_ptr<AppendFile> file_;  ///< whole rows; null once moved from
  std::size_t columns_;
  DigestColumn digest_;
  std::uint64_t flushed_ns_ = 0;  ///< 0: not yet
  std::string buffer_;            ///< whole rows
  RowsHash hash_;                 ///< of what is in the file
  std::function<void()> before_write_;
};

/// A value as rows have it: whole numbers as such, reals as the shortest text that reads back as the same bits.
std::string text_of(const ObservableValue& value);

}  // namespace colony
