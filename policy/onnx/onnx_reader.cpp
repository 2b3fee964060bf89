#include "policy/onnx/onnx_reader.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "engine/error.hpp"
#include "policy/onnx/network_builder.hpp"
#include "policy/onnx/onnx_operators.hpp"
#include "policy/onnx/onnx_scope.hpp"

namespace colony {
namespace {

constexpr std::int64_t oldest_opset = 9;

/// An operator, how many inputs it has, and its attributes in any opset: what is not listed here is refused.
struct Operator {
  const char* name;
  int least_inputs, most_inputs;
  std::set<std::string, std::less<>> attributes;
  void (OnnxOperators::*read)();
};

constexpr int any_number = 1 << 30;

const std::vector<Operator>& operators() {
  using O = OnnxOperators;
  static const std::vector<Operator> all = {
      {"Gemm", 2, 3, {"alpha", "beta", "transA", "transB"}, &O::gemm},
      {"MatMul", 2, 2, {}, &O::matmul},
      {"Add", 2, 2, {}, &O::add},
      {"Sub", 2, 2, {}, &O::subtract},
      {"Mul", 2, 2, {}, &O::multiply},
      {"Relu", 1, 1, {}, &O::relu},
      {"LeakyRelu", 1, 1, {"alpha"}, &O::leaky_relu},
      {"Tanh", 1, 1, {}, &O::tanh},
      {"Sigmoid", 1, 1, {}, &O::sigmoid},
      {"Softmax", 1, 1, {"axis"}, &O::softmax},
      {"GRU",
       3,
       6,
       {"activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "layout", "linear_before_reset"},
       &O::gru},
      {"LSTM",
       3,
       8,
       {"activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "input_forget", "layout"},
       &O::lstm},
      {"Concat", 1, any_number, {"axis"}, &O::concat},
      {"Split", 1, 2, {"axis", "num_outputs", "split"}, &O::split},
      {"Flatten", 1, 1, {"axis"}, &O::flatten},
      {"Squeeze", 1, 2, {"axes"}, &O::squeeze},
      {"Unsqueeze", 1, 2, {"axes"}, &O::unsqueeze},
      {"Identity", 1, 1, {}, &O::identity},
      {"Constant",
       0,
       0,
       {"sparse_value", "value", "value_float", "value_floats", "value_int", "value_ints", "value_string", "value_strings"},
       &O::constant}};
  return all;
}

bool is_of_onnx(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

/// The version of ONNX's own operators.
std::int64_t opset_of(const onnx::ModelProto& model, const std::string& where) {
  const auto fault = [&](const std::string& what) { throw DataError(where, what); };
  if (!model.has_graph() || model.graph().node_size() == 0) fault("is no ONNX model: it has no graph");
  std::int64_t version = 0;
  for (const onnx::OperatorSetIdProto& opset : model.opset_import()) {
    if (!is_of_onnx(opset.domain())) continue;
    if (version != 0 && version != opset.version()) fault(fmt::format("is of opset {} and {}", version, opset.version()));
    version = opset.version();
    if (version < oldest_opset) fault(fmt::format("is of opset {}; export it with opset {} or later", version, oldest_opset));
  }
  if (version == 0) fault("names no opset, or is cut off");
  for (const onnx::FunctionProto& function : model.functions())
    if (is_of_onnx(function.domain())) fault(fmt::format("defines the operator \"{}\" in another way than ONNX does", function.name()));
  return version;
}

class Reader {
 public:
  Reader(const onnx::ModelProto& model, const std::string& where)
      : graph_(model.graph()),
        scope_(graph_, opset_of(model, where), where),
        builder_(scope_.faults()),
        operators_(scope_, builder_),
        network_(builder_.network) {
    if (static_cast<std::size_t>(graph_.node_size()) > most_ops) scope_.fault(fmt::format("has more than {} nodes", most_ops));
    for (const onnx::TensorProto& proto : graph_.initializer())
      scope_.define(proto.name(), read_constant(proto, proto.name(), scope_.faults()));
    for (const onnx::SparseTensorProto& proto : graph_.sparse_initializer())
      scope_.define(proto.values().name(), Constant{nullptr, nullptr, "sparse tensor"});
    read_inputs();
    for (int i = 0; i < graph_.node_size(); ++i) {
      scope_.begin_node(i);
      read_node();
    }
    scope_.end_nodes();
    read_outputs();
    drop_unneeded();
  }

  Network take() { return std::move(network_); }

 private:
  using Dimension = onnx::TensorShapeProto::Dimension;

  static bool is_known(const Dimension& dim) { return dim.has_dim_value() && dim.dim_value() > 0; }

  const onnx::TensorShapeProto& shape_of(const onnx::ValueInfoProto& input) const {
    const onnx::TypeProto::Tensor& type = input.type().tensor_type();
    if (!input.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT)
      scope_.fault(fmt::format("the input \"{}\" is not of type float32", input.name()));
    if (type.shape().dim_size() == 0 || static_cast<std::size_t>(type.shape().dim_size()) > most_dimensions)
      scope_.fault(fmt::format("the input \"{}\" has {} dimensions", input.name(), type.shape().dim_size()));
    return type.shape();
  }

  /// The first input is the observation; others are what the agent remembers, and come back as outputs 1, 2, ...
  void read_inputs() {
    std::vector<const onnx::ValueInfoProto*> inputs;
    for (const onnx::ValueInfoProto& input : graph_.input())
      if (!scope_.is_constant(input.name())) inputs.push_back(&input);
    if (inputs.empty()) scope_.fault("has no input; a policy has the observations as the first");
    for (const onnx::ValueInfoProto* input : inputs) shape_of(*input);
    const bool one_agent = is_for_one_agent(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const onnx::ValueInfoProto& input = *inputs[i];
      const int agents = one_agent ? -1 : i == 0 ? 0 : axis_of_agents(*inputs[0], input);
      const Shape shape = known_shape(input, i, agents, one_agent);
      const std::uint64_t size = size_of(shape);
      if (size > most_values) scope_.fault(fmt::format("the input \"{}\" has more than {} values", input.name(), most_values));
      const auto count = static_cast<std::uint32_t>(size);
      scope_.define(input.name(), Value{builder_.new_values(count), count, -1, 0, false, shape});
      if (i == 0) network_.inputs = count;
      else memory_.push_back(shape), network_.memory += count;
    }
  }

  /// The first of several dimensions of the observation counts agents, unless the network is written for one alone: it has one dimension,
  /// or the first is 1, or it may be anything and something that is remembered says of all its dimensions how large they are.
  bool is_for_one_agent(const std::vector<const onnx::ValueInfoProto*>& inputs) const {
    const auto& dims = shape_of(*inputs[0]).dim();
    if (dims.size() == 1) return true;
    if (is_known(dims[0])) return dims[0].dim_value() == 1;
    return std::any_of(inputs.begin() + 1, inputs.end(), [this](const onnx::ValueInfoProto* input) {
      const auto& own = shape_of(*input).dim();
      return std::all_of(own.begin(), own.end(), is_known);
    });
  }

  /// Which dimension of what is remembered counts agents, as the first of the observation does: the one of the same name or the same size,
  /// or the only one that may be anything.
  int axis_of_agents(const onnx::ValueInfoProto& observation, const onnx::ValueInfoProto& remembered) const {
    const Dimension& first = shape_of(observation).dim(0);
    const auto& dims = shape_of(remembered).dim();
    std::vector<int> same, unknown;
    for (int i = 0; i < dims.size(); ++i) {
      if (!is_known(dims[i])) unknown.push_back(i);
      if (is_known(first) ? is_known(dims[i]) && dims[i].dim_value() == first.dim_value()
                          : !is_known(dims[i]) && !first.dim_param().empty() && dims[i].dim_param() == first.dim_param())
        same.push_back(i);
    }
    if (unknown.size() == 1) return unknown[0];
    if (!same.empty() && (unknown.empty() || same.size() == 1)) return same[0];
    scope_.fault(
        fmt::format("no dimension of the input \"{}\" counts agents, as the first of \"{}\" does", remembered.name(), observation.name()));
  }

  Shape known_shape(const onnx::ValueInfoProto& input, std::size_t index, int agents, bool one_agent) const {
    const auto& dims = shape_of(input).dim();
    Shape shape{{}, agents};
    int unknown = 0;
    for (int i = 0; i < dims.size(); ++i) {
      const bool may_be_one = one_agent && dims.size() > 1 && (index > 0 || i == 0) && !is_known(dims[i]);
      const bool counts = i == agents || (may_be_one && ++unknown == 1);
      if (!counts && (!is_known(dims[i]) || static_cast<std::uint64_t>(dims[i].dim_value()) > most_values))
        scope_.fault(fmt::format("the input \"{}\" needs a size of 1 to {} in each dimension but the one that counts agents", input.name(),
                                 most_values));
      shape.dims.push_back(counts ? 1 : dims[i].dim_value());
    }
    return shape;
  }

  void read_node() {
    const onnx::NodeProto& node = scope_.node();
    if (!is_of_onnx(node.domain())) scope_.fault(fmt::format("is of the domain \"{}\"", node.domain()));
    const auto found =
        std::find_if(operators().begin(), operators().end(), [&](const Operator& one) { return node.op_type() == one.name; });
    if (found == operators().end()) {
      std::string names;
      for (const Operator& one : operators()) names += fmt::format("{}{}", names.empty() ? "" : ", ", one.name);
      scope_.fault(fmt::format("is not supported; there are {}", names));
    }
    if (node.input_size() < found->least_inputs || node.input_size() > found->most_inputs)
      scope_.fault(fmt::format("has {} inputs", node.input_size()));
    std::set<std::string> seen;
    for (const onnx::AttributeProto& one : node.attribute()) {
      if (!found->attributes.contains(one.name())) scope_.fault(fmt::format("has an attribute \"{}\" that is not understood", one.name()));
      if (!seen.insert(one.name()).second || !one.ref_attr_name().empty())
        scope_.fault(fmt::format("its attribute {} is there twice, or refers to another", one.name()));
    }
    (operators_.*found->read)();
  }

  const Value& output(int index) const {
    const Value* found = scope_.find(graph_.output(index).name());
    if (found == nullptr) scope_.fault(fmt::format("its output \"{}\" does not depend on the input", graph_.output(index).name()));
    return *found;
  }

  void read_outputs() {
    if (graph_.output_size() == 0) scope_.fault("has no output");
    const Value action = output(0);
    network_.result = action.at;
    network_.outputs = action.size;
    network_.ends_in_softmax = action.op >= 0 && network_.ops[static_cast<std::size_t>(action.op)].kind == OpKind::softmax;
    if (static_cast<std::size_t>(graph_.output_size()) < 1 + memory_.size())
      scope_.fault(fmt::format("has {} inputs beside the observations, and not as many outputs beside the action", memory_.size()));
    network_.remembered = builder_.new_values(network_.memory);
    std::uint32_t at = network_.remembered;
    for (std::size_t m = 0; m < memory_.size(); ++m) {
      const int index = static_cast<int>(m) + 1;
      const Value& from = output(index);
      if (without_ones(from.shape) != without_ones(memory_[m]))
        scope_.fault(fmt::format("its output \"{}\" has the shape {}, and the input that it is to come back as has {}",
                                 graph_.output(index).name(), text_of(from.shape), text_of(memory_[m])));
      builder_.copy(from.at, at, from.size);
      at += from.size;
    }
  }
  static std::vector<std::int64_t> without_ones(const Shape& shape) {
    std::vector<std::int64_t> dims = shape.dims;
    std::erase(dims, 1);
    return dims;
  }

  /// What only other outputs need (the value head of an actor and critic) is not run.
  void drop_unneeded() {
    std::vector<std::uint8_t> needed(network_.values, 0);
    const auto mark = [&](std::uint32_t at, std::uint32_t size) { std::fill_n(needed.begin() + at, size, std::uint8_t{1}); };
    mark(network_.result, network_.outputs);
    mark(network_.remembered, network_.memory);
    std::vector<Op> kept;
    for (std::size_t i = network_.ops.size(); i-- > 0;) {
      const Op& op = network_.ops[i];
      const bool wanted =
          std::any_of(needed.begin() + op.out, needed.begin() + op.out + op.out_size, [](std::uint8_t n) { return n != 0; });
      if (!wanted) continue;
      mark(op.in, op.in_size);
      if (takes_two(op.kind)) mark(op.other, op.out_size);
      kept.push_back(op);
    }
    network_.ops.assign(kept.rbegin(), kept.rend());
  }

  const onnx::GraphProto& graph_;
  OnnxScope scope_;
  NetworkBuilder builder_;
  OnnxOperators operators_;
  Network& network_;
  std::vector<Shape> memory_;  ///< of the inputs beside the observations
};

}  // namespace

Network read_onnx(std::string_view bytes, const std::string& where) {
  onnx::ModelProto model;
  if (bytes.size() > most_network_bytes) throw DataError(where, fmt::format("is larger than {} MiB", most_network_bytes >> 20));
  if (bytes.empty() || !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw DataError(where, "is no ONNX model, or cut off");
  return Reader(model, where).take();
}

Network read_onnx_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw StorageError(path, "can't be read");
  std::string bytes;
  char part[1 << 16];
  while (file && bytes.size() <= most_network_bytes) {  // read_onnx refuses what is longer
    file.read(part, sizeof part);
    bytes.append(part, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) throw StorageError(path, "can't be read");
  return read_onnx(bytes, path);
}

}  // namespace colony
