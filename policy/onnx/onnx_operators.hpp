// The operators of ONNX that feed forward, as operations over the values of one agent.
#pragma once

#include <set>

#include "policy/onnx/network_builder.hpp"
#include "policy/onnx/onnx_scope.hpp"

namespace colony {

/// Each reads the node that the scope is at: its inputs and attributes as the opset says, its output named. Throws, with the node, for what
/// is not supported, does not fit together, or would mix agents.
class OnnxOperators {
 public:
  OnnxOperators(OnnxScope& scope, NetworkBuilder& builder) : scope_(scope), builder_(builder) {}

  void gemm();
  void matmul();
  void add();
  void subtract() { zip(OpKind::subtract); }
  void multiply() { zip(OpKind::multiply); }
  void relu() { elementwise(OpKind::relu, 0); }
  void leaky_relu() { elementwise(OpKind::leaky_relu, scope_.number("alpha", 0.01f)); }
  void tanh() { elementwise(OpKind::tanh, 0); }
  void sigmoid() { elementwise(OpKind::sigmoid, 0); }
  void softmax();
  void concat();
  void split();
  void flatten();
  void squeeze();
  void unsqueeze();
  void identity();
  void constant();
  // One step of a recurrent cell (policy/onnx/onnx_cells.cpp).
  void gru();
  void lstm();

 private:
  struct Cell;

  int axis(std::int64_t fallback, int rank) const { return axis_of(scope_.whole("axis", fallback), rank, scope_.faults()); }
  /// Faults where the axis counts agents.
  void check_apart(const Shape& shape, int axis) const;
  std::vector<std::int64_t> axes_given() const;
  std::vector<int> axes_of(int rank) const;
  std::vector<std::int64_t> part_sizes(std::int64_t whole, std::size_t parts) const;

  void name_op(const Op& op, Shape shape);
  void rename(const Value& from, Shape shape);
  void elementwise(OpKind kind, float slope);
  void zip(OpKind kind);
  Value summed(OpKind kind, const Value& a, const Tensor& b, float scale);
  /// Rows [rows, inputs] of values at `from` as rows [rows, outputs] of results at `to`, each by the same weights; biases are `bias_stride`
  /// further for each next row.
  void layer_rows(std::uint32_t from, std::uint64_t rows, std::uint32_t inputs, std::uint32_t to, std::uint32_t outputs,
                  std::uint32_t weights, std::uint32_t biases, std::uint32_t bias_stride);

  Cell cell(std::uint32_t gates);
  std::uint32_t cell_layer(const Value& from, const Tensor& weights, std::uint64_t row, std::uint64_t count, const Tensor* biases,
                           std::uint64_t bias);
  std::uint32_t cell_gate(const Cell& cell, std::uint32_t gates, std::uint32_t which, OpKind activation);
  const Tensor& cell_constant(int input, std::vector<std::int64_t> dims) const;
  const Value& cell_state(int input, const Shape& expected, const char* what) const;
  void name_steps(const Cell& cell, std::uint32_t at);

  OnnxScope& scope_;
  NetworkBuilder& builder_;
  std::set<std::int32_t> biased_;  ///< dense operations that have their biases
};

}  // namespace colony
