// Batched inference beside oneDNN with the same weights, and beside the multiply-adds that the processor can do.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "bench/colony_run.hpp"
#include "bench/reference/dense_layers.hpp"
#include "bench/reference/peak.hpp"
#include "engine/executor.hpp"
#include "policy/network_policy.hpp"
#include "policy/onnx/onnx_reader.hpp"
#include "tests/support/networks.hpp"

extern "C" void omp_set_num_threads(int);  // what oneDNN's threads are

namespace colony::bench {
namespace {

struct Net {
  std::vector<std::uint32_t> sizes;
  const char* activation;
  reference::Activation same;
};
const Net nets[] = {{{8, 64, 64, 5}, "Tanh", reference::Activation::tanh}, {{64, 256, 256, 8}, "Relu", reference::Activation::relu}};

constexpr std::uint32_t batch = 1008;  ///< of oneDNN, about where it is fastest; ours takes all batches at once
constexpr std::uint32_t batches = 10;

/// The weights as oneDNN wants them, unpacked from the panels.
std::vector<reference::DenseLayer> layers_of(const Network& network) {
  std::vector<reference::DenseLayer> layers;
  for (const Op& op : network.ops) {
    if (op.kind != OpKind::dense) continue;
    reference::DenseLayer layer{op.in_size, op.out_size, {}, {}};
    for (std::uint32_t o = 0; o < op.out_size; ++o) {
      for (std::uint32_t i = 0; i < op.in_size; ++i)
        layer.weights.push_back(network.weights[op.weights + (std::size_t{o} / panel * op.in_size + i) * panel + o % panel]);
      layer.biases.push_back(network.weights[op.biases + o]);
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

/// Arguments: which network, threads.
void BM_policy(benchmark::State& state) {
  const Net& net = nets[state.range(0)];
  const auto threads = static_cast<int>(state.range(1));
  const std::uint32_t inputs = net.sizes.front(), outputs = net.sizes.back(), agents = batch * batches;
  const NetworkPolicy policy(read_onnx_file(testing::policy_file(net.sizes, net.activation, 1)));
  omp_set_num_threads(threads);
  reference::DenseLayers peer(layers_of(policy.network()), net.same, batch);

  std::vector<std::vector<float>> columns(inputs, std::vector<float>(agents)), results(outputs, std::vector<float>(agents));
  std::vector<float> rows(std::size_t{agents} * inputs), peer_results(std::size_t{agents} * outputs);
  std::vector<const float*> in;
  std::vector<float*> out;
  for (std::uint32_t k = 0; k < inputs; ++k) {
    for (std::uint32_t i = 0; i < agents; ++i)
      rows[std::size_t{i} * inputs + k] = columns[k][i] = static_cast<float>(uniform_f64(high_word(draw_edge({1, 1}, i, k))) * 2 - 1);
    in.push_back(columns[k].data());
  }
  for (auto& column : results) out.push_back(column.data());
  std::vector<std::uint8_t> actions(agents);
  DecisionBatch all;
  all.count = agents;
  all.observations = in.data();
  all.actions = actions.data();

  Executor executor(threads);
  executor.run([&] {
    Pairs times;
    for (auto _ : state) {
      times.take([&] { policy.decide(all); },
                 [&] {
                   for (std::uint32_t b = 0; b < batches; ++b) {
                     const float* y = peer.run(rows.data() + std::size_t{b} * batch * inputs);
                     std::memcpy(peer_results.data() + std::size_t{b} * batch * outputs, y, std::size_t{batch} * outputs * sizeof(float));
                   }
                 });
      state.SetIterationTime(times.last_first());
    }
    all.outputs = out.data();
    policy.decide(all);
    for (std::uint32_t i = 0; i < agents; ++i)
      for (std::uint32_t o = 0; o < outputs; ++o)
        if (!(std::abs(results[o][i] - peer_results[std::size_t{i} * outputs + o]) < 1e-3f))
          state.SkipWithError("the two have other outputs");
    double multiply_adds = 0;
    for (std::size_t l = 0; l + 1 < net.sizes.size(); ++l) multiply_adds += static_cast<double>(net.sizes[l] * net.sizes[l + 1]);
    const double peak = tile_of_sixteen_lanes() != nullptr ? reference::peak_of_sixteen_lanes() : reference::peak_of_eight_lanes();
    state.counters["inferences_per_s"] = agents / times.best_first();
    state.counters["onednn_per_s"] = agents / times.best_second();
    state.counters["rate_ratio"] = 1 / times.ratio();
    state.counters["rate_ratio_median"] = 1 / times.ratio_median();
    state.counters["of_peak"] = multiply_adds * agents / times.best_first() / (peak * threads);
    return 0;
  });
}
BENCHMARK(BM_policy)
    ->ArgNames({"net", "threads"})
    ->Args({0, 1})
    ->Args({0, 2})
    ->Args({1, 1})
    ->Args({1, 2})
    ->Iterations(60)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace colony::bench

BENCHMARK_MAIN();
