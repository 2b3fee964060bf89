// fuzz-sources: policy/onnx/onnx_reader.cpp policy/onnx/onnx_scope.cpp policy/onnx/onnx_operators.cpp policy/onnx/onnx_cells.cpp
// fuzz-sources: policy/onnx/onnx_shape.cpp policy/onnx/onnx_tensor.cpp policy/onnx/network_builder.cpp engine/error.cpp
// Any bytes are either a network whose operations stay inside its values and weights, or a DataError that names the file.
#include <cmath>
#include <cstdint>

#include "engine/error.hpp"
#include "policy/onnx/onnx_reader.hpp"

namespace {

void check(const colony::Network& network) {
  const auto inside = [&](std::uint64_t at, std::uint64_t size) { return at + size <= network.values; };
  COLONY_ASSERT(network.inputs > 0 && network.outputs > 0 && inside(network.result, network.outputs), "outputs that are nowhere");
  COLONY_ASSERT(inside(network.inputs, network.memory) && inside(network.remembered, network.memory), "a memory that is nowhere");
  for (const colony::Op& op : network.ops) {
    COLONY_ASSERT(inside(op.in, op.in_size) && inside(op.out, op.out_size) && op.out_size > 0, "an operation outside the values");
    if (colony::takes_two(op.kind)) COLONY_ASSERT(inside(op.other, op.out_size), "a sum with what is nowhere");
    if (op.kind != colony::OpKind::dense) {
      COLONY_ASSERT(op.in_size == op.out_size, "an operation that changes the size");
      continue;
    }
    const std::uint64_t panels = (op.out_size + colony::panel - 1) / colony::panel;
    COLONY_ASSERT(op.weights + panels * op.in_size * colony::panel <= network.weights.size(), "weights that are nowhere");
    COLONY_ASSERT(op.biases + panels * colony::panel <= network.weights.size(), "biases that are nowhere");
  }
  for (const float weight : network.weights) COLONY_ASSERT(std::isfinite(weight), "a weight that is no number");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    check(colony::read_onnx({reinterpret_cast<const char*>(data), size}, "input"));
  } catch (const colony::DataError& error) {
    COLONY_ASSERT(error.where == "input", "the error names no file");
  }
  return 0;
}
