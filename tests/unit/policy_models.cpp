#include "tests/unit/policy_models.hpp"

#include <gtest/gtest.h>

#include "engine/error.hpp"
#include "policy/network_policy.hpp"
#include "policy/onnx/onnx_reader.hpp"

namespace colony::testing {

onnx::ModelProto observing(const std::vector<std::int64_t>& dims, std::int64_t opset) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("policy");
  std::vector<std::string> named{"batch"};
  for (const std::int64_t dim : dims) named.push_back(std::to_string(dim));
  add_input(model, "x", named);
  model.mutable_graph()->add_output();
  return model;
}

void add_input(onnx::ModelProto& model, const std::string& name, const std::vector<std::string>& dims) {
  onnx::ValueInfoProto& input = *model.mutable_graph()->add_input();
  input.set_name(name);
  onnx::TypeProto::Tensor& type = *input.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (const std::string& dim : dims) {
    onnx::TensorShapeProto::Dimension& one = *type.mutable_shape()->add_dim();
    if (dim.empty()) continue;
    if (dim.find_first_not_of("0123456789") == std::string::npos) one.set_dim_value(std::stoll(dim));
    else one.set_dim_param(dim);
  }
}

void add_constant(onnx::ModelProto& model, const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& data) {
  onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  for (const float x : data) tensor.add_float_data(x);
}

void add_wholes(onnx::ModelProto& model, const std::string& name, const std::vector<std::int64_t>& data) {
  onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(data.size()));
  for (const std::int64_t x : data) tensor.add_int64_data(x);
}

onnx::NodeProto& add_node(onnx::ModelProto& model, const std::string& type, const std::vector<std::string>& inputs,
                          const std::string& output) {
  onnx::NodeProto& node = *model.mutable_graph()->add_node();
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  model.mutable_graph()->mutable_output(0)->set_name(output);
  return node;
}

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

void set_whole(onnx::NodeProto& node, const char* name, std::int64_t value) {
  add_attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}
void set_wholes(onnx::NodeProto& node, const char* name, const std::vector<std::int64_t>& values) {
  onnx::AttributeProto& attribute = add_attribute(node, name, onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}
void set_real(onnx::NodeProto& node, const char* name, float value) { add_attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value); }
void set_text(onnx::NodeProto& node, const char* name, const std::string& value) {
  add_attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}

std::vector<float> run(const Network& network, const std::vector<float>& observation, std::vector<float>* memory) {
  const NetworkPolicy policy(network);
  std::vector<const float*> in;
  std::vector<float> outputs(network.outputs);
  std::vector<float*> out, remembered;
  for (const float& x : observation) in.push_back(&x);
  for (float& y : outputs) out.push_back(&y);
  if (memory != nullptr)
    for (float& x : *memory) remembered.push_back(&x);
  EXPECT_EQ(in.size(), network.inputs);
  EXPECT_EQ(remembered.size(), network.memory);
  DecisionBatch batch;
  batch.count = 1;
  batch.observations = in.data();
  batch.outputs = out.data();
  batch.memory = remembered.data();
  policy.decide(batch);
  return outputs;
}

std::vector<float> run(const onnx::ModelProto& model, const std::vector<float>& observation, std::vector<float>* memory) {
  return run(read_onnx(model.SerializeAsString(), "policy.onnx"), observation, memory);
}

void expect_refused(const std::string& bytes, const std::string& words) {
  try {
    read_onnx(bytes, "policy.onnx");
    ADD_FAILURE() << "taken, where \"" << words << "\" was expected";
  } catch (const DataError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("policy.onnx"), std::string::npos) << what;
    EXPECT_NE(what.find(words), std::string::npos) << what;
  }
}

}  // namespace colony::testing
