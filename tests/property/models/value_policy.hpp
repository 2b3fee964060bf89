// A policy of the tests' own, of a few additions: what it decides is a function of an agent's observations, memory and id.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "engine/schema/policy.hpp"
#include "tests/property/models/value_items.hpp"

namespace colony::testing {

class ValuePolicy final : public Policy {
 public:
  explicit ValuePolicy(Deciding deciding) : deciding_(deciding) {}

  std::uint32_t inputs() const override { return observation_count; }
  std::uint32_t outputs() const override { return 3; }
  std::uint32_t memory() const override { return deciding_ == Deciding::recurrent ? 2 : 0; }
  std::uint64_t hash() const override { return static_cast<std::uint64_t>(deciding_); }
  std::string runs_on() const override { return "the CPU"; }

  using Policy::decide;
  void decide(std::span<const DecisionBatch> batches) const override {
    for (const DecisionBatch& batch : batches)
      for (std::size_t i = 0; i < batch.count; ++i) batch.actions[i] = decide(batch, i);
  }

 private:
  std::uint8_t decide(const DecisionBatch& batch, std::size_t i) const {
    const float x = batch.observations[0][i], y = batch.observations[1][i];
    float z = 0.5f;
    if (deciding_ == Deciding::recurrent) {
      z = batch.memory[0][i];
      batch.memory[0][i] = 0.5f * z + x;
      batch.memory[1][i] = batch.memory[1][i] < y ? y : 0.875f * batch.memory[1][i];
      z += batch.memory[1][i];
    }
    if (deciding_ == Deciding::by_batch) return static_cast<std::uint8_t>(batch.count % 3);
    const std::uint8_t largest = x >= y && x >= z ? 0 : y >= z ? 1 : 2;
    if (batch.choosing == Choosing::largest) return largest;
    return static_cast<std::uint8_t>((largest + (draw_entity(batch.key, batch.ids[i])[0] >> 30)) % 3);
  }

  Deciding deciding_;
};

}  // namespace colony::testing
