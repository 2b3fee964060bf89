#include "shard/links/wire_transport.hpp"

#include <fmt/format.h>

#include <bit>
#include <chrono>

#include "engine/error.hpp"

namespace colony {
namespace {

/// Polls of the link, some tens of nanoseconds each, between two looks at the clock.
constexpr std::uint32_t looks_a_turn = 32;
/// So long a waiting member polls without a pause, and so long it sleeps between two turns after that.
constexpr std::uint64_t eager_ns = 50'000;
constexpr std::chrono::microseconds nap{20};

auto epoch_of(const FrameHeader& header) { return std::pair(header.incarnation, header.epoch); }

}  // namespace

WireTransport::WireTransport(FrameLink& link, Clock& clock, std::uint64_t frame_timeout_ns)
    : link_(link), clock_(clock), frame_timeout_ns_(frame_timeout_ns) {}

void WireTransport::begin_epoch(std::uint32_t incarnation, std::uint32_t epoch, ShardId self, std::vector<ShardId> peers, Tick start) {
  const std::lock_guard lock(mutex_);
  stamp_ = {};
  stamp_.incarnation = incarnation;
  stamp_.epoch = epoch;
  stamp_.from = self.value;
  for (const auto& [key, out] : outgoing_) spare_.push_back(out.kept);
  outgoing_.clear();
  overdue_.clear();
  for (const ShardId peer : peers) overdue_[peer] = {};
  waiting_ = false;
  inbox_.begin_epoch(incarnation, epoch, self, std::move(peers), {start.value, 0});
}

// ---- Transport ----

Frame& WireTransport::open(ShardId from, ShardId to, std::uint32_t round) {
  const std::lock_guard lock(mutex_);
  COLONY_ASSERT(from.value == stamp_.from && round <= 2, "a member sends its own frames");
  const Stage stage = inbox_.stage();
  if (stage.round == 0) round = 0;
  Outgoing& out = outgoing_[{to, round}];
  out.sent = false;
  if (out.kept == nullptr || out.kept->readers.load(std::memory_order_acquire) != 0) {
    if (out.kept != nullptr) spare_.push_back(out.kept);
    out.kept = &unread_frame();
  }
  Frame& frame = out.kept->frame;
  out.kept->wire = {};
  frame.clear();
  frame.header = stamp_;
  frame.header.tick = stage.tick;
  frame.header.round = round;
  frame.header.to = to.value;
  return frame;
}

/// A frame that no link reads. In the steady state the last one of a stage has been read long before it is opened again: this member
/// could only go on because it arrived.
KeptFrame& WireTransport::unread_frame() {
  for (KeptFrame*& spare : spare_)
    if (spare->readers.load(std::memory_order_acquire) == 0) {
      std::swap(spare, spare_.back());
      KeptFrame& found = *spare_.back();
      spare_.pop_back();
      return found;
    }
  return *kept_.emplace_back(std::make_unique<KeptFrame>());
}

void WireTransport::send(ShardId, ShardId to, std::uint32_t round) {
  Outgoing* out = nullptr;
  {
    const std::lock_guard lock(mutex_);
    out = &outgoing_.at({to, inbox_.stage().round == 0 ? 0 : round});
  }
  link_.send_kept(*out->kept);
  // Only now, so that no other thread sends it while the link makes its wire form.
  const std::lock_guard lock(mutex_);
  out->sent = true;
}

const Frame& WireTransport::receive(ShardId from, ShardId, std::uint32_t round) {
  const std::lock_guard lock(mutex_);
  COLONY_ASSERT(inbox_.stage().round == 0 || inbox_.stage().round == round, "frames are read in the stage they belong to");
  return inbox_.frame(from);
}

// ---- What arrives ----

void WireTransport::deliver(Frame&& frame) {
  const FrameHeader header = frame.header;
  std::string_view refused;
  std::uint64_t refusals = 0;
  {
    const std::lock_guard lock(mutex_);
    if ((header.round & ask_again) != 0) return answer(header);
    if ((header.round & not_yet) != 0) return heard(header);
    switch (inbox_.take(std::move(frame))) {
      case FrameInbox::Fate::stale: return;
      case FrameInbox::Fate::kept: deliveries_.fetch_add(1, std::memory_order_release); break;
      case FrameInbox::Fate::refused:
        refused = inbox_.why_refused();
        refusals = inbox_.counts().refused;
        break;
    }
  }
  if (refusals == 0) delivered_.notify_all();
  else if (log_ && std::has_single_bit(refusals))
    log_(fmt::format("shard {}", header.from), fmt::format("{} (epoch {}, tick {}, round {}, to shard {}); {} refused so far", refused,
                                                           header.epoch, header.tick, header.round, header.to, refusals));
}

/// Sends the frame that a peer lacks again. The lock is held, so that it is not filled anew meanwhile.
void WireTransport::answer(const FrameHeader& question) {
  if (epoch_of(question) < epoch_of(stamp_)) {
    ++counts_.stale;
    return;
  }
  const std::uint32_t round = question.round & ~ask_again;
  if (epoch_of(question) == epoch_of(stamp_)) {
    if (question.to != stamp_.from || !overdue_.contains(ShardId(question.from))) {
      ++counts_.refused;
      return;
    }
    const auto it = outgoing_.find({ShardId(question.from), round});
    if (it != outgoing_.end() && it->second.kept->frame.header.tick >= question.tick && it->second.sent) {
      if (it->second.kept->frame.header.tick > question.tick) {
        ++counts_.stale;
        return;
      }
      ++counts_.resent;
      link_.send_kept(*it->second.kept);
      return;
    }
  }
  FrameHeader excuse = question;
  excuse.from = question.to;
  excuse.to = question.from;
  excuse.round = round;
  signal(excuse, not_yet);
}

/// A peer has no frame of this stage yet: it lives and can be reached.
void WireTransport::heard(const FrameHeader& excuse) {
  const Stage stage = inbox_.stage();
  const auto it = overdue_.find(ShardId(excuse.from));
  if (epoch_of(excuse) != epoch_of(stamp_) || excuse.to != stamp_.from || it == overdue_.end() || excuse.tick != stage.tick ||
      (excuse.round & ~not_yet) != stage.round) {
    ++counts_.stale;
    return;
  }
  it->second.since_ns = clock_.now_ns();
  it->second.asked = 0;
}

void WireTransport::signal(FrameHeader header, std::uint32_t bit) {
  Frame frame;
  frame.header = header;
  frame.header.round |= bit;
  link_.send(frame);
}

// ---- Waiting ----

Stage WireTransport::stage() {
  const std::lock_guard lock(mutex_);
  return inbox_.stage();
}

bool WireTransport::arrived() {
  const std::lock_guard lock(mutex_);
  if (inbox_.complete()) return true;
  start_waiting();
  return false;
}

void WireTransport::next(Stage stage) {
  const std::lock_guard lock(mutex_);
  inbox_.next(stage);
  waiting_ = false;
}

void WireTransport::start_waiting() {
  if (waiting_) return;
  waiting_ = true;
  const std::uint64_t now = clock_.now_ns();
  for (auto& [peer, overdue] : overdue_) overdue = {now, 0, false};
}

std::vector<ShardId> WireTransport::ask_for_overdue() {
  std::vector<ShardId> asked, in_vain;
  FrameHeader question;
  {
    const std::lock_guard lock(mutex_);
    if (inbox_.complete()) return {};
    start_waiting();
    const std::uint64_t now = clock_.now_ns();
    for (const ShardId peer : inbox_.missing()) {
      Overdue& overdue = overdue_.at(peer);
      if (now - overdue.since_ns < frame_timeout_ns_) continue;
      if (overdue.asked == most_asks && !overdue.reported) {
        in_vain.push_back(peer);
        overdue.reported = true;
      }
      // On it goes even then: what was cut may heal before anyone has decided.
      if (overdue.asked < most_asks) ++overdue.asked;
      overdue.since_ns = now;
      asked.push_back(peer);
    }
    counts_.asked += asked.size();
    question = stamp_;
    question.tick = inbox_.stage().tick;
    question.round = inbox_.stage().round;
  }
  for (const ShardId peer : asked) {
    question.to = peer.value;
    signal(question, ask_again);
  }
  return in_vain;
}

WireTransport::Counts WireTransport::counts() {
  const std::lock_guard lock(mutex_);
  Counts sum = counts_;
  sum.kept += inbox_.counts().kept;
  sum.stale += inbox_.counts().stale;
  sum.refused += inbox_.counts().refused;
  return sum;
}

void WireTransport::wake() {
  {
    const std::lock_guard lock(mutex_);
    deliveries_.fetch_add(1, std::memory_order_release);
  }
  delivered_.notify_all();
}

std::uint64_t WireTransport::wait(std::uint64_t seen, std::uint64_t timeout_ns) {
  const std::uint64_t begin_ns = clock_.now_ns();
  const auto new_ones = [&] { return deliveries_.load(std::memory_order_acquire) != seen; };
  for (std::uint32_t looks = 1; !new_ones(); ++looks) {
    if (!link_.poll()) {
      std::unique_lock lock(mutex_);
      delivered_.wait_for(lock, std::chrono::nanoseconds(timeout_ns), new_ones);
      break;
    }
    if (looks % looks_a_turn != 0) continue;
    const std::uint64_t passed_ns = clock_.now_ns() - begin_ns;
    if (passed_ns >= timeout_ns) break;
    if (passed_ns < eager_ns) continue;
    // The awaited peer may need this core. A sleeping thread is woken at once; one that yields on a crowded machine waits for all others.
    std::unique_lock lock(mutex_);
    delivered_.wait_for(lock, nap, new_ones);
  }
  return deliveries_.load(std::memory_order_acquire);
}

}  // namespace colony
