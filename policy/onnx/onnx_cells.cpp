// Recurrent cells: a tick is one step of the sequence, forwards, and what the cell remembers goes in and comes out.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "policy/onnx/onnx_operators.hpp"

namespace colony {

/// What a cell is made of: input, hidden state, weights of its gates for both, biases; and the shapes of its results.
struct OnnxOperators::Cell {
  Value x, h;
  const Tensor *w = nullptr, *r = nullptr, *b = nullptr;
  std::uint32_t hidden = 0;
  Shape all_steps, last_step;
};

const Tensor& OnnxOperators::cell_constant(int input, std::vector<std::int64_t> dims) const {
  const Tensor& given = scope_.constant_needed(input);
  const Shape expected{std::move(dims), -1};
  if (given.shape != expected) scope_.fault(fmt::format("its input {} is not of shape {}", input, text_of(expected)));
  return given;
}

const Value& OnnxOperators::cell_state(int input, const Shape& expected, const char* what) const {
  if (!scope_.has_input(input)) scope_.fault(fmt::format("takes no {}; make it an input of the policy, and the new one an output", what));
  const Value& state = scope_.value(input);
  if (state.shape != expected)
    scope_.fault(fmt::format("its {} \"{}\" has the shape {}, and with its input and hidden_size it is {}", what, scope_.input_name(input),
                             text_of(state.shape), text_of(expected)));
  return state;
}

OnnxOperators::Cell OnnxOperators::cell(std::uint32_t gates) {
  for (const char* refused : {"clip", "activation_alpha", "activation_beta"})
    if (scope_.has_attribute(refused)) scope_.fault(fmt::format("{} is not supported", refused));
  std::vector<std::string> usual{"Sigmoid", "Tanh"};
  if (gates == 4) usual.push_back("Tanh");
  if (scope_.has_attribute("activations") && scope_.texts("activations") != usual)
    scope_.fault("its activations are others than Sigmoid and Tanh as ONNX has them by default");
  if (scope_.whole("input_forget", 0) != 0) scope_.fault("input_forget is not supported");
  const std::string direction = scope_.text("direction", "forward");
  if (direction != "forward") scope_.fault(fmt::format("its direction is {}", direction));
  if (scope_.has_input(4)) scope_.fault("takes lengths of sequences; a tick is one step");
  const std::int64_t hidden = scope_.whole("hidden_size", 0), layout = scope_.whole("layout", 0);
  if (hidden < 1 || hidden > most_values) scope_.fault(fmt::format("hidden_size = {}", hidden));
  if (layout != 0 && layout != 1) scope_.fault(fmt::format("layout = {}", layout));

  // Layout 0: [step, agents, ...]; layout 1: [agents, step, ...]. There is one step, and one agent is looked at.
  Cell cell;
  cell.x = scope_.value(0);
  cell.hidden = static_cast<std::uint32_t>(hidden);
  const Shape& shape = cell.x.shape;
  const int batch = layout == 0 ? 1 : 0;
  if (shape.rank() != 3 || shape.dims[0] != 1 || shape.dims[1] != 1 || (shape.agents >= 0 && shape.agents != batch))
    scope_.fault(fmt::format("takes the shape {}; a tick is one step of each agent, {}", text_of(shape),
                             layout == 0 ? "[1, agents, inputs]" : "[agents, 1, inputs]"));
  const bool agents = shape.agents >= 0;
  cell.last_step = {{1, 1, hidden}, agents ? batch : -1};
  cell.all_steps = {{1, 1, 1, hidden}, agents ? (layout == 0 ? 2 : 0) : -1};
  cell.h = cell_state(5, cell.last_step, "hidden state");
  const std::int64_t rows = std::int64_t{gates} * hidden;
  cell.w = &cell_constant(1, {1, rows, shape.dims[2]});
  cell.r = &cell_constant(2, {1, rows, hidden});
  cell.b = scope_.has_input(3) ? &cell_constant(3, {1, 2 * rows}) : nullptr;
  return cell;
}

/// Rows [row, row + count) of a matrix [1, rows, columns] as a layer, with biases [bias, bias + count) if there are any.
std::uint32_t OnnxOperators::cell_layer(const Value& from, const Tensor& weights, std::uint64_t row, std::uint64_t count,
                                        const Tensor* biases, std::uint64_t bias) {
  Op op{OpKind::dense, from.at, from.size};
  op.out = builder_.new_values(count);
  op.out_size = static_cast<std::uint32_t>(count);
  op.weights =
      builder_.weights(from.size, count, [&](std::uint64_t o, std::uint64_t i) { return weights.data[(row + o) * from.size + i]; });
  op.biases = builder_.biases(count, [&](std::uint64_t o) { return biases == nullptr ? 0.0f : biases->data[bias + o]; });
  return builder_.add_op(op);
}

/// activation(W x + Wb + R h + Rb) of one gate.
std::uint32_t OnnxOperators::cell_gate(const Cell& cell, std::uint32_t gates, std::uint32_t which, OpKind activation) {
  const std::uint64_t row = std::uint64_t{which} * cell.hidden;
  const std::uint32_t a = cell_layer(cell.x, *cell.w, row, cell.hidden, cell.b, row);
  const std::uint32_t b = cell_layer(cell.h, *cell.r, row, cell.hidden, cell.b, std::uint64_t{gates} * cell.hidden + row);
  return builder_.map(activation, builder_.zip(OpKind::add, a, b, cell.hidden), cell.hidden);
}

/// The outputs of a cell: all steps, of which there is one, then the last.
void OnnxOperators::name_steps(const Cell& cell, std::uint32_t at) {
  scope_.name_output(0, {at, cell.hidden, -1, 0, false, cell.all_steps});
  scope_.name_output(1, {at, cell.hidden, -1, 0, false, cell.last_step});
}

/// Gates z, r, h; h' = (1 - z) h~ + z h.
void OnnxOperators::gru() {
  const Cell own = cell(3);
  const std::uint32_t n = own.hidden;
  const std::uint32_t z = cell_gate(own, 3, 0, OpKind::sigmoid), r = cell_gate(own, 3, 1, OpKind::sigmoid);
  const std::uint32_t from_x = cell_layer(own.x, *own.w, 2ull * n, n, own.b, 2ull * n);
  std::uint32_t from_h;
  if (scope_.whole("linear_before_reset", 0) != 0) {
    from_h = builder_.zip(OpKind::multiply, r, cell_layer(own.h, *own.r, 2ull * n, n, own.b, 5ull * n), n);
  } else {
    const Value reset{builder_.zip(OpKind::multiply, r, own.h.at, n), n, -1, 1, true, own.h.shape};
    from_h = cell_layer(reset, *own.r, 2ull * n, n, own.b, 5ull * n);
  }
  const std::uint32_t candidate = builder_.map(OpKind::tanh, builder_.zip(OpKind::add, from_x, from_h, n), n);
  const std::uint32_t rest = builder_.zip(OpKind::subtract, builder_.constant(std::vector<float>(n, 1.0f)), z, n);
  const std::uint32_t fresh = builder_.zip(OpKind::multiply, rest, candidate, n);
  const std::uint32_t kept = builder_.zip(OpKind::multiply, z, own.h.at, n);
  name_steps(own, builder_.zip(OpKind::add, fresh, kept, n));
}

/// Gates i, o, f, c; c' = f c + i c~, h' = o tanh(c').
void OnnxOperators::lstm() {
  if (scope_.has_input(7)) scope_.fault("has peepholes");
  const Cell own = cell(4);
  const std::uint32_t n = own.hidden;
  const Value& before = cell_state(6, own.last_step, "cell state");
  const std::uint32_t i = cell_gate(own, 4, 0, OpKind::sigmoid), o = cell_gate(own, 4, 1, OpKind::sigmoid);
  const std::uint32_t f = cell_gate(own, 4, 2, OpKind::sigmoid), candidate = cell_gate(own, 4, 3, OpKind::tanh);
  const std::uint32_t kept = builder_.zip(OpKind::multiply, f, before.at, n);
  const std::uint32_t fresh = builder_.zip(OpKind::multiply, i, candidate, n);
  const std::uint32_t c = builder_.zip(OpKind::add, kept, fresh, n);
  Op shown{OpKind::tanh, c, n};
  shown.out = builder_.new_values(n);
  shown.out_size = n;
  const std::uint32_t active = builder_.add_op(shown);
  name_steps(own, builder_.zip(OpKind::multiply, o, active, n));
  scope_.name_output(2, {c, n, -1, 0, false, own.last_step});
}

}  // namespace colony
