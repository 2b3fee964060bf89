// The run folder, injected: everything that a run is resumed from goes through here, and the cluster's simulator puts its own in place.
//
// What survives a crash, at any moment: a name is given to a file only after its bytes are on disk (write or stage, fsync, then the
// name), never to a second one (the name must be free), and the folder is synced before the call returns. So a name that can be seen
// stands for a whole file, and two names given one after the other can't appear the other way round. A crash leaves at most a
// temporary file, whose name begins with a dot and ends with ".tmp".
//
// Two kinds of file are not made once and for all. replace() gives a name to new content (job.toml, run.json): a reader sees the old or
// the new, whole. An AppendFile grows (observables.csv, events.csv): a manifest holds the length up to which its bytes count.
//
// What stays outside: files that nothing reads back, by libraries that open them themselves (log.jsonl by spdlog, profile.json by the
// program, observables.png by gnuplot); what lies elsewhere (a job's inputs, /proc). Commands that only look may use path_of.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"

namespace colony {

/// Length and XXH3-64 of a file's bytes.
struct StoredFile {
  std::uint64_t bytes = 0;
  std::uint64_t xxh3 = 0;
  bool operator==(const StoredFile&) const = default;
};

/// Whether a file's name, without its folder, is that of a temporary file: what is being written, or what a crash left.
inline bool is_temporary(std::string_view name) { return name.starts_with('.') && name.ends_with(".tmp"); }

inline constexpr std::uint64_t max_text_bytes = std::uint64_t{1} << 30;

/// A file that this process writes, or has written, is no longer what it wrote: it was removed, replaced or changed by something else.
/// Nothing that the run could do would make that good.
struct AlteredFileError : StorageError {
  using StorageError::StorageError;
};

/// A file that grows at its end, held open. One thread at a time, but for sync() and check(), which another may call. Everything throws
/// StorageError.
class AppendFile {
 public:
  virtual ~AppendFile() = default;

  /// Bytes that count: where the next ones go.
  virtual std::uint64_t length() const = 0;
  /// Up to `bytes` bytes from `offset` on; fewer where the file ends.
  virtual std::string read(std::uint64_t offset, std::size_t bytes) = 0;
  /// Adds bytes at the end, all or none: when that fails, what was written of them is cut off again and length() is as before. Throws
  /// AlteredFileError when the file is not as long as it was left.
  virtual void append(std::string_view bytes) = 0;
  /// Goes back to the length that the file had at a checkpoint; not more than length().
  virtual void cut(std::uint64_t length) = 0;
  /// When this returns, what was appended before the call is on disk.
  virtual void sync() = 0;
  /// Throws AlteredFileError unless the name still stands for this file and that has at least `length` bytes.
  virtual void check(std::uint64_t length) = 0;
};

/// What becomes of the bytes of a file that is there.
enum class Existing : bool {
  keep,    ///< they stay; the file must be there
  discard  ///< they go; a file that is not there is made
};

/// Names are relative to the root folder ("checkpoints/tick-000000000100/manifest.r1.e1.json"); "" is the root itself.
/// Everything throws StorageError. Thread-safe, as long as no two calls are about one name.
class Storage {
 public:
  virtual ~Storage() = default;

  /// Names (last part only) of what lies in a folder, temporary files included, ascending. Empty when there is no such folder.
  virtual std::vector<std::string> list(const std::string& folder) = 0;
  virtual bool exists(const std::string& name) = 0;
  /// The whole file. Refuses one of more than `limit` bytes.
  virtual std::string read(const std::string& name, std::uint64_t limit = max_text_bytes) = 0;
  /// Length and checksum, streamed.
  virtual StoredFile checksum(const std::string& name) = 0;
  /// A path by which libraries that open files themselves can read a file.
  virtual std::string path_of(const std::string& name) const = 0;

  /// Makes a folder and those above it; fine when it exists.
  virtual void make_folder(const std::string& folder) = 0;
  /// A new file with this content; refused when the name is taken. The folder must exist.
  virtual void write_new(const std::string& name, std::string_view bytes) = 0;
  /// Gives `name` this content, in place of what it had, if anything. The folder must exist.
  virtual void replace(const std::string& name, std::string_view bytes) = 0;
  /// Opens a file that grows. With Existing::keep nothing is changed. The folder must exist.
  virtual std::unique_ptr<AppendFile> open_append(const std::string& name, Existing existing) = 0;
  /// Makes an empty temporary file beside `name` and returns its path: to be filled, then given to publish() or discard().
  virtual std::string stage(const std::string& name) = 0;
  /// Syncs a staged file and gives it its name; refused when the name is taken.
  virtual void publish(const std::string& staged, const std::string& name) = 0;
  /// Drops a staged file. Throws nothing.
  virtual void discard(const std::string& staged) noexcept = 0;
  /// Removes files and empty folders, in this order, then syncs the folders that they lay in. What does not exist is passed over.
  virtual void remove(std::span<const std::string> names) = 0;

  /// Bytes that this user can still write.
  virtual std::uint64_t free_bytes() = 0;
};

/// A local or shared file system.
class PosixStorage : public Storage {
 public:
  /// root: a folder, made by make_folder("") if need be.
  explicit PosixStorage(std::string root);

  std::vector<std::string> list(const std::string& folder) override;
  bool exists(const std::string& name) override;
  std::string read(const std::string& name, std::uint64_t limit = max_text_bytes) override;
  StoredFile checksum(const std::string& name) override;
  std::string path_of(const std::string& name) const override;
  void make_folder(const std::string& folder) override;
  void write_new(const std::string& name, std::string_view bytes) override;
  void replace(const std::string& name, std::string_view bytes) override;
  std::unique_ptr<AppendFile> open_append(const std::string& name, Existing existing) override;
  std::string stage(const std::string& name) override;
  void publish(const std::string& staged, const std::string& name) override;
  void discard(const std::string& staged) noexcept override;
  void remove(std::span<const std::string> names) override;
  std::uint64_t free_bytes() override;

 private:
  std::string root_;
};

/// A staged file that is dropped unless it is published.
class StagedFile {
 public:
  StagedFile(Storage& storage, std::string name) : storage_(storage), name_(std::move(name)), path_(storage.stage(name_)) {}
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile() {
    if (!path_.empty()) storage_.discard(path_);
  }
  const std::string& path() const { return path_; }
  void publish() {
    storage_.publish(path_, name_);
    path_.clear();
  }

 private:
  Storage& storage_;
  std::string name_;
  std::string path_;
};

/// The error for a failed system call: what was being done, the system's words, and what to do about it. error: an errno.
StorageError storage_error(const std::string& path, const std::string& doing, int error);

}  // namespace colony
