#include "models/text_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "engine/error.hpp"
#include "engine/text_mark.hpp"

namespace colony {

std::string read_file_bytes(const std::string& path) {
  std::error_code failure;
  const std::uint64_t bytes = std::filesystem::file_size(path, failure);
  if (failure) throw DataError(path, "can't be read: " + failure.message());
  if (bytes > max_text_bytes) {
    throw DataError(path, "holds " + std::to_string(bytes) + " bytes, and a text may have 1 GiB (" + std::to_string(max_text_bytes) +
                              "); split it into several");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError(path, "can't be read");
  std::string text(bytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(bytes));
  if (file.bad()) throw DataError(path, "can't be read to its end");
  text.resize(static_cast<std::size_t>(file.gcount()));  // another process may have cut it since
  return text;
}

std::string read_text_file(const std::string& path) {
  std::string text = read_file_bytes(path);
  take_mark_off(text, path);
  return text;
}

bool LineReader::next() {
  if (rest_.empty()) return false;
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  line_ = rest_.substr(0, end);
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  ++number_;
  return true;
}

}  // namespace colony
