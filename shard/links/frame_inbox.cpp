#include "shard/links/frame_inbox.hpp"

#include <algorithm>
#include <utility>

#include "engine/error.hpp"

namespace colony {
namespace {

auto epoch_of(const Frame& frame) { return std::pair(frame.header.incarnation, frame.header.epoch); }

}  // namespace

void FrameInbox::begin_epoch(std::uint32_t incarnation, std::uint32_t epoch, ShardId self, std::vector<ShardId> peers, Stage first) {
  COLONY_ASSERT(!begun_ || std::pair(incarnation, epoch) > std::pair(incarnation_, epoch_), "epochs only go up");
  COLONY_ASSERT(first.round <= 2, "a tick has two rounds");
  begun_ = true;
  incarnation_ = incarnation;
  epoch_ = epoch;
  self_ = self;
  peers_ = std::move(peers);
  std::sort(peers_.begin(), peers_.end());
  first_ = stage_ = first;
  arrived_ = 0;
  for (auto& of_peer : slots_)
    for (Slot& slot : of_peer) retire(slot);
  slots_.resize(peers_.size());
  std::vector<Frame> early;
  early.swap(early_);
  for (Frame& frame : early) take(std::move(frame));  // those of later epochs come back to early_
}

FrameInbox::Fate FrameInbox::take(Frame&& frame) {
  const Fate fate = sort(frame);
  switch (fate) {
    case Fate::kept: break;  // counted when it has its place
    case Fate::stale: ++counts_.stale; break;
    case Fate::refused: ++counts_.refused; break;
  }
  return fate;
}

FrameInbox::Fate FrameInbox::sort(Frame& frame) {
  const FrameHeader& header = frame.header;
  if (!begun_ || epoch_of(frame) > std::pair(incarnation_, epoch_)) return sort_early(frame);
  if (epoch_of(frame) < std::pair(incarnation_, epoch_)) return Fate::stale;
  if (ShardId(header.to) != self_) return refuse("it is for another member");
  const std::size_t peer = peer_index(ShardId(header.from));
  if (peer == peers_.size()) return refuse("its sender is no peer in this epoch");
  const Stage stage{header.tick, header.round};
  if (header.round > 2 || (header.round == 0 && header.tick != first_.tick)) return refuse("a tick has no such round");
  if (stage < stage_) return Fate::stale;
  // Before ordinal(), which a tick beyond all reason would overflow.
  if (header.tick - stage_.tick > reach || ordinal(stage) - ordinal(stage_) >= reach)
    return refuse("it is further ahead than a peer can be");
  Slot& slot = this->slot(peer, ordinal(stage));
  if (slot.full) return Fate::stale;
  slot.frame.swap(frame);
  if (!spare_.empty()) {
    frame.swap(spare_.back());
    spare_.pop_back();
  }
  slot.full = true;
  ++counts_.kept;
  if (stage == stage_) ++arrived_;
  return Fate::kept;
}

/// Of a sender's frames those of the newest epochs are kept: what an abandoned epoch left behind must not take their place.
FrameInbox::Fate FrameInbox::sort_early(Frame& frame) {
  const auto same_sender = [&](const Frame& kept) { return kept.header.from == frame.header.from; };
  Frame* oldest = nullptr;
  std::size_t count = 0;
  for (Frame& kept : early_) {
    if (!same_sender(kept)) continue;
    const FrameHeader &a = kept.header, &b = frame.header;
    if (epoch_of(kept) == epoch_of(frame) && a.tick == b.tick && a.round == b.round && a.to == b.to) return Fate::stale;
    ++count;
    if (oldest == nullptr || epoch_of(kept) < epoch_of(*oldest)) oldest = &kept;
  }
  if (count < most_early) {
    early_.emplace_back().swap(frame);
    return Fate::kept;
  }
  if (epoch_of(*oldest) >= epoch_of(frame)) return refuse("too many frames of an epoch that has not begun here");
  oldest->swap(frame);
  frame.clear();
  return Fate::kept;
}

FrameInbox::Fate FrameInbox::refuse(std::string_view why) {
  why_ = why;
  return Fate::refused;
}

std::size_t FrameInbox::peer_index(ShardId peer) const {
  const auto it = std::lower_bound(peers_.begin(), peers_.end(), peer);
  return it != peers_.end() && *it == peer ? static_cast<std::size_t>(it - peers_.begin()) : peers_.size();
}

/// Position of a stage in its epoch: (T, 0), (T, 1), (T, 2), (T + 1, 1), (T + 1, 2), ...
std::uint64_t FrameInbox::ordinal(Stage stage) const { return 2 * (stage.tick - first_.tick) + stage.round; }

std::vector<ShardId> FrameInbox::missing() const {
  std::vector<ShardId> list;
  for (std::size_t p = 0; p < peers_.size(); ++p)
    if (!slots_[p][ordinal(stage_) % reach].full) list.push_back(peers_[p]);
  return list;
}

const Frame& FrameInbox::frame(ShardId peer) const {
  const std::size_t p = peer_index(peer);
  COLONY_ASSERT(p < peers_.size() && complete(), "a frame of a peer is read when its stage is complete");
  return slots_[p][ordinal(stage_) % reach].frame;
}

/// The memory of what has been read is the first to be used again, while it is in the cache.
void FrameInbox::retire(Slot& slot) {
  if (!std::exchange(slot.full, false)) return;
  slot.frame.clear();
  spare_.emplace_back().swap(slot.frame);
}

void FrameInbox::next(Stage stage) {
  COLONY_ASSERT(complete() && ordinal(stage) == ordinal(stage_) + 1, "stages follow one another, each complete");
  for (std::size_t p = 0; p < peers_.size(); ++p) retire(slot(p, ordinal(stage_)));
  stage_ = stage;
  arrived_ = 0;
  for (std::size_t p = 0; p < peers_.size(); ++p) arrived_ += slot(p, ordinal(stage_)).full;
}

}  // namespace colony
