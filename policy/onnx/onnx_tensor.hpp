// The constants of an ONNX file, checked against the bytes that are there before anything is allocated.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "policy/onnx/onnx_shape.hpp"

namespace onnx {
class TensorProto;
}

namespace colony {

/// Row by row; no dimension is 0.
struct Tensor {
  Shape shape;
  std::vector<float> data;
};

/// What a constant's name stands for: numbers of type float32 or int64, or of another type, which no operator takes.
struct Constant {
  std::shared_ptr<const Tensor> tensor;
  std::shared_ptr<const std::vector<std::int64_t>> numbers;
  std::string type;  ///< as ONNX calls it
};

/// As raw data or as a list. Calls `fault` for what lies in another file, a shape that does not fit, or a value that is not finite.
Constant read_constant(const onnx::TensorProto& proto, const std::string& name, const OnnxFault& fault);

/// One that is not a tensor in the file. Calls `fault` for a value that is not finite, or none at all.
Constant constant_of(Tensor tensor, const std::string& name, const OnnxFault& fault);
Constant constant_of(std::vector<std::int64_t> numbers);

}  // namespace colony
