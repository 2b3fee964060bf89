// A network as a straight-line program over the values of one agent: what an ONNX file comes down to, and what both the CPU and a device
// run. Plain data.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/platform.hpp"

namespace colony {

/// Rows of weights go in panels of so many outputs: panel p of a layer holds, input by input, the weights to outputs 8 p .. 8 p + 7.
inline constexpr std::uint32_t panel = 8;

enum class OpKind : std::uint8_t { dense, add, subtract, multiply, relu, leaky_relu, tanh, sigmoid, softmax, copy };
COLONY_HD constexpr bool takes_two(OpKind kind) { return kind == OpKind::add || kind == OpKind::subtract || kind == OpKind::multiply; }

/// Reads values [in, in + in_size), where it takes two also [other, other + out_size), and writes [out, out + out_size). A dense operation
/// without inputs writes its biases: constants.
struct Op {
  OpKind kind = OpKind::copy;
  std::uint32_t in = 0, in_size = 0, other = 0;
  std::uint32_t out = 0, out_size = 0;
  std::uint32_t weights = 0;  ///< dense: where its panels begin in Network::weights, [ceil(out_size / 8)][in_size][8]
  std::uint32_t biases = 0;   ///< dense: [ceil(out_size / 8) * 8]; relu and so on: none
  float slope = 0;            ///< leaky_relu
};

/// Values [0, inputs) are the observations, [inputs, inputs + memory) what the agent remembers; the outputs are [result, result + outputs),
/// what it will remember is [remembered, remembered + memory).
struct Network {
  std::uint32_t inputs = 0, outputs = 0, values = 0, result = 0;
  std::uint32_t memory = 0, remembered = 0;
  bool ends_in_softmax = false;
  std::vector<Op> ops;
  std::vector<float> weights;
};

}  // namespace colony
