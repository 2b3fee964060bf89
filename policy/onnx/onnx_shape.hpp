// Shapes as ONNX counts them, with the axis along which agents lie kept apart: nothing is ever computed along it, so that an agent's values
// are the same in any batch.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace colony {

/// Throws, with what is wrong and where it stands in the file.
using OnnxFault = std::function<void(const std::string& what)>;

/// The axis `agents` counts agents and has the size 1 here, as the values of one agent are what is looked at; -1: the network is written
/// for one agent, and no axis counts any.
struct Shape {
  std::vector<std::int64_t> dims;
  int agents = -1;

  int rank() const { return static_cast<int>(dims.size()); }
  bool operator==(const Shape&) const = default;
};

/// More dimensions than networks have; a file can't make lists of them grow.
inline constexpr std::size_t most_dimensions = 16;

/// The values of one agent from dimension `first` up to `end`; at least 2^32 where they are so many.
std::uint64_t size_between(const Shape& shape, int first, int end);
std::uint64_t size_of(const Shape& shape);
/// "[agents, 3, 4]"
std::string text_of(const Shape& shape);

/// An axis counted from the end where it is negative. Calls `fault` for one beyond [-rank, rank).
int axis_of(std::int64_t axis, int rank, const OnnxFault& fault);
/// What two shapes become side by side by numpy's rule. Calls `fault` where they do not go together, or where an agent would get values
/// that depend on its place among the agents.
Shape broadcast(const Shape& a, const Shape& b, const OnnxFault& fault);
/// For each value of `to` the place of its source in `from`, which broadcasts to it.
std::vector<std::uint32_t> sources_of(const Shape& from, const Shape& to);

}  // namespace colony
