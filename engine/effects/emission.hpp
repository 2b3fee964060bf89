// Effect `emit`: a node of a growing layer is asked for by its label. Where it is there already it is told of once more.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/content.hpp"
#include "engine/schema/declared.hpp"
#include "engine/state/binding.hpp"
#include "engine/state/effect.hpp"

namespace colony {

class EmissionEffect final : public Effect {
 public:
  EmissionEffect(const Part& part, std::size_t workers, std::uint32_t layer);
  static EffectSpec spec(const std::string& name, std::uint32_t layer);

  void pack(Part& part, Outbox& outbox) override;
  void take(Part& part, Parcel& parcel) override;
  /// Signals of the layer evaporate; then nodes are made, and signals grow by what was emitted. Throws StateError when two labels have one
  /// id.
  void commit(Part& part, Executor& executor) override;
  bool is_clear(const Part& part) const override;

  struct Asked {
    Array<NodeEmission> emissions;
    std::deque<std::string> labels;  ///< of emissions whose labels are kept nowhere else
  };
  PerWorker<Asked> asked;

 private:
  std::uint32_t layer_;
  std::vector<Array<char>> received_labels_;  ///< of this tick's emissions from other shards
};

/// Asks for a node that is named by its label; where it is there, `amount` adds up.
struct EmitNode {
  static constexpr AccessRule rule{"EmitNode", in(Phase::act), over::nodes | over::agents | over::growing_nodes | over::growing_agents,
                                   AccessItem::growing};
  std::uint32_t layer;
  bool has_anchors = false;
  EmissionEffect::Asked* asked = nullptr;
  EmitNode(GrowingLayer l) : layer(l.layer) {}
  void note(AccessNotes& n) const { n.add(rule, layer); }
  void bind(const Binding& b) {
    const GrowingSpec& spec = b.part.schema.growing()[layer];
    asked = &b.part.effect<EmissionEffect>(spec.emissions).asked[b.worker];
    has_anchors = spec.anchored;
  }
  /// The label of the content is looked at when Act is done: it has to last until then.
  void operator()(const Content& content, std::uint32_t amount) const {
    check_use(!has_anchors, "EmitNode: a node of an anchored layer is emitted with anchored()");
    add({content.id, content.check, 0, no_index, amount, static_cast<std::uint32_t>(content.label.size()), content.label.data()});
  }
  /// A node of the same name as the one that the kernel runs for, which is of another layer.
  template <class Here>
  void namesake(const Here& here, std::uint32_t amount) const {
    const auto index = static_cast<LocalIndex>(here.index);
    const std::string& label = asked->labels.emplace_back(here.layer->label(index));
    operator()({here.id(), here.layer->checks[index], label}, amount);
  }
  /// Of an anchored layer: the new node lives with the one of the job's graph that the kernel runs for. Returns its id, of its name and
  /// place.
  template <class Here>
  std::uint64_t anchored(const Here& here, const Content& content, std::uint32_t amount) const {
    static_assert(std::is_base_of_v<OwnNode, Here>, "nodes are anchored to nodes of the job's graph");
    check_use(has_anchors, "EmitNode: anchored() is for anchored layers");
    const std::uint64_t id = anchored_id(content.id, here.id());
    add({id, content.check, here.id(), static_cast<LocalIndex>(here.index), amount, static_cast<std::uint32_t>(content.label.size()),
         content.label.data()});
    return id;
  }

 private:
  void add(const NodeEmission& emission) const { asked->emissions.push_back(emission); }
};

}  // namespace colony
