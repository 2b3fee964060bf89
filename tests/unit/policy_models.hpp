// Pieces of ONNX models, and what a network makes of one agent's observations.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policy/network.hpp"

namespace colony::testing {

/// A model without nodes whose first input, "x", has these dimensions behind that of the agents, and whose opset is as given.
onnx::ModelProto observing(const std::vector<std::int64_t>& dims, std::int64_t opset = 13);

/// A dimension that is empty may be anything; others are names, or sizes.
void add_input(onnx::ModelProto& model, const std::string& name, const std::vector<std::string>& dims);
void add_constant(onnx::ModelProto& model, const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& data);
/// Of one dimension, of type int64.
void add_wholes(onnx::ModelProto& model, const std::string& name, const std::vector<std::int64_t>& data);
/// The first output of the graph is that of the node that was added last.
onnx::NodeProto& add_node(onnx::ModelProto& model, const std::string& type, const std::vector<std::string>& inputs,
                          const std::string& output);

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name, onnx::AttributeProto::AttributeType type);
void set_whole(onnx::NodeProto& node, const char* name, std::int64_t value);
void set_wholes(onnx::NodeProto& node, const char* name, const std::vector<std::int64_t>& values);
void set_real(onnx::NodeProto& node, const char* name, float value);
void set_text(onnx::NodeProto& node, const char* name, const std::string& value);

/// Outputs for one agent; memory: of the network, changed by it.
std::vector<float> run(const Network& network, const std::vector<float>& observation, std::vector<float>* memory = nullptr);
/// ... of a model.
std::vector<float> run(const onnx::ModelProto& model, const std::vector<float>& observation, std::vector<float>* memory = nullptr);

/// That reading it as "policy.onnx" throws DataError with that name and these words.
void expect_refused(const std::string& bytes, const std::string& words);

}  // namespace colony::testing
