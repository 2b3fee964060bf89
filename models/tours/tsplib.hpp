// What files in the format of TSPLIB 95 have in common: lines of a key, a colon and a value, and sections of numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace colony::tsplib {

/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text);

/// Takes a word, with blanks before it, off the front; empty at the end of the text.
std::string_view take_word(std::string_view& text);

/// A line that stands for itself (NODE_COORD_SECTION, EOF) has no colon, or one with nothing behind it.
struct Entry {
  std::string_view key, value;  ///< trimmed
  bool has_colon = false;
};
Entry entry_of(std::string_view line);

/// Whether the line is of a section's numbers; keys begin with letters.
bool begins_number(std::string_view line);

/// The word as a whole number, with or without a sign; nothing when it does not fit.
std::optional<std::int64_t> whole_number(std::string_view word);
/// The word as a number: 1, -1.5, 1.5e+02; nothing when no double is near it.
std::optional<double> finite_number(std::string_view word);

/// What a message shows of a line: enough to find it, and nothing that a terminal could take for a command.
std::string quoted(std::string_view line);

}  // namespace colony::tsplib
