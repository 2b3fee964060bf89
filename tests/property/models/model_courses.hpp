// What a model does on one shard, one thread, one block, and whether other shapes do the same.
#pragma once

#include <cstdint>
#include <string>

#include "tests/property/models/model_generators.hpp"
#include "tests/property/models/value_accessors.hpp"

namespace colony::testing {

/// Kinds of what travels between shards, as ShardTraffic counts them.
inline constexpr std::size_t traffic_count = 13;
const char* traffic_name(std::size_t kind);

/// Of all models that were tried.
struct Tally {
  std::uint64_t models = 0, whole = 0, refused_at_once = 0;
  /// Models in which an operation ran, by what its kernel ran over and in which phase.
  std::array<std::array<std::array<std::uint64_t, phase_count>, on_count>, do_count> ran{};
  std::array<std::uint64_t, traffic_count> sent{}, models_that_sent{};

  void add(const Coverage& coverage);
};

/// "" where all shapes agree with one shard, one thread, one block; else which differs, in what, and in which tick.
std::string disagreement(const ModelValue& model, const Ground& ground, Tally* tally = nullptr);

}  // namespace colony::testing
