// Observables in the units of their fields: sums of whole numbers and of reals, exact on any shape, and an error where they don't fit.
#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "engine/error.hpp"
#include "engine/globals/runs.hpp"
#include "engine/globals/wide_sum.hpp"
#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Weigh {
  AddTo sums;
  Add total;
  std::int64_t amount;
  template <class Here>
  void operator()(const Here&) const {
    if (amount % 2 == 0) total(amount);
    else sums(1, amount);
  }
};

/// 400 places and 90 porters with fields of all kinds: what(id) is the weight of a place.
class Market final : public Model {
 public:
  explicit Market(std::function<double(std::uint64_t)> what, std::uint64_t count = 0, std::int64_t effect = 0)
      : what_(std::move(what)), count_(count), effect_(effect) {}
  std::string summary() const override { return "numbers to add up"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  void declare(Schema& s) override {
    s.layer("places");
    weight_ = s.field<double>("weight");
    pieces_ = s.field<std::uint64_t>("pieces");
    const std::uint32_t porters = s.agents("porter");
    load_ = s.agent_field<float>(porters, "load");
    s.observe_sum("weight", weight_);
    s.observe_sum("pieces", pieces_);
    s.observe_sum("load", load_);
    s.observe_real("mean", [](const Globals&) { return 0.25; });
    const GlobalSum total = s.global("total", false);
    const GlobalSums sums = s.sums("sums", 3);
    if (effect_ != 0) s.decay(Weigh{sums, total, effect_});
    s.observe_happenings("total", total);
    sold_ = s.events("sold", Schema::Caused::no);
  }
  void populate(Seeder& seeder) const override {
    seeder.nodes([&](std::uint64_t id, LocalIndex i) {
      seeder.set(weight_, i, what_(id));
      seeder.set(pieces_, i, count_ != 0 ? count_ : id);
    });
    seeder.agents(
        0, 90, [](std::uint64_t id) { return id * 4; },
        [&](std::uint64_t id, std::size_t slot) { seeder.set(load_, slot, static_cast<float>(id) * -0.375f); });
    for (const std::uint64_t id : {399, 7, 120})
      if (seeder.at(id) != no_index) seeder.event(sold_, id);
  }

 private:
  std::function<double(std::uint64_t)> what_;
  std::uint64_t count_;
  std::int64_t effect_;
  NodeField<double> weight_{};
  NodeField<std::uint64_t> pieces_{};
  AgentField<float> load_{};
  EventList sold_{};
};

Case market(std::function<double(std::uint64_t)> what, std::uint64_t count = 0, std::int64_t effect = 0) {
  return {"", {}, lattice(20, 20), 0, 1, [=] { return std::make_unique<Market>(what, count, effect); }};
}

const std::vector<Shape> market_shapes{{}, {3, 2, "hash", 8}, {7, 1, "range", 16, true}};

/// A tenth is not a double, so that sums of doubles depend on their order; of multiples of 2^-40 they don't.
TEST(Observables, RealsAreAddedExactlyInAnyOrder) {
  const auto what = [](std::uint64_t id) { return (id % 2 == 0 ? 0.1 : -0.3) * static_cast<double>(id); };
  Wide expected = 0;
  for (std::uint64_t id = 0; id < 400; ++id) expected += static_cast<Wide>(std::nearbyint(what(id) * 0x1p40));
  for (const Shape& shape : market_shapes) {
    Colony colony(market(what), shape);
    EXPECT_EQ(colony.observe_real("weight"), static_cast<double>(expected) * 0x1p-40) << shape;
    EXPECT_EQ(colony.observe("pieces"), 399 * 400 / 2) << shape;
    EXPECT_EQ(colony.observe_real("load"), -0.375 * 89 * 90 / 2) << shape;
    EXPECT_EQ(colony.observe_real("mean"), 0.25) << shape;
    colony.run(2);
    EXPECT_EQ(colony.observe_real("weight"), static_cast<double>(expected) * 0x1p-40) << shape;
  }
}

/// 2^60 and 2^-40 side by side: a double has no room for both, the sum has.
TEST(Observables, LargeAndSmallDoNotSwallowOneAnother) {
  const auto what = [](std::uint64_t id) { return id < 2 ? (id == 0 ? 0x1p60 : -0x1p60) : 0x1p-40; };
  EXPECT_EQ(Colony(market(what), {3, 1, "hash", 8}).observe_real("weight"), 398 * 0x1p-40);
  const auto ties = [](std::uint64_t id) { return id < 3 ? (static_cast<double>(id) + 0.5) * 0x1p-40 : 0; };
  EXPECT_EQ(Colony(market(ties), {}).observe_real("weight"), 4 * 0x1p-40) << "0, 2 and 2: ties go to even";
}

void expect_error(const Case& what, const std::string& words, std::uint64_t ticks = 0) {
  for (const Shape& shape : market_shapes) {
    try {
      Colony colony(what, shape);
      colony.run(ticks);
      ADD_FAILURE() << "no error on " << shape;
    } catch (const StateError& error) {
      EXPECT_THAT(error.what(), HasSubstr(words)) << shape;
    }
  }
}

TEST(Observables, WhatFitsNowhereIsAnError) {
  const auto none = [](std::uint64_t) { return 0.0; };
  expect_error(market([](std::uint64_t id) { return id == 17 ? std::numeric_limits<double>::quiet_NaN() : 1; }),
               "the observable \"weight\": node 17 has nan");
  expect_error(market([](std::uint64_t) { return 0x1p90; }), "\"weight\": its sum is beyond 128 bits");
  expect_error(market([](std::uint64_t id) { return id % 2 == 0 ? 0x1p80 : 0x1p79; }), "\"weight\"");
  expect_error(market(none, std::uint64_t{1} << 63), "\"pieces\": its sum is beyond 64 bits");
  expect_error(market(none, std::uint64_t{1} << 56), "\"pieces\"");
  expect_error(market(none, 0, std::int64_t{1} << 62), "the global \"total\" is beyond 64 bits", 1);
  expect_error(market(none, 0, (std::int64_t{1} << 62) + 1), "the global \"sums\" is beyond 64 bits", 1);
  EXPECT_EQ(Colony(market(none, (std::uint64_t{1} << 63) / 400), {}).observe("pieces"),
            400 * static_cast<std::int64_t>((std::uint64_t{1} << 63) / 400));
}

TEST(Observables, TickZeroHasEvents) {
  for (const Shape& shape : market_shapes) {
    Case what = market([](std::uint64_t) { return 0.0; });
    what.events = true;
    Colony colony(what, shape);
    EXPECT_THAT(colony.events(), ElementsAre(Event{0, 0, 0, 7}, Event{0, 0, 0, 120}, Event{0, 0, 0, 399})) << shape;
    const Saved saved = colony.save();
    colony.run(1);
    EXPECT_TRUE(colony.events().empty()) << "once is enough";
    Colony loaded(what, market_shapes[1], saved);
    EXPECT_TRUE(loaded.events().empty()) << "what is loaded has told of them";
  }
}

/// A row of sums, one name for each way to observe a sum of it.
Case row_of_sums(std::uint32_t observed) {
  const Sketch sketch = [=](Schema& s) -> Populate {
    const GlobalSum total = s.global("total", false);
    const GlobalSums sums = s.sums("sums", 3);
    s.decay(Weigh{sums, total, 5});  // to sum 1
    s.observe("now", sums, observed);
    s.observe_happenings("since", sums, observed);
    return nothing_more;
  };
  return case_of(sketch);
}

TEST(Observables, OneOfARowOfSums) {
  for (const std::uint32_t which : {0u, 1u, 2u})
    run_alike(row_of_sums(which), 2, [&](Colony& colony) {
      EXPECT_EQ(colony.observe("now"), which == 1 ? 5 * 48 : 0);
      EXPECT_EQ(colony.observe("since"), colony.observe("now"));
      EXPECT_EQ(colony.schema().observables()[1].happenings, 2 + which) << "behind the total and its carry";
    });
  EXPECT_THAT([] { Colony(row_of_sums(3), {}); },
              ::testing::ThrowsMessage<ModelError>(HasSubstr("the observable \"now\" is of sum 3 of a row of 3")));
}

TEST(Observables, AFunctionThatThrowsIsToldAsTheModels) {
  const auto throwing = [](const std::function<void()>& raise) {
    const Sketch sketch = [=](Schema& s) -> Populate {
      const auto raising = [=](const Globals&) { return raise(), 1; };
      s.observe_with("price", raising);
      s.observe_real("real price", raising);
      return nothing_more;
    };
    return case_of(sketch);
  };
  Colony wrong(throwing([] { throw std::out_of_range("no such thing"); }), {});
  EXPECT_THAT([&] { wrong.observe("price"); }, ::testing::ThrowsMessage<ModelError>("your model: the observable \"price\": no such thing"));
  EXPECT_THAT([&] { wrong.observe_real("real price"); },
              ::testing::ThrowsMessage<ModelError>("your model: the observable \"real price\": no such thing"));
  Colony on_purpose(throwing([] { throw DataError("prices.csv", "has no such thing"); }), {});
  EXPECT_THAT([&] { on_purpose.observe("price"); }, ::testing::ThrowsMessage<DataError>("prices.csv: has no such thing"));
}

/// Decay: the numbers of even nodes grow by 1, those of odd ones by 2.
struct MoveOn {
  Write<double> place;
  template <class Here>
  void operator()(const Here& here) const {
    place(here) += here.id() % 2 == 0 ? 1 : 2;
  }
};

/// A `when` finds the runs of S(t) in ticks that no row shows, too.
TEST(Observables, RunsAreThereForAWhen) {
  const Sketch sketch = [](Schema& s) -> Populate {
    const auto place = s.field<double>("place");
    const GlobalRuns heaps = s.runs(place, 1, 2);
    s.decay(MoveOn{place}, {.when = [heaps](const Globals& g) { return runs_of(g, heaps).size() == 1; }});
    s.observe_with("heaps", [heaps](const Globals& g) { return static_cast<std::int64_t>(runs_of(g, heaps).size()); });
    return nothing_more;
  };
  for (const Shape& shape : shapes) {
    Colony seen(case_of(sketch), shape), unseen(case_of(sketch), shape);
    seen.run(6);
    unseen.run(5, Colony::Observed::no);
    unseen.run(1);
    EXPECT_EQ(seen.nodes<double>("place")[1], 6) << "after three ticks there are two heaps";
    EXPECT_EQ(unseen.digest(), seen.digest()) << shape;
    EXPECT_EQ(unseen.observe("heaps"), 2) << shape;
  }
}

TEST(Observables, HappeningsAreASumOfOneTick) {
  const Job job;
  Schema s(job);
  const GlobalSum ever = s.global("ever", true);
  EXPECT_THAT([&] { s.observe_happenings("ever", ever); },
              ::testing::ThrowsMessage<ModelError>(::testing::HasSubstr("\"ever\" counts happenings")));
}

}  // namespace
}  // namespace colony::testing
