// Small files of named texts (JSON), and the hash of a text: for what processes leave for one another to read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace colony {

/// One JSON object of strings, indented.
std::string fields_to_json(const std::map<std::string, std::string>& fields);
/// The reverse. Throws StorageError, naming `where`, for anything but one object of strings.
std::map<std::string, std::string> fields_from_json(std::string_view text, const std::string& where);

/// XXH3-64.
std::uint64_t hash_text(std::string_view text);

}  // namespace colony
