// What scripts/gpu-check runs: the bits of the device beside those of the CPU, and its speed beside what the card can do. A JSON object on
// standard output, a table on standard error. With --help it says what it takes.
#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cuda/device.hpp"
#include "cuda/tile_batch.hpp"

namespace {

using namespace colony;

struct Net {
  const char* name;
  std::vector<std::uint32_t> sizes;
  OpKind activation;
};

/// Fully connected, with drawn weights, in the form that the ONNX reader gives a network.
Network network_of(const Net& net) {
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

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// The batch that both sides decide for.
struct Crowd {
  std::vector<std::vector<float>> columns;
  std::vector<const float*> in;
  std::vector<std::uint64_t> ids;
  Crowd(std::uint32_t inputs, std::size_t count) {
    for (std::uint32_t k = 0; k < inputs; ++k) {
      columns.emplace_back(count);
      for (std::size_t i = 0; i < count; ++i)
        columns[k][i] = static_cast<float>(static_cast<std::int32_t>(i * 2654435761u + k * 40503u)) * 0x1p-30f;
    }
    for (auto& column : columns) in.push_back(column.data());
    for (std::size_t i = 0; i < count; ++i) ids.push_back(i);
  }
  DecisionBatch batch(Choosing choosing, std::vector<std::uint8_t>& actions, std::vector<float*>& out) const {
    DecisionBatch all;
    all.count = ids.size();
    all.observations = in.data();
    all.ids = ids.data();
    all.key = {1, 2};
    all.choosing = choosing;
    all.actions = actions.data();
    all.outputs = out.data();
    return all;
  }
};

/// Whether outputs and actions are the same to the bit, drawn and largest.
bool same_bits(const Network& network, const DeviceRunner& device) {
  const std::size_t count = 100'003;
  const Crowd crowd(network.inputs, count);
  std::vector<float> values(std::size_t{network.values} * tile_agents);
  for (const Choosing choosing : {Choosing::largest, Choosing::draw}) {
    std::vector<std::vector<float>> outputs[2];
    std::vector<std::uint8_t> actions[2];
    for (int side = 0; side < 2; ++side) {
      actions[side].resize(count);
      std::vector<float*> out;
      outputs[side].assign(network.outputs, std::vector<float>(count));
      for (auto& column : outputs[side]) out.push_back(column.data());
      const DecisionBatch batch = crowd.batch(choosing, actions[side], out);
      if (side == 0) device.decide(batch);
      else
        for (std::size_t first = 0; first < count; first += tile_agents) decide_tile(network, best_tile(), batch, first, values.data());
    }
    if (actions[0] != actions[1]) return false;
    for (std::uint32_t o = 0; o < network.outputs; ++o)
      if (std::memcmp(outputs[0][o].data(), outputs[1][o].data(), count * sizeof(float)) != 0) return false;
  }
  return true;
}

int attribute(cudaDeviceAttr which) {
  int value = 0;
  cudaDeviceGetAttribute(&value, which, 0);
  return value;
}

/// Bytes a second that the card copies within its own memory, reads and writes both counted.
double measured_bandwidth() {
  const std::size_t bytes = std::size_t{1} << 30;
  void *from = nullptr, *to = nullptr;
  if (cudaMalloc(&from, bytes) != cudaSuccess || cudaMalloc(&to, bytes) != cudaSuccess) return 0;
  double best = 0;
  for (int i = 0; i < 6; ++i) {
    cudaDeviceSynchronize();
    const double begin = seconds_now();
    cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToDevice);
    cudaDeviceSynchronize();
    best = std::max(best, 2.0 * static_cast<double>(bytes) / (seconds_now() - begin));
  }
  cudaFree(from);
  cudaFree(to);
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t most = 100'000'000;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--most") == 0 && i + 1 < argc) {
      most = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::fprintf(stderr, "usage: gpu_check [--most AGENTS]   sizes from 10^4 agents up to that many, 10^8 by default\n");
      return std::strcmp(argv[i], "--help") == 0 ? 0 : 2;
    }
  }
  const DeviceFound device = find_device();
  if (!device.there) {
    std::fprintf(stderr, "gpu_check: no CUDA device: %s\n", device.text.c_str());
    return 2;
  }
  // 128 units an SM multiply and add in each clock; an activation counts for 40 operations, the bytes are those of observations and
  // actions.
  const double clock = attribute(cudaDevAttrClockRate) * 1e3, units = attribute(cudaDevAttrMultiProcessorCount) * 128.0;
  const double operations = clock * units, bandwidth = measured_bandwidth();
  std::printf("{\"device\":\"%s\",\"fma_per_second\":%.4g,\"bytes_per_second\":%.4g,\"networks\":[", device.text.c_str(), operations,
              bandwidth);
  const Net nets[] = {{"8-64-64-5 tanh", {8, 64, 64, 5}, OpKind::tanh}, {"64-256-256-8 relu", {64, 256, 256, 8}, OpKind::relu}};
  bool all_same = true;
  for (const Net& net : nets) {
    const Network network = network_of(net);
    const DeviceRunner runner(network);
    const bool same = same_bits(network, runner);
    all_same = all_same && same;
    double work = 0;
    for (std::size_t l = 0; l + 1 < net.sizes.size(); ++l)
      work += static_cast<double>(net.sizes[l]) * net.sizes[l + 1] + (l + 2 < net.sizes.size() ? 40.0 * net.sizes[l + 1] : 0);
    const double bound = std::max((network.inputs * 4.0 + 1) / bandwidth, work / operations);
    std::printf("%s{\"network\":\"%s\",\"same_bits\":%s,\"sizes\":[", &net == nets ? "" : ",", net.name, same ? "true" : "false");
    std::fprintf(stderr, "%s: bits %s\n%12s %14s %16s %10s\n", net.name, same ? "the same" : "DIFFER", "agents", "kernel ms",
                 "inferences/s", "of bound");
    for (std::size_t count = 10'000; count <= most; count *= 10) {
      const double seconds = runner.kernel_seconds(count, count >= 10'000'000 ? 5 : 50), agents = static_cast<double>(count);
      std::printf("%s{\"agents\":%zu,\"kernel_seconds\":%.6g,\"of_bound\":%.4f}", count == 10'000 ? "" : ",", count, seconds,
                  bound * agents / seconds);
      std::fprintf(stderr, "%12zu %14.4f %16.4g %10.3f\n", count, seconds * 1e3, agents / seconds, bound * agents / seconds);
    }
    std::printf("]}");
  }
  std::printf("]}\n");
  return all_same ? 0 : 1;
}
