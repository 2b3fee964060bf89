// The names of an ONNX graph: constants, values of an agent, and the node that is being read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "policy/onnx/onnx_shape.hpp"
#include "policy/onnx/onnx_tensor.hpp"

namespace onnx {
class AttributeProto;
class GraphProto;
class NodeProto;
}  // namespace onnx

namespace colony {

/// What a name stands for that depends on the observations or on what is remembered.
struct Value {
  std::uint32_t at = 0, size = 0;
  std::int32_t op = -1;  ///< which made it, and it alone; -1: an input, a part of something, or made by several
  std::uint32_t uses = 0;
  bool own = false;  ///< these values have no other name
  Shape shape;       ///< of `size` values

  bool may_be_written_over() const { return own && uses == 1; }
};

class OnnxScope {
 public:
  /// graph: has to outlive this; opset: of ONNX's own operators; where: what errors call the file.
  OnnxScope(const onnx::GraphProto& graph, std::int64_t opset, std::string where);

  std::int64_t opset() const { return opset_; }
  /// Throws DataError, with the node that is being read.
  [[noreturn]] void fault(const std::string& what) const;
  OnnxFault faults() const {
    return [this](const std::string& what) { fault(what); };
  }

  // ---- Names. Each throws where the name is taken already ----
  void define(const std::string& name, Constant constant);
  void define(const std::string& name, Value value);
  bool is_constant(const std::string& name) const { return constants_.contains(name); }
  const Value* find(const std::string& name) const;

  // ---- The node that is being read ----
  void begin_node(int index);
  void end_nodes() { node_ = nullptr; }
  const onnx::NodeProto& node() const { return *node_; }
  bool has_input(int input) const;
  const std::string& input_name(int input) const;
  /// Throws for a constant, and for what nothing has made.
  const Value& value(int input) const;
  /// Null where the input is not a constant. Throws for a constant of another type than float32.
  const Tensor* constant(int input) const;
  const Tensor& constant_needed(int input) const;
  const std::vector<std::int64_t>& numbers(int input) const;
  const Constant* any_constant(int input) const;

  // ---- Its attributes: of the type that ONNX gives them, or an error ----
  bool has_attribute(const char* name) const { return find_attribute(name) != nullptr; }
  std::int64_t whole(const char* name, std::int64_t fallback) const;
  float number(const char* name, float fallback) const;
  std::string text(const char* name, const std::string& fallback) const;
  std::vector<std::int64_t> wholes(const char* name) const;
  std::vector<float> numbers_of(const char* name) const;
  std::vector<std::string> texts(const char* name) const;
  const onnx::AttributeProto* attribute(const char* name, int type) const;

  /// Its `index`th output stands for values; an output that the graph does not use may have no name.
  void name_output(int index, Value value);

 private:
  const onnx::AttributeProto* find_attribute(const char* name) const;

  const onnx::GraphProto& graph_;
  std::int64_t opset_;
  std::string where_;
  const onnx::NodeProto* node_ = nullptr;
  int node_index_ = 0;
  std::map<std::string, Constant> constants_;
  std::map<std::string, Value> values_;
  std::map<std::string, std::uint32_t> uses_;
};

}  // namespace colony
