// Networks on the card: their bits beside those of the CPU, their speed beside the card's limits.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <vector>

#include "cuda/check/card.hpp"
#include "cuda/inference.hpp"
#include "policy/tile_batch.hpp"

namespace colony::check {

struct Net {
  const char* name;
  std::vector<std::uint32_t> sizes;
  OpKind activation;
};

/// Fully connected, with drawn weights, in the form that the ONNX reader gives a network.
inline Network network_of(const Net& net) {
  Network network;
  network.inputs = net.sizes.front();
  network.outputs = net.sizes.back();
  network.values = network.inputs;
  std::uint32_t at = 0;
  for (std::size_t layer = 0; layer + 1 < net.sizes.size(); ++layer) {
    Op op{OpKind::dense, at, net.sizes[layer]};
    op.out = network.values;
    op.out_size = net.sizes[layer + 1];
    network.values += op.out_size;
    const std::uint32_t panels = (op.out_size + panel - 1) / panel;
    op.weights = static_cast<std::uint32_t>(network.weights.size());
    op.biases = op.weights + panels * op.in_size * panel;
    network.weights.resize(op.biases + panels * panel, 0.0f);
    const double scale = 2 / std::sqrt(static_cast<double>(op.in_size));
    for (std::uint32_t o = 0; o < op.out_size; ++o)
      for (std::uint32_t i = 0; i <= op.in_size; ++i) {
        const double draw = uniform_f64(high_word(draw_edge({5, static_cast<std::uint32_t>(layer)}, o, i))) * 2 - 1;
        const std::uint32_t where = i < op.in_size ? op.weights + (o / panel * op.in_size + i) * panel + o % panel : op.biases + o;
        network.weights[where] = static_cast<float>(draw * scale);
      }
    network.ops.push_back(op);
    at = op.out;
    if (layer + 2 == net.sizes.size()) break;
    Op active{net.activation, op.out, op.out_size};
    active.out = op.out;
    active.out_size = op.out_size;
    network.ops.push_back(active);
  }
  network.result = at;
  return network;
}

/// Every operation once, and memory: not a network to be trained.
inline Network network_of_everything() {
  Network network = network_of({"", {6, 16, 12}, OpKind::sigmoid});
  // What is remembered comes after the observations, so that all values behind them move up.
  constexpr std::uint32_t memory = 4;
  for (Op& op : network.ops) {
    if (op.in >= network.inputs) op.in += memory;
    op.out += memory;
  }
  network.memory = memory;
  network.values += memory;
  network.result += memory;
  std::uint32_t at = network.result;
  const auto add = [&](OpKind kind, std::uint32_t other) {
    Op op{kind, at, 12, other};
    op.out = network.values;
    op.out_size = 12;
    op.slope = 0.125f;
    network.values += 12;
    at = op.out;
    network.ops.push_back(op);
  };
  add(OpKind::leaky_relu, 0);
  add(OpKind::add, network.result);
  add(OpKind::tanh, 0);
  add(OpKind::multiply, network.result);
  add(OpKind::subtract, network.inputs - 2);  // two observations, what is remembered, and what follows it
  add(OpKind::relu, 0);
  add(OpKind::copy, 0);
  network.remembered = at + 3;
  add(OpKind::softmax, 0);
  network.ends_in_softmax = true;
  network.result = at;
  network.outputs = 12;
  return network;
}

/// Observations that are drawn, on the card or off it.
struct DrawnObservation {
  float* values;
  COLONY_HD void operator()(std::size_t i) const { values[i] = static_cast<float>(uniform_f64(high_word(draw_entity({2, 7}, i)))) * 4 - 2; }
};

/// A batch in columns of its own.
struct Crowd {
  std::vector<std::vector<float>> columns, memory, outputs;
  std::vector<std::uint64_t> ids;
  std::vector<std::uint8_t> actions;
  std::vector<const float*> in;
  std::vector<float*> remembered, out;

  Crowd(const Network& network, std::size_t count, std::uint64_t first_id)
      : columns(network.inputs, std::vector<float>(count)),
        memory(network.memory, std::vector<float>(count)),
        outputs(network.outputs, std::vector<float>(count)),
        ids(count),
        actions(count) {
    for (std::size_t i = 0; i < count; ++i) ids[i] = first_id + i;
    for (std::uint32_t k = 0; k < network.inputs; ++k) {
      const DrawnObservation draw{columns[k].data() - (first_id * network.inputs + k * count)};
      for (std::size_t i = 0; i < count; ++i) draw(first_id * network.inputs + k * count + i);
      in.push_back(columns[k].data());
    }
    for (auto& column : memory) remembered.push_back(column.data());
    for (auto& column : outputs) out.push_back(column.data());
  }
  DecisionBatch batch(Choosing choosing) {
    DecisionBatch all;
    all.count = ids.size();
    all.observations = in.data();
    all.ids = ids.data();
    all.key = {1, 2};
    all.choosing = choosing;
    all.actions = actions.data();
    all.memory = remembered.data();
    all.outputs = out.data();
    return all;
  }
  bool same(const Crowd& other) const {
    const auto equal = [](const auto& a, const auto& b) {
      for (std::size_t k = 0; k < a.size(); ++k)
        if (!a[k].empty() && std::memcmp(a[k].data(), b[k].data(), a[k].size() * sizeof(float)) != 0) return false;
      return true;
    };
    return actions == other.actions && equal(outputs, other.outputs) && equal(memory, other.memory);
  }
};

/// Whether outputs, actions and memory are the same to the bit, largest and drawn, twice over, in batches that the card's pieces cut
/// through.
inline bool same_bits(const Network& network) {
  Inference<Card> inference(network, loop_in_order);
  std::vector<float> values(std::size_t{network.values} * tile_agents);
  std::deque<Crowd> there, here;
  for (auto* side : {&there, &here})
    for (const std::size_t count : {60'001, 0, 90'002}) side->emplace_back(network, count, count);
  bool same = true;
  for (const Choosing choosing : {Choosing::largest, Choosing::draw}) {
    std::vector<DecisionBatch> batches;
    for (Crowd& crowd : there) batches.push_back(crowd.batch(choosing));
    inference.decide(batches);
    for (Crowd& crowd : here) {
      const DecisionBatch batch = crowd.batch(choosing);
      for (std::size_t first = 0; first < batch.count; first += tile_agents) decide_tile(network, best_tile(), batch, first, values.data());
    }
    for (std::size_t c = 0; c < here.size(); ++c) same = same && there[c].same(here[c]);
  }
  return same;
}

/// Seconds of the kernel alone, for agents whose observations are on the card already.
inline double kernel_seconds(const Network& network, std::size_t count, int repeats) {
  const DeviceWeights<Card> weights(network);
  const OnCard<float> observations(network.inputs * count);
  const OnCard<std::uint8_t> actions(count);
  Card::Stream filling;
  filling.for_each(network.inputs * count, DrawnObservation{observations.get()});
  filling.wait();
  DeviceBatch batch;
  batch.count = batch.stride = count;
  batch.observations = observations.get();
  batch.actions = actions.get();
  return card_seconds(repeats, [&](Card::Stream& stream) { stream.decide(weights.there(), batch); });
}

/// Seconds of all that a tick does: gathered by one thread of the host, to the card, decided for, and back.
inline double decide_seconds(const Network& network, std::size_t count) {
  using Clock = std::chrono::steady_clock;
  Inference<Card> inference(network, loop_in_order);
  Crowd crowd(network, count, 0);
  DecisionBatch batch = crowd.batch(Choosing::largest);
  batch.outputs = nullptr;
  inference.decide({&batch, 1});
  const auto begin = Clock::now();
  inference.decide({&batch, 1});
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Writes a table to standard error and an array of JSON to standard output; returns whether all bits agree.
inline bool check_networks(const Limits& limits, std::size_t most) {
  const Net nets[] = {{"8-64-64-5 tanh", {8, 64, 64, 5}, OpKind::tanh}, {"64-256-256-8 relu", {64, 256, 256, 8}, OpKind::relu}};
  bool all_same = same_bits(network_of_everything());
  std::fprintf(stderr, "every operation, with memory: bits %s\n", all_same ? "the same" : "DIFFER");
  std::printf("\"every_operation\":{\"same_bits\":%s},\"networks\":[", all_same ? "true" : "false");
  for (const Net& net : nets) {
    const Network network = network_of(net);
    const bool same = same_bits(network);
    all_same = all_same && same;
    double multiply_adds = 0, activations = 0;
    for (std::size_t l = 0; l + 1 < net.sizes.size(); ++l) {
      multiply_adds += static_cast<double>(net.sizes[l]) * net.sizes[l + 1];
      if (l + 2 < net.sizes.size()) activations += net.sizes[l + 1];
    }
    const double bound =
        std::max((network.inputs * 4.0 + 1) / limits.bytes_per_second, (multiply_adds + 40 * activations) / limits.fma_per_second);
    std::printf("%s{\"network\":\"%s\",\"same_bits\":%s,\"sizes\":[", &net == nets ? "" : ",", net.name, same ? "true" : "false");
    std::fprintf(stderr, "%s: bits %s\n%12s %12s %14s %10s %10s %22s\n", net.name, same ? "the same" : "DIFFER", "agents", "kernel ms",
                 "inferences/s", "of bound", "of fma", "with copies, of 1 core");
    for (std::size_t count = 10'000; count <= most; count *= 10) {
      const double agents = static_cast<double>(count);
      try {
        const double seconds = kernel_seconds(network, count, count >= 10'000'000 ? 5 : 50);
        const double whole = count <= 10'000'000 ? decide_seconds(network, count) : 0;
        std::printf("%s{\"agents\":%zu,\"kernel_seconds\":%.6g,\"of_bound\":%.4f,\"of_fma\":%.4f,\"decide_seconds\":%.6g}",
                    count == 10'000 ? "" : ",", count, seconds, bound * agents / seconds,
                    multiply_adds / limits.fma_per_second * agents / seconds, whole);
        std::fprintf(stderr, "%12zu %12.4f %14.4g %10.3f %10.3f %20.4g/s\n", count, seconds * 1e3, agents / seconds,
                     bound * agents / seconds, multiply_adds / limits.fma_per_second * agents / seconds, whole > 0 ? agents / whole : 0.0);
      } catch (const std::exception& error) {
        std::printf("%s{\"agents\":%zu,\"failed\":true}", count == 10'000 ? "" : ",", count);
        std::fprintf(stderr, "%12zu %s\n", count, error.what());
      }
    }
    std::printf("]}");
  }
  std::printf("]");
  return all_same;
}

}  // namespace colony::check
