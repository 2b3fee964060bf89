// A network evaluated for a tile of agents at once. A value of all agents of the tile lies in a row; a layer takes eight outputs and three
// vectors of agents into registers and walks over the inputs. Sums run over the inputs in their order, so neither the width of a vector nor
// the place of an agent in its tile shows in the bits.
#pragma once

#include "policy/activations.hpp"
#include "policy/network.hpp"

namespace colony {

inline constexpr int tile_agents = 48;

/// Evaluates the network for one tile. values: [network.values][tile_agents], the observations filled in.
using TileFunction = void (*)(const Network& network, float* values);
/// For the instructions that this processor has.
TileFunction best_tile();
/// The same with 256-bit and with 512-bit vectors; null where the processor lacks them.
TileFunction tile_of_eight_lanes();
TileFunction tile_of_sixteen_lanes();

/// What runs the operations, in vectors of the type L.
template <class L>
class Tile {
 public:
  using F = typename L::F;

  static void run(const Network& network, float* values) {
    for (const Op& op : network.ops) {
      const float* in = values + std::size_t{op.in} * tile_agents;
      float* out = values + std::size_t{op.out} * tile_agents;
      switch (op.kind) {
        case OpKind::dense: dense(op, network.weights.data(), in, out); break;
        case OpKind::add: zip(op, values, [](F a, F b) { return L::add(a, b); }); break;
        case OpKind::subtract: zip(op, values, [](F a, F b) { return L::sub(a, b); }); break;
        case OpKind::multiply: zip(op, values, [](F a, F b) { return L::mul(a, b); }); break;
        case OpKind::relu: map(op, in, out, [](F x) { return relu_of<L>(x); }); break;
        case OpKind::leaky_relu: map(op, in, out, [&](F x) { return leaky_relu_of<L>(x, op.slope); }); break;
        case OpKind::tanh: map(op, in, out, [](F x) { return tanh_of<L>(x); }); break;
        case OpKind::sigmoid: map(op, in, out, [](F x) { return sigmoid_of<L>(x); }); break;
        case OpKind::softmax: softmax(op, in, out); break;
        case OpKind::copy: map(op, in, out, [](F x) { return x; }); break;
      }
    }
  }

 private:
  template <class Function>
  static void map(const Op& op, const float* in, float* out, const Function& f) {
    for (std::size_t i = 0; i < std::size_t{op.out_size} * tile_agents; i += L::width) L::store(out + i, f(L::load(in + i)));
  }

  template <class Function>
  static void zip(const Op& op, float* values, const Function& f) {
    const float *a = values + std::size_t{op.in} * tile_agents, *b = values + std::size_t{op.other} * tile_agents;
    float* out = values + std::size_t{op.out} * tile_agents;
    for (std::size_t i = 0; i < std::size_t{op.out_size} * tile_agents; i += L::width) L::store(out + i, f(L::load(a + i), L::load(b + i)));
  }

  static constexpr int vectors = 3;
  static_assert(tile_agents % (vectors * 16) == 0);
  /// Outputs whose sums fit into the registers beside three vectors of inputs.
  static constexpr int outputs_at_once = L::width >= 16 ? 8 : 4;

  static void dense(const Op& op, const float* weights, const float* in, float* out) {
    for (std::uint32_t first = 0; first < op.out_size; first += outputs_at_once) {
      const std::uint32_t p = first / panel, within = first % panel;
      const float* w = weights + op.weights + std::size_t{p} * op.in_size * panel + within;
      const float* bias = weights + op.biases + first;
      const std::uint32_t count = op.out_size - first;
      for (int agent = 0; agent < tile_agents; agent += vectors * L::width) {
        const float* x = in + agent;
        float* y = out + std::size_t{first} * tile_agents + agent;
        switch (count) {
          case 1: block<1>(w, bias, op.in_size, x, y); break;
          case 2: block<2>(w, bias, op.in_size, x, y); break;
          case 3: block<3>(w, bias, op.in_size, x, y); break;
          case 4: block<4>(w, bias, op.in_size, x, y); break;
          case 5: block < outputs_at_once<5 ? 4 : 5>(w, bias, op.in_size, x, y); break;
          case 6: block < outputs_at_once<6 ? 4 : 6>(w, bias, op.in_size, x, y); break;
          case 7: block < outputs_at_once<7 ? 4 : 7>(w, bias, op.in_size, x, y); break;
          default: block<outputs_at_once>(w, bias, op.in_size, x, y); break;
        }
      }
    }
  }

  template <int outputs>
  static void block(const float* w, const float* bias, std::uint32_t inputs, const float* x, float* y) {
    F sum[outputs][vectors];
    for (int o = 0; o < outputs; ++o)
      for (int v = 0; v < vectors; ++v) sum[o][v] = L::all(bias[o]);
    for (std::uint32_t k = 0; k < inputs; ++k, w += panel, x += tile_agents) {
      F own[vectors];
      for (int v = 0; v < vectors; ++v) own[v] = L::load(x + v * L::width);
      for (int o = 0; o < outputs; ++o) {
        const F weight = L::all(w[o]);
        for (int v = 0; v < vectors; ++v) sum[o][v] = L::fma(weight, own[v], sum[o][v]);
      }
    }
    for (int o = 0; o < outputs; ++o)
      for (int v = 0; v < vectors; ++v) L::store(y + o * tile_agents + v * L::width, sum[o][v]);
  }

  /// e^(x - the largest), over their sum.
  static void softmax(const Op& op, const float* in, float* out) {
    for (int agent = 0; agent < tile_agents; agent += L::width) {
      const float* x = in + agent;
      float* y = out + agent;
      F largest = L::load(x);
      for (std::uint32_t i = 1; i < op.out_size; ++i) largest = L::max(L::load(x + std::size_t{i} * tile_agents), largest);
      F sum = L::all(0.0f);
      for (std::uint32_t i = 0; i < op.out_size; ++i) {
        const F e = exp_of<L>(L::sub(L::load(x + std::size_t{i} * tile_agents), largest));
        L::store(y + std::size_t{i} * tile_agents, e);
        sum = L::add(sum, e);
      }
      for (std::uint32_t i = 0; i < op.out_size; ++i) {
        float* one = y + std::size_t{i} * tile_agents;
        L::store(one, L::div(L::load(one), sum));
      }
    }
  }
};

}  // namespace colony
