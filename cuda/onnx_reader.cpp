#include "cuda/onnx_reader.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 28;
constexpr std::uint32_t most_values = 1 << 16;  ///< of an agent: a tile of agents has to stay in the caches
constexpr std::size_t most_ops = 10'000;
constexpr std::int64_t oldest_opset = 9;

/// A constant of the file: initializers and the results of Constant nodes.
struct Tensor {
  std::vector<std::int64_t> dims;
  std::vector<float> data;
};

/// What a name stands for that depends on the observations.
struct Value {
  std::uint32_t at = 0, size = 0;
  std::int32_t op = -1;  ///< which made it; -1: the observations
  std::uint32_t uses = 0;
};

class Reader {
 public:
  Reader(const onnx::ModelProto& model, const std::string& where) : graph_(model.graph()), where_(where) {
    check_versions(model);
    read_constants();
    count_uses();
    read_input();
    for (int i = 0; i < graph_.node_size(); ++i) {
      node_ = &graph_.node(i);
      node_index_ = i;
      read_node();
    }
    node_ = nullptr;
    read_output();
    drop_unneeded();
  }

  Network take() { return std::move(network_); }

 private:
  // ---- Errors ----
  [[noreturn]] void fault(const std::string& what) const {
    if (node_ == nullptr) throw DataError(where_, what);
    const std::string name = node_->name().empty() ? fmt::format("number {}", node_index_) : fmt::format("\"{}\"", node_->name());
    throw DataError(where_, fmt::format("node {}, {}: {}", name, node_->op_type(), what));
  }

  // ---- The file ----
  void check_versions(const onnx::ModelProto& model) const {
    if (!model.has_graph() || graph_.node_size() == 0) fault("is no ONNX model: it has no graph");
    if (model.opset_import_size() == 0) fault("names no opset, or is cut off");
    for (const auto& opset : model.opset_import())
      if ((opset.domain().empty() || opset.domain() == "ai.onnx") && opset.version() < oldest_opset)
        fault(fmt::format("is of opset {}; export it with opset {} or later", opset.version(), oldest_opset));
    if (static_cast<std::size_t>(graph_.node_size()) > most_ops) fault(fmt::format("has more than {} nodes", most_ops));
  }

  Tensor tensor_of(const onnx::TensorProto& proto, const std::string& name) const {
    if (proto.data_type() != onnx::TensorProto::FLOAT) fault(fmt::format("the constant \"{}\" is not of type float32", name));
    if (proto.data_location() == onnx::TensorProto::EXTERNAL)
      fault(fmt::format("the constant \"{}\" lies in another file; export the weights into the model", name));
    const std::uint64_t held =
        proto.has_raw_data() ? proto.raw_data().size() / sizeof(float) : static_cast<std::uint64_t>(proto.float_data_size());
    std::uint64_t count = 1;
    Tensor tensor;
    for (const std::int64_t dim : proto.dims()) {
      if (dim < 1 || static_cast<std::uint64_t>(dim) > held) fault(shape_fault(name));
      count *= static_cast<std::uint64_t>(dim);
      if (count > held) fault(shape_fault(name));
      tensor.dims.push_back(dim);
    }
    if (count != held || (proto.has_raw_data() && proto.raw_data().size() % sizeof(float) != 0)) fault(shape_fault(name));
    tensor.data.resize(count);
    if (proto.has_raw_data()) std::memcpy(tensor.data.data(), proto.raw_data().data(), count * sizeof(float));  // little-endian, as we are
    else std::copy(proto.float_data().begin(), proto.float_data().end(), tensor.data.begin());
    for (const float x : tensor.data)
      if (!std::isfinite(x)) fault(fmt::format("the constant \"{}\" holds {}", name, x));
    return tensor;
  }
  static std::string shape_fault(const std::string& name) {
    return fmt::format("the constant \"{}\" has another number of values than its shape says", name);
  }

  void read_constants() {
    // Those of other types (the shape of a Reshape) are missed where a node asks for them.
    for (const onnx::TensorProto& proto : graph_.initializer())
      if (proto.data_type() == onnx::TensorProto::FLOAT) constants_[proto.name()] = tensor_of(proto, proto.name());
  }

  void count_uses() {
    for (const onnx::NodeProto& node : graph_.node())
      for (const std::string& name : node.input()) ++uses_[name];
    for (const onnx::ValueInfoProto& output : graph_.output()) ++uses_[output.name()];
  }

  void read_input() {
    std::vector<const onnx::ValueInfoProto*> inputs;
    const auto is_constant = [&](const std::string& name) {
      return std::any_of(graph_.initializer().begin(), graph_.initializer().end(),
                         [&](const onnx::TensorProto& tensor) { return tensor.name() == name; });
    };
    for (const onnx::ValueInfoProto& input : graph_.input())
      if (!is_constant(input.name())) inputs.push_back(&input);
    if (inputs.size() != 1) fault(fmt::format("has {} inputs; a policy has one, the observations", inputs.size()));
    const onnx::ValueInfoProto& input = *inputs[0];
    const onnx::TypeProto::Tensor& type = input.type().tensor_type();
    if (!input.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT)
      fault(fmt::format("the input \"{}\" is not of type float32", input.name()));
    // The first of several dimensions counts agents.
    const auto& dims = type.shape().dim();
    std::uint64_t size = 1;
    for (int i = dims.size() > 1 ? 1 : 0; i < dims.size(); ++i) {
      const std::int64_t dim = dims[i].has_dim_value() ? dims[i].dim_value() : 0;
      if (dim < 1 || static_cast<std::uint64_t>(dim) > most_values)
        fault(fmt::format("the input \"{}\" needs a size of 1 to {} in each dimension but the first", input.name(), most_values));
      size = std::min<std::uint64_t>(size * static_cast<std::uint64_t>(dim), most_values + std::uint64_t{1});
    }
    if (dims.size() == 0 || size > most_values)
      fault(fmt::format("the input \"{}\" has no size, or more than {}", input.name(), most_values));
    network_.inputs = static_cast<std::uint32_t>(size);
    values_[input.name()] = {new_values(network_.inputs), network_.inputs, -1, uses_[input.name()]};
  }

  void read_output() {
    if (graph_.output_size() == 0) fault("has no output");
    const auto found = values_.find(graph_.output(0).name());
    if (found == values_.end()) fault(fmt::format("its output \"{}\" does not depend on the input", graph_.output(0).name()));
    const Value& value = found->second;
    network_.result = value.at;
    network_.outputs = value.size;
    network_.ends_in_softmax = value.op >= 0 && network_.ops[static_cast<std::size_t>(value.op)].kind == OpKind::softmax;
  }

  /// What only other outputs need (the value head of an actor and critic) is not run.
  void drop_unneeded() {
    std::vector<std::uint8_t> needed(network_.values, 0);
    const auto mark = [&](std::uint32_t at, std::uint32_t size) { std::fill_n(needed.begin() + at, size, std::uint8_t{1}); };
    mark(network_.result, network_.outputs);
    std::vector<Op> kept;
    for (std::size_t i = network_.ops.size(); i-- > 0;) {
      const Op& op = network_.ops[i];
      const bool wanted =
          std::any_of(needed.begin() + op.out, needed.begin() + op.out + op.out_size, [](std::uint8_t n) { return n != 0; });
      if (!wanted) continue;
      mark(op.in, op.in_size);
      if (op.kind == OpKind::add) mark(op.other, op.out_size);
      kept.push_back(op);
    }
    network_.ops.assign(kept.rbegin(), kept.rend());
  }

  // ---- Nodes ----
  std::uint32_t new_values(std::uint64_t count) {
    if (count > most_values - network_.values) fault(fmt::format("has more than {} values an agent", most_values));
    const std::uint32_t at = network_.values;
    network_.values += static_cast<std::uint32_t>(count);
    return at;
  }

  const Value& value(int input) const {
    if (input >= node_->input_size()) fault(fmt::format("lacks its input {}", input));
    const auto found = values_.find(node_->input(input));
    if (found == values_.end()) fault(fmt::format("its input \"{}\" does not depend on the observations", node_->input(input)));
    return found->second;
  }
  const Tensor* constant(int input) const {
    if (input >= node_->input_size()) return nullptr;
    const auto found = constants_.find(node_->input(input));
    return found == constants_.end() ? nullptr : &found->second;
  }
  const onnx::AttributeProto* attribute(const char* name) const {
    for (const onnx::AttributeProto& one : node_->attribute())
      if (one.name() == name) return &one;
    return nullptr;
  }
  float number(const char* name, float fallback) const {
    const onnx::AttributeProto* found = attribute(name);
    const float x = found == nullptr ? fallback : found->f();
    if (!std::isfinite(x)) fault(fmt::format("{} = {}", name, x));
    return x;
  }
  std::int64_t whole(const char* name, std::int64_t fallback) const {
    const onnx::AttributeProto* found = attribute(name);
    return found == nullptr ? fallback : found->i();
  }
  /// The values of an agent lie in one row: the axis must be that of the row.
  void check_axis(std::int64_t fallback) const {
    const std::int64_t axis = whole("axis", fallback);
    if (axis != -1 && axis != 1) fault(fmt::format("axis = {}; the values of an agent are axis 1", axis));
  }

  void set_output(const Value& made) {
    if (node_->output_size() < 1 || node_->output(0).empty()) fault("has no output");
    const std::string& name = node_->output(0);
    if (constants_.contains(name) || !values_.emplace(name, Value{made.at, made.size, made.op, uses_[name]}).second)
      fault(fmt::format("its output \"{}\" is there already", name));
  }
  void add_op(const Op& op) {
    network_.ops.push_back(op);
    set_output({op.out, op.out_size, static_cast<std::int32_t>(network_.ops.size() - 1), 0});
  }

  void read_node() {
    const std::string& type = node_->op_type();
    if (!node_->domain().empty() && node_->domain() != "ai.onnx") fault(fmt::format("is of the domain \"{}\"", node_->domain()));
    if (type == "Gemm") gemm();
    else if (type == "MatMul") dense(value(0), matrix(1), false, 1, nullptr, 1);
    else if (type == "Add") add();
    else if (type == "Relu") map(OpKind::relu, 0);
    else if (type == "LeakyRelu") map(OpKind::leaky_relu, number("alpha", 0.01f));
    else if (type == "Tanh") map(OpKind::tanh, 0);
    else if (type == "Sigmoid") map(OpKind::sigmoid, 0);
    else if (type == "Softmax") check_axis(-1), map(OpKind::softmax, 0);
    else if (type == "Flatten") check_axis(1), set_output(value(0));
    else if (type == "Identity") set_output(value(0));
    else if (type == "Concat") check_axis(1), concat();
    else if (type == "Constant") constant_node();
    else
      fault(
          "is not supported; there are Gemm, MatMul, Add, Relu, LeakyRelu, Tanh, Sigmoid, Softmax, Concat, Flatten, Identity and Constant");
  }

  void constant_node() {
    const onnx::AttributeProto* given = attribute("value");
    if (given == nullptr || !given->has_t()) fault("has no tensor");
    if (node_->output_size() < 1) fault("has no output");
    if (given->t().data_type() == onnx::TensorProto::FLOAT) constants_[node_->output(0)] = tensor_of(given->t(), node_->output(0));
  }

  const Tensor& matrix(int input) const {
    const Tensor* weights = constant(input);
    if (weights == nullptr) fault(fmt::format("its input {} is no constant of type float32", input));
    if (weights->dims.size() != 2) fault(fmt::format("its weights have {} dimensions", weights->dims.size()));
    return *weights;
  }

  void gemm() {
    if (whole("transA", 0) != 0) fault("transA = 1");
    const Tensor* bias = nullptr;
    if (node_->input_size() > 2 && !node_->input(2).empty()) {
      bias = constant(2);
      if (bias == nullptr) fault("its input 2 is no constant of type float32");
    }
    dense(value(0), matrix(1), whole("transB", 0) != 0, number("alpha", 1), bias, number("beta", 1));
  }

  /// weights: [inputs, outputs], transposed [outputs, inputs].
  void dense(const Value& from, const Tensor& weights, bool transposed, float alpha, const Tensor* bias, float beta) {
    const auto rows = static_cast<std::uint64_t>(weights.dims[0]), columns = static_cast<std::uint64_t>(weights.dims[1]);
    const std::uint64_t inputs = transposed ? columns : rows, outputs = transposed ? rows : columns;
    if (inputs != from.size) fault(fmt::format("takes {} values, and \"{}\" has {}", inputs, node_->input(0), from.size));
    Op op{OpKind::dense, from.at, from.size};
    op.out = new_values(outputs);
    op.out_size = static_cast<std::uint32_t>(outputs);
    const std::uint64_t panels = (outputs + panel - 1) / panel;
    op.weights = room_for(panels * inputs * panel);
    for (std::uint64_t o = 0; o < outputs; ++o)
      for (std::uint64_t i = 0; i < inputs; ++i)
        network_.weights[op.weights + (o / panel * inputs + i) * panel + o % panel] =
            finite(alpha * weights.data[transposed ? o * inputs + i : i * outputs + o]);
    op.biases = room_for(panels * panel);
    if (bias != nullptr) set_bias(op, *bias, beta);
    add_op(op);
  }

  void set_bias(const Op& op, const Tensor& bias, float beta) {
    if (bias.data.size() != 1 && bias.data.size() != op.out_size) fault(fmt::format("adds {} values to {}", bias.data.size(), op.out_size));
    for (std::uint32_t o = 0; o < op.out_size; ++o)
      network_.weights[op.biases + o] = finite(beta * bias.data[bias.data.size() == 1 ? 0 : o]);
  }

  std::uint32_t room_for(std::uint64_t count) {
    const std::uint64_t at = network_.weights.size();
    if (at + count > most_bytes / sizeof(float)) fault("has too many weights");
    network_.weights.resize(at + count, 0.0f);
    return static_cast<std::uint32_t>(at);
  }
  float finite(float x) const {
    if (!std::isfinite(x)) fault("a weight times alpha or beta is not finite");
    return x;
  }

  /// A constant is the bias of the MatMul before it; of two values the sums.
  void add() {
    const int constant_input = constant(0) != nullptr ? 0 : 1;
    const Tensor* bias = constant(constant_input);
    const Value& from = value(bias != nullptr ? 1 - constant_input : 0);
    if (bias != nullptr) {
      const bool follows = from.op >= 0 && network_.ops[static_cast<std::size_t>(from.op)].kind == OpKind::dense && from.uses == 1 &&
                           !biased_.contains(from.op);
      if (!follows) fault("adds a constant to something else than the result of a MatMul");
      biased_.insert(from.op);
      set_bias(network_.ops[static_cast<std::size_t>(from.op)], *bias, 1);
      set_output(from);
      return;
    }
    const Value& other = value(1);
    if (other.size != from.size) fault(fmt::format("adds {} values to {}", other.size, from.size));
    Op op{OpKind::add, from.at, from.size, other.at};
    op.out = new_values(from.size);
    op.out_size = from.size;
    add_op(op);
  }

  /// In place where nobody else needs what was there.
  void map(OpKind kind, float slope) {
    const Value& from = value(0);
    Op op{kind, from.at, from.size};
    op.out = from.uses == 1 && from.op >= 0 ? from.at : new_values(from.size);
    op.out_size = from.size;
    op.slope = slope;
    add_op(op);
  }

  void concat() {
    std::uint64_t size = 0;
    for (int i = 0; i < node_->input_size(); ++i) size += value(i).size;
    if (size == 0) fault("has no input");
    const std::uint32_t at = new_values(size);
    std::uint32_t next = at;
    for (int i = 0; i < node_->input_size(); ++i) {
      const Value& from = value(i);
      Op op{OpKind::copy, from.at, from.size};
      op.out = next;
      op.out_size = from.size;
      next += from.size;
      network_.ops.push_back(op);
    }
    set_output({at, static_cast<std::uint32_t>(size), static_cast<std::int32_t>(network_.ops.size() - 1), 0});
  }

  const onnx::GraphProto& graph_;
  const std::string& where_;
  const onnx::NodeProto* node_ = nullptr;
  int node_index_ = 0;
  Network network_;
  std::map<std::string, Tensor> constants_;
  std::map<std::string, Value> values_;
  std::map<std::string, std::uint32_t> uses_;
  std::set<std::int32_t> biased_;  ///< dense operations that have got the constant of an Add
};

}  // namespace

Network read_onnx(std::string_view bytes, const std::string& where) {
  onnx::ModelProto model;
  if (bytes.size() > most_bytes) throw DataError(where, fmt::format("is larger than {} MiB", most_bytes >> 20));
  if (bytes.empty() || !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw DataError(where, "is no ONNX model, or cut off");
  return Reader(model, where).take();
}

Network read_onnx_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  if (file) bytes.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  if (!file) throw StorageError(path, "can't be read");
  return read_onnx(bytes, path);
}

}  // namespace colony
