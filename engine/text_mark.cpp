#include "engine/text_mark.hpp"

#include "engine/error.hpp"

namespace colony {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF"sv;

struct ForeignMark {
  std::string_view bytes;
  const char* encoding;
};

// UTF-32's little-endian mark begins with UTF-16's: the longer one comes first.
constexpr ForeignMark foreign_marks[] = {{"\xFF\xFE\x00\x00"sv, "UTF-32 (little-endian)"},
                                         {"\x00\x00\xFE\xFF"sv, "UTF-32 (big-endian)"},
                                         {"\xFF\xFE"sv, "UTF-16 (little-endian)"},
                                         {"\xFE\xFF"sv, "UTF-16 (big-endian)"}};

}  // namespace

std::string foreign_mark(std::string_view bytes) {
  for (const ForeignMark& mark : foreign_marks) {
    if (bytes.starts_with(mark.bytes)) return std::string("begins with the byte order mark of ") + mark.encoding + "; save it as UTF-8";
  }
  return {};
}

std::string_view without_mark(std::string_view bytes, const std::string& path) {
  if (const std::string foreign = foreign_mark(bytes); !foreign.empty()) throw DataError(path, foreign);
  return bytes.starts_with(utf8_mark) ? bytes.substr(utf8_mark.size()) : bytes;
}

void take_mark_off(std::string& text, const std::string& path) { text.erase(0, text.size() - without_mark(text, path).size()); }

}  // namespace colony
