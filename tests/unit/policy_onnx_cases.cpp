// The cases that ONNX itself tests its runtimes with (Debian: libonnx-testdata), as far as they are made of our operators: each is refused
// with the reason that is written here, or gives the numbers that come with it.
//
// A case is a graph with inputs and outputs of fixed shapes, and a policy takes observations of many agents. So each is read in several
// ways: one input is the observation, with the first dimension counting agents (dimensions of 1 before it are put back by Unsqueeze), or
// with the whole input seen by a single agent (Squeeze takes the dimension of the agents off); the others are constants, or what the agents
// remember. Every way that is taken must give the right numbers.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "engine/error.hpp"
#include "policy/onnx/onnx_reader.hpp"
#include "policy/tile.hpp"

namespace colony::testing {
namespace {

namespace fs = std::filesystem;
using Dims = std::vector<std::int64_t>;

const fs::path folder = "/usr/share/libonnx-testdata/data";

const std::set<std::string> our_operators{"Gemm",    "MatMul",  "Add",       "Sub",      "Mul",     "Relu",   "LeakyRelu",
                                          "Tanh",    "Sigmoid", "Softmax",   "GRU",      "LSTM",    "Concat", "Split",
                                          "Flatten", "Squeeze", "Unsqueeze", "Identity", "Constant"};

/// What no policy can be, and the words that say why. All of these stand for the same few reasons: another type than float32, no
/// observation, no values, several steps or lengths of sequences at once.
const std::map<std::string, std::string> refused{
    {"node/test_add_uint8", "not of type float32"},
    {"node/test_constant", "has no input"},
    {"node/test_gru_seq_length", "a tick is one step"},  // X: two steps
    {"node/test_identity_opt", "not of type float32"},
    {"node/test_identity_sequence", "not of type float32"},
    {"node/test_lstm_with_peepholes", "has peepholes"},
    {"node/test_mul_uint8", "not of type float32"},
    {"node/test_split_zero_size_splits", "needs a size of 1"},
    {"node/test_sub_uint8", "not of type float32"},
    {"pytorch-operator/test_operator_add_broadcast", "not of type float32"},  // these are of doubles
    {"pytorch-operator/test_operator_add_size1_broadcast", "not of type float32"},
    {"pytorch-operator/test_operator_add_size1_right_broadcast", "not of type float32"},
    {"pytorch-operator/test_operator_add_size1_singleton_broadcast", "not of type float32"},
    {"pytorch-operator/test_operator_addconstant", "not of type float32"},
    {"pytorch-operator/test_operator_non_float_params", "not of type float32"},
};

template <class Message>
Message read_proto(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Message message;
  if (!message.ParseFromIstream(&file)) throw std::runtime_error(path.string() + " can't be read");
  return message;
}

struct Tensor {
  std::string name;
  Dims dims;
  std::vector<float> data;
  onnx::TensorProto proto;
  std::size_t size() const { return data.size(); }
};

/// Of type float32; others have no data here.
Tensor read_tensor_file(const fs::path& path, const std::string& name) {
  Tensor tensor{name, {}, {}, read_proto<onnx::TensorProto>(path)};
  tensor.proto.set_name(name);
  tensor.dims.assign(tensor.proto.dims().begin(), tensor.proto.dims().end());
  if (tensor.proto.data_type() != onnx::TensorProto::FLOAT) return tensor;
  if (tensor.proto.has_raw_data()) {
    tensor.data.resize(tensor.proto.raw_data().size() / sizeof(float));
    if (!tensor.data.empty()) std::memcpy(tensor.data.data(), tensor.proto.raw_data().data(), tensor.data.size() * sizeof(float));
  } else {
    tensor.data.assign(tensor.proto.float_data().begin(), tensor.proto.float_data().end());
  }
  return tensor;
}

/// A case with its first set of data.
struct Case {
  std::string name;
  onnx::ModelProto model;
  std::vector<Tensor> inputs, outputs;

  /// Null where the model has no operators, or others than ours.
  static std::optional<Case> read(const fs::path& path) {
    Case one{(path.parent_path().filename() / path.filename()).string(), read_proto<onnx::ModelProto>(path / "model.onnx"), {}, {}};
    const auto& nodes = one.model.graph().node();
    const bool ours =
        std::all_of(nodes.begin(), nodes.end(), [](const onnx::NodeProto& node) { return our_operators.contains(node.op_type()); });
    if (nodes.empty() || !ours) return std::nullopt;
    const onnx::GraphProto& graph = one.model.graph();
    const auto read_all = [&](const char* kind, const auto& infos, std::vector<Tensor>& tensors) {
      for (int i = 0; i < infos.size(); ++i) {
        const fs::path data = path / "test_data_set_0" / fmt::format("{}_{}.pb", kind, i);
        const auto is_this = [&](const onnx::TensorProto& constant) { return constant.name() == infos[i].name(); };
        const bool given = std::any_of(graph.initializer().begin(), graph.initializer().end(), is_this);
        if (!given && infos[i].type().has_tensor_type()) tensors.push_back(read_tensor_file(data, infos[i].name()));
      }
    };
    read_all("input", graph.input(), one.inputs);
    read_all("output", graph.output(), one.outputs);
    return one;
  }
};

// ---- Ways to read a case ----

enum class Others { constants, remembered };
enum class First { agents, agents_behind_ones, one_agent, row };

/// A policy, the values that its agents get, and which output of the case it has.
struct Reading {
  std::string how;
  onnx::ModelProto model;
  std::size_t agents = 1;
  std::vector<float> observations, memory;  ///< [agents][...]
  const Tensor* expected = nullptr;
};

onnx::AttributeProto& add_wholes(onnx::NodeProto& node, const char* name, const Dims& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
  return attribute;
}

/// Builds the model of a reading: the case's graph between an observation, memories and the outputs that a policy has.
class Adapted {
 public:
  explicit Adapted(const Case& from) : model_(from.model) {
    graph().clear_input();
    graph().clear_output();
    // Of what changed between opset 6 and 9 only the attributes that said how to broadcast are met here.
    for (onnx::OperatorSetIdProto& opset : *model_.mutable_opset_import()) opset.set_version(std::max<std::int64_t>(opset.version(), 9));
    for (onnx::NodeProto& node : *graph().mutable_node())
      for (int i = node.attribute_size(); i-- > 0;)
        if (node.attribute(i).name() == "broadcast") node.mutable_attribute()->DeleteSubrange(i, 1);
    old_nodes_.Swap(graph().mutable_node());
  }

  void constant(const Tensor& tensor) { *graph().add_initializer() = tensor.proto; }

  /// An input of the policy that the graph knows as `name`, in the shape that it has there.
  void input(const std::string& name, const Dims& dims, First first) {
    onnx::ValueInfoProto& input = *graph().add_input();
    onnx::TypeProto::Tensor& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    const std::size_t ones = first == First::agents_behind_ones ? ones_before(dims) : 0;
    if (first == First::one_agent) type.mutable_shape()->add_dim()->set_dim_value(1);
    for (std::size_t i = ones; i < dims.size(); ++i) {
      if (i == ones && (first == First::agents || first == First::agents_behind_ones))
        type.mutable_shape()->add_dim()->set_dim_param("agents");
      else type.mutable_shape()->add_dim()->set_dim_value(dims[i]);
    }
    input.set_name(name);
    if (first == First::agents || first == First::row) return;
    input.set_name("given." + name);
    Dims axes;
    for (std::size_t i = 0; i < std::max<std::size_t>(ones, 1); ++i) axes.push_back(static_cast<std::int64_t>(i));
    reshape(first == First::one_agent ? "Squeeze" : "Unsqueeze", input.name(), name, axes);
  }

  /// Comes back unchanged, behind the action.
  void comes_back(const std::string& name) {
    onnx::NodeProto node;
    node.set_op_type("Identity");
    node.add_input(name);
    node.add_output("back." + name);
    identities_.push_back(node);
    comes_back_as("back." + name);
  }
  void comes_back_as(const std::string& name) { back_.push_back(name); }

  onnx::NodeProto& node(int index) { return old_nodes_[index]; }
  int node_count() const { return old_nodes_.size(); }

  onnx::ModelProto finish(const std::string& action) {
    for (const onnx::NodeProto& node : reshapes_) *graph().add_node() = node;
    for (const onnx::NodeProto& node : old_nodes_) *graph().add_node() = node;
    for (const onnx::NodeProto& node : identities_) *graph().add_node() = node;
    graph().add_output()->set_name(action);
    for (const std::string& name : back_) graph().add_output()->set_name(name);
    return model_;
  }

  static std::size_t ones_before(const Dims& dims) {
    std::size_t ones = 0;
    while (ones + 2 < dims.size() && dims[ones] == 1) ++ones;
    return ones;
  }

 private:
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  void reshape(const char* type, const std::string& from, const std::string& to, const Dims& axes) {
    onnx::NodeProto node;
    node.set_op_type(type);
    node.add_input(from);
    node.add_output(to);
    if (model_.opset_import(0).version() < 13) {
      add_wholes(node, "axes", axes);
    } else {
      onnx::TensorProto& tensor = *graph().add_initializer();
      tensor.set_name("axes." + from);
      tensor.set_data_type(onnx::TensorProto::INT64);
      tensor.add_dims(static_cast<std::int64_t>(axes.size()));
      for (const std::int64_t axis : axes) tensor.add_int64_data(axis);
      node.add_input(tensor.name());
    }
    reshapes_.push_back(node);
  }

  onnx::ModelProto model_;
  google::protobuf::RepeatedPtrField<onnx::NodeProto> old_nodes_;
  std::vector<onnx::NodeProto> reshapes_, identities_;
  std::vector<std::string> back_;
};

/// A cell without a state begins at zero, as ours do in tick 0: the state is an input, and comes back as the last step.
void add_states(Adapted& adapted, std::size_t agents, std::vector<float>& memory) {
  for (int i = 0; i < adapted.node_count(); ++i) {
    onnx::NodeProto& node = adapted.node(i);
    if (node.op_type() != "GRU" && node.op_type() != "LSTM") continue;
    std::int64_t hidden = 0, layout = 0;
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      if (attribute.name() == "hidden_size") hidden = attribute.i();
      if (attribute.name() == "layout") layout = attribute.i();
    }
    const int states = node.op_type() == "GRU" ? 1 : 2;
    for (int s = 0; s < states; ++s) {
      if (node.input_size() > 5 + s && !node.input(5 + s).empty()) continue;
      while (node.input_size() <= 5 + s) node.add_input("");
      while (node.output_size() <= 1 + s) node.add_output("");
      node.set_input(5 + s, fmt::format("state.{}", s));
      if (node.output(1 + s).empty()) node.set_output(1 + s, fmt::format("state.{}.next", s));
      const auto count = static_cast<std::int64_t>(agents);
      // Written as what lies behind the agents, with the dimension of the cell's direction before or behind them.
      if (layout == 0) adapted.input(node.input(5 + s), {1, count, hidden}, First::agents_behind_ones);
      else adapted.input(node.input(5 + s), {count, 1, hidden}, First::agents);
      adapted.comes_back_as(node.output(1 + s));
      memory.resize(memory.size() + agents * static_cast<std::size_t>(hidden), 0.0f);
    }
  }
}

bool is_possible(const Dims& dims, First first) {
  switch (first) {
    case First::agents: return dims.size() > 1;
    case First::agents_behind_ones: return Adapted::ones_before(dims) > 0;
    case First::one_agent: return true;
    case First::row: return dims.size() == 1;
  }
  return false;
}

/// None where the shapes do not allow it.
std::optional<Reading> reading_of(const Case& from, std::size_t observation, Others others, First first, std::size_t output) {
  const Tensor& seen = from.inputs[observation];
  if (seen.proto.data_type() != onnx::TensorProto::FLOAT || !is_possible(seen.dims, first)) return std::nullopt;
  const std::size_t ones = first == First::agents_behind_ones ? Adapted::ones_before(seen.dims) : 0;
  const bool batch = first == First::agents || first == First::agents_behind_ones;
  static const char* const names[] = {"agents first", "agents behind ones", "one agent", "a row"};
  Reading reading;
  reading.how = fmt::format("\"{}\" seen, {}, others {}", seen.name, names[static_cast<int>(first)],
                            others == Others::constants ? "constant" : "remembered");
  reading.agents = batch ? static_cast<std::size_t>(seen.dims[ones]) : 1;
  reading.observations = seen.data;
  reading.expected = &from.outputs[output];
  Adapted adapted(from);
  adapted.input(seen.name, seen.dims, first);
  std::vector<std::vector<float>> remembered;
  for (std::size_t i = 0; i < from.inputs.size(); ++i) {
    const Tensor& other = from.inputs[i];
    if (i == observation) continue;
    if (others == Others::constants || other.data.empty()) {
      adapted.constant(other);
      continue;
    }
    if (!is_possible(other.dims, first) || first == First::agents_behind_ones) return std::nullopt;
    if (batch && (other.dims.empty() || other.dims[0] != static_cast<std::int64_t>(reading.agents))) return std::nullopt;
    adapted.input(other.name, other.dims, first);
    adapted.comes_back(other.name);
    remembered.push_back(other.data);
  }
  for (std::size_t agent = 0; agent < reading.agents; ++agent)
    for (const std::vector<float>& all : remembered) {
      const auto own = static_cast<std::ptrdiff_t>(all.size() / reading.agents);
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(agent) * own;
      reading.memory.insert(reading.memory.end(), begin, begin + own);
    }
  if (batch && remembered.empty()) add_states(adapted, reading.agents, reading.memory);
  reading.model = adapted.finish(from.outputs[output].name);
  return reading;
}

std::vector<Reading> readings_of(const Case& from) {
  std::vector<Reading> readings;
  for (std::size_t observation = 0; observation < from.inputs.size(); ++observation)
    for (std::size_t output = 0; output < from.outputs.size(); ++output)
      for (const Others others : {Others::constants, Others::remembered})
        for (const First first : {First::agents, First::agents_behind_ones, First::one_agent, First::row}) {
          if (others == Others::remembered && from.inputs.size() == 1) continue;
          if (std::optional<Reading> one = reading_of(from, observation, others, first, output)) readings.push_back(std::move(*one));
        }
  return readings;
}

// ---- Comparing ----

/// Outputs [agents][...].
std::vector<float> run(const Network& network, const Reading& reading) {
  std::vector<float> values(std::size_t{network.values} * tile_agents, 0.0f), outputs;
  const auto fill = [&](std::uint32_t at, std::uint32_t size, const std::vector<float>& given) {
    for (std::size_t agent = 0; agent < reading.agents; ++agent)
      for (std::uint32_t k = 0; k < size; ++k) values[(at + k) * tile_agents + agent] = given[agent * size + k];
  };
  fill(0, network.inputs, reading.observations);
  fill(network.inputs, network.memory, reading.memory);
  best_tile()(network, values.data());
  for (std::size_t agent = 0; agent < reading.agents; ++agent)
    for (std::uint32_t o = 0; o < network.outputs; ++o) outputs.push_back(values[(network.result + o) * tile_agents + agent]);
  return outputs;
}

/// The message of a refusal; empty where the numbers were compared.
std::string compare(const Case& from, const Reading& reading) {
  Network network;
  try {
    network = read_onnx(reading.model.SerializeAsString(), from.name);
  } catch (const DataError& error) {
    return error.what();
  }
  const bool fits =
      reading.agents <= static_cast<std::size_t>(tile_agents) && network.inputs * reading.agents == reading.observations.size() &&
      network.memory * reading.agents == reading.memory.size() && network.outputs * reading.agents == reading.expected->size();
  EXPECT_TRUE(fits) << from.name << ", " << reading.how << ": " << network.outputs << " outputs";
  if (!fits) return "";
  const std::vector<float> outputs = run(network, reading);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    EXPECT_NEAR(outputs[i], reading.expected->data[i], 1e-6 + 1e-5 * std::abs(reading.expected->data[i]))
        << from.name << ", " << reading.how << ", value " << i;
  return "";
}

/// What is said of the case when nothing is changed but the opset, and that integers are constants.
std::string refusal_as_it_stands(const Case& from) {
  Adapted adapted(from);
  onnx::ModelProto model = adapted.finish(from.model.graph().output(0).name());
  for (const Tensor& input : from.inputs)
    if (input.proto.data_type() == onnx::TensorProto::INT64 && input.name != from.model.graph().input(0).name())
      *model.mutable_graph()->add_initializer() = input.proto;
  *model.mutable_graph()->mutable_input() = from.model.graph().input();
  try {
    read_onnx(model.SerializeAsString(), from.name);
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

struct Count {
  int cases = 0, others = 0, refused = 0, compared = 0, with_agents = 0, readings = 0;
};

/// In one of its readings at least, or refused in the words that are expected.
void check(const Case& from, Count& count) {
  std::vector<std::string> refusals;
  bool compared = false, with_agents = false;
  for (const Reading& reading : readings_of(from)) {
    const std::string refusal = compare(from, reading);
    if (!refusal.empty()) {
      refusals.push_back(refusal);
      continue;
    }
    compared = true;
    with_agents = with_agents || reading.agents > 1;
    ++count.readings;
  }
  if (!compared) refusals.push_back(refusal_as_it_stands(from));
  const auto expected = refused.find(from.name);
  count.compared += compared;
  count.with_agents += with_agents;
  count.refused += !compared;
  for (const std::string& refusal : refusals) EXPECT_EQ(refusal.find(from.name), 0u) << refusal;
  if (expected == refused.end()) {
    EXPECT_TRUE(compared) << from.name << " is refused:\n" << fmt::format("{}", fmt::join(refusals, "\n"));
    return;
  }
  EXPECT_FALSE(compared) << from.name << " is taken now, and is listed as refused";
  EXPECT_TRUE(std::any_of(refusals.begin(), refusals.end(),
                          [&](const std::string& refusal) { return refusal.find(expected->second) != std::string::npos; }))
      << from.name << ", refused in other words:\n"
      << fmt::format("{}", fmt::join(refusals, "\n"));
}

TEST(OnnxCases, AreRefusedOrGiveTheNumbersThatComeWithThem) {
  if (!fs::exists(folder)) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "scripts/setup did not install libonnx-testdata";
    GTEST_SKIP() << "libonnx-testdata is not installed";
  }
  Count count;
  for (const fs::directory_entry& kind : fs::directory_iterator(folder))
    for (const fs::directory_entry& path : fs::directory_iterator(kind.path())) {
      if (!fs::exists(path.path() / "model.onnx")) continue;
      ++count.cases;
      if (const std::optional<Case> one = Case::read(path.path())) check(*one, count);
      else ++count.others;
    }
  RecordProperty("compared", count.compared);
  fmt::print("{} cases: {} with other operators; {} compared, in {} readings ({} of them with several agents); {} refused\n", count.cases,
             count.others, count.compared, count.readings, count.with_agents, count.refused);
  EXPECT_EQ(count.refused, static_cast<int>(refused.size()));
  EXPECT_GE(count.compared, 90);
  EXPECT_GE(count.with_agents, 60);
}

}  // namespace
}  // namespace colony::testing
