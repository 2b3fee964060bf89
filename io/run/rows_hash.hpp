// What a file of rows should hold, remembered beside it: a checkpoint stands for its rows (docs/adr/0015).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ids.hpp"
#include "io/storage.hpp"

namespace colony {

/// Length and XXH3-64 of all bytes so far, and enough to tell which lines of a file are others: for runs of lines the sum of a hash each. A
/// run is one line at first; when there are 4,096 runs, each two become one.
class RowsHash {
 public:
  RowsHash();
  RowsHash(RowsHash&&) noexcept;
  RowsHash& operator=(RowsHash&&) noexcept;
  ~RowsHash();

  void add(std::string_view bytes);
  StoredFile stored() const;
  /// The first run of lines (from 1, both ends included) in which the file is not what was added; none when it is the same.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> first_difference(AppendFile& file) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "line 5", "lines 5 to 8"
std::string lines_text(std::uint64_t first, std::uint64_t last);

/// What the checkpoint of a tick remembers of a file of rows.
struct RowsMark {
  Tick tick;
  StoredFile stored;
};

/// Throws StorageError unless the file is there and begins with these bytes. earlier: asked when it does not, for what older checkpoints
/// remember of the same file, so that the message can say which lines were changed.
void verify_rows(Storage& storage, const std::string& name, const RowsMark& mark,
                 const std::function<std::vector<RowsMark>()>& earlier = {});

}  // namespace colony
