// Models that are wrong in ways that only their data shows: each is told as the modeller's mistake, in any shape.
#include "engine/model/mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/kernels/access.hpp"
#include "engine/model/model.hpp"
#include "engine/model/seeder.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

enum class Mistake { none, throws_in_decay, throws_in_act, throws_no_exception, no_such_value, walks_sources, walks_targets };

/// Decay, or Act: throws at one node.
struct Thrower {
  Read<std::uint8_t> state;
  bool strange;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() != 1234 || state(here) > 9) return;
    if (strange) throw 5;
    throw std::out_of_range("no such price");
  }
};

/// Decay: sets a category to a value that it may not have.
struct Setter {
  Become state;
  std::uint8_t value;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 77) state(here, value);
  }
};

/// Act: looks at its neighbours, whether the model asked for their rows or not.
template <bool sources>
struct Walker {
  Near<std::uint8_t> state;
  Add sum;
  template <class Here>
  void operator()(const Here& here) const {
    std::int64_t found = 0;
    const auto count = [&](NodeRef v) { found += state(v); };
    if constexpr (sources) here.for_each_source(count);
    else here.for_each_target(count);
    sum(found);
  }
};

class Faulty final : public Model {
 public:
  explicit Faulty(Mistake mistake) : mistake_(mistake) {}
  std::string summary() const override { return "a model that is wrong"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  void declare(Schema& s) override {
    s.layer("places");
    state_ = s.category("state", {"low", "high"});
    const GlobalSum sum = s.global("sum", false);
    switch (mistake_) {
      case Mistake::none: s.decay(Setter{state_, 1}); break;
      case Mistake::throws_in_decay: s.decay(Thrower{NodeField<std::uint8_t>(state_), false}); break;
      case Mistake::throws_in_act: s.act(Thrower{NodeField<std::uint8_t>(state_), false}); break;
      case Mistake::throws_no_exception: s.decay(Thrower{NodeField<std::uint8_t>(state_), true}); break;
      case Mistake::no_such_value: s.decay(Setter{state_, 2}); break;
      case Mistake::walks_sources:  // it asked for the others
        s.push_rows();
        s.act(Walker<true>{state_, sum});
        break;
      case Mistake::walks_targets:
        s.pull_rows();
        s.act(Walker<false>{state_, sum});
        break;
    }
  }
  void populate(Seeder& seeder) const override {
    seeder.nodes([&](std::uint64_t, LocalIndex i) { seeder.set(state_, i, 0); });
  }

 private:
  Mistake mistake_;
  Category state_{};
};

std::string told(Mistake mistake, const Shape& shape) {
  Colony colony({"", {}, random_graph(20'000, 60'000, true), 0, 5, [mistake] { return std::make_unique<Faulty>(mistake); }}, shape);
  try {
    colony.run(1);
  } catch (const ModelError& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_data);
    return error.what();
  }
  return "nothing";
}

TEST(Mistakes, AreToldAsTheModels) {
  for (const Shape& shape : {Shape{1, 1, "range", 1}, Shape{1, 2, "range", 8}, Shape{3, 2, "hash", 16}}) {
    EXPECT_EQ(told(Mistake::none, shape), "nothing");
    EXPECT_THAT(told(Mistake::throws_in_decay, shape),
                AllOf(HasSubstr("your model: the kernel"), HasSubstr("Thrower of Decay"), HasSubstr("no such price")));
    EXPECT_THAT(told(Mistake::throws_in_act, shape), AllOf(HasSubstr("Thrower of Act"), HasSubstr("no such price")));
    EXPECT_THAT(told(Mistake::throws_no_exception, shape), AllOf(HasSubstr("your model: "), HasSubstr("Thrower of Decay")));
    EXPECT_THAT(told(Mistake::no_such_value, shape),
                AllOf(HasSubstr("your model: "), HasSubstr("\"state\" of node 77 was set to 2 in tick 0"), HasSubstr("0 to 1")));
    EXPECT_THAT(told(Mistake::walks_sources, shape),
                AllOf(HasSubstr("your model: "), HasSubstr("Walker<true> of Act"), HasSubstr("pull_rows")));
    EXPECT_THAT(told(Mistake::walks_targets, shape),
                AllOf(HasSubstr("your model: "), HasSubstr("Walker<false> of Act"), HasSubstr("push_rows")));
  }
}

}  // namespace
}  // namespace colony::testing
