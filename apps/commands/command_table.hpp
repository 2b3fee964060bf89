// observables.csv as `diff` and `plot` read it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace colony {

struct Table {
  std::vector<std::string> names;              ///< of the columns; "tick" is the first
  std::vector<std::vector<std::string>> rows;  ///< as they stand in the file, ascending tick
  std::uint64_t tick_of(const std::vector<std::string>& row) const;
  std::uint64_t tick(std::size_t row) const { return tick_of(rows[row]); }
};

/// A row that is being written (no line end yet) is left out. Throws StorageError when the file is not such a table.
Table read_table(const std::string& path);

}  // namespace colony
