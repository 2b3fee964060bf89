#include "engine/effects/emission.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/state/part.hpp"
#include "engine/state/tick_settings.hpp"

namespace colony {
namespace {

/// A NodeEmission on its way: the label is in the list that follows.
struct EmissionRecord {
  std::uint64_t id, check;
  std::uint32_t amount;
  std::uint32_t label_bytes;
};

void apply_emission(GrowingPart& layer, const GrowingSpec& spec, const NodeEmission& emission, std::uint32_t tick) {
  LocalIndex index = layer.names.find(emission.id);
  const std::string_view label(emission.label, emission.label_bytes);
  if (index == no_index || layer.owned[index] == 0) {
    index = layer.own(emission);
    layer.born[index] = tick;
  } else if (layer.checks[index] != emission.check || layer.label(index) != label) {
    throw StateError(fmt::format("layer \"{}\": \"{}\" and \"{}\" have the same id, {:016x}; rename one of them", spec.name,
                                 layer.label(index), label, emission.id));
  }
  ++layer.emissions[index];
  layer.amounts[index] += emission.amount;
  for (const GrowingSignalSpec& signal : spec.signals) {
    std::uint64_t& value = layer.fields[signal.field][index];
    value = std::min(value + signal.deposit, most_growing_signal);
  }
}

/// A share is lost, rounded up to a whole quantum: a signal that nothing renews comes to 0.
void evaporate(GrowingPart& layer, const GrowingSignalSpec& signal, double evaporation) {
  const std::uint64_t share = evaporation > 0 ? std::max<std::uint64_t>(1, static_cast<std::uint64_t>(evaporation * 0x1p32)) : 0;
  for (std::uint64_t& value : layer.fields[signal.field]) {
    const std::uint64_t lost = (value * share + 0xffffffffu) >> 32;
    value -= std::min(value, lost);
  }
}

}  // namespace

EmissionEffect::EmissionEffect(const Part&, std::size_t workers, std::uint32_t layer) : asked(workers), layer_(layer) {}

EffectSpec EmissionEffect::spec(const std::string& name, std::uint32_t layer) {
  return effect_spec<EmissionEffect>("emit", name, EffectStage::emissions, layer);
}

void EmissionEffect::pack(Part& part, Outbox& outbox) {
  if (part.schema.growing()[layer_].anchored) return;  // emitted where it lives
  std::vector<std::vector<NodeEmission>> leaving(outbox.peers());
  for (auto& [list] : asked) {
    std::size_t kept = 0;
    for (const NodeEmission& emission : list.emissions) {
      const std::uint32_t peer = outbox.peer_of_content(emission.id);
      if (peer == no_index) list.emissions[kept++] = emission;
      else leaving[peer].push_back(emission);
    }
    list.emissions.resize(kept);
  }
  for (std::size_t p = 0; p < leaving.size(); ++p) {
    if (leaving[p].empty()) continue;
    std::size_t text_bytes = 0;
    auto* record = outbox.add<EmissionRecord>(p, leaving[p].size());
    for (const NodeEmission& emission : leaving[p]) {
      *record++ = {emission.id, emission.check, emission.amount, emission.label_bytes};
      text_bytes += emission.label_bytes;
    }
    char* text = outbox.add<char>(p, text_bytes);
    for (const NodeEmission& emission : leaving[p]) {
      std::copy_n(emission.label, emission.label_bytes, text);
      text += emission.label_bytes;
    }
    sent += leaving[p].size();
  }
}

void EmissionEffect::take(Part& part, Parcel& parcel) {
  if (part.schema.growing()[layer_].anchored) throw FrameError("an emission for a layer that is anchored");
  const auto records = parcel.next<EmissionRecord>();
  const auto text = parcel.next<char>();
  std::uint64_t bytes = 0;
  for (const EmissionRecord& record : records) bytes += record.label_bytes;
  if (bytes != text.size()) throw FrameError("labels of another length than their emissions say");
  Array<char> labels(text.size());  // the frame's memory is used again before Decay is through
  if (!text.empty()) std::memcpy(labels.data(), text.data(), text.size());
  const char* label = labels.data();
  for (const EmissionRecord& record : records) {
    if (!part.owns_content(record.id)) throw FrameError("an emission of a node that this shard does not own");
    asked[0].emissions.push_back({record.id, record.check, 0, no_index, record.amount, record.label_bytes, label});
    label += record.label_bytes;
  }
  received_labels_.push_back(std::move(labels));
}

void EmissionEffect::commit(Part& part, Executor&) {
  GrowingPart& layer = part.growing[layer_];
  const GrowingSpec& spec = part.schema.growing()[layer_];
  layer.told.clear();  // this is the first of the layer's effects in a tick
  for (const GrowingSignalSpec& signal : spec.signals) evaporate(layer, signal, number_of(part, signal.evaporation));
  for (auto& [list] : asked) {
    for (const NodeEmission& emission : list.emissions) apply_emission(layer, spec, emission, static_cast<std::uint32_t>(part.tick.value));
    list.emissions.clear();
    list.labels.clear();
  }
  received_labels_.clear();
}

bool EmissionEffect::is_clear(const Part&) const {
  return std::all_of(asked.begin(), asked.end(), [](const auto& list) { return list.value.emissions.empty(); });
}

}  // namespace colony
