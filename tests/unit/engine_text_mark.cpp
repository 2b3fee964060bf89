// engine/text_mark: what a text file may begin with.
#include "engine/text_mark.hpp"

#include <gtest/gtest.h>

#include "engine/error.hpp"

namespace colony {
namespace {

using namespace std::string_view_literals;

TEST(TextMark, ThatOfUtf8IsTakenOffOnce) {
  EXPECT_EQ(without_mark("\xEF\xBB\xBF"
                         "1 2\n",
                         "f"),
            "1 2\n");
  EXPECT_EQ(without_mark("\xEF\xBB\xBF", "f"), "");
  EXPECT_EQ(without_mark("\xEF\xBB\xBF\xEF\xBB\xBFx", "f"), "\xEF\xBB\xBFx") << "the second one is text";
  for (const std::string_view text : {""sv, "1 2\n"sv, "\xEF\xBB"sv, "x\xEF\xBB\xBF"sv, "\0\0"sv, "\xFF"sv})
    EXPECT_EQ(without_mark(text, "f"), text);
  std::string text = "\xEF\xBB\xBFnames";
  take_mark_off(text, "f");
  EXPECT_EQ(text, "names");
}

TEST(TextMark, OtherEncodingsAreRefusedByName) {
  const std::pair<std::string_view, const char*> cases[] = {{"\xFF\xFE"
                                                             "1\0"sv,
                                                             "UTF-16 (little-endian)"},
                                                            {"\xFE\xFF\0"
                                                             "1"sv,
                                                             "UTF-16 (big-endian)"},
                                                            {"\xFF\xFE\0\0"
                                                             "1\0\0\0"sv,
                                                             "UTF-32 (little-endian)"},
                                                            {"\0\0\xFE\xFF\0\0\0"
                                                             "1"sv,
                                                             "UTF-32 (big-endian)"}};
  for (const auto& [text, encoding] : cases) {
    try {
      without_mark(text, "f");
      FAIL() << encoding << " was accepted";
    } catch (const DataError& error) {
      EXPECT_EQ(error.where, "f");
      EXPECT_NE(std::string(error.what()).find(encoding), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("save it as UTF-8"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace colony
