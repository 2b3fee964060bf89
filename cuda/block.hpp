// A network evaluated by a block of 256 threads for 64 agents: what a device runs. Written once for device and host: a Block runs a piece
// of work for each of its threads and waits for all of them, so that the host can take the part of a block, thread by thread, and show
// that the bits are those of the tiles (policy/tile.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "policy/choose.hpp"
#include "policy/network.hpp"

namespace colony {

inline constexpr int block_threads = 256, block_agents = 64, block_warps = block_threads / 32;

/// Where a network lies in the memory of the device.
struct DeviceNetwork {
  const Op* ops = nullptr;
  std::uint32_t op_count = 0;
  const float* weights = nullptr;
  std::uint32_t weight_count = 0;
  std::uint32_t inputs = 0, outputs = 0, values = 0, result = 0;
  std::uint32_t memory = 0, remembered = 0;
  bool ends_in_softmax = false;
};

/// As DecisionBatch, with columns at a fixed distance, all of it in the memory of the device.
struct DeviceBatch {
  std::size_t count = 0;
  std::size_t stride = 0;               ///< from one column to the next
  const float* observations = nullptr;  ///< [inputs][stride]
  float* memory = nullptr;              ///< [memory][stride], read and written
  const std::uint64_t* ids = nullptr;   ///< [count], or null where actions are not drawn
  RandomKey key{};
  bool draw = false;
  std::uint8_t* actions = nullptr;  ///< [count]
  float* outputs = nullptr;         ///< [outputs][stride], or null
};

/// Half a row of a panel: what a thread loads at a time. Rows begin at multiples of eight weights.
struct alignas(16) FourWeights {
  float of[4];
};

/// Two agents a lane, eight outputs a warp at a time. values: [values][block_agents]; weights: aligned to 16 bytes.
COLONY_HD inline void block_dense(const Op& op, const float* weights, const float* in, float* out, int thread) {
  const int warp = thread / 32, lane = thread % 32;
  const std::uint32_t panels = (op.out_size + panel - 1) / panel;
  for (std::uint32_t p = static_cast<std::uint32_t>(warp); p < panels; p += block_warps) {
    const float* w = weights + op.weights + static_cast<std::size_t>(p) * op.in_size * panel;
    float sum[panel][2];
    for (std::uint32_t o = 0; o < panel; ++o) sum[o][0] = sum[o][1] = weights[op.biases + p * panel + o];
    const float* x = in + lane;
    for (std::uint32_t k = 0; k < op.in_size; ++k, w += panel, x += block_agents) {
      const float a = x[0], b = x[32];
      const FourWeights row[2] = {reinterpret_cast<const FourWeights*>(w)[0], reinterpret_cast<const FourWeights*>(w)[1]};
      for (std::uint32_t o = 0; o < panel; ++o) {
        sum[o][0] = OneLane::fma(row[o / 4].of[o % 4], a, sum[o][0]);
        sum[o][1] = OneLane::fma(row[o / 4].of[o % 4], b, sum[o][1]);
      }
    }
    for (std::uint32_t o = 0; o < panel; ++o) {
      if (p * panel + o >= op.out_size) break;
      float* y = out + static_cast<std::size_t>(p * panel + o) * block_agents + lane;
      y[0] = sum[o][0];
      y[32] = sum[o][1];
    }
  }
}

COLONY_HD inline float activated(const Op& op, float x) {
  switch (op.kind) {
    case OpKind::relu: return relu_of<OneLane>(x);
    case OpKind::leaky_relu: return leaky_relu_of<OneLane>(x, op.slope);
    case OpKind::tanh: return tanh_of<OneLane>(x);
    case OpKind::sigmoid: return sigmoid_of<OneLane>(x);
    default: return x;
  }
}

COLONY_HD inline float of_two(OpKind kind, float a, float b) {
  return kind == OpKind::add ? a + b : kind == OpKind::subtract ? a - b : a * b;
}

COLONY_HD inline void block_softmax(const Op& op, const float* in, float* out, int agent) {
  float largest = in[agent];
  for (std::uint32_t i = 1; i < op.out_size; ++i) largest = OneLane::max(in[i * block_agents + agent], largest);
  float sum = 0;
  for (std::uint32_t i = 0; i < op.out_size; ++i) {
    const float e = exp_of<OneLane>(in[i * block_agents + agent] - largest);
    out[i * block_agents + agent] = e;
    sum += e;
  }
  for (std::uint32_t i = 0; i < op.out_size; ++i) out[i * block_agents + agent] = out[i * block_agents + agent] / sum;
}

/// One thread's share of an operation.
COLONY_HD inline void block_op(const Op& op, const float* weights, float* values, int thread) {
  const float* in = values + static_cast<std::size_t>(op.in) * block_agents;
  float* out = values + static_cast<std::size_t>(op.out) * block_agents;
  if (op.kind == OpKind::dense) {
    block_dense(op, weights, in, out, thread);
  } else if (op.kind == OpKind::softmax) {
    if (thread < block_agents) block_softmax(op, in, out, thread);
  } else {
    const float* other = values + static_cast<std::size_t>(op.other) * block_agents;
    const std::uint32_t items = op.out_size * block_agents;
    for (std::uint32_t i = static_cast<std::uint32_t>(thread); i < items; i += block_threads)
      out[i] = takes_two(op.kind) ? of_two(op.kind, in[i], other[i]) : activated(op, in[i]);
  }
}

/// Agents [first, first + block_agents) of the batch. values: [network.values][block_agents], shared by the block; weights: the network's,
/// or a copy of them that is nearer.
template <class Block>
COLONY_HD void run_block(const Block& block, const DeviceNetwork& network, const DeviceBatch& batch, std::size_t first, float* values,
                         const float* weights) {
  block.each([&](int thread) {
    for (std::uint32_t i = static_cast<std::uint32_t>(thread); i < (network.inputs + network.memory) * block_agents; i += block_threads) {
      const std::size_t agent = first + i % block_agents;
      const std::uint32_t row = i / block_agents;
      const float* column =
          row < network.inputs ? batch.observations + row * batch.stride : batch.memory + (row - network.inputs) * batch.stride;
      values[i] = agent < batch.count ? column[agent] : 0.0f;
    }
  });
  for (std::uint32_t o = 0; o < network.op_count; ++o) block.each([&](int thread) { block_op(network.ops[o], weights, values, thread); });
  const float* outputs = values + static_cast<std::size_t>(network.result) * block_agents;
  block.each([&](int thread) {
    const std::size_t agent = first + static_cast<std::size_t>(thread);
    if (thread >= block_agents || agent >= batch.count) return;
    for (std::uint32_t k = 0; k < network.memory; ++k)
      batch.memory[k * batch.stride + agent] = values[(network.remembered + k) * block_agents + static_cast<std::uint32_t>(thread)];
    if (batch.outputs != nullptr)
      for (std::uint32_t o = 0; o < network.outputs; ++o) batch.outputs[o * batch.stride + agent] = outputs[o * block_agents + thread];
    if (!batch.draw) {
      batch.actions[agent] = largest_output(outputs + thread, network.outputs, block_agents);
      return;
    }
    const float u = uniform_f32(draw_entity(batch.key, batch.ids[agent])[0]);
    batch.actions[agent] = drawn_output(outputs + thread, network.outputs, block_agents, network.ends_in_softmax, u);
  });
}

/// The host in the part of a block.
struct HostBlock {
  template <class F>
  void each(const F& f) const {
    for (int thread = 0; thread < block_threads; ++thread) f(thread);
  }
};

}  // namespace colony
