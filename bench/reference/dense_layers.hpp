// The peer of batched inference: the same network as inner products and activations of oneDNN.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace colony::bench::reference {

struct DenseLayer {
  std::uint32_t inputs = 0, outputs = 0;
  std::vector<float> weights;  ///< [outputs][inputs]
  std::vector<float> biases;
};

enum class Activation { relu, tanh };

class DenseLayers {
 public:
  DenseLayers(const std::vector<DenseLayer>& layers, Activation activation, std::uint32_t batch);
  ~DenseLayers();
  /// in: [batch][inputs]; returns [batch][outputs].
  const float* run(const float* in);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace colony::bench::reference
