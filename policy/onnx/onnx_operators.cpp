#include "policy/onnx/onnx_operators.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <numeric>
#include <optional>

namespace colony {
namespace {

/// The values of `from`, at `to`: where each of them is, or is repeated.
std::vector<float> spread(const Tensor& from, const Shape& to) {
  std::vector<float> values;
  for (const std::uint32_t source : sources_of(from.shape, to)) values.push_back(from.data[source]);
  return values;
}

/// Sources that take the second of two dimensions first.
std::vector<std::uint32_t> turned(std::uint32_t rows, std::uint32_t columns) {
  std::vector<std::uint32_t> sources;
  for (std::uint32_t c = 0; c < columns; ++c)
    for (std::uint32_t r = 0; r < rows; ++r) sources.push_back(r * columns + c);
  return sources;
}

}  // namespace

void OnnxOperators::check_apart(const Shape& shape, int axis) const {
  if (axis == shape.agents)
    scope_.fault(fmt::format("works along axis {} of {}, which counts agents; each of them decides by itself", axis, text_of(shape)));
}

void OnnxOperators::name_op(const Op& op, Shape shape) {
  builder_.add_op(op);
  scope_.name_output(0, {op.out, op.out_size, builder_.last_op(), 0, true, std::move(shape)});
}

/// The same values by another name, in another shape.
void OnnxOperators::rename(const Value& from, Shape shape) {
  scope_.name_output(0, {from.at, from.size, from.op, 0, from.may_be_written_over(), std::move(shape)});
}

/// In place where no other node needs what was there.
void OnnxOperators::elementwise(OpKind kind, float slope) {
  const Value& from = scope_.value(0);
  Op op{kind, from.at, from.size};
  op.out = from.may_be_written_over() ? from.at : builder_.new_values(from.size);
  op.out_size = from.size;
  op.slope = slope;
  name_op(op, from.shape);
}

// ---- Sums and products of two ----

/// A constant that is added to what a MatMul made is its bias.
void OnnxOperators::add() {
  const int constant_input = scope_.constant(0) != nullptr ? 0 : 1;
  const Tensor* bias = scope_.constant(constant_input);
  if (bias != nullptr) {
    const Value& from = scope_.value(1 - constant_input);
    const bool follows = from.op >= 0 && builder_.network.ops[static_cast<std::size_t>(from.op)].kind == OpKind::dense &&
                         from.may_be_written_over() && !biased_.contains(from.op);
    if (follows && broadcast(from.shape, bias->shape, scope_.faults()) == from.shape) {
      const std::vector<float> values = spread(*bias, from.shape);
      const Op& op = builder_.network.ops[static_cast<std::size_t>(from.op)];
      builder_.set_biases(op.biases, op.out_size, [&](std::uint64_t o) { return values[o]; });
      biased_.insert(from.op);
      rename(from, from.shape);
      return;
    }
  }
  zip(OpKind::add);
}

void OnnxOperators::zip(OpKind kind) {
  const Tensor* given[2] = {scope_.constant(0), scope_.constant(1)};
  if (given[0] != nullptr && given[1] != nullptr) scope_.fault("both of its inputs are constants; let the exporter fold them");
  const auto shape_of = [&](int i) -> const Shape& { return given[i] != nullptr ? given[i]->shape : scope_.value(i).shape; };
  const Shape both = broadcast(shape_of(0), shape_of(1), scope_.faults());
  builder_.check_room(size_of(both));
  std::uint32_t at[2];
  for (int i = 0; i < 2; ++i) {
    if (given[i] != nullptr) at[i] = builder_.constant(spread(*given[i], both));
    else at[i] = builder_.gather(scope_.value(i).at, scope_.value(i).size, sources_of(shape_of(i), both));
  }
  const auto size = static_cast<std::uint32_t>(size_of(both));
  Op op{kind, at[0], size, at[1]};
  op.out = builder_.new_values(size);
  op.out_size = size;
  name_op(op, both);
}

// ---- Layers ----

void OnnxOperators::layer_rows(std::uint32_t from, std::uint64_t rows, std::uint32_t inputs, std::uint32_t to, std::uint32_t outputs,
                               std::uint32_t weights, std::uint32_t biases, std::uint32_t bias_stride) {
  for (std::uint32_t r = 0; r < rows; ++r) {
    Op op{OpKind::dense, from + r * inputs, inputs};
    op.out = to + r * outputs;
    op.out_size = outputs;
    op.weights = weights;
    op.biases = biases + r * bias_stride;
    builder_.add_op(op);
  }
}

/// Y = alpha A B + beta C; A: [agents, inputs], the agents' values; B: constant; C: constant, or values.
void OnnxOperators::gemm() {
  const Value a = scope_.value(0);
  const Tensor& b = scope_.constant_needed(1);
  const bool turn_a = scope_.whole("transA", 0) != 0, turn_b = scope_.whole("transB", 0) != 0;
  const float alpha = scope_.number("alpha", 1), beta = scope_.number("beta", 1);
  if (a.shape.rank() != 2 || b.shape.rank() != 2)
    scope_.fault(fmt::format("takes the shapes {} and {}, where both have two dimensions", text_of(a.shape), text_of(b.shape)));
  Shape left = a.shape;
  if (turn_a) {
    std::swap(left.dims[0], left.dims[1]);
    if (left.agents >= 0) left.agents = 1 - left.agents;
  }
  check_apart(left, 1);
  const auto rows = static_cast<std::uint32_t>(left.dims[0]), inputs = static_cast<std::uint32_t>(left.dims[1]);
  const auto taken = static_cast<std::uint64_t>(b.shape.dims[turn_b ? 1 : 0]),
             outputs = static_cast<std::uint64_t>(b.shape.dims[turn_b ? 0 : 1]);
  if (taken != inputs) scope_.fault(fmt::format("takes {} values, and \"{}\" has {}", taken, scope_.input_name(0), inputs));
  const Shape shape{{left.dims[0], static_cast<std::int64_t>(outputs)}, left.agents};
  builder_.check_room(size_of(shape));
  const Tensor* bias = scope_.constant(2);
  const bool adds_values = scope_.has_input(2) && bias == nullptr;
  if (scope_.has_input(2)) {
    const Shape& added = bias != nullptr ? bias->shape : scope_.value(2).shape;
    if (broadcast(shape, added, scope_.faults()) != shape)
      scope_.fault(fmt::format("adds the shape {} to {}", text_of(added), text_of(shape)));
  }
  const std::uint32_t from = turn_a && rows > 1 ? builder_.gather(a.at, a.size, turned(inputs, rows)) : a.at;
  const std::uint32_t to = builder_.new_values(size_of(shape));
  const auto width = static_cast<std::uint32_t>(outputs);
  const std::uint32_t weights = builder_.weights(
      inputs, outputs, [&](std::uint64_t o, std::uint64_t i) { return alpha * b.data[turn_b ? o * inputs + i : i * outputs + o]; });
  const std::vector<float> added = bias != nullptr ? spread(*bias, shape) : std::vector<float>(size_of(shape), 0.0f);
  const bool alike = bias == nullptr || bias->shape.rank() < 2 || bias->shape.dims[0] == 1;
  const std::uint32_t sets = alike ? 1 : rows, stride = (width + panel - 1) / panel * panel;
  std::uint32_t biases = 0;
  for (std::uint32_t r = 0; r < sets; ++r) {
    const std::uint32_t at = builder_.biases(outputs, [&](std::uint64_t o) { return beta * added[r * outputs + o]; });
    if (r == 0) biases = at;
  }
  layer_rows(from, rows, inputs, to, width, weights, biases, alike ? 0 : stride);
  Value result{to, static_cast<std::uint32_t>(size_of(shape)), rows == 1 ? builder_.last_op() : -1, 0, true, shape};
  if (bias != nullptr) biased_.insert(result.op);
  if (adds_values) {
    const Value& c = scope_.value(2);
    std::uint32_t at = builder_.gather(c.at, c.size, sources_of(c.shape, shape));
    if (beta != 1) at = builder_.zip(OpKind::multiply, at, builder_.constant(std::vector<float>(result.size, beta)), result.size);
    result.at = builder_.zip(OpKind::add, result.at, at, result.size);
    result.op = builder_.last_op();
  }
  scope_.name_output(0, result);
}

/// Stacks of matrices as numpy multiplies them, the second a constant. In the usual case, [agents, inputs] by [inputs, outputs], one layer.
void OnnxOperators::matmul() {
  const Value a = scope_.value(0);
  const Tensor& b = scope_.constant_needed(1);
  if (a.shape.rank() == 0 || b.shape.rank() == 0) scope_.fault("takes a number without dimensions");
  check_apart(a.shape, a.shape.rank() - 1);
  const bool row = a.shape.rank() == 1, column = b.shape.rank() == 1;
  Shape left = a.shape, right = b.shape;
  if (row) left.dims.insert(left.dims.begin(), 1);
  if (column) right.dims.push_back(1);
  const int left_stack = left.rank() - 2, right_stack = right.rank() - 2;
  const auto dim = [](const Shape& shape, int i) { return static_cast<std::uint32_t>(shape.dims[static_cast<std::size_t>(i)]); };
  const std::uint32_t rows = dim(left, left_stack), inputs = dim(left, left_stack + 1);
  const std::uint64_t taken = size_between(right, right_stack, right_stack + 1),
                      outputs = size_between(right, right_stack + 1, right_stack + 2);
  if (taken != inputs) scope_.fault(fmt::format("takes {} values, and \"{}\" has {}", taken, scope_.input_name(0), inputs));

  const bool rows_are_agents = left.agents == left_stack;
  const Shape left_stacks{{left.dims.begin(), left.dims.end() - 2}, rows_are_agents ? -1 : left.agents};
  const Shape right_stacks{{right.dims.begin(), right.dims.end() - 2}, -1};
  const Shape stacks = broadcast(left_stacks, right_stacks, scope_.faults());
  Shape shape = stacks;
  if (rows_are_agents) shape.agents = stacks.rank();
  if (!row) shape.dims.push_back(rows);
  if (!column) shape.dims.push_back(static_cast<std::int64_t>(outputs));
  builder_.check_room(std::min(size_of(stacks), std::uint64_t{most_values} + 1) * rows * outputs);

  const std::uint32_t to = builder_.new_values(size_of(shape));
  const auto width = static_cast<std::uint32_t>(outputs);
  const std::vector<std::uint32_t> from = sources_of(left_stacks, stacks), by = sources_of(right_stacks, stacks);
  std::vector<std::optional<std::uint32_t>> weights(size_of(right_stacks));
  std::optional<std::uint32_t> biases;
  for (std::uint32_t s = 0; s < from.size(); ++s) {
    std::optional<std::uint32_t>& own = weights[by[s]];
    if (!own)
      own = builder_.weights(inputs, outputs, [&](std::uint64_t o, std::uint64_t i) { return b.data[(by[s] * inputs + i) * outputs + o]; });
    if (!biases) biases = builder_.biases(outputs, [](std::uint64_t) { return 0.0f; });
    layer_rows(a.at + from[s] * rows * inputs, rows, inputs, to + s * rows * width, width, *own, *biases, 0);
  }
  const bool one_layer = from.size() == 1 && rows == 1;
  scope_.name_output(0, {to, static_cast<std::uint32_t>(size_of(shape)), one_layer ? builder_.last_op() : -1, 0, true, shape});
}

// ---- Along an axis ----

/// Before opset 13 over all dimensions from the axis on, since then along it.
void OnnxOperators::softmax() {
  const Value from = scope_.value(0);
  const int rank = from.shape.rank();
  const bool flattens = scope_.opset() < 13;
  const int first = axis(flattens ? 1 : -1, rank), end = flattens ? rank : first + 1;
  for (int i = first; i < end; ++i) check_apart(from.shape, i);
  const auto outer = static_cast<std::uint32_t>(size_between(from.shape, 0, first));
  const auto size = static_cast<std::uint32_t>(size_between(from.shape, first, end));
  const auto inner = static_cast<std::uint32_t>(size_between(from.shape, end, rank));
  const auto softmaxes = [&](std::uint32_t in, std::uint32_t out) {
    for (std::uint32_t o = 0; o < outer * inner; ++o) {
      Op op{OpKind::softmax, in + o * size, size};
      op.out = out + o * size;
      op.out_size = size;
      builder_.add_op(op);
    }
  };
  std::uint32_t at;
  if (inner == 1) {
    at = from.may_be_written_over() ? from.at : builder_.new_values(from.size);
    softmaxes(from.at, at);
  } else {  // side by side first, and back
    std::vector<std::uint32_t> there, back(from.size);
    for (std::uint32_t o = 0; o < outer; ++o)
      for (std::uint32_t i = 0; i < inner; ++i)
        for (std::uint32_t k = 0; k < size; ++k) there.push_back((o * size + k) * inner + i);
    for (std::uint32_t i = 0; i < from.size; ++i) back[there[i]] = i;
    const std::uint32_t beside = builder_.gather(from.at, from.size, there);
    at = beside == from.at ? builder_.new_values(from.size) : beside;
    softmaxes(beside, at);
    at = builder_.gather(at, from.size, back);
  }
  const bool alone = outer * inner == 1;
  scope_.name_output(0, {at, from.size, alone ? builder_.last_op() : -1, 0, true, from.shape});
}

void OnnxOperators::concat() {
  const int count = scope_.node().input_size();
  if (!scope_.has_attribute("axis")) scope_.fault("has no axis");
  if (count == 1 && scope_.constant(0) == nullptr) {
    check_apart(scope_.value(0).shape, axis(0, scope_.value(0).shape.rank()));
    return rename(scope_.value(0), scope_.value(0).shape);
  }
  struct Part {
    std::uint32_t at;
    Shape shape;
  };
  std::vector<Part> parts;
  Shape shape;
  int along = 0;
  for (int i = 0; i < count; ++i) {
    const Tensor* given = scope_.constant(i);
    const Shape own = given != nullptr ? given->shape : scope_.value(i).shape;
    if (i == 0) along = axis(0, own.rank());
    check_apart(own, along < own.rank() ? along : -2);
    Shape expected = own;
    const auto at = static_cast<std::size_t>(along);
    if (i == 0) shape = own;
    else if (at < expected.dims.size() && expected.dims.size() == shape.dims.size()) expected.dims[at] = shape.dims[at];
    if (expected != shape)
      scope_.fault(fmt::format("the shapes {} and {} do not go together along axis {}", text_of(shape), text_of(own), along));
    if (i > 0) shape.dims[at] += own.dims[at];
    builder_.check_room(size_of(shape));
    parts.push_back({given != nullptr ? builder_.constant(given->data) : scope_.value(i).at, own});
  }
  const auto size = static_cast<std::uint32_t>(size_of(shape));
  const std::uint32_t to = builder_.new_values(size);
  const auto outer = static_cast<std::uint32_t>(size_between(shape, 0, along));
  std::uint32_t next = to;
  for (const Part& part : parts) {
    const auto run = static_cast<std::uint32_t>(size_between(part.shape, along, shape.rank()));
    for (std::uint32_t o = 0; o < outer; ++o) builder_.copy(part.at + o * run, next + o * (size / outer), run);
    next += run;
  }
  scope_.name_output(0, {to, size, -1, 0, true, shape});
}

/// As an attribute before opset 13, as an input since; in equal parts where neither is there.
std::vector<std::int64_t> OnnxOperators::part_sizes(std::int64_t whole, std::size_t parts) const {
  const bool given = scope_.has_input(1), listed = scope_.has_attribute("split");
  const auto count = static_cast<std::int64_t>(parts);
  if (given && listed) scope_.fault("has its parts twice");
  std::vector<std::int64_t> sizes;
  if (given) sizes = scope_.numbers(1);
  else if (listed) sizes = scope_.wholes("split");
  else {
    if (scope_.has_attribute("num_outputs")) {  // since opset 18; the last may be smaller
      if (scope_.whole("num_outputs", 0) != count) scope_.fault("has another number of outputs than num_outputs");
    } else if (whole % count != 0) {
      scope_.fault(fmt::format("cuts {} values in {} parts", whole, parts));
    }
    const std::int64_t each = (whole + count - 1) / count;
    sizes.assign(parts, each);
    sizes.back() = whole - each * (count - 1);
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) {
    if (size < 1 || size > whole) scope_.fault(fmt::format("makes a part of {} of {} values", size, whole));
    sum = std::min(sum + size, whole + 1);
  }
  if (sizes.size() != parts || sum != whole)
    scope_.fault(fmt::format("its {} sizes are not those of {} parts of {} values", sizes.size(), parts, whole));
  return sizes;
}

void OnnxOperators::split() {
  const Value from = scope_.value(0);
  const int along = axis(0, from.shape.rank()), count = scope_.node().output_size();
  check_apart(from.shape, along);
  if (count == 0) scope_.fault("has no output");
  const auto outer = static_cast<std::uint32_t>(size_between(from.shape, 0, along));
  const std::uint32_t row = from.size / outer;
  const std::int64_t whole = from.shape.dims[static_cast<std::size_t>(along)];
  const std::vector<std::int64_t> sizes = part_sizes(whole, static_cast<std::size_t>(count));
  if (count == 1) return rename(from, from.shape);
  std::uint32_t first = 0;
  for (int p = 0; p < count; ++p) {
    Value part{from.at + first, 0, -1, 0, from.may_be_written_over(), from.shape};
    part.shape.dims[static_cast<std::size_t>(along)] = sizes[static_cast<std::size_t>(p)];
    part.size = static_cast<std::uint32_t>(size_of(part.shape));
    const std::uint32_t run = part.size / outer;
    if (outer > 1) {
      std::vector<std::uint32_t> sources;
      for (std::uint32_t o = 0; o < outer; ++o)
        for (std::uint32_t i = 0; i < run; ++i) sources.push_back(o * row + first + i);
      part.at = builder_.gather(from.at, from.size, sources);
      part.own = part.at != from.at || from.may_be_written_over();
    }
    first += run;
    scope_.name_output(p, part);
  }
}

// ---- Other shapes of the same values ----

void OnnxOperators::flatten() {
  const Value& from = scope_.value(0);
  const int rank = from.shape.rank();
  const std::int64_t given = scope_.whole("axis", 1);
  if (given < -rank || given > rank) scope_.fault(fmt::format("axis = {}, of {} dimensions", given, rank));
  const int axis = static_cast<int>(given < 0 ? given + rank : given);
  Shape flat{
      {static_cast<std::int64_t>(size_between(from.shape, 0, axis)), static_cast<std::int64_t>(size_between(from.shape, axis, rank))}, -1};
  if (from.shape.agents >= 0) {
    flat.agents = from.shape.agents < axis ? 0 : 1;
    if (flat.dims[static_cast<std::size_t>(flat.agents)] != 1)
      scope_.fault(fmt::format("at axis {} it lays the values of {} beside those of other agents", axis, text_of(from.shape)));
  }
  rename(from, flat);
}

/// As an attribute before opset 13, as an input since.
std::vector<std::int64_t> OnnxOperators::axes_given() const {
  const bool given = scope_.has_input(1);
  if (given && scope_.has_attribute("axes")) scope_.fault("has its axes twice");
  std::vector<std::int64_t> axes = given ? scope_.numbers(1) : scope_.wholes("axes");
  if (axes.empty()) scope_.fault("its axes are empty");
  if (axes.size() > most_dimensions) scope_.fault(fmt::format("has {} axes", axes.size()));
  return axes;
}

/// Ascending, each once.
std::vector<int> OnnxOperators::axes_of(int rank) const {
  std::vector<int> axes;
  for (const std::int64_t axis : axes_given()) axes.push_back(axis_of(axis, rank, scope_.faults()));
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) scope_.fault("names an axis twice");
  return axes;
}

/// Without axes, all of size 1 go; that of the agents stays, as there may be several.
void OnnxOperators::squeeze() {
  const Value& from = scope_.value(0);
  const int rank = from.shape.rank();
  std::vector<int> axes;
  if (scope_.has_input(1) || scope_.has_attribute("axes")) {
    axes = axes_of(rank);
  } else {
    for (int i = 0; i < rank; ++i)
      if (i != from.shape.agents && from.shape.dims[static_cast<std::size_t>(i)] == 1) axes.push_back(i);
  }
  Shape less{{}, from.shape.agents};
  for (int i = 0; i < rank; ++i) {
    if (!std::binary_search(axes.begin(), axes.end(), i)) {
      less.dims.push_back(from.shape.dims[static_cast<std::size_t>(i)]);
      continue;
    }
    check_apart(from.shape, i);
    if (from.shape.dims[static_cast<std::size_t>(i)] != 1)
      scope_.fault(fmt::format("axis {} of {} is not of size 1", i, text_of(from.shape)));
    if (i < from.shape.agents) --less.agents;
  }
  rename(from, less);
}

void OnnxOperators::unsqueeze() {
  const Value& from = scope_.value(0);
  const int rank = from.shape.rank() + static_cast<int>(axes_given().size());
  const std::vector<int> axes = axes_of(rank);
  Shape more;
  int next = 0;
  for (int i = 0; i < rank; ++i) {
    if (std::binary_search(axes.begin(), axes.end(), i)) {
      more.dims.push_back(1);
      continue;
    }
    if (next == from.shape.agents) more.agents = i;
    more.dims.push_back(from.shape.dims[static_cast<std::size_t>(next++)]);
  }
  rename(from, more);
}

void OnnxOperators::identity() {
  if (const Constant* given = scope_.any_constant(0)) {
    if (scope_.node().output_size() > 0) scope_.define(scope_.node().output(0), Constant(*given));
    return;
  }
  rename(scope_.value(0), scope_.value(0).shape);
}

void OnnxOperators::constant() {
  const onnx::NodeProto& node = scope_.node();
  if (node.output_size() < 1 || node.attribute_size() != 1) scope_.fault("needs one value and one name");
  const std::string& name = node.output(0);
  const std::string& kind = node.attribute(0).name();
  const auto one_dimension = [](std::size_t size) { return Shape{{static_cast<std::int64_t>(size)}, -1}; };
  if (kind == "value") {
    const onnx::AttributeProto& given = *scope_.attribute("value", onnx::AttributeProto::TENSOR);
    scope_.define(name, read_constant(given.t(), name, scope_.faults()));
  } else if (kind == "value_float") {
    scope_.define(name,
                  constant_of(Tensor{{}, {scope_.attribute("value_float", onnx::AttributeProto::FLOAT)->f()}}, name, scope_.faults()));
  } else if (kind == "value_floats") {
    std::vector<float> values = scope_.numbers_of("value_floats");
    scope_.define(name, constant_of(Tensor{one_dimension(values.size()), values}, name, scope_.faults()));
  } else if (kind == "value_int") {
    scope_.define(name, constant_of(std::vector<std::int64_t>{scope_.whole("value_int", 0)}));
  } else if (kind == "value_ints") {
    scope_.define(name, constant_of(scope_.wholes("value_ints")));
  } else {
    scope_.fault(fmt::format("{} is not supported", kind));
  }
}

}  // namespace colony
