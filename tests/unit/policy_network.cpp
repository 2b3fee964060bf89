// What a network makes of observations: against double precision, and the same bits in any batch, vector width and thread.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cmath>
#include <vector>

#include "cuda/block.hpp"
#include "cuda/choose.hpp"
#include "cuda/lanes.hpp"
#include "cuda/network_policy.hpp"
#include "cuda/onnx_reader.hpp"
#include "cuda/vector_lanes.hpp"
#include "engine/executor.hpp"
#include "engine/math.hpp"
#include "tests/support/networks.hpp"

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

/// In batches of `size` agents.
Decided decide(const NetworkPolicy& policy, const Crowd& crowd, std::size_t size, Choosing choosing = Choosing::draw, int threads = 1) {
  const std::size_t count = crowd.ids.size();
  Decided all;
  all.outputs.assign(policy.outputs(), std::vector<float>(count));
  all.actions.resize(count);
  all.memory = memory_of(policy.memory(), count);
  Executor executor(threads);
  executor.run([&] {
    for (std::size_t first = 0; first < count; first += size) {
      std::vector<const float*> in;
      std::vector<float*> out, memory;
      for (auto& column : all.memory) memory.push_back(column.data() + first);
      for (const auto& column : crowd.columns) in.push_back(column.data() + first);
      for (auto& column : all.outputs) out.push_back(column.data() + first);
      DecisionBatch batch;
      batch.count = std::min(size, count - first);
      batch.observations = in.data();
      batch.ids = crowd.ids.data() + first;
      batch.key = {3, 4};
      batch.choosing = choosing;
      batch.actions = all.actions.data() + first;
      batch.outputs = out.data();
      batch.memory = memory.data();
      policy.decide(batch);
    }
    return 0;
  });
  return all;
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
      EXPECT_EQ(decide(narrow, crowd, 1000, Choosing::draw, 2), whole);
      if (tile_of_sixteen_lanes() == nullptr) continue;
      const NetworkPolicy wide(network, tile_of_sixteen_lanes());
      EXPECT_EQ(decide(wide, crowd, 1000), whole);
      EXPECT_EQ(decide(wide, crowd, 49), whole);
    }
}

/// What a device runs, with the host in the part of its blocks.
Decided decide_in_blocks(const Network& network, const Crowd& crowd) {
  const std::size_t count = crowd.ids.size(), stride = count + 3;
  const auto laid_out = [&](const std::vector<std::vector<float>>& columns) {
    std::vector<float> all(columns.size() * stride);
    for (std::size_t k = 0; k < columns.size(); ++k) std::copy(columns[k].begin(), columns[k].end(), &all[k * stride]);
    return all;
  };
  const auto columns_of = [&](const std::vector<float>& all) {
    std::vector<std::vector<float>> columns;
    for (std::size_t k = 0; k < all.size() / stride; ++k) columns.emplace_back(&all[k * stride], &all[k * stride] + count);
    return columns;
  };
  const std::vector<float> observations = laid_out(crowd.columns);
  std::vector<float> memory = laid_out(memory_of(network.memory, count)), outputs(network.outputs * stride),
                     values(network.values * block_agents);
  Decided decided;
  decided.actions.resize(count);
  DeviceNetwork on_device;
  on_device.ops = network.ops.data();
  on_device.op_count = static_cast<std::uint32_t>(network.ops.size());
  on_device.weights = network.weights.data();
  on_device.inputs = network.inputs;
  on_device.outputs = network.outputs;
  on_device.values = network.values;
  on_device.result = network.result;
  on_device.memory = network.memory;
  on_device.remembered = network.remembered;
  on_device.ends_in_softmax = network.ends_in_softmax;
  DeviceBatch batch;
  batch.count = count;
  batch.stride = stride;
  batch.observations = observations.data();
  batch.memory = memory.data();
  batch.ids = crowd.ids.data();
  batch.key = {3, 4};
  batch.draw = true;
  batch.actions = decided.actions.data();
  batch.outputs = outputs.data();
  for (std::size_t first = 0; first < count; first += block_agents)
    run_block(HostBlock{}, on_device, batch, first, values.data(), network.weights.data());
  decided.outputs = columns_of(outputs);
  decided.memory = columns_of(memory);
  return decided;
}

TEST(Policy, WhatIsRememberedIsTheSameEverywhere) {
  const Network network = read_onnx(bytes_of(gru(6, 19, 4, 3)), "test");
  ASSERT_EQ(network.memory, 19u);
  const NetworkPolicy narrow(network, tile_of_eight_lanes());
  const Crowd crowd(6, 500);
  const Decided whole = decide(narrow, crowd, 500);
  EXPECT_EQ(decide(narrow, crowd, 31), whole);
  EXPECT_EQ(decide(narrow, crowd, 500, Choosing::draw, 2), whole);
  EXPECT_EQ(decide_in_blocks(network, crowd), whole);
  if (tile_of_sixteen_lanes() == nullptr) return;
  EXPECT_EQ(decide(NetworkPolicy(network, tile_of_sixteen_lanes()), crowd, 500), whole);
}

TEST(Policy, TheBitsOfADevicesBlocksAreThoseOfTheTiles) {
  for (const char* activation : {"Relu", "LeakyRelu", "Tanh", "Sigmoid"})
    for (const Sizes& sizes : {Sizes{8, 64, 64, 5}, Sizes{5, 13, 7}, Sizes{64, 256, 256, 8}}) {
      onnx::ModelProto model = perceptron(sizes, activation, 2);
      const Crowd crowd(sizes.front(), 333);
      const Network network = read_onnx(bytes_of(model), "test");
      EXPECT_EQ(decide_in_blocks(network, crowd), decide(NetworkPolicy(network), crowd, 333)) << activation;
      onnx::NodeProto& softmax = *model.mutable_graph()->add_node();
      softmax.set_op_type("Softmax");
      softmax.add_input(model.graph().output(0).name());
      softmax.add_output("shares");
      model.mutable_graph()->mutable_output(0)->set_name("shares");
      const Network with_softmax = read_onnx(bytes_of(model), "test");
      EXPECT_EQ(decide_in_blocks(with_softmax, crowd), decide(NetworkPolicy(with_softmax), crowd, 333)) << activation;
    }
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
