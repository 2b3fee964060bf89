// Text as other formats write it. Labels come from a user's documents: bytes that are not UTF-8, and characters that a format
// has no way to write, become U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace colony {

/// With the quotes.
std::string json_quoted(std::string_view text);
/// For content and attributes of XML 1.0, without quotes.
std::string xml_escaped(std::string_view text);
/// As RFC 4180: quoted where it has to be.
std::string csv_field(std::string_view text);

}  // namespace colony
