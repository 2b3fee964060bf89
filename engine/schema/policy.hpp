// A trained network that agents decide by, as models and the engine see it: observations in, an action out, all agents of a shard in one
// batch. What runs it is in cuda/, which defines load_policy. docs/policies.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/random/random.hpp"

namespace colony {

/// How an action follows from the outputs, one an action: the largest (ties: the first), or a keyed draw from their softmax. Where the
/// network ends in a Softmax of its own, the draw takes its outputs as they are.
enum class Choosing : std::uint8_t { largest, draw };

/// Agents [0, count). Column k of the observations holds the k-th of each agent.
struct DecisionBatch {
  std::size_t count = 0;
  const float* const* observations = nullptr;  ///< [inputs][count]
  const std::uint64_t* ids = nullptr;          ///< [count]; for draws
  RandomKey key{};                             ///< for draws
  Choosing choosing = Choosing::largest;
  std::uint8_t* actions = nullptr;  ///< [count], below outputs
  float* const* memory = nullptr;   ///< [memory][count], read and written; null when the policy has none
  float* const* outputs = nullptr;  ///< [outputs][count], or null: they are not wanted
};

/// A network with its weights; it gives the same bits on any device and for any split of a batch. Safe to use from several threads.
class Policy {
 public:
  virtual ~Policy() = default;
  virtual std::uint32_t inputs() const = 0;
  virtual std::uint32_t outputs() const = 0;
  /// Numbers that an agent keeps from tick to tick: the hidden state of recurrent cells, 0 at first.
  virtual std::uint32_t memory() const = 0;
  /// Of everything that its outputs depend on.
  virtual std::uint64_t hash() const = 0;
  /// "the CPU", or the name of a device.
  virtual std::string runs_on() const = 0;
  /// Several batches are those of several shards, alike but for their agents: worked off as if they were one.
  virtual void decide(std::span<const DecisionBatch> batches) const = 0;
  void decide(const DecisionBatch& batch) const { decide(std::span(&batch, 1)); }
};

/// Reads an ONNX file. backend: as in [execution], "cpu", "cuda", "auto" (a device where there is one) or "rehearsal".
/// Throws StorageError when the file can't be read; DataError, which names the file and
/// the node at fault, when it is not a network that can be run, or not one of
/// `observations` inputs and `actions` outputs; UsageError for "cuda" without a device.
std::shared_ptr<const Policy> load_policy(const std::string& path, std::uint32_t observations, std::uint32_t actions,
                                          const std::string& backend = "cpu");

}  // namespace colony
