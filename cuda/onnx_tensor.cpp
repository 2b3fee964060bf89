#include "cuda/onnx_tensor.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace colony {

Tensor read_tensor(const onnx::TensorProto& proto, const std::string& name, const OnnxFault& fault) {
  if (proto.data_type() != onnx::TensorProto::FLOAT) fault(fmt::format("the constant \"{}\" is not of type float32", name));
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    fault(fmt::format("the constant \"{}\" lies in another file; export the weights into the model", name));
  const bool raw = proto.has_raw_data();
  const std::uint64_t held = raw ? proto.raw_data().size() / sizeof(float) : static_cast<std::uint64_t>(proto.float_data_size());
  const auto check_shape = [&](bool fits) {
    if (!fits) fault(fmt::format("the constant \"{}\" has another number of values than its shape says", name));
  };
  std::uint64_t count = 1;
  Tensor tensor;
  for (const std::int64_t dim : proto.dims()) {
    check_shape(dim >= 1 && static_cast<std::uint64_t>(dim) <= held);
    count *= static_cast<std::uint64_t>(dim);
    check_shape(count <= held);
    tensor.dims.push_back(dim);
  }
  check_shape(count == held && (!raw || proto.raw_data().size() % sizeof(float) == 0));
  tensor.data.resize(count);
  if (raw) std::memcpy(tensor.data.data(), proto.raw_data().data(), count * sizeof(float));  // little-endian, as we are
  else std::copy(proto.float_data().begin(), proto.float_data().end(), tensor.data.begin());
  for (const float x : tensor.data)
    if (!std::isfinite(x)) fault(fmt::format("the constant \"{}\" holds {}", name, x));
  return tensor;
}

std::vector<std::int64_t> read_whole_numbers(const onnx::TensorProto& proto) {
  std::vector<std::int64_t> numbers(proto.int64_data().begin(), proto.int64_data().end());
  if (!proto.has_raw_data()) return numbers;
  numbers.resize(proto.raw_data().size() / sizeof(std::int64_t));
  if (!numbers.empty()) std::memcpy(numbers.data(), proto.raw_data().data(), numbers.size() * sizeof(std::int64_t));
  return numbers;
}

}  // namespace colony
