// The only code that nvcc compiles: the kernel is cuda/block.hpp, this is its launch and its memory.
#include "cuda/device.hpp"

#include <cuda_runtime.h>
#include <thrust/device_vector.h>

#include <mutex>
#include <new>
#include <stdexcept>
#include <vector>

#include "cuda/block.hpp"

namespace colony {
namespace {

constexpr std::size_t piece = 1 << 18;  ///< agents that are copied and computed at a time

void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess) throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(error));
}

struct DeviceBlock {
  template <class F>
  __device__ void each(const F& f) const {
    f(static_cast<int>(threadIdx.x));
    __syncthreads();
  }
};

/// Dynamic shared memory: the values of the block's agents, then the weights if they fit.
__global__ void __launch_bounds__(block_threads) decide_kernel(DeviceNetwork network, DeviceBatch batch, bool weights_shared) {
  extern __shared__ float shared[];
  const float* weights = network.weights;
  if (weights_shared) {
    float* copy = shared + static_cast<std::size_t>(network.values) * block_agents;
    for (std::uint32_t i = threadIdx.x; i < network.weight_count; i += block_threads) copy[i] = network.weights[i];
    __syncthreads();
    weights = copy;
  }
  run_block(DeviceBlock{}, network, batch, static_cast<std::size_t>(blockIdx.x) * block_agents, shared, weights);
}

/// What one piece of a batch needs on the device.
struct Lane {
  cudaStream_t stream = nullptr;
  thrust::device_vector<float> observations, memory, outputs;
  thrust::device_vector<std::uint64_t> ids;
  thrust::device_vector<std::uint8_t> actions;

  Lane(std::uint32_t inputs, std::uint32_t remembered, std::uint32_t output_count, std::size_t agents)
      : observations(inputs * agents), memory(remembered * agents), outputs(output_count * agents), ids(agents), actions(agents) {
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "a stream of the device");
  }
  Lane(const Lane&) = delete;
  ~Lane() { cudaStreamDestroy(stream); }
};

}  // namespace

DeviceFound find_device() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) return {false, cudaGetErrorString(error)};
  if (count == 0) return {false, "there is none"};
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) return {false, "it can't be asked for its properties"};
  return {true, properties.name};
}

class DeviceRunner::State {
 public:
  explicit State(const Network& network) : weights_(network.weights), ops_(network.ops) {
    network_.ops = thrust::raw_pointer_cast(ops_.data());
    network_.op_count = static_cast<std::uint32_t>(network.ops.size());
    network_.weights = thrust::raw_pointer_cast(weights_.data());
    network_.weight_count = static_cast<std::uint32_t>(network.weights.size());
    network_.inputs = network.inputs;
    network_.outputs = network.outputs;
    network_.values = network.values;
    network_.result = network.result;
    network_.memory = network.memory;
    network_.remembered = network.remembered;
    network_.ends_in_softmax = network.ends_in_softmax;
    int most_shared = 0;
    check(cudaDeviceGetAttribute(&most_shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0), "the device's shared memory");
    const std::size_t values = std::size_t{network.values} * block_agents * sizeof(float),
                      all = values + network.weights.size() * sizeof(float);
    if (values > static_cast<std::size_t>(most_shared))
      throw std::runtime_error("a network of so many values does not fit into a block's shared memory");
    // Half of what an SM has, so that two blocks share one: while one waits for its slowest warp the other computes.
    weights_shared_ = all <= static_cast<std::size_t>(most_shared) / 2;
    shared_bytes_ = weights_shared_ ? all : values;
    check(cudaFuncSetAttribute(decide_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, most_shared), "the kernel's shared memory");
  }

  void decide(const DecisionBatch& batch) {
    std::unique_ptr<Lane> lanes[2];
    for (auto& lane : lanes) lane = take_lane();
    std::size_t turn = 0;
    for (std::size_t first = 0; first < batch.count; first += piece, ++turn) {
      Lane& lane = *lanes[turn % 2];
      start_piece(lane, batch, first, std::min(piece, batch.count - first));
    }
    for (auto& lane : lanes) {
      check(cudaStreamSynchronize(lane->stream), "the device");
      give_back(std::move(lane));
    }
  }

  double kernel_seconds(std::size_t count, int repeats) {
    Lane lane(network_.inputs, network_.memory, 0, count);
    const DeviceBatch batch = device_batch(lane, count, count, DecisionBatch{});
    launch(batch, lane.stream);
    cudaEvent_t begin, end;
    check(cudaEventCreate(&begin), "an event");
    check(cudaEventCreate(&end), "an event");
    check(cudaEventRecord(begin, lane.stream), "an event");
    for (int i = 0; i < repeats; ++i) launch(batch, lane.stream);
    check(cudaEventRecord(end, lane.stream), "an event");
    check(cudaEventSynchronize(end), "the device");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin, end), "an event");
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    return milliseconds / 1000.0 / repeats;
  }

 private:
  std::unique_ptr<Lane> take_lane() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<Lane>(network_.inputs, network_.memory, network_.outputs, piece);
    std::unique_ptr<Lane> lane = std::move(free_.back());
    free_.pop_back();
    return lane;
  }
  void give_back(std::unique_ptr<Lane> lane) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(lane));
  }

  DeviceBatch device_batch(Lane& lane, std::size_t count, std::size_t stride, const DecisionBatch& batch) const {
    DeviceBatch on_device;
    on_device.count = count;
    on_device.stride = stride;
    on_device.observations = thrust::raw_pointer_cast(lane.observations.data());
    on_device.memory = thrust::raw_pointer_cast(lane.memory.data());
    on_device.ids = thrust::raw_pointer_cast(lane.ids.data());
    on_device.key = batch.key;
    on_device.draw = batch.choosing == Choosing::draw;
    on_device.actions = thrust::raw_pointer_cast(lane.actions.data());
    on_device.outputs = batch.outputs != nullptr ? thrust::raw_pointer_cast(lane.outputs.data()) : nullptr;
    return on_device;
  }

  void launch(const DeviceBatch& batch, cudaStream_t stream) const {
    const auto blocks = static_cast<unsigned>((batch.count + block_agents - 1) / block_agents);
    decide_kernel<<<blocks, block_threads, shared_bytes_, stream>>>(network_, batch, weights_shared_);
    check(cudaGetLastError(), "the kernel");
  }

  /// All in the order of the lane's stream; what a lane did before is through by then.
  void start_piece(Lane& lane, const DecisionBatch& batch, std::size_t first, std::size_t count) const {
    const DeviceBatch on_device = device_batch(lane, count, piece, batch);
    for (std::uint32_t k = 0; k < network_.inputs; ++k)
      check(cudaMemcpyAsync(thrust::raw_pointer_cast(lane.observations.data()) + k * piece, batch.observations[k] + first,
                            count * sizeof(float), cudaMemcpyHostToDevice, lane.stream),
            "observations to the device");
    for (std::uint32_t k = 0; k < network_.memory; ++k)
      check(cudaMemcpyAsync(on_device.memory + k * piece, batch.memory[k] + first, count * sizeof(float), cudaMemcpyHostToDevice,
                            lane.stream),
            "memory to the device");
    if (on_device.draw)
      check(cudaMemcpyAsync(thrust::raw_pointer_cast(lane.ids.data()), batch.ids + first, count * sizeof(std::uint64_t),
                            cudaMemcpyHostToDevice, lane.stream),
            "ids to the device");
    launch(on_device, lane.stream);
    if (batch.actions != nullptr)
      check(cudaMemcpyAsync(batch.actions + first, on_device.actions, count, cudaMemcpyDeviceToHost, lane.stream),
            "actions from the device");
    for (std::uint32_t k = 0; k < network_.memory; ++k)
      check(cudaMemcpyAsync(batch.memory[k] + first, on_device.memory + k * piece, count * sizeof(float), cudaMemcpyDeviceToHost,
                            lane.stream),
            "memory from the device");
    if (batch.outputs != nullptr)
      for (std::uint32_t o = 0; o < network_.outputs; ++o)
        check(cudaMemcpyAsync(batch.outputs[o] + first, on_device.outputs + o * piece, count * sizeof(float), cudaMemcpyDeviceToHost,
                              lane.stream),
              "outputs from the device");
  }

  thrust::device_vector<float> weights_;
  thrust::device_vector<Op> ops_;
  DeviceNetwork network_;
  bool weights_shared_ = false;
  std::size_t shared_bytes_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> free_;
};

namespace {

/// f(), with the errors of Thrust as std::runtime_error: memory that there is none of comes as std::bad_alloc.
template <class F>
auto translated(const F& f) {
  try {
    return f();
  } catch (const std::bad_alloc& error) {
    throw std::runtime_error(error.what());
  }
}

}  // namespace

DeviceRunner::DeviceRunner(const Network& network) : state_(translated([&] { return std::make_unique<State>(network); })) {}
DeviceRunner::~DeviceRunner() = default;
void DeviceRunner::decide(const DecisionBatch& batch) const {
  translated([&] { state_->decide(batch); });
}
double DeviceRunner::kernel_seconds(std::size_t count, int repeats) const {
  return translated([&] { return state_->kernel_seconds(count, repeats); });
}

}  // namespace colony
