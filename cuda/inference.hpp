// A network on a device: batches of all shards are cut into pieces, a piece is gathered in staging memory, goes to the device, is decided
// for and comes back, while the next is gathered.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cuda/block.hpp"
#include "cuda/device.hpp"
#include "cuda/device_memory.hpp"

namespace colony {

/// A network in the memory of a device.
template <class System>
class DeviceWeights {
 public:
  /// Throws std::runtime_error when the values of a block's agents have no room.
  explicit DeviceWeights(const Network& network) : weights_(network.weights.size() * sizeof(float)), ops_(network.ops.size() * sizeof(Op)) {
    if (std::size_t{network.values} * block_agents * sizeof(float) > System::shared_bytes())
      throw std::runtime_error("a network of so many values does not fit into a block's shared memory");
    typename System::Stream stream;
    stream.copy_in(weights_.template as<float>(), network.weights.data(), network.weights.size() * sizeof(float));
    stream.copy_in(ops_.template as<Op>(), network.ops.data(), network.ops.size() * sizeof(Op));
    stream.wait();
    there_.ops = ops_.template as<Op>();
    there_.op_count = static_cast<std::uint32_t>(network.ops.size());
    there_.weights = weights_.template as<float>();
    there_.weight_count = static_cast<std::uint32_t>(network.weights.size());
    there_.inputs = network.inputs;
    there_.outputs = network.outputs;
    there_.values = network.values;
    there_.result = network.result;
    there_.memory = network.memory;
    there_.remembered = network.remembered;
    there_.ends_in_softmax = network.ends_in_softmax;
  }
  const DeviceNetwork& there() const { return there_; }

 private:
  DeviceMemory<System> weights_, ops_;
  DeviceNetwork there_;
};

template <class System>
class Inference final : public DeviceInference {
 public:
  Inference(const Network& network, HostLoop loop) : weights_(network), network_(weights_.there()), loop_(std::move(loop)) {
    const std::size_t bytes_an_agent = (network.inputs + network.memory) * sizeof(float) + sizeof(std::uint64_t);
    piece_ = std::clamp<std::size_t>(piece_bytes / bytes_an_agent, 16 * block_agents, 1 << 16) / block_agents * block_agents;
  }

  void decide(std::span<const DecisionBatch> batches) override {
    std::unique_ptr<Lanes> lanes = take_lanes();
    std::size_t turn = 0;
    Lane* lane = &(*lanes)[0];
    lane->begin();
    const auto go = [&] {
      start(*lane, batches);
      lane = &(*lanes)[++turn % lanes->size()];
      finish(*lane, batches);
      lane->begin();
    };
    for (std::size_t b = 0; b < batches.size(); ++b)
      for (std::size_t first = 0; first < batches[b].count;) {
        const std::size_t count = std::min(piece_ - lane->agents, batches[b].count - first);
        lane->segments.push_back({b, first, count});
        lane->agents += count;
        first += count;
        if (lane->agents == piece_) go();
      }
    if (lane->agents != 0) go();
    for (Lane& last : *lanes) finish(last, batches);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(lanes));  // not reached by a failure, which leaves them in an unknown state
  }

 private:
  static constexpr std::size_t piece_bytes = std::size_t{4} << 20;

  /// Agents [first, first + count) of a batch.
  struct Segment {
    std::size_t batch, first, count;
  };
  /// A piece on its way. Columns lie `stride` apart, in staging as on the device.
  struct Lane {
    typename System::Stream stream;
    std::vector<Segment> segments;
    std::size_t agents = 0, stride = 0;
    bool under_way = false;
    StagingMemory<System> staged_in, staged_ids, staged_memory, staged_actions, staged_outputs;
    DeviceMemory<System> in, ids, memory, actions, outputs;
    Lane() = default;
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    /// What is under way when a piece fails must not outlive the memory that it works on.
    ~Lane() {
      try {
        stream.wait();
      } catch (const std::exception&) {
      }
    }
    void begin() {
      segments.clear();
      agents = 0;
    }
  };
  using Lanes = std::array<Lane, 2>;

  std::unique_ptr<Lanes> take_lanes() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<Lanes>();
    std::unique_ptr<Lanes> lanes = std::move(free_.back());
    free_.pop_back();
    return lanes;
  }

  /// f(column of a segment, its place in a staged one, bytes), each on some thread of the host.
  template <class T, class Column, class F>
  void for_each_segment(const Lane& lane, std::size_t columns, T* staged, const Column& column, const F& f) const {
    std::vector<std::size_t> at = {0};
    for (const Segment& segment : lane.segments) at.push_back(at.back() + segment.count);
    loop_(lane.segments.size() * columns, [&](std::size_t i) {
      const std::size_t s = i / columns, k = i % columns;
      const Segment& segment = lane.segments[s];
      f(column(segment.batch, k) + segment.first, staged + k * lane.stride + at[s], segment.count * sizeof(T));
    });
  }

  void start(Lane& lane, std::span<const DecisionBatch> batches) const {
    const DecisionBatch& alike = batches[lane.segments.front().batch];
    lane.stride = (lane.agents + block_agents - 1) / block_agents * block_agents;
    DeviceBatch there;
    there.count = lane.agents;
    there.stride = lane.stride;
    there.key = alike.key;
    there.draw = alike.choosing == Choosing::draw;
    const auto gather = [](const void* column, void* staged, std::size_t bytes) { std::memcpy(staged, column, bytes); };
    const auto room = [&]<class T>(auto& staged, auto& on_device, std::size_t columns, T*& where) {
      const std::size_t bytes = columns * lane.stride * sizeof(T);
      staged.reserve(bytes);
      on_device.reserve(bytes);
      where = on_device.template as<T>();
      return bytes;
    };
    float* observations = nullptr;
    const std::size_t in_bytes = room(lane.staged_in, lane.in, network_.inputs, observations);
    there.observations = observations;
    for_each_segment(
        lane, network_.inputs, lane.staged_in.template as<float>(),
        [&](std::size_t b, std::size_t k) { return batches[b].observations[k]; }, gather);
    lane.stream.copy_in(observations, lane.staged_in.template as<float>(), in_bytes);
    const std::size_t memory_bytes = room(lane.staged_memory, lane.memory, network_.memory, there.memory);
    if (memory_bytes != 0) {
      for_each_segment(
          lane, network_.memory, lane.staged_memory.template as<float>(),
          [&](std::size_t b, std::size_t k) { return batches[b].memory[k]; }, gather);
      lane.stream.copy_in(there.memory, lane.staged_memory.template as<float>(), memory_bytes);
    }
    if (there.draw) {
      std::uint64_t* ids = nullptr;
      const std::size_t id_bytes = room(lane.staged_ids, lane.ids, 1, ids);
      there.ids = ids;
      for_each_segment(
          lane, 1, lane.staged_ids.template as<std::uint64_t>(), [&](std::size_t b, std::size_t) { return batches[b].ids; }, gather);
      lane.stream.copy_in(ids, lane.staged_ids.template as<std::uint64_t>(), id_bytes);
    }
    const std::size_t action_bytes = room(lane.staged_actions, lane.actions, 1, there.actions);
    std::size_t output_bytes = 0;
    if (alike.outputs != nullptr) output_bytes = room(lane.staged_outputs, lane.outputs, network_.outputs, there.outputs);
    lane.stream.decide(network_, there);
    lane.stream.copy_out(lane.staged_actions.template as<std::uint8_t>(), there.actions, action_bytes);
    if (memory_bytes != 0) lane.stream.copy_out(lane.staged_memory.template as<float>(), there.memory, memory_bytes);
    if (output_bytes != 0) lane.stream.copy_out(lane.staged_outputs.template as<float>(), there.outputs, output_bytes);
    lane.under_way = true;
  }

  void finish(Lane& lane, std::span<const DecisionBatch> batches) const {
    if (!lane.under_way) return;
    lane.under_way = false;
    lane.stream.wait();
    const DecisionBatch& alike = batches[lane.segments.front().batch];  // not the first of all: what has no agents has no columns
    const auto scatter = [](void* column, const void* staged, std::size_t bytes) { std::memcpy(column, staged, bytes); };
    if (alike.actions != nullptr)
      for_each_segment(
          lane, 1, lane.staged_actions.template as<std::uint8_t>(), [&](std::size_t b, std::size_t) { return batches[b].actions; },
          scatter);
    for_each_segment(
        lane, network_.memory, lane.staged_memory.template as<float>(), [&](std::size_t b, std::size_t k) { return batches[b].memory[k]; },
        scatter);
    if (alike.outputs != nullptr)
      for_each_segment(
          lane, network_.outputs, lane.staged_outputs.template as<float>(),
          [&](std::size_t b, std::size_t o) { return batches[b].outputs[o]; }, scatter);
  }

  DeviceWeights<System> weights_;
  DeviceNetwork network_;
  std::size_t piece_ = 0;
  HostLoop loop_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lanes>> free_;
};

}  // namespace colony
