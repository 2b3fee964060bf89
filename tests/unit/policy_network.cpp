// What a network makes of observations: against double precision, and the same bits in any batch, vector width and thread.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cmath>
#include <deque>
#include <vector>

#include "cuda/device_policy.hpp"
#include "engine/executor.hpp"
#include "engine/math.hpp"
#include "policy/choose.hpp"
#include "policy/lanes.hpp"
#include "policy/network_policy.hpp"
#include "policy/onnx/onnx_reader.hpp"
#include "policy/vector_lanes.hpp"
#include "tests/support/networks.hpp"
#include "tests/support/sanitized.hpp"

namespace colony::testing {
namespace {

using Sizes = std::vector<std::uint32_t>;

/// Observations of `count` agents, a column each.
struct Crowd {
  std::vector<std::vector<float>> columns;
  std::vector<std::uint64_t> ids;
  Crowd(std::uint32_t inputs, std::size_t count) {
    for (std::uint32_t k = 0; k < inputs; ++k) {
      columns.emplace_back();
      for (std::size_t i = 0; i < count; ++i)
        columns.back().push_back(static_cast<float>(uniform_f64(high_word(draw_edge({7, 1}, i, k))) * 4 - 2));
    }
    for (std::size_t i = 0; i < count; ++i) ids.push_back(i * 977);
  }
  std::vector<float> of(std::size_t i) const {
    std::vector<float> own;
    for (const auto& column : columns) own.push_back(column[i]);
    return own;
  }
};

struct Decided {
  std::vector<std::vector<float>> outputs, memory;
  std::vector<std::uint8_t> actions;
  bool operator==(const Decided& other) const {
    return actions == other.actions && same(outputs, other.outputs) && same(memory, other.memory);
  }

 private:
  static bool same(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t o = 0; o < a.size(); ++o)
      for (std::size_t i = 0; i < a[o].size(); ++i)
        if (std::bit_cast<std::uint32_t>(a[o][i]) != std::bit_cast<std::uint32_t>(b[o][i])) return false;
    return true;
  }
};

/// What agents remember before: not nothing.
std::vector<std::vector<float>> memory_of(std::uint32_t memory, std::size_t count) { return Crowd(memory, count).columns; }

/// A crowd cut into batches of `size` agents, and what is decided for it.
struct Batches {
  Decided decided;

  Batches(const Network& network, const Crowd& crowd, std::size_t size, Choosing choosing) {
    const std::size_t count = crowd.ids.size();
    decided.outputs.assign(network.outputs, std::vector<float>(count));
    decided.actions.resize(count);
    decided.memory = memory_of(network.memory, count);
    for (std::size_t first = 0; first < count; first += size) {
      Columns& columns = columns_.emplace_back();
      for (const auto& column : crowd.columns) columns.in.push_back(column.data() + first);
      for (auto& column : decided.memory) columns.memory.push_back(column.data() + first);
      for (auto& column : decided.outputs) columns.out.push_back(column.data() + first);
      DecisionBatch batch;
      batch.count = std::min(size, count - first);
      batch.observations = columns.in.data();
      batch.ids = crowd.ids.data() + first;
      batch.key = {3, 4};
      batch.choosing = choosing;
      batch.actions = decided.actions.data() + first;
      batch.outputs = columns.out.data();
      batch.memory = columns.memory.data();
      all_.push_back(batch);
    }
  }
  const std::vector<DecisionBatch>& all() const { return all_; }

 private:
  struct Columns {
    std::vector<const float*> in;
    std::vector<float*> out, memory;
  };
  std::deque<Columns> columns_;
  std::vector<DecisionBatch> all_;
};

enum class Asked : bool { one_by_one, together };

/// In batches of `size` agents.
Decided decide(const NetworkPolicy& policy, const Crowd& crowd, std::size_t size, Choosing choosing = Choosing::draw, int threads = 1,
               Asked asked = Asked::one_by_one) {
  Batches batches(policy.network(), crowd, size, choosing);
  Executor executor(threads);
  executor.run([&] {
    if (asked == Asked::together) policy.decide(batches.all());
    else
      for (const DecisionBatch& batch : batches.all()) policy.decide(batch);
  });
  return batches.decided;
}

Network network_of(const Sizes& sizes, const std::string& activation, std::uint64_t seed = 1) {
  return read_onnx(bytes_of(perceptron(sizes, activation, seed)), "test");
}

TEST(Policy, AgreesWithDoublePrecision) {
  for (const char* activation : {"", "Relu", "LeakyRelu", "Tanh", "Sigmoid"})
    for (const Sizes& sizes :
         {Sizes{1, 1}, Sizes{3, 2}, Sizes{8, 64, 64, 5}, Sizes{11, 16, 5}, Sizes{7, 9, 23, 17, 6}, Sizes{64, 256, 256, 8}}) {
      const NetworkPolicy policy(network_of(sizes, activation));
      const Crowd crowd(sizes.front(), 131);
      const Decided decided = decide(policy, crowd, 131);
      for (std::size_t i = 0; i < 131; i += 13) {
        const std::vector<double> expected = perceptron_by_the_book(sizes, activation, 1, crowd.of(i));
        ASSERT_EQ(expected.size(), decided.outputs.size());
        for (std::size_t o = 0; o < expected.size(); ++o) EXPECT_NEAR(decided.outputs[o][i], expected[o], 1e-4) << activation << " " << i;
      }
    }
}

TEST(Policy, TheBitsDoNotDependOnBatchesVectorsOrThreads) {
  for (const char* activation : {"Relu", "Tanh", "Sigmoid"})
    for (const Sizes& sizes : {Sizes{8, 64, 64, 5}, Sizes{5, 13, 7}}) {
      const Network network = network_of(sizes, activation);
      const NetworkPolicy narrow(network, tile_of_eight_lanes());
      const Crowd crowd(sizes.front(), 1000);
      const Decided whole = decide(narrow, crowd, 1000);
      EXPECT_EQ(decide(narrow, crowd, 1), whole);
      EXPECT_EQ(decide(narrow, crowd, 37), whole);
      EXPECT_EQ(decide(narrow, crowd, 37, Choosing::draw, 2, Asked::together), whole);
      EXPECT_EQ(decide(narrow, crowd, 1000, Choosing::draw, 2), whole);
      if (tile_of_sixteen_lanes() == nullptr) continue;
      const NetworkPolicy wide(network, tile_of_sixteen_lanes());
      EXPECT_EQ(decide(wide, crowd, 1000), whole);
      EXPECT_EQ(decide(wide, crowd, 49), whole);
    }
}

/// What a device runs, rehearsed: batches of `size` agents at once.
Decided decide_on_device(const Network& network, const Crowd& crowd, std::size_t size, Choosing choosing = Choosing::draw) {
  Batches batches(network, crowd, size, choosing);
  const auto inference = make_rehearsal_device()->inference(network, loop_in_order);
  Executor executor(2);
  executor.run([&] { inference->decide(batches.all()); });
  return batches.decided;
}

TEST(Policy, WhatIsRememberedIsTheSameEverywhere) {
  const Network network = read_onnx(bytes_of(gru(6, 19, 4, 3)), "test");
  ASSERT_EQ(network.memory, 19u);
  const NetworkPolicy narrow(network, tile_of_eight_lanes());
  const Crowd crowd(6, 500);
  const Decided whole = decide(narrow, crowd, 500);
  EXPECT_EQ(decide(narrow, crowd, 31), whole);
  EXPECT_EQ(decide(narrow, crowd, 500, Choosing::draw, 2), whole);
  EXPECT_EQ(decide_on_device(network, crowd, 500), whole);
  EXPECT_EQ(decide_on_device(network, crowd, 7), whole);
  if (tile_of_sixteen_lanes() == nullptr) return;
  EXPECT_EQ(decide(NetworkPolicy(network, tile_of_sixteen_lanes()), crowd, 500), whole);
}

TEST(Policy, TheBitsOfADevicesBlocksAreThoseOfTheTiles) {
  for (const char* activation : {"Relu", "LeakyRelu", "Tanh", "Sigmoid"})
    for (const Sizes& sizes : {Sizes{8, 64, 64, 5}, Sizes{5, 13, 7}, Sizes{64, 256, 256, 8}}) {
      onnx::ModelProto model = perceptron(sizes, activation, 2);
      const Crowd crowd(sizes.front(), 333);
      const Network network = read_onnx(bytes_of(model), "test");
      EXPECT_EQ(decide_on_device(network, crowd, 333), decide(NetworkPolicy(network), crowd, 333)) << activation;
      onnx::NodeProto& softmax = *model.mutable_graph()->add_node();
      softmax.set_op_type("Softmax");
      softmax.add_input(model.graph().output(0).name());
      softmax.add_output("shares");
      model.mutable_graph()->mutable_output(0)->set_name("shares");
      const Network with_softmax = read_onnx(bytes_of(model), "test");
      EXPECT_EQ(decide_on_device(with_softmax, crowd, 100), decide(NetworkPolicy(with_softmax), crowd, 333)) << activation;
    }
}

TEST(Policy, ADeviceTakesPieceAfterPiece) {
  const Network network = network_of({40, 9, 3}, "Relu");
  const Crowd crowd(40, 60'000);  // several pieces, which end within batches
  const Decided whole = decide(NetworkPolicy(network), crowd, 60'000);
  for (const std::size_t size : {60'000, 20'011, 501}) EXPECT_EQ(decide_on_device(network, crowd, size), whole) << size;
  EXPECT_EQ(decide_on_device(network, crowd, 60'000, Choosing::largest).actions,
            decide(NetworkPolicy(network), crowd, 60'000, Choosing::largest).actions);
}

TEST(Policy, WhatADeviceThatFailsHasRememberedAlreadyIsPutBack) {
  const Network network = read_onnx(bytes_of(gru(6, 19, 4, 3)), "test");
  const Crowd crowd(6, 90'000);  // several pieces
  const Decided whole = decide(NetworkPolicy(network), crowd, 90'000);
  Executor executor(2);
  std::uint64_t operations = 1;
  bool half_done = false, threw = true;
  for (; threw; operations += sanitized ? 16 : 4) {
    const auto failing = [&](const auto& f) {
      fail_rehearsals_after(operations);
      executor.run(f);
      fail_rehearsals_after(0);
    };
    // A device by itself leaves its traces ...
    Batches alone(network, crowd, 45'007, Choosing::draw);
    const auto before = alone.decided.memory;
    const auto inference = make_rehearsal_device()->inference(network, loop_in_order);
    threw = false;
    failing([&] {
      try {
        inference->decide(alone.all());
      } catch (const std::exception&) {
        threw = true;
      }
    });
    half_done = half_done || (threw && alone.decided.memory != before);
    // ... and a policy does not.
    const auto device = make_rehearsal_device();
    const DevicePolicy policy(network, device);
    Batches batches(network, crowd, 45'007, Choosing::draw);
    ::testing::internal::CaptureStderr();
    failing([&] { policy.decide(batches.all()); });
    EXPECT_EQ(::testing::internal::GetCapturedStderr().empty(), !threw);
    EXPECT_EQ(device->failed(), threw);
    EXPECT_EQ(batches.decided, whole) << operations;
  }
  EXPECT_GT(operations, 20u);
  EXPECT_TRUE(half_done) << "the pieces are so large that nothing is written before a failure";
}

TEST(Policy, OneLaneIsAsManyLanes) {
  float in[16], out[16];
  for (int i = 0; i < 200'000; ++i) {
    const float x = std::bit_cast<float>(draw_entity({1, 9}, static_cast<std::uint64_t>(i))[0]);
    std::fill(in, in + 16, x);
    const auto same = [&](float expected) { return std::bit_cast<std::uint32_t>(out[3]) == std::bit_cast<std::uint32_t>(expected); };
    EightLanes::store(out, tanh_of<EightLanes>(EightLanes::load(in)));
    ASSERT_TRUE(same(tanh_of<OneLane>(x)) || std::isnan(x)) << x;
    EightLanes::store(out, sigmoid_of<EightLanes>(EightLanes::load(in)));
    ASSERT_TRUE(same(sigmoid_of<OneLane>(x)) || std::isnan(x)) << x;
    EightLanes::store(out, relu_of<EightLanes>(EightLanes::load(in)));
    ASSERT_TRUE(same(relu_of<OneLane>(x))) << x;
  }
}

/// In units of the last place of the exact value.
double ulps(float value, double exact) {
  const double unit = std::ldexp(1.0, std::max(std::ilogb(exact), -126) - 23);
  return std::abs(static_cast<double>(value) - exact) / unit;
}

TEST(Policy, ActivationsAreAccurate) {
  double worst_exp = 0, worst_tanh = 0, worst_sigmoid = 0;
  for (int i = 0; i < 400'000; ++i) {
    const auto x = static_cast<float>(uniform_f64(high_word(draw_entity({1, 2}, static_cast<std::uint64_t>(i)))) * 174 - 86.5);
    worst_exp = std::max(worst_exp, ulps(exp_of<OneLane>(x), std::exp(double{x})));
    const float small = x / 16;
    worst_tanh = std::max(worst_tanh, ulps(tanh_of<OneLane>(small), std::tanh(double{small})));
    worst_sigmoid = std::max(worst_sigmoid, ulps(sigmoid_of<OneLane>(small), 1 / (1 + std::exp(-double{small}))));
  }
  EXPECT_LE(worst_exp, 1.0);
  EXPECT_LE(worst_tanh, 5.0);
  EXPECT_LE(worst_sigmoid, 2.5);
  EXPECT_EQ(tanh_of<OneLane>(40.0f), 1.0f);
  EXPECT_EQ(tanh_of<OneLane>(-40.0f), -1.0f);
  EXPECT_EQ(tanh_of<OneLane>(0.0f), 0.0f);
  EXPECT_EQ(sigmoid_of<OneLane>(200.0f), 1.0f);
}

TEST(Policy, ActionsAreTheLargestOrDrawn) {
  const Network network = network_of({4, 16, 3}, "Tanh");
  const NetworkPolicy policy(network);
  const Crowd crowd(4, 4000);
  const Decided largest = decide(policy, crowd, 4000, Choosing::largest);
  for (std::size_t i = 0; i < 4000; ++i)
    for (std::size_t o = 0; o < 3; ++o) EXPECT_LE(largest.outputs[o][i], largest.outputs[largest.actions[i]][i]);
  // One observation, drawn for by 30,000 agents: each action as often as the softmax says.
  Crowd alike(4, 30'000);
  for (auto& column : alike.columns) std::fill(column.begin(), column.end(), 0.3f);
  const Decided drawn = decide(policy, alike, 30'000);
  double sum = 0, weight[3];
  for (std::size_t o = 0; o < 3; ++o) sum += weight[o] = std::exp(double{drawn.outputs[o][0]});
  for (std::size_t o = 0; o < 3; ++o) {
    const double p = weight[o] / sum, seen = static_cast<double>(std::count(drawn.actions.begin(), drawn.actions.end(), o)) / 30'000;
    EXPECT_NEAR(seen, p, 4 * std::sqrt(p * (1 - p) / 30'000)) << o;
  }
  const float tied[3] = {1, 1, 0}, none[3] = {NAN, NAN, NAN};
  EXPECT_EQ(largest_output(tied, 3, 1), 0);
  EXPECT_EQ(largest_output(none, 3, 1), 0);
  EXPECT_EQ(drawn_output(tied, 3, 1, true, 0.49f), 0);
  EXPECT_EQ(drawn_output(tied, 3, 1, true, 0.51f), 1);
}

TEST(Policy, AHashOfWhatItsOutputsDependOn) {
  EXPECT_EQ(NetworkPolicy(network_of({4, 8, 3}, "Tanh")).hash(), NetworkPolicy(network_of({4, 8, 3}, "Tanh")).hash());
  EXPECT_NE(NetworkPolicy(network_of({4, 8, 3}, "Tanh")).hash(), NetworkPolicy(network_of({4, 8, 3}, "Sigmoid")).hash());
  EXPECT_NE(NetworkPolicy(network_of({4, 8, 3}, "Tanh")).hash(), NetworkPolicy(network_of({4, 8, 3}, "Tanh", 2)).hash());
}

}  // namespace
}  // namespace colony::testing
