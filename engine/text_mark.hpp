// Unicode's byte order mark at the beginning of a text file, as editors and spreadsheets write it. It is taken off where the file is read,
// so that no parser meets it.
#pragma once

#include <string>
#include <string_view>

namespace colony {

/// Why a text that begins so can't be read: the mark of UTF-16 or UTF-32, by name, and how to mend it. "" where there is no such mark.
std::string foreign_mark(std::string_view bytes);

/// The text without the mark of UTF-8, if it begins with one. Throws DataError, naming the file, where it begins with a foreign mark.
std::string_view without_mark(std::string_view bytes, const std::string& path);

/// The same in place.
void take_mark_off(std::string& text, const std::string& path);

}  // namespace colony
