// Final sizes of the synchronous SIR epidemic against the large-graph limits, from one seed, given a major outbreak. With the
// transmissibility T = b / (b + g - b g) and, over a degree distribution {p_k}, G0(x) = sum of p_k x^k and G1(x) = G0'(x) / G0'(1): an edge
// brings no infection to its node with probability u = 1 - T + T G1(u), and a node is infected in the end with probability 1 - G0(u).
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

struct Sample {
  double mean, standard_error;
  int outbreaks;
};

/// Attack rates of runs from one seed each, of those that became major (more than a tenth of all), over graphs of their own.
Sample final_sizes(const std::function<GraphMaker(std::uint64_t seed)>& graph, double infection, double recovery, int runs) {
  std::vector<double> sizes;
  for (int run = 0; run < runs; ++run) {
    const auto seed = static_cast<std::uint64_t>(run) + 1;
    const Case what{"epidemic", {{"infection", infection}, {"recovery", recovery}, {"seeds", std::int64_t{1}}}, graph(seed), 0, seed};
    Colony colony(what, {run % 3 == 0 ? 2u : 1u, 2, "range", 16});
    while (colony.observe("infectious") > 0) colony.run(1);
    const double share = static_cast<double>(colony.observe("recovered")) / static_cast<double>(colony.host().node_count());
    if (share > 0.1) sizes.push_back(share);
  }
  double sum = 0, squares = 0;
  for (const double size : sizes) sum += size;
  const double n = static_cast<double>(sizes.size()), mean = sum / n;
  for (const double size : sizes) squares += (size - mean) * (size - mean);
  return {mean, std::sqrt(squares / (n - 1) / n), static_cast<int>(sizes.size())};
}

void expect_size(const Sample& sample, double figure, int least_outbreaks) {
  EXPECT_GE(sample.outbreaks, least_outbreaks) << "too few major outbreaks to tell";
  EXPECT_LT(sample.standard_error, 0.003) << "too rough a figure to tell anything";
  EXPECT_NEAR(sample.mean, figure, 3 * sample.standard_error) << sample.outbreaks << " outbreaks";
  ::testing::Test::RecordProperty("mean", std::to_string(sample.mean));
}

constexpr std::uint64_t nodes = 20000;

GraphMaker erdos_renyi(std::uint64_t seed) { return random_graph(nodes, 2 * nodes, false, false, seed); }
GraphMaker four_regular(std::uint64_t seed) { return random_regular(nodes, 4, seed); }

TEST(EpidemicSize, ErdosRenyi) { expect_size(final_sizes(erdos_renyi, 0.1, 0.1, 24), 0.823289, 12); }

TEST(EpidemicSize, FourRegular) { expect_size(final_sizes(four_regular, 0.1, 0.1, 24), 0.892665, 12); }

/// With recovery 1 an infectious node tries once: T is the infection probability.
TEST(EpidemicSize, FourRegularWithHalfTransmissibility) { expect_size(final_sizes(four_regular, 0.5, 1, 24), 0.854102, 12); }

/// A model that missed by one tick of trials (recovery before infection, say) would give T = b (1 - g) / (b + g - b g).
TEST(EpidemicSize, WouldNoticeAMissedTick) {
  const Sample sample = final_sizes(four_regular, 0.09, 0.1, 24);
  EXPECT_GT(std::abs(sample.mean - 0.892665), 3 * sample.standard_error);
}

}  // namespace
}  // namespace colony::testing
