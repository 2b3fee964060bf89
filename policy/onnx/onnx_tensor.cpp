#include "policy/onnx/onnx_tensor.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <cstring>

namespace colony {
namespace {

/// The values of a tensor, which `listed` holds unless they are raw.
template <class T, class List>
std::vector<T> values_of(const onnx::TensorProto& proto, const List& listed, const std::string& name, const OnnxFault& fault) {
  const bool raw = proto.has_raw_data();
  const std::uint64_t held = raw ? proto.raw_data().size() / sizeof(T) : static_cast<std::uint64_t>(listed.size());
  const auto check = [&](bool fits) {
    if (!fits) fault(fmt::format("the constant \"{}\" has another number of values than its shape says", name));
  };
  std::uint64_t count = 1;
  for (const std::int64_t dim : proto.dims()) {
    check(dim >= 0 && static_cast<std::uint64_t>(dim) <= held);
    count *= static_cast<std::uint64_t>(dim);
    check(count <= held);
  }
  check(count == held && (!raw || proto.raw_data().size() % sizeof(T) == 0));
  std::vector<T> values(listed.begin(), listed.end());
  values.resize(count);
  if (raw && count > 0) std::memcpy(values.data(), proto.raw_data().data(), count * sizeof(T));  // little-endian, as we are
  return values;
}

void check_where(const onnx::TensorProto& proto, const std::string& name, const OnnxFault& fault) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    std::string file;
    for (const onnx::StringStringEntryProto& entry : proto.external_data())
      if (entry.key() == "location") file = fmt::format(", \"{}\"", entry.value());
    fault(
        fmt::format("the constant \"{}\" lies in another file{}; export the weights into the model (torch.onnx.export: "
                    "external_data=False or dynamo=False)",
                    name, file));
  }
  if (proto.has_segment()) fault(fmt::format("the constant \"{}\" is a segment of another", name));
  if (static_cast<std::size_t>(proto.dims_size()) > most_dimensions)
    fault(fmt::format("the constant \"{}\" has {} dimensions", name, proto.dims_size()));
}

}  // namespace

Constant read_constant(const onnx::TensorProto& proto, const std::string& name, const OnnxFault& fault) {
  check_where(proto, name, fault);
  if (proto.data_type() == onnx::TensorProto::FLOAT) {
    Tensor tensor;
    tensor.data = values_of<float>(proto, proto.float_data(), name, fault);
    tensor.shape.dims.assign(proto.dims().begin(), proto.dims().end());
    return constant_of(std::move(tensor), name, fault);
  }
  if (proto.data_type() == onnx::TensorProto::INT64) return constant_of(values_of<std::int64_t>(proto, proto.int64_data(), name, fault));
  Constant other;
  const bool known = onnx::TensorProto::DataType_IsValid(proto.data_type());
  other.type = known ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(proto.data_type()))
                     : fmt::format("{}", proto.data_type());
  return other;
}

Constant constant_of(Tensor tensor, const std::string& name, const OnnxFault& fault) {
  if (tensor.data.empty()) fault(fmt::format("the constant \"{}\" has no values", name));
  for (const float x : tensor.data)
    if (!std::isfinite(x)) fault(fmt::format("the constant \"{}\" holds {}", name, x));
  return {std::make_shared<const Tensor>(std::move(tensor)), nullptr, "FLOAT"};
}

Constant constant_of(std::vector<std::int64_t> numbers) {
  return {nullptr, std::make_shared<const std::vector<std::int64_t>>(std::move(numbers)), "INT64"};
}

}  // namespace colony
