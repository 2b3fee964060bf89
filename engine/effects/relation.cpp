#include "engine/effects/relation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/state/part.hpp"

namespace colony {

void check_related(const AskedAccess& asked) {
  const GrowingSpec& layer = asked.schema.growing()[asked.access.item];
  if (layer.relates_to < 0) asked.refuse(", a layer without relations: declare() needs relation()");
  if ((asked.over & (over::nodes | over::agents)) != 0 && !layer.anchored)
    asked.refuse(": a node that is named by content alone may live on another shard than the kernel's node; the layer has to be anchored");
}

RelationEffect::RelationEffect(const Part&, std::size_t workers, std::uint32_t layer) : asked(workers), layer_(layer) {}

EffectSpec RelationEffect::spec(const std::string& name, std::uint32_t layer) {
  return effect_spec<RelationEffect>("relate", name, EffectStage::relations, layer);
}

void RelationEffect::commit(Part& part, Executor&) {
  GrowingPart& layer = part.growing[layer_];
  for (auto& [list] : asked) {
    for (const auto& [relation, own] : list) {
      const LocalIndex source = layer.names.find(relation.source);
      const bool there = source != no_index && layer.owned[source] != 0;
      if (!there || (part.schema.growing()[layer_].anchored ? layer.anchors[source] : relation.source) != own)
        throw ModelError(fmt::format("tick {}: a kernel has Relate of the node {:016x} of \"{}\", which is not there, or not its own",
                                     part.tick.value, relation.source, part.schema.growing()[layer_].name));
      layer.relations.push_back(relation);
    }
    list.clear();
  }
}

bool RelationEffect::is_clear(const Part&) const {
  return std::all_of(asked.begin(), asked.end(), [](const auto& list) { return list.value.empty(); });
}

}  // namespace colony
