// What is read of ONNX files, and what is refused.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "engine/error.hpp"
#include "engine/random/random.hpp"
#include "policy/network_policy.hpp"
#include "policy/onnx/onnx_reader.hpp"
#include "tests/support/networks.hpp"
#include "tests/unit/policy_models.hpp"

namespace colony::testing {
namespace {

using Model = onnx::ModelProto;
using Sizes = std::vector<std::uint32_t>;

Model small() { return perceptron({3, 4, 2}, "Relu", 1); }

TEST(Onnx, ASoftmaxAtTheEndIsNoticed) {
  Model model = small();
  const Network plain = read_onnx(bytes_of(model), "m");
  EXPECT_FALSE(plain.ends_in_softmax);
  add_node(model, "Softmax", {"layer.1"}, "probabilities");
  const Network network = read_onnx(bytes_of(model), "m");
  EXPECT_TRUE(network.ends_in_softmax);
  const std::vector<float> logits = run(plain, {1, -2, 0.5f}), shares = run(network, {1, -2, 0.5f});
  EXPECT_NEAR(shares[0] + shares[1], 1, 1e-6);
  EXPECT_NEAR(shares[0] / shares[1], std::exp(double{logits[0]} - logits[1]), 1e-5);
  for (const char* whole : {"Concat", "Split"}) {  // of one part: the same values, which are a softmax still
    Model renamed = model;
    set_whole(add_node(renamed, whole, {"probabilities"}, "same"), "axis", 1);
    EXPECT_TRUE(read_onnx(bytes_of(renamed), "m").ends_in_softmax) << whole;
  }
}

TEST(Onnx, MatMulWithAddIsAGemm) {
  Model model = perceptron({3, 2}, "", 5);
  const Network gemm = read_onnx(bytes_of(model), "m");
  onnx::GraphProto& graph = *model.mutable_graph();
  std::vector<float> turned(6);
  const auto* weights = reinterpret_cast<const float*>(graph.initializer(0).raw_data().data());
  for (int o = 0; o < 2; ++o)
    for (int i = 0; i < 3; ++i) turned[static_cast<std::size_t>(2 * i + o)] = weights[3 * o + i];
  add_constant(model, "turned", {3, 2}, turned);
  graph.clear_node();
  add_node(model, "MatMul", {"observation", "turned"}, "product");
  add_node(model, "Add", {"layer.0.bias", "product"}, "sum");
  const Network product = read_onnx(bytes_of(model), "m");
  EXPECT_EQ(run(product, {0.25f, 3, -1}), run(gemm, {0.25f, 3, -1}));
}

TEST(Onnx, FlattenConcatAndSumsOfBranches) {
  Model model = perceptron({3, 3}, "", 2);
  add_node(model, "Flatten", {"layer.0"}, "flat");
  add_node(model, "Add", {"flat", "observation"}, "sum");
  set_whole(add_node(model, "Concat", {"sum", "observation", "sum"}, "all"), "axis", 1);
  const Network network = read_onnx(bytes_of(model), "m");
  const std::vector<float> x{1, 2, -3}, y = run(read_onnx(bytes_of(perceptron({3, 3}, "", 2)), "m"), x), all = run(network, x);
  ASSERT_EQ(all.size(), 9u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(all[i], y[i] + x[i]);
    EXPECT_EQ(all[3 + i], x[i]);
    EXPECT_EQ(all[6 + i], all[i]);
  }
}

TEST(Onnx, ConstantsAreAddedSubtractedAndMultiplied) {
  Model model = perceptron({3, 2}, "", 5);  // with biases of its own, which an Add must not take the place of
  const std::vector<float> plain = run(read_onnx(bytes_of(model), "m"), {1, 2, 3});
  add_constant(model, "two", {2}, {10, 20});
  add_constant(model, "one", {1}, {1});
  add_node(model, "Add", {"layer.0", "two"}, "sum");
  add_node(model, "Sub", {"one", "sum"}, "rest");
  add_node(model, "Mul", {"rest", "two"}, "product");
  const std::vector<float> seen = run(read_onnx(bytes_of(model), "m"), {1, 2, 3});
  for (std::size_t i = 0; i < 2; ++i) {
    const float two = i == 0 ? 10.0f : 20.0f;
    EXPECT_EQ(seen[i], (1 - (plain[i] + two)) * two);
  }
}

// ---- What an agent remembers ----

constexpr int hidden = 5, seen_inputs = 3;

std::vector<float> drawn(std::uint32_t stream, int count) {
  std::vector<float> all;
  for (int i = 0; i < count; ++i)
    all.push_back(static_cast<float>(uniform_f64(high_word(draw_entity({stream, 77}, static_cast<std::uint64_t>(i)))) * 2 - 1));
  return all;
}

void add_remembered(Model& model, const std::string& name, const std::string& comes_back_as, int size) {
  add_input(model, name, {"1", "batch", std::to_string(size)});
  model.mutable_graph()->add_output()->set_name(comes_back_as);
}

/// One cell of `gates` gates between the observation and the action, as PyTorch exports nn.GRU and nn.LSTM.
Model recurrent(const std::string& type, int gates, bool linear_before_reset) {
  Model model = perceptron({seen_inputs, 2}, "", 1);
  model.mutable_graph()->clear_node();
  add_constant(model, "W", {1, gates * hidden, seen_inputs}, drawn(1, gates * hidden * seen_inputs));
  add_constant(model, "R", {1, gates * hidden, hidden}, drawn(2, gates * hidden * hidden));
  add_constant(model, "B", {1, 2 * gates * hidden}, drawn(3, 2 * gates * hidden));
  add_constant(model, "out", {hidden, 2}, drawn(4, 2 * hidden));
  add_wholes(model, "axes", {0});
  add_node(model, "Unsqueeze", {"observation", "axes"}, "sequence");
  std::vector<std::string> inputs{"sequence", "W", "R", "B", "", "h"};
  if (type == "LSTM") inputs.push_back("c");
  onnx::NodeProto& cell = add_node(model, type, inputs, "steps");
  cell.add_output("h'");
  if (type == "LSTM") cell.add_output("c'");
  set_whole(cell, "hidden_size", hidden);
  if (linear_before_reset) set_whole(cell, "linear_before_reset", 1);
  add_node(model, "Squeeze", {"steps"}, "step");
  add_node(model, "MatMul", {"step", "out"}, "action");
  add_remembered(model, "h", "h'", hidden);
  if (type == "LSTM") add_remembered(model, "c", "c'", hidden);
  return model;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// The equations of the ONNX operators, in double precision.
struct ByTheBook {
  int gates;
  bool lstm, linear_before_reset;
  std::vector<double> h = std::vector<double>(hidden, 0), c = h;
  std::vector<float> w = drawn(1, gates*hidden*seen_inputs), r = drawn(2, gates*hidden*hidden), b = drawn(3, 2 * gates * hidden),
                     out = drawn(4, 2 * hidden);

  double from_x(int gate, int o, const std::vector<float>& x) const {
    double sum = b[static_cast<std::size_t>(gate * hidden + o)];
    for (int i = 0; i < seen_inputs; ++i)
      sum += double{w[static_cast<std::size_t>((gate * hidden + o) * seen_inputs + i)]} * x[static_cast<std::size_t>(i)];
    return sum;
  }
  double from_h(int gate, int o, const std::vector<double>& state) const {
    double sum = b[static_cast<std::size_t>((gates + gate) * hidden + o)];
    for (int i = 0; i < hidden; ++i)
      sum += double{r[static_cast<std::size_t>((gate * hidden + o) * hidden + i)]} * state[static_cast<std::size_t>(i)];
    return sum;
  }
  std::vector<double> step(const std::vector<float>& x) {
    std::vector<double> next(hidden), reset(hidden);
    const auto both = [&](int gate, int o) { return from_x(gate, o, x) + from_h(gate, o, h); };
    if (!lstm)
      for (int o = 0; o < hidden; ++o) reset[static_cast<std::size_t>(o)] = sigmoid(both(1, o)) * h[static_cast<std::size_t>(o)];
    for (int o = 0; o < hidden; ++o) {
      const auto at = static_cast<std::size_t>(o);
      if (lstm) {
        c[at] = sigmoid(both(2, o)) * c[at] + sigmoid(both(0, o)) * std::tanh(both(3, o));
        next[at] = sigmoid(both(1, o)) * std::tanh(c[at]);
      } else {
        const double z = sigmoid(both(0, o));
        const double recurrent = linear_before_reset ? sigmoid(both(1, o)) * from_h(2, o, h) : from_h(2, o, reset);
        next[at] = (1 - z) * std::tanh(from_x(2, o, x) + recurrent) + z * h[at];
      }
    }
    h = next;
    std::vector<double> action(2, 0.0);
    for (std::size_t o = 0; o < 2; ++o)
      for (std::size_t i = 0; i < hidden; ++i) action[o] += h[i] * out[2 * i + o];
    return action;
  }
};

TEST(Onnx, RecurrentCellsRememberAcrossTicks) {
  struct Kind {
    const char* type;
    int gates;
    bool linear_before_reset;
  };
  for (const Kind& kind : {Kind{"GRU", 3, true}, Kind{"GRU", 3, false}, Kind{"LSTM", 4, false}}) {
    const bool lstm = std::string(kind.type) == "LSTM";
    const Network network = read_onnx(bytes_of(recurrent(kind.type, kind.gates, kind.linear_before_reset)), "m");
    ASSERT_EQ(network.memory, lstm ? 10u : 5u);
    std::vector<float> memory(network.memory, 0.0f);
    ByTheBook book{kind.gates, lstm, kind.linear_before_reset};
    for (std::uint32_t tick = 0; tick < 30; ++tick) {
      const std::vector<float> x = drawn(100 + tick, seen_inputs), seen = run(network, x, &memory);
      const std::vector<double> expected = book.step(x);
      for (std::size_t o = 0; o < 2; ++o) ASSERT_NEAR(seen[o], expected[o], 1e-5) << kind.type << " tick " << tick;
      for (std::size_t i = 0; i < hidden; ++i) ASSERT_NEAR(memory[i], book.h[i], 1e-5);
    }
  }
}

/// A GRU cell written out in simple operators, as nn.GRUCell is exported.
TEST(Onnx, ACellOfSimpleOperatorsIsTheCell) {
  const Network whole = read_onnx(bytes_of(recurrent("GRU", 3, true)), "m");
  Model model = recurrent("GRU", 3, true);
  model.mutable_graph()->clear_node();
  model.mutable_graph()->mutable_input()->RemoveLast();
  add_input(model, "h", {"batch", std::to_string(hidden)});
  const auto flat = [&](const char* name, std::uint32_t stream, int rows, int columns) {
    add_constant(model, name, {rows, columns}, drawn(stream, rows * columns));
  };
  flat("weights.x", 1, 3 * hidden, seen_inputs);
  flat("weights.h", 2, 3 * hidden, hidden);
  const std::vector<float> b = drawn(3, 6 * hidden);
  add_constant(model, "wb", {3 * hidden}, {b.begin(), b.begin() + 3 * hidden});
  add_constant(model, "rb", {3 * hidden}, {b.begin() + 3 * hidden, b.end()});
  add_constant(model, "unit", {}, {1});
  set_whole(add_node(model, "Gemm", {"observation", "weights.x", "wb"}, "wx"), "transB", 1);
  set_whole(add_node(model, "Gemm", {"h", "weights.h", "rb"}, "rh"), "transB", 1);
  for (const char* side : {"wx", "rh"}) {
    onnx::NodeProto& split = add_node(model, "Split", {side}, fmt::format("{}.z", side));
    split.add_output(fmt::format("{}.r", side));
    split.add_output(fmt::format("{}.n", side));
    set_whole(split, "axis", 1);
  }
  for (const char* gate : {"z", "r"}) {
    add_node(model, "Add", {fmt::format("wx.{}", gate), fmt::format("rh.{}", gate)}, fmt::format("{}.sum", gate));
    add_node(model, "Sigmoid", {fmt::format("{}.sum", gate)}, gate);
  }
  add_node(model, "Mul", {"r", "rh.n"}, "reset");
  add_node(model, "Add", {"wx.n", "reset"}, "n.sum");
  add_node(model, "Tanh", {"n.sum"}, "n");
  add_node(model, "Sub", {"unit", "z"}, "rest");
  add_node(model, "Mul", {"rest", "n"}, "fresh");
  add_node(model, "Mul", {"z", "h"}, "kept");
  add_node(model, "Add", {"fresh", "kept"}, "h'");
  add_node(model, "MatMul", {"h'", "out"}, "action");
  const Network simple = read_onnx(bytes_of(model), "m");
  std::vector<float> a(hidden, 0.0f), b_memory(hidden, 0.0f);
  for (std::uint32_t tick = 0; tick < 10; ++tick) {
    const std::vector<float> x = drawn(100 + tick, seen_inputs);
    EXPECT_EQ(run(whole, x, &a), run(simple, x, &b_memory));
    EXPECT_EQ(a, b_memory);
  }
}

TEST(Onnx, MemoryThatDoesNotComeBack) {
  const auto refused = [](const std::function<void(Model&)>& spoil, const char* words) {
    Model model = recurrent("GRU", 3, true);
    spoil(model);
    try {
      read_onnx(bytes_of(model), "policy.onnx");
      FAIL() << words;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  refused([](Model& m) { m.mutable_graph()->mutable_output()->RemoveLast(); }, "not as many outputs");
  refused([](Model& m) { m.mutable_graph()->mutable_output(1)->set_name("action"); }, "come back");
  refused([](Model& m) { m.mutable_graph()->mutable_node(1)->mutable_input()->RemoveLast(); }, "takes no hidden state");
  refused([](Model& m) { m.mutable_graph()->mutable_node(1)->mutable_attribute(0)->set_i(4); },
          "with its input and hidden_size it is [1, agents, 4]");
  refused([](Model& m) { m.mutable_graph()->mutable_node(1)->set_input(1, std::string("R")); }, "not of shape [1, 15, 3]");
  refused([](Model& m) { set_text(*m.mutable_graph()->mutable_node(1), "direction", "reverse"); }, "its direction is reverse");
}

TEST(Onnx, AValueHeadIsNotRun) {
  Model model = small();
  model.mutable_graph()->add_output()->set_name("value");
  add_constant(model, "value.weight", {4, 1}, {1, 2, 3, 4});
  add_node(model, "MatMul", {"layer.0.active", "value.weight"}, "value");
  model.mutable_graph()->mutable_output(0)->set_name("layer.1");
  const Network network = read_onnx(bytes_of(model), "m");
  EXPECT_EQ(network.outputs, 2u);
  EXPECT_EQ(network.ops.size(), 3u);
  EXPECT_EQ(run(network, {1, 1, 1}), run(read_onnx(bytes_of(small()), "m"), {1, 1, 1}));
}

void expect_spoiled(const std::function<void(Model&)>& spoil, const std::string& words) {
  Model model = small();
  spoil(model);
  expect_refused(bytes_of(model), words);
}

TEST(Onnx, WhatIsRefused) {
  expect_refused(std::string(), "no ONNX model");
  expect_refused("this is no protobuf at all", "no ONNX model");
  const std::string whole = bytes_of(small());
  for (std::size_t length = 1; length < whole.size(); length += 3)
    EXPECT_THROW(read_onnx(whole.substr(0, length), "cut"), DataError) << length;

  expect_spoiled([](Model& m) { m.mutable_opset_import(0)->set_version(8); }, "opset 8");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_node(1)->set_op_type("Erf"); },
                 "node \"/layer.0.active\", Erf: is not supported");
  expect_spoiled(
      [](Model& m) { m.mutable_graph()->mutable_node(1)->clear_name(), m.mutable_graph()->mutable_node(1)->set_op_type("Conv"); },
      "node number 1, Conv");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_node(1)->set_domain("com.other"); }, "com.other");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_node(1)->set_input(0, "nowhere"); }, "\"nowhere\"");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_node(1)->set_output(0, "layer.0"); }, "is there already");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, 5); }, "another number of values than its shape");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, std::int64_t{1} << 62); },
                 "another number of values");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, -4); }, "another number of values");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_data_type(onnx::TensorProto::DOUBLE); },
                 "a constant of type DOUBLE, not float32");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_data_location(onnx::TensorProto::EXTERNAL); },
                 "another file");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_initializer(2)->set_float_data(0, std::numeric_limits<float>::infinity()); },
                 "\"layer.1.weight\" holds inf");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_initializer(2)->set_float_data(1, std::numeric_limits<float>::quiet_NaN()); },
                 "holds nan");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_node(0)->mutable_attribute(0)->set_i(0); },
                 "takes 4 values, and \"observation\" has 3");
  expect_spoiled([](Model& m) { set_whole(*m.mutable_graph()->mutable_node(0), "transA", 1); }, "counts agents");
  expect_spoiled([](Model& m) { m.mutable_graph()->add_input()->set_name("more"); }, "\"more\" is not of type float32");
  expect_spoiled([](Model& m) { m.mutable_graph()->clear_input(); }, "no input");
  expect_spoiled([](Model& m) { m.mutable_graph()->clear_output(); }, "no output");
  expect_spoiled([](Model& m) { m.mutable_graph()->mutable_output(0)->set_name("lost"); }, "\"lost\"");
  expect_spoiled([](Model& m) { m.mutable_graph()->clear_node(); }, "no graph");
  const auto dims = [](Model& m) { return m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape(); };
  expect_spoiled([&](Model& m) { dims(m)->mutable_dim(1)->set_dim_value(1 << 30); }, "needs a size");
  expect_spoiled([&](Model& m) { dims(m)->mutable_dim(1)->set_dim_param("any"); }, "needs a size");
  expect_spoiled(
      [](Model& m) { m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT64); },
      "not of type float32");
  const auto add = [](const char* to, const std::vector<float>& given) {
    return [=](Model& m) {
      add_constant(m, "given", {static_cast<std::int64_t>(given.size())}, given);
      add_node(m, "Add", {to, "given"}, "sum");
    };
  };
  expect_spoiled(add("observation", {1, 2}), "the shapes [agents, 3] and [2] do not go together");
  expect_spoiled(add("layer.1", {1, 2, 3}), "the shapes [agents, 2] and [3] do not go together");
  expect_spoiled([](Model& m) { set_whole(add_node(m, "Softmax", {"layer.1"}, "s"), "axis", 0); },
                 "axis 0 of [agents, 2], which counts agents");
}

TEST(Onnx, APolicyOfAnotherSizeIsRefused) {
  const std::string path = policy_file({3, 4, 2}, "Tanh", 1);
  EXPECT_EQ(load_policy(path, 3, 2)->outputs(), 2u);
  const auto refused = [&](std::uint32_t observations, std::uint32_t actions, const char* words) {
    try {
      load_policy(path, observations, actions);
      FAIL();
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  refused(4, 2, "takes 3 observations, and the model has 4");
  refused(3, 5, "has 2 outputs, and the model has 5 actions");
  EXPECT_THROW(load_policy(path + ".absent", 3, 2), StorageError);
}

}  // namespace
}  // namespace colony::testing
