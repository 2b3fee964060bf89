// Words that join others and say little by themselves, which no document is to be found by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace colony {

/// The function words of English, ascending. Among them what apostrophes leave behind: "don" and "t" of "don't".
std::vector<std::string> english_stop_words();

/// A user's list: one a line, blank lines and what follows a # ignored, in any case and order. name: what messages call the file.
/// Throws DataError with file and line where a line is not UTF-8.
std::vector<std::string> parse_stop_words(std::string_view text, const std::string& name);

/// Throws DataError when the file can't be read, too.
std::vector<std::string> read_stop_words(const std::string& path);

}  // namespace colony
