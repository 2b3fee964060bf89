#include "engine/state/growing_part.hpp"

#include <cstring>

namespace colony {

LocalIndex NameTable::find(std::uint64_t id) const {
  if (slots_.empty()) return no_index;
  for (std::size_t at = start(id);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.index == no_index || slot.id == id) return slot.index;
  }
}

void NameTable::insert(std::uint64_t id, LocalIndex index) {
  if (2 * (size_ + 1) > slots_.size()) rehash(slots_.empty() ? 64 : 2 * slots_.size());
  std::size_t at = start(id);
  while (slots_[at].index != no_index) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {id, index};
  ++size_;
}

void NameTable::rehash(std::size_t slots) {
  Array<Slot> old;
  old.swap(slots_);
  slots_ = Array<Slot>(slots, Slot{0, no_index});
  size_ = 0;
  for (const Slot& slot : old)
    if (slot.index != no_index) insert(slot.id, slot.index);
}

LocalIndex GrowingPart::know(std::uint64_t id) {
  const LocalIndex found = names.find(id);
  if (found != no_index) return found;
  const auto index = static_cast<LocalIndex>(ids.size());
  names.insert(id, index);
  ids.push_back(id);
  owned.push_back(0);
  for (auto* column : {&checks, &anchors, &label_at, &amounts}) column->push_back(0);
  for (auto* column : {&label_bytes, &born, &emissions}) column->push_back(0);
  for (auto& field : fields) field.push_back(0);
  homes.push_back(no_index);
  links.grow(ids.size());
  return index;
}

LocalIndex GrowingPart::own(const NodeEmission& emission) {
  const LocalIndex index = know(emission.id);
  owned[index] = 1;
  ++owned_count;
  checks[index] = emission.check;
  anchors[index] = emission.anchor;
  homes[index] = emission.home;
  label_at[index] = labels.size();
  label_bytes[index] = emission.label_bytes;
  labels.resize(labels.size() + emission.label_bytes);
  if (emission.label_bytes != 0) std::memcpy(labels.data() + label_at[index], emission.label, emission.label_bytes);
  return index;
}

}  // namespace colony
