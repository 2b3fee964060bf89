// io/job/job_file under mutation: for any text of a file or an override, the answer is a job or a list of placed mistakes, and a job that
// was accepted reads back as itself. RC_PARAMS="seed=..." repeats a failure; rapidcheck prints what to set.
#include "io/job/job_file.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "io/job/condition.hpp"
#include "tests/unit/job_models.hpp"

namespace colony {
namespace {

const std::string valid = R"toml([job]
name = "full"
seed = 77
ticks = 500
stop_when = "infectious == 0 and (recovered > 3)"
[model]
name = "spread"
infection = 1
recovery = 0.1
seeds = 3
seed_nodes = [4, 5]
direction = "pull"
weights = [0.1, 2, 1e-300]
piles = [[1, 2, 3], [4.5, 5, 6]]
twice = true
label = "say"
[population]
count = 12
[graph]
source = "generate"
kind = "watts-strogatz"
nodes = 101
degree = 4
rewire = 0.25
seed = 5
[shards]
count = 4
blocks = 16
partition = "metis"
placement = "locality"
load_bound = 1.5
pins = [[0, 3], [15, 0]]
rebalance_every = 50
[execution]
threads = 2
[checkpoint]
every = 10
every_seconds = 0.5
[output]
observe_every = 5
events = true
[[snapshot]]
fields = ["nodes.state", "ant.carry"]
every = 7
[cluster]
barrier = "tick"
hosts = ["a", "b"]
)toml";

/// What mutations write: pieces that mean something to TOML or to a job.
const std::vector<std::string> pieces = {"\n",
                                         "=",
                                         "[",
                                         "]",
                                         "[[",
                                         "\"",
                                         "'''",
                                         "{",
                                         "}",
                                         ",",
                                         ".",
                                         "#",
                                         "-",
                                         "0",
                                         "-1",
                                         "1e400",
                                         "nan",
                                         "inf",
                                         "true",
                                         "99999999999999999999",
                                         "0x10",
                                         "1979-05-27",
                                         "\\",
                                         "\\u0000",
                                         "\xff",
                                         std::string(1, '\0'),
                                         "[job]",
                                         "[graph]",
                                         "source = \"lattice\"",
                                         "width = 3",
                                         "regular",
                                         "rmat",
                                         "odd = 3",
                                         "4294967295",
                                         "18446744073709551615",
                                         "count",
                                         "name"};

/// How often each answer came: a test in which one never comes tests less than it says.
struct Answers {
  int jobs = 0, refusals = 0;
  ~Answers() { EXPECT_TRUE(jobs > 0 && refusals > 0) << jobs << " jobs, " << refusals << " refusals"; }
};

/// Parses, and checks what must hold of either answer.
void check(const JobSource& source, Answers& answers) {
  try {
    const RunJob job = parse_job(source, job_test_models());
    const std::string text = to_toml(job);
    const RunJob again = parse_job({"/elsewhere/job.toml", text, {}}, job_test_models());
    RC_ASSERT(to_toml(again) == text);
    RC_ASSERT(changed_keys(job, again).empty());
    RC_ASSERT(job.shards.count >= 1u);
    ++answers.jobs;
  } catch (const JobErrors& errors) {
    RC_ASSERT(!errors.mistakes.empty());
    ++answers.refusals;
    const auto lines = static_cast<std::uint32_t>(std::count(source.text.begin(), source.text.end(), '\n')) + 2;
    for (const JobMistake& mistake : errors.mistakes) {
      RC_ASSERT(!mistake.message.empty());
      if (mistake.place.line == 0) RC_ASSERT(mistake.place.source.starts_with("--set "));
      else RC_ASSERT(mistake.place.source == source.path && mistake.place.line <= lines && mistake.place.column >= 1u);
    }
  }
}

std::string mutated() {
  std::string text = valid;
  const int edits = *rc::gen::inRange(1, 8);
  for (int i = 0; i < edits; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
    const auto length = std::min(*rc::gen::inRange<std::size_t>(0, 12), text.size() - at);
    switch (*rc::gen::inRange(0, 4)) {
      case 0: text.erase(at, length); break;
      case 1: text.insert(at, *rc::gen::elementOf(pieces)); break;
      case 2: text.replace(at, length, *rc::gen::elementOf(pieces)); break;
      default: text.insert(at, text.substr(*rc::gen::inRange<std::size_t>(0, text.size()), 30)); break;
    }
  }
  return text;
}

TEST(JobFileProperty, MutatedFilesGiveAJobOrPlacedMistakes) {
  ASSERT_NO_THROW(parse_job({"job.toml", valid, {}}, job_test_models()));
  Answers answers;
  EXPECT_TRUE(rc::check([&] {
    for (int i = 0; i < 20; ++i) check({"job.toml", mutated(), {}}, answers);
  }));
}

/// Whole lines taken out, doubled or moved leave valid TOML more often: that reaches the checks behind the syntax.
TEST(JobFileProperty, ShuffledLinesGiveAJobOrPlacedMistakes) {
  Answers answers;
  EXPECT_TRUE(rc::check([&] {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < valid.size();) {
      const std::size_t end = valid.find('\n', begin) + 1;
      lines.push_back(valid.substr(begin, end - begin));
      begin = end;
    }
    for (int i = 0; i < *rc::gen::inRange(1, 5); ++i) {
      const auto from = *rc::gen::inRange<std::size_t>(0, lines.size());
      const std::string line = lines[from];
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(from));
      if (*rc::gen::arbitrary<bool>())
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, lines.size())), line);
    }
    std::string text;
    for (const std::string& line : lines) text += line;
    check({"job.toml", text, {}}, answers);
  }));
}

TEST(JobFileProperty, ArbitraryOverridesGiveAJobOrNamedMistakes) {
  const std::vector<std::string> keys = {"job.ticks",
                                         "job.name",
                                         "model.recovery",
                                         "model.piles",
                                         "graph.kind",
                                         "graph.degree",
                                         "graph.nodes",
                                         "shards.pins",
                                         "snapshot",
                                         "cluster.hosts",
                                         "output.events",
                                         "graph",
                                         "job.a.b",
                                         "",
                                         "."};
  Answers answers;
  check({"job.toml", valid, {"job.ticks=3"}}, answers);  // random ones may all be refused
  EXPECT_TRUE(rc::check([&] {
    std::vector<std::string> overrides;
    for (int i = 0; i < *rc::gen::inRange(1, 4); ++i) {
      const std::string value = *rc::gen::arbitrary<bool>() ? *rc::gen::elementOf(pieces) : *rc::gen::arbitrary<std::string>();
      overrides.push_back(*rc::gen::elementOf(keys) + "=" + value);
    }
    check({"job.toml", valid, overrides}, answers);
  }));
}

/// A random condition, as text and as a function of its own.
struct Sample {
  std::string text;
  bool truth;
};

Sample sample_condition(const std::vector<std::int64_t>& row, int depth) {
  if (depth > 0 && *rc::gen::arbitrary<bool>()) {
    const Sample left = sample_condition(row, depth - 1), right = sample_condition(row, depth - 1);
    const bool all = *rc::gen::arbitrary<bool>();
    return {"(" + left.text + (all ? " and " : " or ") + right.text + ")", all ? left.truth && right.truth : left.truth || right.truth};
  }
  const auto column = *rc::gen::inRange<std::size_t>(0, row.size());
  const auto number = *rc::gen::inRange<std::int64_t>(-3, 4);
  const std::int64_t value = row[column];
  const std::string left = "c" + std::to_string(column), right = std::to_string(number);
  switch (*rc::gen::inRange(0, 6)) {
    case 0: return {left + " == " + right, value == number};
    case 1: return {left + "!=" + right, value != number};
    case 2: return {left + " < " + right, value < number};
    case 3: return {left + "<= " + right, value <= number};
    case 4: return {right + " < " + left, number < value};
    default: return {right + " <=" + left, number <= value};
  }
}

TEST(JobConditionProperty, ConditionsHoldAsTheyAreBuilt) {
  EXPECT_TRUE(rc::check([] {
    std::vector<std::int64_t> row;
    std::vector<ObservableValue> values;
    for (int i = 0; i < 3; ++i) {
      row.push_back(*rc::gen::inRange<std::int64_t>(-3, 4));
      values.emplace_back(row.back());
    }
    const Sample sample = sample_condition(row, 4);
    Condition condition = Condition::parse(sample.text);
    condition.bind(std::vector<std::string>{"c0", "c1", "c2"});
    RC_ASSERT(condition.holds(values) == sample.truth);
  }));
}

TEST(JobConditionProperty, AnyTextIsReadOrRefusedInItsPlace) {
  EXPECT_TRUE(rc::check([] {
    std::string text;
    const std::vector<std::string> words = {"a", "1", "2.5", "==", "<", "and", "or", "(", ")", " ", "!=", "=", "&", "\xc3"};
    for (int i = 0; i < *rc::gen::inRange(0, 12); ++i) text += *rc::gen::elementOf(words);
    try {
      Condition::parse(text);
    } catch (const ConditionError& error) {
      RC_ASSERT(error.offset <= text.size());
    }
  }));
}

}  // namespace
}  // namespace colony
