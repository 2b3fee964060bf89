// What is read of ONNX files, and what is refused.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "cuda/network_policy.hpp"
#include "cuda/onnx_reader.hpp"
#include "engine/error.hpp"
#include "tests/support/networks.hpp"

namespace colony::testing {
namespace {

using Model = onnx::ModelProto;
using Sizes = std::vector<std::uint32_t>;

Model small() { return perceptron({3, 4, 2}, "Relu", 1); }

/// Outputs for one agent.
std::vector<float> run(const Network& network, std::vector<float> observation) {
  const NetworkPolicy policy(network);
  std::vector<const float*> in;
  std::vector<float> outputs(network.outputs);
  std::vector<float*> out;
  for (const float& x : observation) in.push_back(&x);
  for (float& y : outputs) out.push_back(&y);
  DecisionBatch batch;
  batch.count = 1;
  batch.observations = in.data();
  batch.outputs = out.data();
  policy.decide(batch);
  return outputs;
}

onnx::NodeProto& add_node(Model& model, const std::string& type, const std::vector<std::string>& inputs, const std::string& output) {
  onnx::NodeProto& node = *model.mutable_graph()->add_node();
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  model.mutable_graph()->mutable_output(0)->set_name(output);
  return node;
}

void set_whole(onnx::NodeProto& node, const char* name, std::int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_i(value);
}

void add_constant(Model& model, const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& data) {
  onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  for (const float x : data) tensor.add_float_data(x);
}

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

void expect_refused(const std::string& bytes, const std::string& words) {
  try {
    read_onnx(bytes, "policy.onnx");
    FAIL() << "taken, where \"" << words << "\" was expected";
  } catch (const DataError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("policy.onnx"), std::string::npos) << what;
    EXPECT_NE(what.find(words), std::string::npos) << what;
  }
}
void expect_refused(const std::function<void(Model&)>& spoil, const std::string& words) {
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

  expect_refused([](Model& m) { m.mutable_opset_import(0)->set_version(8); }, "opset 8");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_node(1)->set_op_type("Erf"); },
                 "node \"/layer.0.active\", Erf: is not supported");
  expect_refused(
      [](Model& m) { m.mutable_graph()->mutable_node(1)->clear_name(), m.mutable_graph()->mutable_node(1)->set_op_type("Conv"); },
      "node number 1, Conv");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_node(1)->set_domain("com.other"); }, "com.other");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_node(1)->set_input(0, "nowhere"); }, "\"nowhere\"");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_node(1)->set_output(0, "layer.0"); }, "is there already");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, 5); }, "another number of values than its shape");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, std::int64_t{1} << 62); },
                 "another number of values");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, -4); }, "another number of values");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_data_type(onnx::TensorProto::DOUBLE); },
                 "no constant of type float32");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_initializer(0)->set_data_location(onnx::TensorProto::EXTERNAL); },
                 "another file");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_initializer(2)->set_float_data(0, std::numeric_limits<float>::infinity()); },
                 "\"layer.1.weight\" holds inf");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_initializer(2)->set_float_data(1, std::numeric_limits<float>::quiet_NaN()); },
                 "holds nan");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_node(0)->mutable_attribute(0)->set_i(0); },
                 "takes 4 values, and \"observation\" has 3");
  expect_refused([](Model& m) { set_whole(*m.mutable_graph()->mutable_node(0), "transA", 1); }, "transA");
  expect_refused([](Model& m) { m.mutable_graph()->add_input()->set_name("more"); }, "2 inputs");
  expect_refused([](Model& m) { m.mutable_graph()->clear_input(); }, "0 inputs");
  expect_refused([](Model& m) { m.mutable_graph()->clear_output(); }, "no output");
  expect_refused([](Model& m) { m.mutable_graph()->mutable_output(0)->set_name("lost"); }, "\"lost\"");
  expect_refused([](Model& m) { m.mutable_graph()->clear_node(); }, "no graph");
  const auto dims = [](Model& m) { return m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape(); };
  expect_refused([&](Model& m) { dims(m)->mutable_dim(1)->set_dim_value(1 << 30); }, "needs a size");
  expect_refused([&](Model& m) { dims(m)->mutable_dim(1)->set_dim_param("any"); }, "needs a size");
  expect_refused(
      [](Model& m) { m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT64); },
      "not of type float32");
  expect_refused(
      [](Model& m) {
        add_constant(m, "three", {3}, {1, 2, 3});
        add_node(m, "Add", {"observation", "three"}, "sum");
      },
      "something else than the result of a MatMul");
  expect_refused([](Model& m) { set_whole(add_node(m, "Softmax", {"layer.1"}, "s"), "axis", 0); }, "axis = 0");
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
