// The step of a signal: conservation, floor, errors, and its formula bit for bit.
#include "engine/effects/deposit.hpp"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>
#include <random>

#include "engine/error.hpp"
#include "engine/globals/reduce.hpp"
#include "engine/model/model.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

using ::testing::HasSubstr;

/// A layer with one signal and nothing that happens.
class Plume final : public Model {
 public:
  explicit Plume(SignalOptions options) : options_(options) {}
  std::string summary() const override { return "one signal"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  void declare(Schema& s) override {
    s.layer("air");
    s.observe_sum("total", s.signal("plume", options_));
  }
  void populate(Seeder&) const override {}

 private:
  SignalOptions options_;
};

struct Air {
  Air(SignalOptions options, GraphMaker graph, const Shape& shape = {})
      : colony({"", {}, std::move(graph), 0, 1, [options] { return std::make_unique<Plume>(options); }}, shape) {}

  Part& part(std::size_t shard = 0) { return colony.host().shards()[shard]->part(); }
  /// Where the node with this id lies on the one shard there is.
  LocalIndex at(std::uint64_t id) {
    LocalIndex i = 0;
    while (part().geometry.id_of(i) != id) ++i;
    return i;
  }
  float& value(std::uint64_t id) { return part().columns[0].as<float>()[at(id)]; }
  std::int64_t& deposit(std::uint64_t id) { return part().effect<DepositEffect>(0).cells[at(id)]; }
  void step() {
    colony.executor().run([&] { part().effect<DepositEffect>(0).commit(part(), colony.executor()); });
  }
  double total() {
    double sum = 0;
    for (const float x : colony.nodes<float>("plume")) sum += static_cast<double>(x);
    return sum;
  }
  Colony colony;
};

/// Powers of two in, powers of two out: for a few steps the sums are exact, so that conservation can be demanded to the last bit.
TEST(Signal, DiffusionConservesTheTotalExactly) {
  for (const std::uint32_t neighbours : {4u, 8u})
    for (const bool torus : {true, false})
      for (const char* partition : {"range", "hash"})
        for (const auto& [width, height] :
             {std::pair{17u, 12u}, std::pair{1u, 9u}, std::pair{2u, 5u}, std::pair{8u, 1u}, std::pair{1u, 1u}}) {
          Air air({.evaporation = 0, .diffusion = 0.5, .quantum = 0x1p-24}, lattice(width, height, neighbours, torus),
                  {1, 2, partition, 4});
          air.value(0) = 4;
          air.value(width * height / 2) = 2;
          air.value(width * height - 1) = 1;
          const double total = air.total();
          for (int k = 0; k < 4; ++k) air.step();
          EXPECT_EQ(air.total(), total) << width << " x " << height << ", " << neighbours << (torus ? ", torus" : ", bounded");
          if (width * height > 1) {
            EXPECT_LT(air.value(0), 4);
          }
        }
}

TEST(Signal, EvaporationTakesItsShare) {
  Air air({.evaporation = 0.25, .diffusion = 0}, lattice(5, 5));
  air.value(7) = 16;
  air.step();
  EXPECT_EQ(air.value(7), 12);
  air.step();
  EXPECT_EQ(air.value(7), 9);
  EXPECT_EQ(air.total(), 9);
}

TEST(Signal, DepositsAreAddedAfterEvaporationAndCleared) {
  Air air({.evaporation = 0.5, .diffusion = 0, .quantum = 0x1p-10}, lattice(5, 5));
  air.value(7) = 8;
  air.deposit(7) = 3 << 10;
  air.step();
  EXPECT_EQ(air.value(7), 7);
  EXPECT_EQ(air.deposit(7), 0);
  air.step();
  EXPECT_EQ(air.value(7), 3.5f);
}

TEST(Signal, BelowOneQuantumItIsNothing) {
  Air air({.evaporation = 0.5, .diffusion = 0, .quantum = 0x1p-10}, lattice(5, 5));
  air.value(3) = 0x1p-9f;
  air.step();
  EXPECT_EQ(air.value(3), 0x1p-10f) << "one quantum is still there";
  air.step();
  EXPECT_EQ(air.value(3), 0);
}

/// The formula of the step, node by node, by arithmetic on ids.
std::vector<float> stepped(const std::vector<float>& now, const std::vector<std::int64_t>& deposits, const LatticeShape& shape,
                           SignalOptions options) {
  const auto w = static_cast<std::int64_t>(shape.width), h = static_cast<std::int64_t>(shape.height);
  const float keep = static_cast<float>((1 - options.diffusion.fixed) * (1 - options.evaporation.fixed));
  const float share = static_cast<float>(options.diffusion.fixed / shape.neighbours * (1 - options.evaporation.fixed));
  std::vector<float> next;
  for (std::int64_t y = 0; y < h; ++y)
    for (std::int64_t x = 0; x < w; ++x) {
      float sum = 0;
      for (int d = 0; d < 8; d += shape.neighbours == 8 ? 1 : 2) {
        std::int64_t nx = x + direction_dx[d], ny = y + direction_dy[d];
        const bool inside = nx >= 0 && ny >= 0 && nx < w && ny < h;
        if (shape.torus) nx = (nx + w) % w, ny = (ny + h) % h;
        else if (!inside) nx = x, ny = y;
        sum += now[static_cast<std::size_t>(ny * w + nx)];
      }
      const auto i = static_cast<std::size_t>(y * w + x);
      const float value = keep * now[i] + share * sum + static_cast<float>(static_cast<double>(deposits[i]) * options.quantum);
      next.push_back(value < static_cast<float>(options.quantum) ? 0 : value);
    }
  return next;
}

TEST(Signal, EqualsItsFormulaBitForBit) {
  EXPECT_TRUE(rc::check("a step is its formula on every lattice", [] {
    const LatticeShape shape{*rc::gen::inRange(1u, 30u), *rc::gen::inRange(1u, 20u), *rc::gen::element(4u, 8u),
                             *rc::gen::arbitrary<bool>()};
    const SignalOptions options{*rc::gen::inRange(0, 101) / 100.0, *rc::gen::inRange(1, 101) / 100.0, 0x1p-20};
    Air air(options, lattice(shape.width, shape.height, shape.neighbours, shape.torus),
            {1, 1, *rc::gen::element<std::string>("range", "hash"), 5});
    const std::size_t nodes = std::size_t{shape.width} * shape.height;
    std::vector<float> now;
    std::vector<std::int64_t> deposits;
    for (std::size_t id = 0; id < nodes; ++id) {
      now.push_back(static_cast<float>(*rc::gen::inRange(0, 1000)) / 7);
      deposits.push_back(*rc::gen::inRange(0, 1 << 22));
      air.value(id) = now.back();
      air.deposit(id) = deposits.back();
    }
    air.step();
    RC_ASSERT(air.colony.nodes<float>("plume") == stepped(now, deposits, shape, options));
  }));
}

void expect_error(Air& air, const std::string& what) {
  try {
    air.step();
    ADD_FAILURE() << "no error";
  } catch (const StateError& error) {
    EXPECT_THAT(error.what(), HasSubstr(what));
    EXPECT_THAT(error.what(), HasSubstr("plume"));
    EXPECT_EQ(error.status(), ExitStatus::bad_data);
  }
}

TEST(Signal, WhatIsNotFiniteIsAnErrorThatNamesTheNode) {
  for (const char* partition : {"range", "hash"})
    for (const double diffusion : {0.0, 0.5})
      for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 3e38f}) {
        for (const std::uint64_t id : {0u, 23u, 59u}) {  // a corner, the middle, the other corner
          Air air({.evaporation = 0, .diffusion = diffusion, .quantum = 0x1p-20}, lattice(10, 6, 8, false), {1, 1, partition, 4});
          air.value(id) = bad;
          expect_error(air, diffusion == 0 ? "node " + std::to_string(id) + " " : "node ");
        }
      }
}

TEST(Signal, OverflowingDepositsAreAnErrorThatNamesTheNode) {
  for (const std::int64_t amount :
       {(std::int64_t{1} << 53) + 1, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}})
    for (const char* partition : {"range", "hash"})
      for (const double diffusion : {0.0, 0.5}) {
        Air air({.evaporation = 0, .diffusion = diffusion, .quantum = 0x1p-20}, lattice(10, 6), {1, 1, partition, 4});
        air.deposit(23) = amount;
        expect_error(air, "node 23 ");
      }
}

TEST(Signal, TotalIsObservedInTheUnitsOfTheField) {
  Air air({.evaporation = 0, .diffusion = 0, .quantum = 0x1p-10}, lattice(6, 6), {3, 1, "hash", 8});
  for (std::size_t s = 0; s < 3; ++s) {
    Part& part = air.part(s);
    for (LocalIndex i = 0; i < part.geometry.owned; ++i)
      part.effect<DepositEffect>(0).cells[i] = static_cast<std::int64_t>(part.geometry.id_of(i)) + 1;
  }
  air.colony.run(1);
  EXPECT_EQ(air.colony.observe_real("total"), 36 * 37 / 2 * 0x1p-10);
}

/// Each value rounded to 2^-40, the sum exact: written out by hand in 128 bits, on values from the smallest to ones that a double holds
/// in steps of more than 1, on other pieces and shards.
TEST(Signal, TotalIsExactInTwoToTheMinusForty) {
  for (const Shape& shape : {Shape{}, Shape{3, 2, "hash", 8}, Shape{5, 1, "range", 16}}) {
    Air air({.evaporation = 0, .diffusion = 0, .quantum = 0x1p-30}, lattice(150, 150), shape);
    for (const bool huge : {false, true}) {
      __int128 expected = 0;
      std::mt19937_64 random(7);
      std::vector<float> values(150 * 150);
      for (float& value : values)
        value = std::ldexp(static_cast<float>(random() >> 40), static_cast<int>(random() % (huge ? 75 : 30)) - 49);
      for (const float value : values) {
        const long double quanta = std::ldexp(static_cast<long double>(value), 40);
        expected += static_cast<__int128>(std::nearbyint(quanta));
      }
      for (const auto& shard : air.colony.host().shards()) {
        Part& part = shard->part();
        float* column = part.columns[0].as<float>();
        for (LocalIndex i = 0; i < part.geometry.owned; ++i) column[i] = values[part.geometry.id_of(i)];
      }
      const std::vector<Globals> partials = air.colony.executor().run([&] { return air.colony.host().tally(); });
      Globals sum = partials[0];
      for (std::size_t p = 1; p < partials.size(); ++p) reduce_globals(sum, partials[p], air.colony.schema().globals());
      EXPECT_EQ(std::get<double>(air.colony.schema().observables()[0].value(sum)), static_cast<double>(expected) * 0x1p-40) << shape;
    }
  }
}

TEST(Signal, ATotalBeyond128BitsIsAnError) {
  Air air({.evaporation = 0, .diffusion = 0}, lattice(6, 6));
  for (LocalIndex i = 0; i < 36; ++i) air.part().columns[0].as<float>()[i] = 1e25f;  // 2^123 in 2^-40
  try {
    air.colony.executor().run([&] { return air.colony.host().tally(); });
    FAIL() << "36 times 2^123 fits nowhere";
  } catch (const StateError& error) {
    EXPECT_THAT(error.what(), HasSubstr("\"total\": its sum is beyond 128 bits"));
  }
}

}  // namespace
}  // namespace colony::testing
