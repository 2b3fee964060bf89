// Values of several dimensions, constants of any shape, and what agents remember: as ONNX counts them, or refused.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "policy/onnx/onnx_reader.hpp"
#include "policy/onnx/onnx_shape.hpp"
#include "tests/unit/policy_models.hpp"

namespace colony::testing {
namespace {

using Model = onnx::ModelProto;
using Values = std::vector<float>;

/// Softmax of the values at these places; the other values stay as they are.
void share(Values& values, const std::vector<std::size_t>& places) {
  float sum = 0;
  for (const std::size_t at : places) sum += std::exp(values[at]);
  for (const std::size_t at : places) values[at] = std::exp(values[at]) / sum;
}

void expect_near(const Values& seen, const Values& expected) {
  ASSERT_EQ(seen.size(), expected.size());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_NEAR(seen[i], expected[i], 1e-6) << i;
}

TEST(OnnxShapes, ASoftmaxRunsAlongItsAxis) {
  struct Along {
    std::int64_t opset, axis;
    std::vector<std::vector<std::size_t>> rows;  ///< of [agents, 2, 3]
  };
  const std::vector<std::vector<std::size_t>> last{{0, 1, 2}, {3, 4, 5}}, middle{{0, 3}, {1, 4}, {2, 5}}, all{{0, 1, 2, 3, 4, 5}};
  for (const Along& along : {Along{13, -1, last}, Along{13, 2, last}, Along{13, 1, middle}, Along{13, -2, middle}, Along{12, 2, last},
                             Along{12, -1, last}, Along{12, 1, all}, Along{9, 1, all}}) {
    Model model = observing({2, 3}, along.opset);
    set_whole(add_node(model, "Softmax", {"x"}, "y"), "axis", along.axis);
    const Values x{1, -2, 0.5f, 3, 0, 1};
    Values expected = x;
    for (const auto& row : along.rows) share(expected, row);
    SCOPED_TRACE(along.opset * 100 + along.axis);
    expect_near(run(model, x), expected);
    const bool whole = along.rows.size() == 1;
    EXPECT_EQ(read_onnx(model.SerializeAsString(), "m").ends_in_softmax, whole);  // only of one whole row are the outputs shares
  }
  Model by_default = observing({2, 3});
  add_node(by_default, "Softmax", {"x"}, "y");
  Values expected{0, 1, 2, 0, 1, 2};
  for (const auto& row : last) share(expected, row);
  expect_near(run(by_default, {0, 1, 2, 0, 1, 2}), expected);
  by_default.mutable_opset_import(0)->set_version(12);
  expected = {0, 1, 2, 0, 1, 2};
  share(expected, all[0]);
  expect_near(run(by_default, {0, 1, 2, 0, 1, 2}), expected);
}

TEST(OnnxShapes, ASoftmaxOfSinglesIsOne) {
  Model model = observing({5});
  add_wholes(model, "axes", {2});
  add_node(model, "Unsqueeze", {"x", "axes"}, "column");
  add_node(model, "Softmax", {"column"}, "y");
  EXPECT_EQ(run(model, {1, 2, 3, 4, 5}), Values(5, 1.0f));
}

TEST(OnnxShapes, NothingRunsAlongTheAgents) {
  const auto refused = [](const char* type, std::int64_t axis, std::int64_t opset, const char* words) {
    Model model = observing({2, 3}, opset);
    onnx::NodeProto& node = add_node(model, type, {"x"}, "y");
    if (std::string(type) == "Concat") node.add_input("x");
    node.set_name("mixer");
    set_whole(node, "axis", axis);
    expect_refused(model.SerializeAsString(), std::string("node \"mixer\", ") + type + ": " + words);
  };
  for (const char* type : {"Softmax", "Concat", "Split"}) {
    refused(type, 0, 13, "works along axis 0 of [agents, 2, 3], which counts agents");
    refused(type, -3, 13, "works along axis 0");
    refused(type, 3, 13, "axis = 3, of 3 dimensions");
  }
  refused("Softmax", 0, 12, "works along axis 0");
  refused("Flatten", 0, 13, "at axis 0 it lays the values of [agents, 2, 3] beside those of other agents");
  refused("Flatten", 2, 13, "at axis 2");
  refused("Flatten", 4, 13, "axis = 4, of 3 dimensions");
  Model squeezed = observing({1, 2});
  add_wholes(squeezed, "axes", {0});
  add_node(squeezed, "Squeeze", {"x", "axes"}, "y");
  expect_refused(squeezed.SerializeAsString(), "which counts agents");
  Model product = observing({3});
  add_constant(product, "w", {1, 2}, {1, 2});
  set_whole(add_node(product, "Gemm", {"x", "w"}, "y"), "transA", 1);
  expect_refused(product.SerializeAsString(), "axis 1 of [3, agents], which counts agents");
}

TEST(OnnxShapes, ConcatAndSplitGoAlongTheirAxis) {
  const Values x{1, 2, 3, 4, 5, 6};  // [agents, 2, 3]
  const auto joined = [&](std::int64_t axis) {
    Model model = observing({2, 3});
    add_node(model, "Mul", {"x", "x"}, "square");
    set_whole(add_node(model, "Concat", {"x", "square"}, "y"), "axis", axis);
    return run(model, x);
  };
  EXPECT_EQ(joined(1), (Values{1, 2, 3, 4, 5, 6, 1, 4, 9, 16, 25, 36}));
  EXPECT_EQ(joined(-1), (Values{1, 2, 3, 1, 4, 9, 4, 5, 6, 16, 25, 36}));

  struct Cut {
    std::int64_t opset, axis;
    std::vector<std::int64_t> sizes;
    int parts;
    std::vector<Values> expected;
  };
  const std::vector<Cut> cuts = {{13, 2, {1, 2}, 2, {{1, 4}, {2, 3, 5, 6}}},
                                 {11, -1, {2, 1}, 2, {{1, 2, 4, 5}, {3, 6}}},
                                 {13, 2, {}, 3, {{1, 4}, {2, 5}, {3, 6}}},
                                 {13, 1, {}, 2, {{1, 2, 3}, {4, 5, 6}}},
                                 {18, 2, {}, 2, {{1, 2, 4, 5}, {3, 6}}}};
  for (const Cut& cut : cuts)
    for (int p = 0; p < cut.parts; ++p) {
      Model model = observing({2, 3}, cut.opset);
      onnx::NodeProto& node = add_node(model, "Split", {"x"}, "part.0");
      for (int i = 1; i < cut.parts; ++i) node.add_output("part." + std::to_string(i));
      set_whole(node, "axis", cut.axis);
      if (cut.opset == 18) set_whole(node, "num_outputs", cut.parts);
      if (!cut.sizes.empty() && cut.opset < 13) set_wholes(node, "split", cut.sizes);
      if (!cut.sizes.empty() && cut.opset >= 13) add_wholes(model, "sizes", cut.sizes), node.add_input("sizes");
      model.mutable_graph()->mutable_output(0)->set_name("part." + std::to_string(p));
      EXPECT_EQ(run(model, x), cut.expected[static_cast<std::size_t>(p)]) << cut.opset << " " << cut.axis << " " << p;
    }
}

TEST(OnnxShapes, PartsThatAreNotThoseOfTheWhole) {
  const auto refused = [](const std::vector<std::int64_t>& sizes, int parts, const char* words, std::int64_t opset = 13) {
    Model model = observing({6}, opset);
    onnx::NodeProto& node = add_node(model, "Split", {"x"}, "part.0");
    for (int i = 1; i < parts; ++i) node.add_output("part." + std::to_string(i));
    set_whole(node, "axis", 1);
    if (!sizes.empty()) add_wholes(model, "sizes", sizes), node.add_input("sizes");
    expect_refused(model.SerializeAsString(), words);
  };
  refused({2, 3}, 2, "its 2 sizes are not those of 2 parts of 6 values");
  refused({2, 4}, 3, "its 2 sizes are not those of 3 parts");
  refused({0, 6}, 2, "makes a part of 0 of 6 values");
  refused({-6, 12}, 2, "makes a part of -6");
  refused({}, 4, "cuts 6 values in 4 parts");
}

TEST(OnnxShapes, ConstantsGoBesideValuesByTheRightmostDimension) {
  const auto plus = [](const std::vector<std::int64_t>& seen, const std::vector<std::int64_t>& dims, const Values& constant) {
    Model model = observing(seen);
    add_constant(model, "c", dims, constant);
    add_node(model, "Add", {"c", "x"}, "y").set_name("plus");
    return model;
  };
  const Values row{10, 20, 30};
  for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{3}, {1, 3}, {1, 1, 3}})
    EXPECT_EQ(run(plus({3}, dims, row), {1, 2, 3}), (Values{11, 22, 33}));
  for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{}, {1}, {1, 1}})
    EXPECT_EQ(run(plus({3}, dims, {10}), {1, 2, 3}), (Values{11, 12, 13}));
  // A column: of the rows of an agent where it has rows; otherwise of agents, which is refused.
  EXPECT_EQ(run(plus({2, 3}, {2, 1}, {10, 20}), {1, 2, 3, 4, 5, 6}), (Values{11, 12, 13, 24, 25, 26}));
  EXPECT_EQ(run(plus({2, 3}, {3}, row), {1, 2, 3, 4, 5, 6}), (Values{11, 22, 33, 14, 25, 36}));
  EXPECT_EQ(run(plus({1, 3}, {2, 1}, {10, 20}), {1, 2, 3}), (Values{11, 12, 13, 21, 22, 23}));
  EXPECT_EQ(run(plus({3}, {2, 1, 1}, {10, 20}), {1, 2, 3}), (Values{11, 12, 13, 21, 22, 23}));
  for (const std::int64_t agents : {2, 3})
    expect_refused(plus({3}, {agents, 1}, Values(static_cast<std::size_t>(agents), 1.0f)).SerializeAsString(),
                   "node \"plus\", Add: of the shapes [" + std::to_string(agents) +
                       ", 1] and [agents, 3] one has other values where the other has agents");
  expect_refused(plus({3}, {3, 3}, Values(9, 1.0f)).SerializeAsString(), "where the other has agents");
  expect_refused(plus({2, 3}, {2}, {1, 2}).SerializeAsString(), "the shapes [2] and [agents, 2, 3] do not go together");

  // Two values: an agent's number times its row, and a row whose agents lie elsewhere.
  Model model = observing({1, 3});
  add_wholes(model, "axes", {1});
  add_node(model, "Squeeze", {"x", "axes"}, "row");
  onnx::NodeProto& cut = add_node(model, "Split", {"row"}, "one");
  cut.add_output("two");
  set_whole(cut, "axis", 1);
  add_wholes(model, "sizes", {1, 2});
  cut.add_input("sizes");
  add_node(model, "Sub", {"one", "two"}, "y");
  EXPECT_EQ(run(model, {10, 1, 2}), (Values{9, 8}));
  add_node(model, "Sub", {"x", "row"}, "z");
  expect_refused(model.SerializeAsString(), "of the shapes [agents, 1, 3] and [agents, 3] one has other values where the other has agents");
}

TEST(OnnxShapes, ABiasIsOneOfTheOutputsAlone) {
  Model model = observing({2, 2});
  add_constant(model, "w", {2, 2}, {1, 0, 0, 1});
  add_constant(model, "c", {2, 1}, {10, 20});
  add_node(model, "MatMul", {"x", "w"}, "product");
  add_node(model, "Add", {"product", "c"}, "y");
  EXPECT_EQ(run(model, {1, 2, 3, 4}), (Values{11, 12, 23, 24}));
  Model row = observing({2});
  add_constant(row, "w", {2, 2}, {1, 0, 0, 1});
  add_constant(row, "c", {2, 1, 1}, {10, 20});
  add_node(row, "MatMul", {"x", "w"}, "product");
  add_node(row, "Add", {"product", "c"}, "y");
  EXPECT_EQ(run(row, {1, 2}), (Values{11, 12, 21, 22}));
  const auto gemm = [](const std::vector<std::int64_t>& dims, const Values& bias) {
    Model m = observing({2});
    add_constant(m, "w", {2, 2}, {1, 2, 3, 4});
    add_constant(m, "c", dims, bias);
    onnx::NodeProto& node = add_node(m, "Gemm", {"x", "w", "c"}, "y");
    set_real(node, "alpha", 2);
    set_real(node, "beta", 0.5f);
    return m;
  };
  EXPECT_EQ(run(gemm({2}, {10, 20}), {1, 1}), (Values{13, 22}));
  EXPECT_EQ(run(gemm({1, 1}, {10}), {1, 1}), (Values{13, 17}));
  expect_refused(gemm({2, 1}, {10, 20}).SerializeAsString(), "where the other has agents");
  expect_refused(gemm({1, 1, 2}, {10, 20}).SerializeAsString(), "adds the shape [1, 1, 2] to [agents, 2]");
  Model added = gemm({2}, {10, 20});
  added.mutable_graph()->mutable_node(0)->set_input(2, "x");
  EXPECT_EQ(run(added, {1, 2}), (Values{14.5f, 21}));
}

TEST(OnnxShapes, ConstantsOfEachKind) {
  const auto with = [](const std::function<void(onnx::NodeProto&)>& set) {
    Model model = observing({3});
    onnx::NodeProto& node = *model.mutable_graph()->add_node();
    node.set_op_type("Constant");
    node.add_output("c");
    set(node);
    add_node(model, "Identity", {"c"}, "same");
    add_node(model, "Mul", {"same", "x"}, "y");
    return model;
  };
  EXPECT_EQ(run(with([](onnx::NodeProto& node) { set_real(node, "value_float", 2); }), {1, 2, 3}), (Values{2, 4, 6}));
  const auto list = [](onnx::NodeProto& node) {
    onnx::AttributeProto& attribute = add_attribute(node, "value_floats", onnx::AttributeProto::FLOATS);
    for (const float x : {1.0f, 0.5f, 2.0f}) attribute.add_floats(x);
  };
  EXPECT_EQ(run(with(list), {1, 2, 3}), (Values{1, 1, 6}));
  expect_refused(with([](onnx::NodeProto& node) { set_whole(node, "value_int", 2); }).SerializeAsString(),
                 "its input \"same\" is a constant of type INT64, not float32");
  expect_refused(with([](onnx::NodeProto& node) { set_text(node, "value_string", "2"); }).SerializeAsString(),
                 "value_string is not supported");
  expect_refused(with([](onnx::NodeProto& node) { set_real(node, "value_float", INFINITY); }).SerializeAsString(), "\"c\" holds inf");

  Model axes = observing({1, 3});
  onnx::NodeProto& node = *axes.mutable_graph()->add_node();
  node.set_op_type("Constant");
  node.add_output("axes");
  set_wholes(node, "value_ints", {1});
  add_node(axes, "Identity", {"axes"}, "same");
  add_node(axes, "Squeeze", {"x", "same"}, "y");
  EXPECT_EQ(run(axes, {1, 2, 3}), (Values{1, 2, 3}));
  axes.mutable_graph()->mutable_node(0)->set_output(0, "x");
  expect_refused(axes.SerializeAsString(), "the name \"x\" is there already");
}

TEST(OnnxShapes, ConstantsOfOtherTypesAndInOtherFiles) {
  Model model = observing({2});
  add_constant(model, "w", {2}, {1, 2});
  add_node(model, "Mul", {"x", "w"}, "y");
  onnx::TensorProto& w = *model.mutable_graph()->mutable_initializer(0);
  for (const auto type : {onnx::TensorProto::FLOAT16, onnx::TensorProto::DOUBLE, onnx::TensorProto::INT32, onnx::TensorProto::BFLOAT16}) {
    w.set_data_type(type);
    expect_refused(model.SerializeAsString(), "Mul: its input \"w\" is a constant of type " + onnx::TensorProto::DataType_Name(type));
  }
  for (const auto type : {onnx::TensorProto::FLOAT, onnx::TensorProto::INT64}) {
    w.set_data_type(type);
    w.set_data_location(onnx::TensorProto::EXTERNAL);
    w.clear_external_data();
    onnx::StringStringEntryProto& entry = *w.add_external_data();
    entry.set_key("location");
    entry.set_value("ants.onnx.data");
    expect_refused(model.SerializeAsString(),
                   "the constant \"w\" lies in another file, \"ants.onnx.data\"; export the weights into the model");
  }
}

// ---- What an agent remembers ----

/// h' = h + x, for a memory of these dimensions beside an observation of those.
Model counting(const std::vector<std::string>& seen, const std::vector<std::string>& remembered) {
  Model model = observing({});
  model.mutable_graph()->clear_input();
  add_input(model, "x", seen);
  add_input(model, "h", remembered);
  add_node(model, "Add", {"h", "x"}, "y");
  model.mutable_graph()->add_output()->set_name("y");
  return model;
}

TEST(OnnxShapes, AMemoryOfOneNumberAnAgent) {
  // Written for a batch of any size: [batch] beside [batch, 1] needs a second dimension first.
  for (const std::vector<std::string>& seen : {std::vector<std::string>{"batch", "1"}, {"", "1"}, {"7", "1"}}) {
    Model model = counting(seen, {seen[0]});
    model.mutable_graph()->clear_node();
    add_wholes(model, "axes", {1});
    add_node(model, "Unsqueeze", {"h", "axes"}, "column");
    add_node(model, "Add", {"column", "x"}, "sum");
    add_node(model, "Squeeze", {"sum", "axes"}, "h'");
    model.mutable_graph()->mutable_output(0)->set_name("sum");
    model.mutable_graph()->mutable_output(1)->set_name("h'");
    Values memory{5};
    EXPECT_EQ(run(model, {2}, &memory), Values{7});
    EXPECT_EQ(memory, Values{7});
  }
}

TEST(OnnxShapes, WhichDimensionOfAMemoryCountsAgents) {
  const auto sizes = [](const std::vector<std::string>& seen, const std::vector<std::string>& remembered) {
    const Network network = read_onnx(counting(seen, remembered).SerializeAsString(), "policy.onnx");
    return std::pair{network.inputs, network.memory};
  };
  using Two = std::pair<std::uint32_t, std::uint32_t>;
  EXPECT_EQ(sizes({"n", "5"}, {"n", "5"}), (Two{5, 5}));
  EXPECT_EQ(sizes({"", "5"}, {"", "5"}), (Two{5, 5}));
  EXPECT_EQ(sizes({"n", "5"}, {"m", "5"}), (Two{5, 5}));
  EXPECT_EQ(sizes({"4", "5"}, {"4", "5"}), (Two{5, 5}));
  EXPECT_EQ(sizes({"n", "1", "5"}, {"n", "1", "5"}), (Two{5, 5}));
  EXPECT_EQ(sizes({"1", "5"}, {"1", "5"}), (Two{5, 5}));  // written for one agent
  EXPECT_EQ(sizes({"1", "1", "5"}, {"1", "5"}), (Two{5, 5}));
  EXPECT_EQ(sizes({"5"}, {"5"}), (Two{5, 5}));
  EXPECT_EQ(sizes({"n", "5"}, {"1", "5"}), (Two{5, 5}));
  EXPECT_EQ(sizes({"1", "3", "5"}, {"3", "5"}), (Two{15, 15}));
  EXPECT_EQ(sizes({"1", "5"}, {"4", "5"}), (Two{5, 20}));
  const auto refused = [](const std::vector<std::string>& seen, const std::vector<std::string>& remembered, const char* words) {
    expect_refused(counting(seen, remembered).SerializeAsString(), words);
  };
  refused({"4", "5"}, {"3", "5"}, "no dimension of the input \"h\" counts agents, as the first of \"x\" does");
  refused({"n", "5"}, {"a", "b", "5"}, "no dimension of the input \"h\" counts agents");
  refused({"n", "5"}, {"n", "b", "5"}, "the input \"h\" needs a size");
  refused({"n", "5"}, {"5", "n"}, "one has other values where the other has agents");
  refused({"n", "1"}, {"n", "1", "1"}, "one has other values where the other has agents");
}

/// A GRU of one hidden value whose gates are open by half: h' = h / 2 + tanh(x) / 2.
Model small_cell(std::int64_t layout, std::int64_t step_axis) {
  Model model = observing({1}, 14);
  add_constant(model, "W", {1, 3, 1}, {0, 0, 1});
  add_constant(model, "R", {1, 3, 1}, {0, 0, 0});
  add_wholes(model, "axes", {step_axis});
  add_node(model, "Unsqueeze", {"x", "axes"}, "steps");
  onnx::NodeProto& cell = add_node(model, "GRU", {"steps", "W", "R", "", "", "h"}, "y");
  cell.set_name("cell");
  cell.add_output("h'");
  set_whole(cell, "hidden_size", 1);
  if (layout != 0) set_whole(cell, "layout", layout);
  if (layout == 0) add_input(model, "h", {"1", "batch", "1"});
  else add_input(model, "h", {"batch", "1", "1"});
  model.mutable_graph()->add_output()->set_name("h'");
  return model;
}

TEST(OnnxShapes, StepsAreNotAgents) {
  for (const std::int64_t layout : {0, 1}) {
    Values memory{0.5f};
    expect_near(run(small_cell(layout, layout), {1}, &memory), {0.25f + std::tanh(1.0f) / 2});
    EXPECT_NEAR(memory[0], 0.25f + std::tanh(1.0f) / 2, 1e-6);
  }
  expect_refused(small_cell(0, 1).SerializeAsString(),
                 "node \"cell\", GRU: takes the shape [agents, 1, 1]; a tick is one step of each agent, [1, agents, inputs]");
  expect_refused(small_cell(1, 0).SerializeAsString(), "[agents, 1, inputs]");
}

TEST(OnnxShapes, ActivationsOfACell) {
  const auto with = [](const std::vector<std::string>& names) {
    Model model = small_cell(0, 0);
    onnx::AttributeProto& attribute = add_attribute(*model.mutable_graph()->mutable_node(1), "activations", onnx::AttributeProto::STRINGS);
    for (const std::string& name : names) attribute.add_strings(name);
    return model.SerializeAsString();
  };
  EXPECT_EQ(read_onnx(with({"Sigmoid", "Tanh"}), "m").memory, 1u);
  expect_refused(with({"Tanh", "Sigmoid"}), "its activations");
  expect_refused(with({"HardSigmoid", "Tanh"}), "its activations");
  for (const char* name : {"clip", "activation_alpha", "activation_beta", "layout", "input_forget"}) {
    Model model = small_cell(0, 0);
    onnx::NodeProto& cell = *model.mutable_graph()->mutable_node(1);
    if (std::string(name) == "layout") set_whole(cell, name, 2);
    else set_real(cell, name, 1);
    expect_refused(model.SerializeAsString(), name);
  }
}

// ---- What a file may say, and does not mean ----

TEST(OnnxShapes, AttributesAndInputsThatNobodyKnows) {
  Model model = observing({3});
  onnx::NodeProto& node = add_node(model, "Relu", {"x"}, "y");
  node.set_name("cut");
  set_real(node, "slope", 1);
  expect_refused(model.SerializeAsString(), "node \"cut\", Relu: has an attribute \"slope\" that is not understood");
  node.clear_attribute();
  node.add_input("x");
  expect_refused(model.SerializeAsString(), "Relu: has 2 inputs");

  Model softmax = observing({3});
  set_real(add_node(softmax, "Softmax", {"x"}, "y"), "axis", 1);
  expect_refused(softmax.SerializeAsString(), "its attribute axis is of another type than ONNX says");
  softmax.mutable_graph()->mutable_node(0)->clear_attribute();
  set_whole(*softmax.mutable_graph()->mutable_node(0), "axis", 1);
  set_whole(*softmax.mutable_graph()->mutable_node(0), "axis", 1);
  expect_refused(softmax.SerializeAsString(), "its attribute axis is there twice");

  Model concat = observing({3});
  add_node(concat, "Concat", {"x", "x"}, "y");
  expect_refused(concat.SerializeAsString(), "Concat: has no axis");
  Model twice = observing({3});
  add_constant(twice, "c", {3}, {1, 2, 3});
  add_constant(twice, "c", {3}, {3, 2, 1});
  add_node(twice, "Add", {"x", "c"}, "y");
  expect_refused(twice.SerializeAsString(), "the name \"c\" is there already");
}

TEST(OnnxShapes, AxesThatDoNotFit) {
  const auto refused = [](const char* type, const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& axes,
                          const char* words) {
    for (const std::int64_t opset : {11, 13}) {
      Model model = observing(dims, opset);
      onnx::NodeProto& node = add_node(model, type, {"x"}, "y");
      if (opset < 13) set_wholes(node, "axes", axes);
      else add_wholes(model, "axes", axes), node.add_input("axes");
      expect_refused(model.SerializeAsString(), words);
    }
  };
  refused("Squeeze", {1, 3}, {2}, "axis 2 of [agents, 1, 3] is not of size 1");
  refused("Squeeze", {1, 3}, {3}, "axis = 3, of 3 dimensions");
  refused("Squeeze", {1, 3}, {1, -2}, "names an axis twice");
  refused("Squeeze", {1, 3}, {}, "its axes are empty");
  refused("Unsqueeze", {3}, {3}, "axis = 3, of 3 dimensions");
  refused("Unsqueeze", {3}, {1, 1}, "names an axis twice");
  Model none = observing({3});
  add_node(none, "Unsqueeze", {"x"}, "y");
  expect_refused(none.SerializeAsString(), "its axes are empty");
  Model deep = observing({3});
  add_wholes(deep, "axes", {1, 2, 3, 4, 5, 6, 7, 8});
  add_node(deep, "Unsqueeze", {"x", "axes"}, "y");
  add_node(deep, "Unsqueeze", {"y", "axes"}, "z");
  expect_refused(deep.SerializeAsString(), "\"z\" has more than 16 dimensions");
}

TEST(OnnxShapes, SourcesOfABroadcast) {
  EXPECT_EQ(sources_of({{2, 1}, -1}, {{3, 2, 2}, -1}), (std::vector<std::uint32_t>{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}));
  EXPECT_EQ(sources_of({{}, -1}, {{}, -1}), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(size_of({{1 << 20, 1 << 20, 1 << 20, 1 << 20}, -1}), std::uint64_t{1} << 32);
}

}  // namespace
}  // namespace colony::testing
