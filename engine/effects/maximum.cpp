#include "engine/effects/maximum.hpp"

#include <algorithm>

#include "engine/effects/cells.hpp"
#include "engine/first_touch.hpp"

namespace colony {

MaximumEffect::MaximumEffect(const Part& part, std::size_t workers) : cells(part.geometry.total()), touched(workers) {}

EffectSpec MaximumEffect::spec(const char* verb) { return effect_spec<MaximumEffect>(verb, "", EffectStage::gathered); }

void MaximumEffect::touch_memory(Executor& executor) { zero_in_parallel(cells, executor); }

void MaximumEffect::pack(Part& part, Outbox& outbox) {
  CellParcels<std::uint64_t> leaving(outbox);
  for (const auto& [list] : touched)
    for (const LocalIndex node : list)
      if (node >= part.geometry.owned) leaving.add(outbox, node, std::exchange(cells[node], 0));
  sent += leaving.send(outbox);
}

void MaximumEffect::take(Part& part, Parcel& parcel) {
  take_cells<std::uint64_t>(part, parcel, [this](LocalIndex node, std::uint64_t value) {
    std::uint64_t& cell = cells[node];
    if (cell == 0) touched[0].push_back(node);
    cell = std::max(cell, value);
  });
}

void MaximumEffect::clear(Part&) {
  for (auto& [list] : touched) {
    for (const LocalIndex node : list) cells[node] = 0;
    list.clear();
  }
}

bool MaximumEffect::is_clear(const Part&) const {
  return std::all_of(touched.begin(), touched.end(), [](const auto& list) { return list.value.empty(); });
}

}  // namespace colony
