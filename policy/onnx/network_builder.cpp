#include "policy/onnx/network_builder.hpp"

#include <fmt/format.h>

namespace colony {

void NetworkBuilder::check_room(std::uint64_t count) const {
  if (count > most_values - network.values) fault_(fmt::format("has more than {} values an agent", most_values));
}

std::uint32_t NetworkBuilder::new_values(std::uint64_t count) {
  check_room(count);
  const std::uint32_t at = network.values;
  network.values += static_cast<std::uint32_t>(count);
  return at;
}

std::uint32_t NetworkBuilder::room_for(std::uint64_t count) {
  const std::uint64_t at = network.weights.size();
  if (at + count > most_network_bytes / sizeof(float)) fault_("has too many weights");
  network.weights.resize(at + count, 0.0f);
  return static_cast<std::uint32_t>(at);
}

std::uint32_t NetworkBuilder::add_op(const Op& op) {
  if (network.ops.size() >= most_ops) fault_(fmt::format("makes more than {} operations", most_ops));
  network.ops.push_back(op);
  return op.out;
}

std::uint32_t NetworkBuilder::map(OpKind kind, std::uint32_t from, std::uint32_t size) {
  Op op{kind, from, size};
  op.out = from;
  op.out_size = size;
  return add_op(op);
}

std::uint32_t NetworkBuilder::zip(OpKind kind, std::uint32_t a, std::uint32_t b, std::uint32_t size) {
  Op op{kind, a, size, b};
  op.out = new_values(size);
  op.out_size = size;
  return add_op(op);
}

void NetworkBuilder::copy(std::uint32_t from, std::uint32_t to, std::uint32_t size) {
  Op op{OpKind::copy, from, size};
  op.out = to;
  op.out_size = size;
  add_op(op);
}

std::uint32_t NetworkBuilder::gather(std::uint32_t from, std::uint32_t size, std::span<const std::uint32_t> sources) {
  bool alike = sources.size() == size;
  for (std::uint32_t i = 0; alike && i < size; ++i) alike = sources[i] == i;
  if (alike) return from;
  const std::uint32_t to = new_values(sources.size());
  for (std::uint32_t i = 0; i < sources.size();) {
    std::uint32_t run = 1;
    while (i + run < sources.size() && sources[i + run] == sources[i] + run) ++run;
    copy(from + sources[i], to + i, run);
    i += run;
  }
  return to;
}

std::uint32_t NetworkBuilder::constant(std::span<const float> values) {
  Op op{OpKind::dense};
  op.out = new_values(values.size());
  op.out_size = static_cast<std::uint32_t>(values.size());
  op.weights = room_for(0);
  op.biases = biases(values.size(), [&](std::uint64_t o) { return values[o]; });
  return add_op(op);
}

}  // namespace colony
