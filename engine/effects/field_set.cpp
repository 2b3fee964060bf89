#include "engine/effects/field_set.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/state/part.hpp"

namespace colony {

void check_own_layer(const AskedAccess& asked) {
  if (static_cast<std::int32_t>(asked.access.item) != asked.growing) asked.refuse(", a layer that it does not run over");
}

FieldSetEffect::FieldSetEffect(const Part&, std::size_t workers, std::uint32_t layer) : asked(workers), layer_(layer) {}

EffectSpec FieldSetEffect::spec(const std::string& name, std::uint32_t layer) {
  return effect_spec<FieldSetEffect>("set", name, EffectStage::fields, layer);
}

void FieldSetEffect::commit(Part& part, Executor&) {
  GrowingPart& layer = part.growing[layer_];
  const GrowingSpec& spec = part.schema.growing()[layer_];
  for (const auto& [list] : asked)
    for (const FieldWrite& write : list) {
      layer.fields[write.field][write.node] = write.value;
      layer.told.push_back(write.node);
    }
  for (const auto& [list] : asked)
    for (const FieldWrite& write : list) {
      const std::uint64_t value = layer.fields[write.field][write.node];
      if (value != write.value)
        throw ModelError(fmt::format("tick {}: \"{}\" of the node {:016x} of \"{}\" is set to {} and to {}", part.tick.value,
                                     spec.fields[write.field], layer.ids[write.node], spec.name, std::min(write.value, value),
                                     std::max(write.value, value)));
    }
  for (auto& [list] : asked) list.clear();
  std::sort(layer.told.begin(), layer.told.end());
  layer.told.resize(static_cast<std::size_t>(std::unique(layer.told.begin(), layer.told.end()) - layer.told.begin()));
}

bool FieldSetEffect::is_clear(const Part&) const {
  return std::all_of(asked.begin(), asked.end(), [](const auto& list) { return list.value.empty(); });
}

}  // namespace colony
