// Accessors of the fields of a growing layer, and the loop that runs kernels over its nodes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/effects/field_set.hpp"
#include "engine/kernels/loops.hpp"
#include "engine/state/growing_here.hpp"

namespace colony {

/// A field in S(t), of the own node or of one that a link leads to.
struct GrowingNear {
  static constexpr AccessRule rule{"GrowingNear", in(Phase::sense, Phase::act), over::growing_nodes | over::growing_agents,
                                   AccessItem::growing, check_own_layer};
  std::uint32_t layer, field;
  const std::uint64_t* data = nullptr;
  GrowingNear(GrowingField f) : layer(f.layer), field(f.field) {}
  void note(AccessNotes& n) const { n.add(rule, layer); }
  void bind(const Binding& b) { data = b.part.growing[layer].fields[field].data(); }
  std::uint64_t operator()(NodeRef v) const { return data[v.index]; }
};

/// A signal in S(t), in 2^-20 of its unit, of the node that the kernel runs for or where the agent stands.
struct GrowingSense {
  static constexpr AccessRule rule{"GrowingSense", in(Phase::sense, Phase::act), over::growing_nodes | over::growing_agents,
                                   AccessItem::growing, check_own_layer};
  std::uint32_t layer, field;
  const std::uint64_t* data = nullptr;
  GrowingSense(GrowingSignal s) : layer(s.layer), field(s.field) {}
  void note(AccessNotes& n) const { n.add(rule, layer); }
  void bind(const Binding& b) { data = b.part.growing[layer].fields[field].data(); }
  std::uint64_t operator()(OwnGrowing here) const { return data[here.index]; }
};

/// Runs a kernel over the owned ones among nodes [begin, end).
template <class Kernel>
void run_growing(const Kernel& prototype, std::uint32_t layer_index, Part& part, std::size_t begin, std::size_t end, bool concurrent) {
  static_assert(std::is_void_v<std::invoke_result_t<const Kernel&, const GrowingHere&>>, "a kernel on a growing layer returns nothing");
  const Kernel kernel = bound(prototype, part, concurrent);
  const GrowingPart& layer = part.growing[layer_index];
  for (std::size_t i = begin; i < end; ++i)
    if (layer.owned[i] != 0) kernel(GrowingHere{{i}, &layer});
}

}  // namespace colony
