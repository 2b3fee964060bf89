// A policy whose network runs on the processors of this machine: Thrust's loops on TBB over tiles of agents.
#pragma once

#include "engine/schema/policy.hpp"
#include "policy/network.hpp"
#include "policy/tile.hpp"

namespace colony {

class NetworkPolicy final : public Policy {
 public:
  /// tile: what evaluates; best_tile() unless a test compares two.
  explicit NetworkPolicy(Network network, TileFunction tile = best_tile());

  std::uint32_t inputs() const override { return network_.inputs; }
  std::uint32_t outputs() const override { return network_.outputs; }
  std::uint32_t memory() const override { return network_.memory; }
  std::uint64_t hash() const override { return hash_; }
  std::string runs_on() const override { return "the CPU"; }
  using Policy::decide;
  void decide(std::span<const DecisionBatch> batches) const override;
  const Network& network() const { return network_; }

 private:
  Network network_;
  TileFunction tile_;
  std::uint64_t hash_;
};

}  // namespace colony
