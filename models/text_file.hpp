// Files of text: read whole, and taken line by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace colony {

inline constexpr std::uint64_t max_text_bytes = std::uint64_t{1} << 30;

/// The bytes of a file; memory for them and no more. Throws DataError when it can't be read or is larger than max_text_bytes.
std::string read_file_bytes(const std::string& path);

/// The same for a file that must be text: without the mark of UTF-8; that of UTF-16 is a DataError too.
std::string read_text_file(const std::string& path);

/// Lines without their ends (\n or \r\n), numbered from 1.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}
  bool next();
  std::string_view line() const { return line_; }
  /// Of the line that stands now; 1 before the first and of an empty text.
  std::uint64_t number() const { return number_ == 0 ? 1 : number_; }

 private:
  std::string_view rest_;
  std::string_view line_;
  std::uint64_t number_ = 0;
};

}  // namespace colony
