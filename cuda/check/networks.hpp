// Networks on the card: their bits beside those of the CPU, their speed beside the card's limits.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "cuda/check/card.hpp"
#include "cuda/inference.hpp"
#include "cuda/tile_batch.hpp"

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

/// Whether outputs and actions are the same to the bit, drawn and largest, in batches that the card's pieces cut through.
inline bool same_bits(const Network& network) {
  constexpr std::size_t count = 150'003, cut = 60'001;
  std::vector<std::vector<float>> columns(network.inputs, std::vector<float>(count));
  std::vector<std::uint64_t> ids(count);
  for (std::size_t i = 0; i < count; ++i) {
    ids[i] = i;
    for (std::uint32_t k = 0; k < network.inputs; ++k)
      columns[k][i] = static_cast<float>(static_cast<std::int32_t>(i * 2654435761u + k * 40503u)) * 0x1p-30f;
  }
  Inference<Card> inference(network);
  std::vector<float> values(std::size_t{network.values} * tile_agents);
  for (const Choosing choosing : {Choosing::largest, Choosing::draw}) {
    std::vector<std::vector<float>> outputs[2];
    std::vector<std::uint8_t> actions[2];
    for (int side = 0; side < 2; ++side) {
      actions[side].resize(count);
      outputs[side].assign(network.outputs, std::vector<float>(count));
      std::vector<const float*> in[2];
      std::vector<float*> out[2];
      std::vector<DecisionBatch> batches(2);
      for (int half = 0; half < 2; ++half) {
        const std::size_t first = half * cut;
        for (auto& column : columns) in[half].push_back(column.data() + first);
        for (auto& column : outputs[side]) out[half].push_back(column.data() + first);
        DecisionBatch& batch = batches[static_cast<std::size_t>(half)];
        batch.count = half == 0 ? cut : count - cut;
        batch.observations = in[half].data();
        batch.ids = ids.data() + first;
        batch.key = {1, 2};
        batch.choosing = choosing;
        batch.actions = actions[side].data() + first;
        batch.outputs = out[half].data();
      }
      if (side == 0) inference.decide(batches);
      else
        for (const DecisionBatch& batch : batches)
          for (std::size_t first = 0; first < batch.count; first += tile_agents)
            decide_tile(network, best_tile(), batch, first, values.data());
    }
    if (actions[0] != actions[1]) return false;
    for (std::uint32_t o = 0; o < network.outputs; ++o)
      if (std::memcmp(outputs[0][o].data(), outputs[1][o].data(), count * sizeof(float)) != 0) return false;
  }
  return true;
}

/// Seconds of the kernel alone, for agents whose observations are on the card already (all 0).
inline double kernel_seconds(const Network& network, std::size_t count, int repeats) {
  const DeviceWeights<Card> weights(network);
  const OnCard<float> observations(network.inputs * count);
  const OnCard<std::uint8_t> actions(count);
  DeviceBatch batch;
  batch.count = batch.stride = count;
  batch.observations = observations.get();
  batch.actions = actions.get();
  return card_seconds(repeats, [&](Card::Stream& stream) { stream.decide(weights.there(), batch); });
}

/// Writes a table to standard error and an array of JSON to standard output; returns whether all bits agree.
inline bool check_networks(const Limits& limits, std::size_t most) {
  const Net nets[] = {{"8-64-64-5 tanh", {8, 64, 64, 5}, OpKind::tanh}, {"64-256-256-8 relu", {64, 256, 256, 8}, OpKind::relu}};
  bool all_same = true;
  std::printf("\"networks\":[");
  for (const Net& net : nets) {
    const Network network = network_of(net);
    const bool same = same_bits(network);
    all_same = all_same && same;
    double work = 0;  // multiply-adds, and 40 operations an activation
    for (std::size_t l = 0; l + 1 < net.sizes.size(); ++l)
      work += static_cast<double>(net.sizes[l]) * net.sizes[l + 1] + (l + 2 < net.sizes.size() ? 40.0 * net.sizes[l + 1] : 0);
    const double bound = std::max((network.inputs * 4.0 + 1) / limits.bytes_per_second, work / limits.fma_per_second);
    std::printf("%s{\"network\":\"%s\",\"same_bits\":%s,\"sizes\":[", &net == nets ? "" : ",", net.name, same ? "true" : "false");
    std::fprintf(stderr, "%s: bits %s\n%12s %14s %16s %10s\n", net.name, same ? "the same" : "DIFFER", "agents", "kernel ms",
                 "inferences/s", "of bound");
    for (std::size_t count = 10'000; count <= most; count *= 10) {
      const double seconds = kernel_seconds(network, count, count >= 10'000'000 ? 5 : 50), agents = static_cast<double>(count);
      std::printf("%s{\"agents\":%zu,\"kernel_seconds\":%.6g,\"of_bound\":%.4f}", count == 10'000 ? "" : ",", count, seconds,
                  bound * agents / seconds);
      std::fprintf(stderr, "%12zu %14.4f %16.4g %10.3f\n", count, seconds * 1e3, agents / seconds, bound * agents / seconds);
    }
    std::printf("]}");
  }
  std::printf("]");
  return all_same;
}

}  // namespace colony::check
