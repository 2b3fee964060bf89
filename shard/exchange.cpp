// The two rounds of a shard: effects and moving agents to the owners of their targets, then values to those who hold ghosts.
#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/error.hpp"
#include "engine/tick/phase_timer.hpp"
#include "shard/shard.hpp"

namespace colony {

namespace {

/// items[index] of what a frame names; a frame from a peer may name anything.
template <class Items>
auto& named(Items& items, std::size_t index) {
  if (index >= items.size()) throw FrameError("it names an effect, field or layer that the model does not have");
  return items[index];
}

/// What an effect packs goes into the frames of the round.
class FrameOutbox final : public Outbox {
 public:
  FrameOutbox(const GhostPlan& plan, LocalIndex owned, std::vector<Frame*> frames, const Shard& shard)
      : plan_(plan), owned_(owned), frames_(std::move(frames)), shard_(shard) {}
  void begin(std::uint16_t effect) { effect_ = effect; }
  std::size_t peers() const override { return frames_.size(); }
  std::size_t peer_of(LocalIndex ghost) const override { return plan_.peer_of(ghost); }
  LocalIndex home_of(LocalIndex ghost) const override { return plan_.home[ghost - owned_]; }
  std::uint32_t peer_of_content(std::uint64_t id) const override { return shard_.peer_of_content(id); }
  std::byte* add_bytes(std::size_t peer, std::size_t count, std::size_t item_bytes) override {
    return frames_[peer]->add_bytes(SectionKind::effect, effect_, count, item_bytes);
  }

 private:
  const GhostPlan& plan_;
  LocalIndex owned_;
  std::vector<Frame*> frames_;
  const Shard& shard_;
  std::uint16_t effect_ = 0;
};

/// The lists of one effect in a frame, from a section on.
class FrameParcel final : public Parcel {
 public:
  FrameParcel(const Frame& frame, std::size_t at) : frame_(frame), at_(at), effect_(frame.sections()[at].index) {}
  Items next_items(std::size_t item_bytes) override {
    if (at_ == frame_.sections().size() || !is_of(frame_.sections()[at_])) throw FrameError("an effect with a list too few");
    const Frame::Section& section = frame_.sections()[at_++];
    if (section.item_bytes != item_bytes) throw FrameError("an effect whose items are of another size");
    return {frame_.bytes(section), static_cast<std::size_t>(section.count)};
  }
  /// The section behind those that were read.
  std::size_t end() const { return at_; }

 private:
  bool is_of(const Frame::Section& section) const { return section.kind == SectionKind::effect && section.index == effect_; }

  const Frame& frame_;
  std::size_t at_;
  std::uint16_t effect_;
};

}  // namespace

// ---- Round 1 ----

void Shard::send_effects() {
  std::vector<Frame*> frames;
  for (const Peer& peer : plan_.peers) frames.push_back(&transport_.open(id_, peer.id, 1));
  FrameOutbox outbox(plan_, part_.geometry.owned, std::move(frames), *this);
  for (const std::uint32_t effect : part_.staged) {
    outbox.begin(static_cast<std::uint16_t>(effect));
    part_.effects[effect]->pack(part_, outbox);
  }
  for (const Peer& peer : plan_.peers) transport_.send(id_, peer.id, 1);
}

void Shard::take_effects() {
  for (std::size_t p = 0; p < plan_.peers.size(); ++p) {
    const Frame& frame = transport_.receive(plan_.peers[p].id, id_, 1);
    for (std::size_t at = 0; at < frame.sections().size();) {
      const Frame::Section& section = frame.sections()[at];
      if (section.kind != SectionKind::effect) throw FrameError("a section that is no effect");
      FrameParcel parcel(frame, at);
      parcel.peer = p;
      named(part_.effects, section.index)->take(part_, parcel);
      if (parcel.end() == at) throw FrameError("an effect that takes nothing");
      at = parcel.end();
    }
  }
}

// ---- Round 2 ----

void Shard::send_ghosts(bool everything) {
  std::vector<Frame*> frames;
  const std::uint32_t round = everything ? 0 : 2;
  for (const Peer& peer : plan_.peers) frames.push_back(&transport_.open(id_, peer.id, round));
  const auto& specs = part_.schema.layer().columns;
  for (std::size_t c = 0; c < specs.size(); ++c)
    if (specs[c].refresh != Refresh::never && (specs[c].role == Role::state || (everything && specs[c].role == Role::constant)))
      pack_column(static_cast<std::uint16_t>(c), everything, frames);
  for (std::size_t layer = 0; layer < part_.growing.size(); ++layer) {
    if (!everything) send_wishes(layer, frames);
    send_fields(layer, everything, frames);
  }
  for (const Peer& peer : plan_.peers) transport_.send(id_, peer.id, round);
}

void Shard::pack_column(std::uint16_t c, bool everything, std::vector<Frame*>& frames) {
  const ColumnSpec& spec = part_.schema.layer().columns[c];
  with_type(spec.type, [&](auto type) {
    using T = decltype(type);
    const T* values = part_.columns[c].as<T>();
    // A listed change is found, packed and taken at random places, a whole column in order: measured, one costs about sixteen of the other.
    const std::size_t list_worth = part_.geometry.owned / 16;
    if (everything || spec.refresh == Refresh::dense || part_.changed[c].size() > list_worth) {
      for (std::size_t p = 0; p < frames.size(); ++p) {
        const Array<LocalIndex>& exports = plan_.peers[p].exports;
        T* out = frames[p]->add<T>(SectionKind::ghost_dense, c, exports.size());
        for (std::size_t i = 0; i < exports.size(); ++i) out[i] = values[exports[i]];
      }
      return;
    }
    std::vector<std::size_t> counts(frames.size(), 0);
    const auto for_each_target = [&](const auto& f) {
      for (const LocalIndex i : part_.changed[c])
        for (std::uint32_t e = plan_.export_offsets[i]; e < plan_.export_offsets[i + 1]; ++e) f(plan_.export_targets[e], values[i]);
    };
    for_each_target([&](const ExportTarget& target, T) { ++counts[target.peer]; });
    std::vector<LocalIndex*> index(frames.size());
    std::vector<T*> value(frames.size());
    for (std::size_t p = 0; p < frames.size(); ++p) {
      frames[p]->add<LocalIndex>(SectionKind::ghost_index, c, counts[p]);
      value[p] = frames[p]->add<T>(SectionKind::ghost_value, c, counts[p]);
      index[p] = frames[p]->last_but_one<LocalIndex>();  // adding the second may have moved the first
    }
    for_each_target([&](const ExportTarget& target, T v) {
      *index[target.peer]++ = target.ghost;
      *value[target.peer]++ = v;
    });
  });
}

void Shard::refresh_ghosts(std::uint32_t round) {
  if (plan_.peers.empty()) return;
  const TimedStep step(part_.timer, TickStep::take_ghosts);
  for (const Peer& peer : plan_.peers) {
    const Frame& frame = transport_.receive(peer.id, id_, round);
    for (std::size_t at = 0; at < frame.sections().size(); ++at) {
      const Frame::Section& section = frame.sections()[at];
      if (section.kind == SectionKind::wish) take_wishes(frame, section);
      if (section.kind == SectionKind::growing_id) take_fields(frame, at);
      if (section.kind != SectionKind::ghost_dense && section.kind != SectionKind::ghost_index) continue;
      Column& column = named(part_.columns, section.index);
      if (part_.schema.layer().columns[section.index].refresh == Refresh::never) throw FrameError("a value of a field that has no ghosts");
      traffic_.ghost_updates += section.count;
      with_type(column.type, [&](auto type) {
        using T = decltype(type);
        T* values = column.as<T>();
        if (section.kind == SectionKind::ghost_dense) {
          const auto dense = frame.items<T>(section);
          if (dense.size() != peer.ghost_end - peer.ghost_begin) throw FrameError("as many ghost values as ghosts are expected");
          if (!dense.empty()) std::memcpy(values + peer.ghost_begin, dense.data(), dense.size_bytes());
          return;
        }
        const auto index = frame.items<LocalIndex>(section);
        const auto value = frame.items<T>(frame.partner(at, SectionKind::ghost_value));
        for (std::size_t i = 0; i < index.size(); ++i) {
          if (index[i] < peer.ghost_begin || index[i] >= peer.ghost_end)
            throw FrameError("a value for a node that is no ghost of the sender's");
          values[index[i]] = value[i];
        }
      });
    }
  }
}

}  // namespace colony
