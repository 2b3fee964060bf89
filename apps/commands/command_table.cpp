#include "apps/commands/command_table.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <string_view>

#include "engine/error.hpp"
#include "io/storage.hpp"

namespace colony {
namespace {

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> cells;
  while (true) {
    const std::size_t comma = line.find(',');
    cells.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

bool is_tick(const std::string& text) {
  std::uint64_t tick = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), tick);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

}  // namespace

std::uint64_t Table::tick_of(const std::vector<std::string>& row) const {
  std::uint64_t tick = 0;
  std::from_chars(row[0].data(), row[0].data() + row[0].size(), tick);
  return tick;
}

Table read_table(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string text = PosixStorage(file.parent_path().string()).read(file.filename().string());
  Table table;
  std::size_t number = 0;
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    std::vector<std::string> cells = split(std::string_view(text).substr(at, end - at));
    if (++number == 1) {
      table.names = std::move(cells);
      if (table.names[0] != "tick") throw StorageError(path, "its first column is not \"tick\": it is no table of observables");
      continue;
    }
    if (cells.size() != table.names.size() || !is_tick(cells[0]))
      throw StorageError(fmt::format("{}:{}", path, number),
                         fmt::format("is not a row of {} columns that begins with a tick", table.names.size()));
    table.rows.push_back(std::move(cells));
  }
  if (number == 0) throw StorageError(path, "is empty");
  return table;
}

}  // namespace colony
