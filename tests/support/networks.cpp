#include "tests/support/networks.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/random/random.hpp"

namespace colony::testing {
namespace {

/// Weights [outputs][inputs], then biases: about as large as those of a trained network.
std::vector<float> layer_weights(std::uint64_t seed, std::size_t layer, std::uint32_t inputs, std::uint32_t outputs) {
  std::vector<float> weights;
  const RandomKey key = random_key(seed, Stream::populate, layer);
  const double scale = 2 / std::sqrt(static_cast<double>(inputs));
  for (std::uint32_t i = 0; i < outputs * (inputs + 1); ++i)
    weights.push_back(static_cast<float>((uniform_f64(high_word(draw_entity(key, i))) * 2 - 1) * scale));
  return weights;
}

void add_tensor(onnx::GraphProto& graph, const std::string& name, const std::vector<std::int64_t>& dims, const float* data, bool raw) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) {
    tensor.add_dims(dim);
    count *= dim;
  }
  if (raw) tensor.set_raw_data(data, static_cast<std::size_t>(count) * sizeof(float));
  else
    for (std::int64_t i = 0; i < count; ++i) tensor.add_float_data(data[i]);
}

void add_node(onnx::GraphProto& graph, const std::string& type, const std::vector<std::string>& inputs, const std::string& output) {
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type(type);
  node.set_name("/" + output);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
}

double activated(const std::string& activation, double x) {
  if (activation == "Tanh") return std::tanh(x);
  if (activation == "Sigmoid") return 1 / (1 + std::exp(-x));
  if (activation == "Relu") return x > 0 ? x : 0;
  if (activation == "LeakyRelu") return x < 0 ? 0.01 * x : x;
  return x;
}

}  // namespace

onnx::ModelProto perceptron(const std::vector<std::uint32_t>& sizes, const std::string& activation, std::uint64_t seed) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(13);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("perceptron");
  onnx::TypeProto::Tensor& type = *graph.add_input()->mutable_type()->mutable_tensor_type();
  graph.mutable_input(0)->set_name("observation");
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("batch");
  type.mutable_shape()->add_dim()->set_dim_value(sizes.front());
  std::string last = "observation";
  for (std::size_t layer = 0; layer + 1 < sizes.size(); ++layer) {
    const std::uint32_t in = sizes[layer], out = sizes[layer + 1];
    const std::vector<float> weights = layer_weights(seed, layer, in, out);
    const std::string name = fmt::format("layer.{}", layer);
    add_tensor(graph, name + ".weight", {out, in}, weights.data(), layer % 2 == 0);
    add_tensor(graph, name + ".bias", {out}, weights.data() + std::size_t{in} * out, layer % 2 == 1);
    add_node(graph, "Gemm", {last, name + ".weight", name + ".bias"}, name);
    onnx::AttributeProto& transposed = *graph.mutable_node(graph.node_size() - 1)->add_attribute();
    transposed.set_name("transB");
    transposed.set_type(onnx::AttributeProto::INT);
    transposed.set_i(1);
    last = name;
    if (layer + 2 < sizes.size() && !activation.empty()) {
      add_node(graph, activation, {last}, name + ".active");
      last = name + ".active";
    }
  }
  graph.add_output()->set_name(last);
  return model;
}

std::vector<double> perceptron_by_the_book(const std::vector<std::uint32_t>& sizes, const std::string& activation, std::uint64_t seed,
                                           const std::vector<float>& observation) {
  std::vector<double> values(observation.begin(), observation.end());
  for (std::size_t layer = 0; layer + 1 < sizes.size(); ++layer) {
    const std::uint32_t in = sizes[layer], out = sizes[layer + 1];
    const std::vector<float> weights = layer_weights(seed, layer, in, out);
    std::vector<double> next(out);
    for (std::uint32_t o = 0; o < out; ++o) {
      next[o] = weights[std::size_t{in} * out + o];
      for (std::uint32_t i = 0; i < in; ++i) next[o] += double{weights[std::size_t{o} * in + i]} * values[i];
      if (layer + 2 < sizes.size()) next[o] = activated(activation, next[o]);
    }
    values = std::move(next);
  }
  return values;
}

std::string bytes_of(const onnx::ModelProto& model) { return model.SerializeAsString(); }

onnx::ModelProto gru(std::uint32_t inputs, std::uint32_t hidden, std::uint32_t outputs, std::uint64_t seed) {
  onnx::ModelProto model = perceptron({inputs, outputs}, "", seed);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.clear_node();
  const auto add = [&](const std::string& name, std::size_t layer, const std::vector<std::int64_t>& dims, std::uint32_t columns) {
    const std::vector<float> weights = layer_weights(seed, layer, columns, 6 * hidden);
    add_tensor(graph, name, dims, weights.data(), true);
  };
  const std::int64_t rows = 3 * std::int64_t{hidden};
  add("gru.w", 10, {1, rows, inputs}, inputs);
  add("gru.r", 11, {1, rows, hidden}, hidden);
  add("gru.b", 12, {1, 2 * rows}, 1);
  add("action.weight", 13, {hidden, outputs}, std::max(hidden, outputs));
  const auto add_axes = [&](const std::string& name, std::int64_t count) {  // the first `count`
    onnx::TensorProto& axes = *graph.add_initializer();
    axes.set_name(name);
    axes.set_data_type(onnx::TensorProto::INT64);
    axes.add_dims(count);
    for (std::int64_t axis = 0; axis < count; ++axis) axes.add_int64_data(axis);
  };
  add_axes("axes", 1);
  add_axes("step.axes", 2);  // named: without, a hidden size of 1 would be squeezed as well
  add_node(graph, "Unsqueeze", {"observation", "axes"}, "sequence");
  add_node(graph, "GRU", {"sequence", "gru.w", "gru.r", "gru.b", "", "hidden"}, "steps");
  onnx::NodeProto& cell = *graph.mutable_node(graph.node_size() - 1);
  cell.add_output("hidden.next");
  for (const auto& [name, value] : {std::pair<const char*, std::int64_t>{"hidden_size", hidden}, {"linear_before_reset", 1}}) {
    onnx::AttributeProto& attribute = *cell.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  add_node(graph, "Squeeze", {"steps", "step.axes"}, "step");
  add_node(graph, "MatMul", {"step", "action.weight"}, "action");
  graph.mutable_output(0)->set_name("action");
  graph.add_output()->set_name("hidden.next");
  onnx::ValueInfoProto& remembered = *graph.add_input();
  remembered.set_name("hidden");
  onnx::TypeProto::Tensor& type = *remembered.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_value(1);
  type.mutable_shape()->add_dim()->set_dim_param("batch");
  type.mutable_shape()->add_dim()->set_dim_value(hidden);
  return model;
}

namespace {

std::string file_of(const std::string& name, const onnx::ModelProto& model) {
  struct Folder {
    std::filesystem::path path;
    Folder() {
      std::string made = (std::filesystem::temp_directory_path() / "colony-policies-XXXXXX").string();
      path = mkdtemp(made.data());
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  const std::filesystem::path path = folder.path / (name + ".onnx");
  if (!std::filesystem::exists(path)) std::ofstream(path, std::ios::binary) << bytes_of(model);
  return path.string();
}

}  // namespace

std::string policy_file(const std::vector<std::uint32_t>& sizes, const std::string& activation, std::uint64_t seed) {
  return file_of(fmt::format("{}-{}-{}", fmt::join(sizes, "-"), activation, seed), perceptron(sizes, activation, seed));
}

std::string gru_file(std::uint32_t inputs, std::uint32_t hidden, std::uint32_t outputs, std::uint64_t seed) {
  return file_of(fmt::format("gru-{}-{}-{}-{}", inputs, hidden, outputs, seed), gru(inputs, hidden, outputs, seed));
}

}  // namespace colony::testing
