// io/log_reader: log lines as people read them.
#include "io/log_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace colony {
namespace {

TEST(LogReader, ALineHasTimeLevelEventMessageAndFields) {
  EXPECT_EQ(
      log_line_for_people(R"({"time":"2026-03-01T12:00:00.123Z","level":"info","event":"joined","message":"it joined","tick":7,"a":"b"})"),
      "2026-03-01 12:00:00.123Z  info     joined           it joined  (tick=7, a=b)");
  EXPECT_EQ(log_line_for_people(R"({"time":"2026-03-01T12:00:00.123Z","level":"warning","event":"x"})"),
            "2026-03-01 12:00:00.123Z  warning  x");
}

TEST(LogReader, WhatIsNoneIsShownAsItIs) {
  for (const char* line : {"", "half a line {\"time\":", "[1,2]", "{\"a\":1}"}) EXPECT_EQ(log_line_for_people(line), line);
}

TEST(LogReader, NothingSteersATerminal) {
  for (const std::string& line :
       {std::string("\x1b[2J plain"), std::string(R"({"time":"t","level":"info","event":"e","message":"\u001b[2J\nx"})")}) {
    const std::string text = log_line_for_people(line);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace colony
