// A Network in the making: room for values and weights, and operations, one after the other.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "policy/network.hpp"
#include "policy/onnx/onnx_shape.hpp"

namespace colony {

inline constexpr std::uint64_t most_network_bytes = std::uint64_t{1} << 28;
inline constexpr std::uint32_t most_values = 1 << 16;  ///< of an agent: a tile of agents has to stay in the caches
inline constexpr std::size_t most_ops = 10'000;

/// Values and weights are named by where they begin. Calls `fault` for what is more than a network may have, or not finite.
class NetworkBuilder {
 public:
  explicit NetworkBuilder(OnnxFault fault) : fault_(std::move(fault)) {}

  Network network;

  /// Calls `fault` when so many more values have no room; allocates nothing.
  void check_room(std::uint64_t count) const;
  std::uint32_t new_values(std::uint64_t count);
  std::int32_t last_op() const { return static_cast<std::int32_t>(network.ops.size()) - 1; }

  /// Each returns where the results are.
  std::uint32_t add_op(const Op& op);
  std::uint32_t map(OpKind kind, std::uint32_t from, std::uint32_t size);  ///< in place: whoever asks has made these values itself
  std::uint32_t zip(OpKind kind, std::uint32_t a, std::uint32_t b, std::uint32_t size);
  void copy(std::uint32_t from, std::uint32_t to, std::uint32_t size);
  /// New values, the i-th that at `from` + sources[i]; none where those are 0, 1, 2, ... of all `size` values there.
  std::uint32_t gather(std::uint32_t from, std::uint32_t size, std::span<const std::uint32_t> sources);
  /// A constant among the values: a layer without inputs.
  std::uint32_t constant(std::span<const float> values);

  /// Weights of a layer: weight(output, input).
  template <class Weight>
  std::uint32_t weights(std::uint64_t inputs, std::uint64_t outputs, const Weight& weight) {
    const std::uint32_t at = room_for((outputs + panel - 1) / panel * inputs * panel);
    for (std::uint64_t o = 0; o < outputs; ++o)
      for (std::uint64_t i = 0; i < inputs; ++i) network.weights[at + (o / panel * inputs + i) * panel + o % panel] = finite(weight(o, i));
    return at;
  }
  template <class Bias>
  std::uint32_t biases(std::uint64_t outputs, const Bias& bias) {
    const std::uint32_t at = room_for((outputs + panel - 1) / panel * panel);
    set_biases(at, outputs, bias);
    return at;
  }
  template <class Bias>
  void set_biases(std::uint32_t at, std::uint64_t outputs, const Bias& bias) {
    for (std::uint64_t o = 0; o < outputs; ++o) network.weights[at + o] = finite(bias(o));
  }

 private:
  std::uint32_t room_for(std::uint64_t count);
  float finite(float x) const {
    if (!std::isfinite(x)) fault_("a weight times alpha or beta is not finite");
    return x;
  }

  OnnxFault fault_;
};

}  // namespace colony
