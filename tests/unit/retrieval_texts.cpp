// Labels in the formats that are written: quoting, and what no format can write.
#include <gtest/gtest.h>

#include "engine/quoting.hpp"

namespace colony::test {
namespace {

TEST(Quoting, Json) {
  EXPECT_EQ(json_quoted("heron"), "\"heron\"");
  EXPECT_EQ(json_quoted("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\u0001\"");
  EXPECT_EQ(json_quoted("caf\xC3\xA9 \xF0\x9F\x90\x9C"), "\"caf\xC3\xA9 \xF0\x9F\x90\x9C\"");
}

TEST(Quoting, WhatIsNoUtf8IsReplaced) {
  for (const char* bad : {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    const std::string quoted = json_quoted(std::string("a") + bad + "b");
    EXPECT_EQ(quoted.substr(0, 5), "\"a\xEF\xBF\xBD") << quoted;
    EXPECT_EQ(quoted.substr(quoted.size() - 2), "b\"");
    EXPECT_EQ(xml_escaped(quoted).find(bad), std::string::npos);
  }
}

TEST(Quoting, Xml) {
  EXPECT_EQ(xml_escaped("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;'");
  EXPECT_EQ(xml_escaped("tab\tline\n"), "tab&#9;line&#10;");
  EXPECT_EQ(xml_escaped("\x01\xEF\xBF\xBE"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Quoting, Csv) {
  EXPECT_EQ(csv_field("heron"), "heron");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv_field(""), "\"\"");
  EXPECT_EQ(csv_field(" a"), "\" a\"");
}

}  // namespace
}  // namespace colony::test
