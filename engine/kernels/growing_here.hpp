// Where a kernel over the nodes of a growing layer stands, and the loop that runs it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/kernels/loops.hpp"

namespace colony {

/// The node of a growing layer that a kernel runs for, or on which its agent stands, by local index.
struct OwnGrowing {
  std::size_t index;
  operator NodeRef() const { return {index}; }
};

/// A node of a growing layer that this shard owns. Links come in no order: what a kernel makes of them must not depend on one.
struct GrowingHere : OwnGrowing {
  const GrowingPart* layer;
  std::uint64_t id() const { return layer->ids[index]; }
  std::uint64_t id(NodeRef v) const { return layer->ids[v.index]; }
  std::size_t degree() const { return layer->links.row(static_cast<LocalIndex>(index)).size(); }
  /// f(NodeRef, const Link&) for each neighbour.
  template <class F>
  void for_each_link(F&& f) const {
    for (const Link& link : layer->links.row(static_cast<LocalIndex>(index))) f(NodeRef{link.target}, link);
  }
};

/// A field in S(t), of the own node or of one that a link leads to.
struct GrowingNear {
  std::uint32_t layer, field;
  const std::uint64_t* data = nullptr;
  GrowingNear(GrowingField f) : layer(f.layer), field(f.field) {}
  void note(AccessNotes& n) const { n.add(Use::read_growing, layer); }
  void bind(const Binding& b) { data = b.part.growing[layer].fields[field].data(); }
  std::uint64_t operator()(NodeRef v) const { return data[v.index]; }
};

/// The own field in S(t + 1); agents on one node that set it in one tick set it to the same. Call it only with a value that is new: what
/// was set is told to all who have a link to the node.
struct GrowingSet {
  std::uint32_t layer, field;
  Array<FieldWrite>* writes = nullptr;
  GrowingSet(GrowingField f) : layer(f.layer), field(f.field) {}
  void note(AccessNotes& n) const { n.add(Use::write_growing, layer); }
  void bind(const Binding& b) { writes = &b.scratch.growth[layer].writes; }
  void operator()(OwnGrowing here, std::uint64_t value) const { writes->push_back({static_cast<LocalIndex>(here.index), field, value}); }
};

/// A signal in S(t), in 2^-20 of its unit, of the node that the kernel runs for or where the agent stands.
struct GrowingSense {
  std::uint32_t layer, field;
  const std::uint64_t* data = nullptr;
  GrowingSense(GrowingSignal s) : layer(s.layer), field(s.field) {}
  void note(AccessNotes& n) const { n.add(Use::read_growing, layer); }
  void bind(const Binding& b) { data = b.part.growing[layer].fields[field].data(); }
  std::uint64_t operator()(OwnGrowing here) const { return data[here.index]; }
};

/// Runs a kernel over the owned ones among nodes [begin, end).
template <class Kernel>
void run_growing(const Kernel& prototype, std::uint32_t layer_index, Part& part, std::size_t begin, std::size_t end, bool concurrent) {
  const Kernel kernel = bound(prototype, part, concurrent);
  const GrowingPart& layer = part.growing[layer_index];
  for (std::size_t i = begin; i < end; ++i)
    if (layer.owned[i] != 0) kernel(GrowingHere{{i}, &layer});
}

}  // namespace colony
