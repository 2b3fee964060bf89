#include "policy/onnx/onnx_scope.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <cmath>

#include "engine/error.hpp"

namespace colony {

OnnxScope::OnnxScope(const onnx::GraphProto& graph, std::int64_t opset, std::string where)
    : graph_(graph), opset_(opset), where_(std::move(where)) {
  for (const onnx::NodeProto& node : graph_.node())
    for (const std::string& name : node.input()) ++uses_[name];
  for (const onnx::ValueInfoProto& output : graph_.output()) ++uses_[output.name()];
}

void OnnxScope::fault(const std::string& what) const {
  if (node_ == nullptr) throw DataError(where_, what);
  const std::string name = node_->name().empty() ? fmt::format("number {}", node_index_) : fmt::format("\"{}\"", node_->name());
  throw DataError(where_, fmt::format("node {}, {}: {}", name, node_->op_type(), what));
}

// ---- Names ----

void OnnxScope::define(const std::string& name, Constant constant) {
  if (values_.contains(name) || !constants_.emplace(name, std::move(constant)).second)
    fault(fmt::format("the name \"{}\" is there already", name));
}

void OnnxScope::define(const std::string& name, Value value) {
  if (value.shape.dims.size() > most_dimensions) fault(fmt::format("\"{}\" has more than {} dimensions", name, most_dimensions));
  const auto uses = uses_.find(name);
  value.uses = uses == uses_.end() ? 0 : uses->second;
  if (constants_.contains(name) || !values_.emplace(name, std::move(value)).second)
    fault(fmt::format("the name \"{}\" is there already", name));
}

const Value* OnnxScope::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

// ---- The node ----

void OnnxScope::begin_node(int index) {
  node_ = &graph_.node(index);
  node_index_ = index;
}

bool OnnxScope::has_input(int input) const { return input < node_->input_size() && !node_->input(input).empty(); }

const std::string& OnnxScope::input_name(int input) const {
  if (!has_input(input)) fault(fmt::format("lacks its input {}", input));
  return node_->input(input);
}

const Value& OnnxScope::value(int input) const {
  const Value* found = find(input_name(input));
  if (found == nullptr) {
    const char* what = is_constant(input_name(input)) ? "is a constant, which this operator does not take there" : "comes from nowhere";
    fault(fmt::format("its input \"{}\" {}", node_->input(input), what));
  }
  return *found;
}

const Constant* OnnxScope::any_constant(int input) const {
  const auto found = has_input(input) ? constants_.find(node_->input(input)) : constants_.end();
  return found == constants_.end() ? nullptr : &found->second;
}

const Tensor* OnnxScope::constant(int input) const {
  const Constant* found = any_constant(input);
  if (found == nullptr) return nullptr;
  if (found->tensor == nullptr)
    fault(fmt::format("its input \"{}\" is a constant of type {}, not float32", input_name(input), found->type));
  return found->tensor.get();
}

const Tensor& OnnxScope::constant_needed(int input) const {
  const Tensor* found = constant(input);
  if (found == nullptr) fault(fmt::format("its input {}, \"{}\", is no constant of type float32", input, input_name(input)));
  return *found;
}

const std::vector<std::int64_t>& OnnxScope::numbers(int input) const {
  const Constant* found = any_constant(input);
  if (found == nullptr || found->numbers == nullptr)
    fault(fmt::format("its input {}, \"{}\", is no constant of type int64", input, input_name(input)));
  return *found->numbers;
}

// ---- Attributes ----

const onnx::AttributeProto* OnnxScope::find_attribute(const char* name) const {
  for (const onnx::AttributeProto& one : node_->attribute())
    if (one.name() == name) return &one;
  return nullptr;
}

const onnx::AttributeProto* OnnxScope::attribute(const char* name, int type) const {
  const onnx::AttributeProto* found = find_attribute(name);
  if (found != nullptr && found->type() != type) fault(fmt::format("its attribute {} is of another type than ONNX says", name));
  return found;
}

std::int64_t OnnxScope::whole(const char* name, std::int64_t fallback) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::INT);
  return found == nullptr ? fallback : found->i();
}

float OnnxScope::number(const char* name, float fallback) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::FLOAT);
  const float x = found == nullptr ? fallback : found->f();
  if (!std::isfinite(x)) fault(fmt::format("{} = {}", name, x));
  return x;
}

std::string OnnxScope::text(const char* name, const std::string& fallback) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::STRING);
  return found == nullptr ? fallback : found->s();
}

std::vector<std::int64_t> OnnxScope::wholes(const char* name) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::INTS);
  if (found == nullptr) return {};
  return {found->ints().begin(), found->ints().end()};
}

std::vector<float> OnnxScope::numbers_of(const char* name) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::FLOATS);
  if (found == nullptr) return {};
  return {found->floats().begin(), found->floats().end()};
}

std::vector<std::string> OnnxScope::texts(const char* name) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::STRINGS);
  if (found == nullptr) return {};
  return {found->strings().begin(), found->strings().end()};
}

void OnnxScope::name_output(int index, Value value) {
  if (node_->output_size() <= index || node_->output(index).empty()) return;
  define(node_->output(index), std::move(value));
}

}  // namespace colony
