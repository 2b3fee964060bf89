// Accessors inside members of kernels: in arrays, ranges, optionals, tuples and plain structs they are noted and bound as members are.
#include <array>
#include <optional>
#include <tuple>
#include <vector>

#include "engine/kernels/access.hpp"
#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using Number = std::uint64_t;

struct Sources {
  Near<Number> first;
  Near<Number> second;
};

struct Gathers {
  std::array<Write<Number>, 2> to;
  Sources from;
  std::vector<Read<Number>> own;
  std::optional<Read<Number>> given, absent;
  std::tuple<Add, int> counts;

  template <class Here>
  void operator()(const Here& here) const {
    Number first = 0, second = 0;
    here.for_each_source([&](NodeRef v) {
      first += from.first(v);
      second += from.second(v);
    });
    for (const Read<Number>& read : own) first += read(here);
    to[0](here) = first;
    to[1](here) = second + (*given)(here);
    std::get<0>(counts)(std::get<1>(counts));
  }
};

/// The kernel over fields that are 3 and 5 on all nodes.
Sketch gathering(Phase phase) {
  return [phase](Schema& s) -> Populate {
    const auto near = s.field<Number>("near"), other = s.field<Number>("other");
    const auto sum = s.field<Number>("sum"), sum_of_others = s.field<Number>("sum of others");
    const auto visits = s.global("visits", true);
    s.observe("visits", visits);
    s.observe_sum("sum", sum);
    s.observe_sum("sum of others", sum_of_others);
    const Gathers gathers{.to = {sum, sum_of_others},
                          .from = {.first = near, .second = other},
                          .own = {near, near},
                          .given = other,
                          .absent = std::nullopt,
                          .counts = {visits, 2}};
    if (phase == Phase::act) s.act(gathers);
    else s.decay(gathers);
    return [near, other](Seeder& seeder) {
      seeder.nodes([&](std::uint64_t, LocalIndex i) {
        seeder.set(near, i, Number{3});
        seeder.set(other, i, Number{5});
      });
    };
  };
}

TEST(NestedAccessors, AreBound) {
  run_alike(case_of(gathering(Phase::act), lattice(8, 6, 4, true)), 3, [](Colony& colony) {
    const std::vector<ObservableValue> row{std::int64_t{3 * 48 * 2}, std::int64_t{48 * (4 * 3 + 2 * 3)}, std::int64_t{48 * (4 * 5 + 5)}};
    EXPECT_EQ(colony.row(), row);
  });
}

/// Decay sees no neighbour: who is noted is refused.
TEST(NestedAccessors, AreNoted) {
  try {
    const Colony colony(case_of(gathering(Phase::decay)), {});
    ADD_FAILURE() << "nothing was told";
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("Gathers"));
  }
}

}  // namespace
}  // namespace colony::testing
