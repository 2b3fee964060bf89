#include "policy/onnx/onnx_shape.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace colony {

std::uint64_t size_between(const Shape& shape, int first, int end) {
  constexpr std::uint64_t most = std::uint64_t{1} << 32;
  std::uint64_t size = 1;
  for (int i = first; i < end; ++i) {
    const auto dim = static_cast<std::uint64_t>(shape.dims[static_cast<std::size_t>(i)]);
    size = dim >= most || size * dim >= most ? most : size * dim;
  }
  return size;
}

std::uint64_t size_of(const Shape& shape) { return size_between(shape, 0, shape.rank()); }

std::string text_of(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank(); ++i) {
    if (i > 0) text += ", ";
    text += i == shape.agents ? "agents" : fmt::format("{}", shape.dims[static_cast<std::size_t>(i)]);
  }
  return text + "]";
}

int axis_of(std::int64_t axis, int rank, const OnnxFault& fault) {
  if (axis < -rank || axis >= rank) fault(fmt::format("axis = {}, of {} dimensions", axis, rank));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape broadcast(const Shape& a, const Shape& b, const OnnxFault& fault) {
  const int rank = std::max(a.rank(), b.rank());
  Shape both;
  both.dims.resize(static_cast<std::size_t>(rank));
  const auto dim_of = [rank](const Shape& shape, int i) {
    const int own = i - (rank - shape.rank());
    return own < 0 ? std::int64_t{1} : shape.dims[static_cast<std::size_t>(own)];
  };
  const auto counts_agents = [rank](const Shape& shape, int i) { return shape.agents >= 0 && i - (rank - shape.rank()) == shape.agents; };
  for (int i = 0; i < rank; ++i) {
    const std::int64_t left = dim_of(a, i), right = dim_of(b, i);
    if (left != right && left != 1 && right != 1) fault(fmt::format("the shapes {} and {} do not go together", text_of(a), text_of(b)));
    both.dims[static_cast<std::size_t>(i)] = std::max(left, right);
    if (!counts_agents(a, i) && !counts_agents(b, i)) continue;
    if (both.agents >= 0 || left != 1 || right != 1)
      fault(fmt::format("of the shapes {} and {} one has other values where the other has agents", text_of(a), text_of(b)));
    both.agents = i;
  }
  return both;
}

std::vector<std::uint32_t> sources_of(const Shape& from, const Shape& to) {
  std::vector<std::uint32_t> sources = {0};
  std::uint32_t stride = 1;
  std::size_t repeated = 1;  // how many values of `to` the dimensions behind this one make
  // From the last dimension on: what is there already is repeated once for each index of the one before it.
  for (int i = 1; i <= to.rank(); ++i) {
    const auto count = static_cast<std::uint32_t>(to.dims[static_cast<std::size_t>(to.rank() - i)]);
    const auto own = i > from.rank() ? 1u : static_cast<std::uint32_t>(from.dims[static_cast<std::size_t>(from.rank() - i)]);
    sources.resize(repeated * count);
    for (std::uint32_t k = 1; k < count; ++k)
      for (std::size_t j = 0; j < repeated; ++j) sources[k * repeated + j] = sources[j] + (own == 1 ? 0 : k * stride);
    repeated *= count;
    stride *= own;
  }
  return sources;
}

}  // namespace colony
