#include "cuda/onnx_reader.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <unordered_set>

#include "cuda/onnx_tensor.hpp"
#include "engine/error.hpp"

namespace colony {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 28;
constexpr std::uint32_t most_values = 1 << 16;  ///< of an agent: a tile of agents has to stay in the caches
constexpr std::size_t most_ops = 10'000;
constexpr std::int64_t oldest_opset = 9;

/// What a name stands for that depends on the observations or on what is remembered.
struct Value {
  std::uint32_t at = 0, size = 0;
  std::int32_t op = -1;  ///< which made it, and it alone; -1: an input, or a part of something
  std::uint32_t uses = 0;
  bool own = false;  ///< nobody else reads these values by another name
};

class Reader {
 public:
  Reader(const onnx::ModelProto& model, const std::string& where) : graph_(model.graph()), where_(where) {
    check_versions(model);
    read_constants();
    count_uses();
    read_inputs();
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

  void read_constants() {
    for (const onnx::TensorProto& proto : graph_.initializer()) read_constant(proto, proto.name());
  }
  /// Those of other types than float32 and int64 are missed where a node asks for them.
  void read_constant(const onnx::TensorProto& proto, const std::string& name) {
    names_of_constants_.insert(name);
    if (proto.data_type() == onnx::TensorProto::FLOAT)
      constants_[name] = read_tensor(proto, name, [this](const std::string& what) { fault(what); });
    if (proto.data_type() == onnx::TensorProto::INT64) numbers_[name] = read_whole_numbers(proto);
  }

  void count_uses() {
    for (const onnx::NodeProto& node : graph_.node())
      for (const std::string& name : node.input()) ++uses_[name];
    for (const onnx::ValueInfoProto& output : graph_.output()) ++uses_[output.name()];
  }

  /// The first input is the observation; others are what the agent remembers, and come back as outputs 1, 2, ...
  void read_inputs() {
    std::vector<const onnx::ValueInfoProto*> inputs;
    for (const onnx::ValueInfoProto& input : graph_.input())
      if (!names_of_constants_.contains(input.name())) inputs.push_back(&input);
    if (inputs.empty()) fault("has no input; a policy has the observations as the first");
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const onnx::ValueInfoProto& input = *inputs[i];
      const std::uint32_t size = i == 0 ? observation_size(input) : remembered_size(input);
      const Value value{new_values(size), size, -1, uses_[input.name()], false};
      if (!values_.emplace(input.name(), value).second) fault(fmt::format("has two inputs \"{}\"", input.name()));
      if (i == 0) network_.inputs = size;
      else memory_sizes_.push_back(size), network_.memory += size;
    }
  }

  static bool has_size(const onnx::TensorShapeProto::Dimension& dim, std::uint64_t most) {
    return dim.has_dim_value() && dim.dim_value() >= 1 && static_cast<std::uint64_t>(dim.dim_value()) <= most;
  }
  const onnx::TensorShapeProto& shape_of(const onnx::ValueInfoProto& input) const {
    const onnx::TypeProto::Tensor& type = input.type().tensor_type();
    if (!input.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT)
      fault(fmt::format("the input \"{}\" is not of type float32", input.name()));
    return type.shape();
  }
  /// The first of several dimensions counts agents, the others make the observation.
  std::uint32_t observation_size(const onnx::ValueInfoProto& input) const {
    const auto& dims = shape_of(input).dim();
    std::uint64_t size = dims.size() == 0 ? 0 : 1;
    for (int i = dims.size() > 1 ? 1 : 0; i < dims.size(); ++i) {
      if (!has_size(dims[i], most_values))
        fault(fmt::format("the input \"{}\" needs a size of 1 to {} in each dimension but the first", input.name(), most_values));
      size = std::min<std::uint64_t>(size * static_cast<std::uint64_t>(dims[i].dim_value()), most_values + std::uint64_t{1});
    }
    if (size == 0 || size > most_values) fault(fmt::format("the input \"{}\" has no size, or more than {}", input.name(), most_values));
    return static_cast<std::uint32_t>(size);
  }
  /// The last dimension; those before it count agents, or layers, of which there may be one.
  std::uint32_t remembered_size(const onnx::ValueInfoProto& input) const {
    const auto& dims = shape_of(input).dim();
    if (dims.size() == 0 || !has_size(dims[dims.size() - 1], most_values))
      fault(fmt::format("the input \"{}\" needs a size of 1 to {} in its last dimension", input.name(), most_values));
    return static_cast<std::uint32_t>(dims[dims.size() - 1].dim_value());
  }

  const Value& output(int index) const {
    const auto found = values_.find(graph_.output(index).name());
    if (found == values_.end()) fault(fmt::format("its output \"{}\" does not depend on the input", graph_.output(index).name()));
    return found->second;
  }

  void read_output() {
    if (graph_.output_size() == 0) fault("has no output");
    const Value value = output(0);
    network_.result = value.at;
    network_.outputs = value.size;
    network_.ends_in_softmax = value.op >= 0 && network_.ops[static_cast<std::size_t>(value.op)].kind == OpKind::softmax;
    if (static_cast<std::size_t>(graph_.output_size()) < 1 + memory_sizes_.size())
      fault(fmt::format("has {} inputs beside the observations, and not as many outputs beside the action", memory_sizes_.size()));
    network_.remembered = new_values(network_.memory);
    std::uint32_t at = network_.remembered;
    for (std::size_t m = 0; m < memory_sizes_.size(); ++m) {
      const int index = static_cast<int>(m) + 1;
      const Value& from = output(index);
      if (from.size != memory_sizes_[m])
        fault(fmt::format("its output \"{}\" has {} values, and the input that it is to come back as has {}", graph_.output(index).name(),
                          from.size, memory_sizes_[m]));
      add_copy(from, at);
      at += from.size;
    }
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
  bool has_input(int input) const { return input < node_->input_size() && !node_->input(input).empty(); }
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

  /// The node's `index`th output stands for values; `own` where the operation `op` has just made them.
  void name_output(int index, std::uint32_t at, std::uint32_t size, std::int32_t op, bool own) {
    if (node_->output_size() <= index || node_->output(index).empty()) {
      if (index == 0) fault("has no output");
      return;  // nobody wants it
    }
    const std::string& name = node_->output(index);
    if (constants_.contains(name) || !values_.emplace(name, Value{at, size, op, uses_[name], own}).second)
      fault(fmt::format("its output \"{}\" is there already", name));
  }
  /// The same values by another name.
  void rename(const Value& from) { name_output(0, from.at, from.size, from.op, from.own && from.uses == 1); }

  std::uint32_t add_op(Op op) {
    if (network_.ops.size() >= most_ops) fault(fmt::format("makes more than {} operations", most_ops));
    network_.ops.push_back(op);
    return op.out;
  }
  void add_named_op(const Op& op) {
    add_op(op);
    name_output(0, op.out, op.out_size, static_cast<std::int32_t>(network_.ops.size() - 1), true);
  }
  std::uint32_t add_map(OpKind kind, std::uint32_t from, std::uint32_t size) {
    Op op{kind, from, size};
    op.out = from;  // whoever asks has made these values itself
    op.out_size = size;
    return add_op(op);
  }
  std::uint32_t add_zip(OpKind kind, std::uint32_t a, std::uint32_t b, std::uint32_t size) {
    Op op{kind, a, size, b};
    op.out = new_values(size);
    op.out_size = size;
    return add_op(op);
  }
  void add_copy(const Value& from, std::uint32_t to) {
    Op op{OpKind::copy, from.at, from.size};
    op.out = to;
    op.out_size = from.size;
    add_op(op);
  }

  void read_node() {
    const std::string& type = node_->op_type();
    if (!node_->domain().empty() && node_->domain() != "ai.onnx") fault(fmt::format("is of the domain \"{}\"", node_->domain()));
    if (type == "Gemm") gemm();
    else if (type == "MatMul") dense(value(0), matrix(1), false, 1, nullptr, 1);
    else if (type == "Add") add();
    else if (type == "Sub") zip(OpKind::subtract);
    else if (type == "Mul") zip(OpKind::multiply);
    else if (type == "GRU") gru();
    else if (type == "LSTM") lstm();
    else if (type == "Split") check_axis(0), split();
    else if (type == "Relu") map(OpKind::relu, 0);
    else if (type == "LeakyRelu") map(OpKind::leaky_relu, number("alpha", 0.01f));
    else if (type == "Tanh") map(OpKind::tanh, 0);
    else if (type == "Sigmoid") map(OpKind::sigmoid, 0);
    else if (type == "Softmax") check_axis(-1), map(OpKind::softmax, 0);
    else if (type == "Flatten") check_axis(1), rename(value(0));
    else if (type == "Identity" || type == "Squeeze" || type == "Unsqueeze") rename(value(0));
    else if (type == "Concat") check_axis(1), concat();
    else if (type == "Constant") constant_node();
    else
      fault(
          "is not supported; there are Gemm, MatMul, Add, Sub, Mul, Relu, LeakyRelu, Tanh, Sigmoid, Softmax, GRU, LSTM, Concat, Split, "
          "Flatten, Squeeze, Unsqueeze, Identity and Constant");
  }

  void constant_node() {
    const onnx::AttributeProto* given = attribute("value");
    if (given == nullptr || !given->has_t()) fault("has no tensor");
    if (node_->output_size() < 1) fault("has no output");
    read_constant(given->t(), node_->output(0));
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
    if (bias != nullptr) {
      set_bias(op, *bias, beta);
      biased_.insert(static_cast<std::int32_t>(network_.ops.size()));
    }
    add_named_op(op);
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

  /// A constant that is added to what a MatMul made is its bias.
  void add() {
    const int constant_input = constant(0) != nullptr ? 0 : 1;
    const Tensor* bias = constant(constant_input);
    if (bias != nullptr) {
      const Value& from = value(1 - constant_input);
      const bool follows = from.op >= 0 && network_.ops[static_cast<std::size_t>(from.op)].kind == OpKind::dense && from.own &&
                           from.uses == 1 && !biased_.contains(from.op);
      if (follows) {
        biased_.insert(from.op);
        set_bias(network_.ops[static_cast<std::size_t>(from.op)], *bias, 1);
        rename(from);
        return;
      }
    }
    zip(OpKind::add);
  }

  /// Of two values of one size, or of one and a constant.
  void zip(OpKind kind) {
    std::uint32_t at[2], size = 0;
    for (int i = 0; i < 2; ++i)
      if (constant(i) == nullptr) size = value(i).size;
    for (int i = 0; i < 2; ++i) {
      const Tensor* given = constant(i);
      if (given == nullptr && value(i).size != size) fault(fmt::format("takes {} and {} values", value(0).size, value(1).size));
      at[i] = given != nullptr ? constant_values(*given, size) : value(i).at;
    }
    if (size == 0) fault("its inputs do not depend on the observations");
    Op op{kind, at[0], size, at[1]};
    op.out = new_values(size);
    op.out_size = size;
    add_named_op(op);
  }

  /// A constant among the values: a layer without inputs.
  std::uint32_t constant_values(const Tensor& given, std::uint32_t size) {
    Op op{OpKind::dense};
    op.out = new_values(size);
    op.out_size = size;
    op.weights = room_for(0);
    op.biases = room_for((std::uint64_t{size} + panel - 1) / panel * panel);
    set_bias(op, given, 1);
    return add_op(op);
  }

  /// In place where nobody else needs what was there.
  void map(OpKind kind, float slope) {
    const Value& from = value(0);
    Op op{kind, from.at, from.size};
    op.out = from.own && from.uses == 1 ? from.at : new_values(from.size);
    op.out_size = from.size;
    op.slope = slope;
    add_named_op(op);
  }

  void concat() {
    std::uint64_t size = 0;
    for (int i = 0; i < node_->input_size(); ++i) size += value(i).size;
    if (size == 0) fault("has no input");
    const std::uint32_t at = new_values(size);
    std::uint32_t next = at;
    for (int i = 0; i < node_->input_size(); ++i) {
      add_copy(value(i), next);
      next += value(i).size;
    }
    name_output(0, at, static_cast<std::uint32_t>(size), -1, true);
  }

  /// In equal parts: what cells of GRU and LSTM that are written out need.
  void split() {
    const Value from = value(0);
    const auto parts = static_cast<std::uint32_t>(node_->output_size());
    if (parts == 0 || from.size % parts != 0) fault(fmt::format("cuts {} values in {} parts", from.size, parts));
    const std::uint32_t size = from.size / parts;
    const auto check = [&](const auto& sizes) {
      for (const std::int64_t one : sizes)
        if (one != size) fault("cuts in parts that are not equal");
    };
    if (const onnx::AttributeProto* sizes = attribute("split")) check(sizes->ints());
    if (has_input(1)) {  // where opset 13 has them
      const auto sizes = numbers_.find(node_->input(1));
      if (sizes == numbers_.end()) fault("the sizes of its parts are no constant of type int64");
      check(sizes->second);
    }
    for (std::uint32_t p = 0; p < parts; ++p) name_output(static_cast<int>(p), from.at + p * size, size, -1, from.own && from.uses == 1);
  }

  // ---- Recurrent cells: one step of a sequence, forwards ----
  /// A constant of shape [1, rows, columns], or [1, rows] where columns is 0.
  const Tensor& cell_constant(int input, std::uint64_t rows, std::uint64_t columns) const {
    const Tensor* given = constant(input);
    if (given == nullptr) fault(fmt::format("its input {} is no constant of type float32", input));
    const bool fits = given->dims.size() == (columns == 0 ? 2u : 3u) && given->dims[0] == 1 &&
                      static_cast<std::uint64_t>(given->dims[1]) == rows &&
                      (columns == 0 || static_cast<std::uint64_t>(given->dims[2]) == columns);
    if (!fits) fault(fmt::format("its input {} is not of shape [1, {}{}]", input, rows, columns == 0 ? "" : fmt::format(", {}", columns)));
    return *given;
  }
  /// Rows [row, row + count) of a matrix [1, rows, columns] as a layer, with biases [bias, bias + count) if there are any.
  std::uint32_t gate(const Value& from, const Tensor& weights, std::uint64_t row, std::uint64_t count, const Tensor* biases,
                     std::uint64_t bias) {
    Op op{OpKind::dense, from.at, from.size};
    op.out = new_values(count);
    op.out_size = static_cast<std::uint32_t>(count);
    const std::uint64_t panels = (count + panel - 1) / panel;
    op.weights = room_for(panels * from.size * panel);
    for (std::uint64_t o = 0; o < count; ++o)
      for (std::uint64_t i = 0; i < from.size; ++i)
        network_.weights[op.weights + (o / panel * from.size + i) * panel + o % panel] = weights.data[(row + o) * from.size + i];
    op.biases = room_for(panels * panel);
    for (std::uint64_t o = 0; biases != nullptr && o < count; ++o) network_.weights[op.biases + o] = biases->data[bias + o];
    return add_op(op);
  }

  /// What a cell is made of: input, hidden state, weights of `gates` gates for both, biases.
  struct Cell {
    Value x, h;
    const Tensor *w, *r, *b;
    std::uint32_t hidden;
  };
  Cell cell_of(std::uint32_t gates, int initial) {
    for (const char* refused : {"activations", "clip", "activation_alpha", "activation_beta", "layout"})
      if (attribute(refused) != nullptr && !(std::string_view(refused) == "layout" && whole(refused, 0) == 0))
        fault(fmt::format("{} is not supported", refused));
    if (whole("input_forget", 0) != 0) fault("input_forget is not supported");
    const onnx::AttributeProto* direction = attribute("direction");
    if (direction != nullptr && direction->s() != "forward") fault(fmt::format("its direction is {}", direction->s()));
    if (has_input(4)) fault("takes lengths of sequences; a tick is one step");
    const std::int64_t hidden = whole("hidden_size", 0);
    if (hidden < 1 || hidden > most_values) fault(fmt::format("hidden_size = {}", hidden));
    if (!has_input(initial)) fault("takes no hidden state; make it an input of the policy, and the new one an output");
    Cell cell{value(0), value(initial), nullptr, nullptr, nullptr, static_cast<std::uint32_t>(hidden)};
    if (cell.h.size != cell.hidden) fault(fmt::format("its hidden state has {} values, and hidden_size is {}", cell.h.size, hidden));
    const std::uint64_t rows = std::uint64_t{gates} * cell.hidden;
    cell.w = &cell_constant(1, rows, cell.x.size);
    cell.r = &cell_constant(2, rows, cell.hidden);
    cell.b = has_input(3) ? &cell_constant(3, 2 * rows, 0) : nullptr;
    return cell;
  }
  /// activation(W x + Wb + R h + Rb) of one gate.
  std::uint32_t cell_gate(const Cell& cell, std::uint32_t gates, std::uint32_t which, OpKind activation) {
    const std::uint64_t row = std::uint64_t{which} * cell.hidden;
    const std::uint32_t a = gate(cell.x, *cell.w, row, cell.hidden, cell.b, row);
    const std::uint32_t b = gate(cell.h, *cell.r, row, cell.hidden, cell.b, std::uint64_t{gates} * cell.hidden + row);
    return add_map(activation, add_zip(OpKind::add, a, b, cell.hidden), cell.hidden);
  }
  /// The outputs of a cell: all steps, of which there is one, then the last.
  void name_steps(std::uint32_t at, std::uint32_t size) {
    name_output(0, at, size, -1, false);
    if (node_->output_size() > 1) name_output(1, at, size, -1, false);
  }

  /// Gates z, r, h; h' = (1 - z) h~ + z h.
  void gru() {
    const Cell cell = cell_of(3, 5);
    const std::uint32_t n = cell.hidden;
    const std::uint32_t z = cell_gate(cell, 3, 0, OpKind::sigmoid), r = cell_gate(cell, 3, 1, OpKind::sigmoid);
    const std::uint32_t from_x = gate(cell.x, *cell.w, 2ull * n, n, cell.b, 2ull * n);
    std::uint32_t from_h;
    if (whole("linear_before_reset", 0) != 0) {
      from_h = add_zip(OpKind::multiply, r, gate(cell.h, *cell.r, 2ull * n, n, cell.b, 5ull * n), n);
    } else {
      const Value reset{add_zip(OpKind::multiply, r, cell.h.at, n), n, -1, 1, true};
      from_h = gate(reset, *cell.r, 2ull * n, n, cell.b, 5ull * n);
    }
    const std::uint32_t candidate = add_map(OpKind::tanh, add_zip(OpKind::add, from_x, from_h, n), n);
    const std::uint32_t rest = add_zip(OpKind::subtract, constant_values({{1}, {1.0f}}, n), z, n);
    const std::uint32_t fresh = add_zip(OpKind::multiply, rest, candidate, n), kept = add_zip(OpKind::multiply, z, cell.h.at, n);
    name_steps(add_zip(OpKind::add, fresh, kept, n), n);
  }

  /// Gates i, o, f, c; c' = f c + i c~, h' = o tanh(c').
  void lstm() {
    if (has_input(7)) fault("has peepholes");
    const Cell cell = cell_of(4, 5);
    const std::uint32_t n = cell.hidden;
    if (!has_input(6) || value(6).size != n) fault("takes no cell state, or one of another size than hidden_size");
    const std::uint32_t i = cell_gate(cell, 4, 0, OpKind::sigmoid), o = cell_gate(cell, 4, 1, OpKind::sigmoid);
    const std::uint32_t f = cell_gate(cell, 4, 2, OpKind::sigmoid), candidate = cell_gate(cell, 4, 3, OpKind::tanh);
    const std::uint32_t kept = add_zip(OpKind::multiply, f, value(6).at, n), fresh = add_zip(OpKind::multiply, i, candidate, n);
    const std::uint32_t c = add_zip(OpKind::add, kept, fresh, n);
    Op shown{OpKind::tanh, c, n};
    shown.out = new_values(n);
    shown.out_size = n;
    name_steps(add_zip(OpKind::multiply, o, add_op(shown), n), n);
    if (node_->output_size() > 2) name_output(2, c, n, -1, false);
  }

  const onnx::GraphProto& graph_;
  const std::string& where_;
  const onnx::NodeProto* node_ = nullptr;
  int node_index_ = 0;
  Network network_;
  std::map<std::string, Tensor> constants_;
  std::map<std::string, std::vector<std::int64_t>> numbers_;  ///< constants of whole numbers
  std::unordered_set<std::string> names_of_constants_;        ///< of any type
  std::map<std::string, Value> values_;
  std::map<std::string, std::uint32_t> uses_;
  std::set<std::int32_t> biased_;            ///< dense operations that have their biases
  std::vector<std::uint32_t> memory_sizes_;  ///< of the inputs beside the observations
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
  if (!file) throw StorageError(path, "can't be read");
  std::string bytes;
  char part[1 << 16];
  while (file && bytes.size() <= most_bytes) {  // read_onnx refuses what is longer
    file.read(part, sizeof part);
    bytes.append(part, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) throw StorageError(path, "can't be read");
  return read_onnx(bytes, path);
}

}  // namespace colony
