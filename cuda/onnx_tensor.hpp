// The constants of an ONNX file, checked against the bytes that are there before anything is allocated.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace onnx {
class TensorProto;
}

namespace colony {

struct Tensor {
  std::vector<std::int64_t> dims;
  std::vector<float> data;
};

/// Throws, with what is wrong and where it stands in the file.
using OnnxFault = std::function<void(const std::string& what)>;

/// A constant of type float32, as raw or as float data. Calls `fault` for another type, a shape that does not fit, or a value that is not
/// finite.
Tensor read_tensor(const onnx::TensorProto& proto, const std::string& name, const OnnxFault& fault);
/// The values of one of type int64, as raw or as integer data; its shape is not looked at.
std::vector<std::int64_t> read_whole_numbers(const onnx::TensorProto& proto);

}  // namespace colony
