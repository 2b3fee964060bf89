#include "bench/reference/dense_layers.hpp"

#include <cstring>
#include <dnnl.hpp>
#include <unordered_map>

namespace colony::bench::reference {

struct DenseLayers::State {
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
  };
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::vector<Step> steps;
  dnnl::memory in, out;
};

DenseLayers::DenseLayers(const std::vector<DenseLayer>& layers, Activation activation, std::uint32_t batch)
    : state_(std::make_unique<State>()) {
  using namespace dnnl;
  using tag = memory::format_tag;
  const auto f32 = memory::data_type::f32;
  State& s = *state_;
  const memory::dim n = batch;
  memory current;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const DenseLayer& layer = layers[l];
    const memory::dim ic = layer.inputs, oc = layer.outputs;
    const memory::desc in_desc({n, ic}, f32, l == 0 ? tag::ab : tag::any), out_desc({n, oc}, f32, tag::ab);
    const memory::desc any_weights({oc, ic}, f32, tag::any), biases({oc}, f32, tag::a);
    primitive_attr attributes;
    if (l + 1 < layers.size()) {
      post_ops ops;
      ops.append_eltwise(1.0f, activation == Activation::relu ? algorithm::eltwise_relu : algorithm::eltwise_tanh, 0, 0);
      attributes.set_post_ops(ops);
    }
    const memory::desc from = l == 0 ? in_desc : current.get_desc();
    const inner_product_forward::primitive_desc desc(
        inner_product_forward::desc(prop_kind::forward_inference, from, any_weights, biases, out_desc), attributes, s.engine);
    if (l == 0) s.in = current = memory({{n, ic}, f32, tag::ab}, s.engine);
    memory given({{oc, ic}, f32, tag::ab}, s.engine), weights(desc.weights_desc(), s.engine), bias(biases, s.engine);
    std::memcpy(given.get_data_handle(), layer.weights.data(), layer.weights.size() * sizeof(float));
    std::memcpy(bias.get_data_handle(), layer.biases.data(), layer.biases.size() * sizeof(float));
    reorder(given, weights).execute(s.stream, given, weights);
    s.stream.wait();
    memory out(desc.dst_desc(), s.engine);
    s.steps.push_back(
        {inner_product_forward(desc), {{DNNL_ARG_SRC, current}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, out}}});
    current = out;
  }
  s.out = current;
}

DenseLayers::~DenseLayers() = default;

const float* DenseLayers::run(const float* in) {
  State& s = *state_;
  std::memcpy(s.in.get_data_handle(), in, s.in.get_desc().get_size());
  for (State::Step& step : s.steps) step.primitive.execute(s.stream, step.arguments);
  s.stream.wait();
  return static_cast<const float*>(s.out.get_data_handle());
}

}  // namespace colony::bench::reference
