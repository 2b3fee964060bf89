// io/job/condition: stop_when is read, bound to observables and decided.
#include "io/job/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace colony {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> names = {"infectious", "recovered", "mean.age"};

bool holds(const std::string& text, ObservableValue infectious, ObservableValue recovered, ObservableValue age = 0.5) {
  Condition condition = Condition::parse(text);
  condition.bind(names);
  return condition.holds(std::vector<ObservableValue>{infectious, recovered, age});
}

TEST(JobCondition, ComparisonsHoldAsTheyRead) {
  const std::int64_t three = 3;
  EXPECT_TRUE(holds("infectious == 3", three, three));
  EXPECT_FALSE(holds("infectious != 3", three, three));
  EXPECT_TRUE(holds("infectious<=recovered", three, three));
  EXPECT_FALSE(holds("infectious<recovered", three, three));
  EXPECT_TRUE(holds("2 < infectious", three, three));
  EXPECT_TRUE(holds("infectious >= 3.0", three, three));
  EXPECT_FALSE(holds("infectious > 3e0", three, three));
  EXPECT_TRUE(holds("mean.age == .5", three, three));
  EXPECT_TRUE(holds("infectious > -4", three, three));
}

TEST(JobCondition, AndBindsTighterThanOr) {
  const std::int64_t zero = 0, one = 1;
  EXPECT_TRUE(holds("infectious == 0 or infectious == 1 and recovered == 5", zero, one));
  EXPECT_FALSE(holds("(infectious == 0 or infectious == 1) and recovered == 5", zero, one));
  EXPECT_TRUE(holds("((recovered == 1))and(infectious == 0)", zero, one));
}

TEST(JobCondition, LargeIntegersAreComparedExactly) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(holds("infectious == 9223372036854775807", most, most));
  EXPECT_FALSE(holds("infectious == 9223372036854775806", most, most));
  EXPECT_FALSE(holds("infectious == mean.age", most, most, 9223372036854775808.0));
  EXPECT_TRUE(holds("infectious < mean.age", most, most, 9223372036854775808.0));
}

TEST(JobCondition, MistakesSayWhereAndWhat) {
  const auto error = [](const std::string& text) -> std::string {
    try {
      Condition::parse(text).bind(names);
    } catch (const ConditionError& e) {
      EXPECT_EQ(e.status(), ExitStatus::usage);
      return e.what();
    }
    return "none";
  };
  EXPECT_THAT(error("infectious = 0"), HasSubstr("character 12: a comparison for equality is written =="));
  EXPECT_THAT(error("infectious"), HasSubstr("character 11: a comparison is wanted here"));
  EXPECT_THAT(error("infectious == "), HasSubstr("the name of an observable or a number is wanted here"));
  EXPECT_THAT(error("infectious == 0 and"), HasSubstr("character 20"));
  EXPECT_THAT(error("infectious == 0 xor 1 == 1"), HasSubstr("character 17: \"and\", \"or\" or the end is wanted here"));
  EXPECT_THAT(error("(infectious == 0"), HasSubstr("character 1: this parenthesis is not closed"));
  EXPECT_THAT(error("infectious == 0)"), HasSubstr("character 16"));
  EXPECT_THAT(error("infectious == 1e999"), HasSubstr("too large or too small"));
  EXPECT_THAT(error("infectious == 12x"), HasSubstr("character 17: a number ends here"));
  EXPECT_THAT(error("infectious == nan"), HasSubstr("there is no observable \"nan\""));
  EXPECT_THAT(error("infectious == - 3"), HasSubstr("a number is wanted here"));
  EXPECT_THAT(error("1 == infectius"), HasSubstr("character 6: there is no observable \"infectius\"; did you mean \"infectious\"?"));
  EXPECT_THAT(error(""), HasSubstr("character 1"));
  EXPECT_THAT(error(std::string(1000, '(')), HasSubstr("character 65: too many parentheses"));
}

}  // namespace
}  // namespace colony
