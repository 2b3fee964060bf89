// What every FrameLink must be good for, as the script of one member: rounds whose contents are a function of their headers, so that the
// receiver knows what it must have got. Runs in a thread (link_conformance.cpp) or as a process of mpirun (link_conformance_mpi.cpp).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "shard/links/frame_link.hpp"
#include "shard/links/wire_transport.hpp"

namespace colony::testing {

struct Schedule {
  std::uint64_t seed = 1;
  std::size_t max_payload = 4096;  ///< bytes of one frame, about; a third of the frames have none
  std::uint64_t frame_timeout_ns = 5'000'000;
  std::chrono::seconds patience{60};
};

/// splitmix64.
inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

inline std::uint64_t key_of(const FrameHeader& h, std::uint64_t seed) {
  std::uint64_t key = seed;
  for (const std::uint64_t part :
       {std::uint64_t{h.incarnation}, std::uint64_t{h.epoch}, h.tick, std::uint64_t{h.round}, std::uint64_t{h.from}, std::uint64_t{h.to}})
    key = mixed(key ^ part);
  return key;
}

/// Sizes of the sections of the frame with this header, in items of 8 bytes.
inline std::vector<std::size_t> section_sizes(const FrameHeader& header, const Schedule& schedule) {
  std::uint64_t key = key_of(header, schedule.seed);
  std::vector<std::size_t> sizes;
  if (key % 3 == 0) return sizes;
  for (std::uint64_t s = 0; s < 1 + key / 3 % 3; ++s) {
    key = mixed(key);
    // Short ones and long ones alike: uniform, then cut by up to 2^15.
    sizes.push_back((key >> 8) % (schedule.max_payload / 24 + 1) >> (key % 16));
  }
  return sizes;
}

inline void fill(Frame& frame, const Schedule& schedule) {
  const std::uint64_t key = key_of(frame.header, schedule.seed);
  std::uint16_t index = 0;
  for (const std::size_t size : section_sizes(frame.header, schedule)) {
    auto* items = frame.add<std::uint64_t>(SectionKind::ghost_dense, index, size);
    for (std::size_t i = 0; i < size; ++i) items[i] = key + index + i;
    ++index;
  }
}

/// Empty, or what is wrong.
inline std::string fault_of(const Frame& frame, const Schedule& schedule) {
  const auto sizes = section_sizes(frame.header, schedule);
  const std::uint64_t key = key_of(frame.header, schedule.seed);
  if (frame.sections().size() != sizes.size()) return fmt::format("{} sections for {}", frame.sections().size(), sizes.size());
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    const auto items = frame.items<std::uint64_t>(frame.sections()[s]);
    if (items.size() != sizes[s]) return "a section of another length";
    for (std::size_t i = 0; i < items.size(); ++i)
      if (items[i] != key + s + i) return "other contents";
  }
  return {};
}

/// One member: its transport over the link that it is given, which it starts and stops.
class TestMember {
 public:
  /// The epoch is over; from begin() and tick().
  struct Abandoned {};

  TestMember(FrameLink& link, ShardId self, const Schedule& schedule)
      : link_(link), self_(self), schedule_(schedule), transport_(link, clock_, schedule.frame_timeout_ns) {
    transport_.log_refusals([this](std::string_view sender, std::string_view) { last_refused_ = sender; });
    link_.start([this](Frame&& frame) { transport_.deliver(std::move(frame)); });
  }
  ~TestMember() { link_.stop(); }

  /// Begins an epoch and goes through its first stage.
  void begin(std::uint32_t epoch, const std::vector<MemberAddress>& members, std::uint64_t start) {
    peers_.clear();
    for (const MemberAddress& member : members)
      if (member.shard != self_) peers_.push_back(member.shard);
    epoch_ = epoch;
    transport_.begin_epoch(1, epoch, self_, peers_, Tick(start));
    link_.connect(self_, members);
    send(2);  // as a shard does it: ghosts
    read({start, 0});
    transport_.next({start, 1});
  }
  void tick() {
    const std::uint64_t t = transport_.stage().tick;
    send(1);
    read({t, 1});
    send(2);
    transport_.next({t, 2});
    read({t, 2});
    transport_.next({t + 1, 1});
  }
  /// Round 1 is sent, and nothing more happens in this epoch.
  void half_a_tick() { send(1); }

  /// Frames that no correct peer sends at this point; `to` must drop them all. Returns how many.
  std::size_t forge(ShardId to) {
    const Stage stage = transport_.stage();
    const FrameHeader honest{1, epoch_, stage.tick, stage.round, self_.value, to.value};
    std::vector<FrameHeader> headers(6, honest);
    headers[0].epoch = epoch_ - 1;
    headers[1].tick += 3;
    headers[2].round = 9;
    headers[3].from = 77;
    headers[4].incarnation = 0;
    headers[5].tick = ~std::uint64_t{0};
    for (const FrameHeader& header : headers) {
      Frame frame;
      frame.header = header;
      fill(frame, schedule_);
      link_.send(frame);
    }
    return headers.size();
  }

  /// Waiting ends with Abandoned when this holds: the coordinator has ordered another epoch.
  void abandon_when(std::function<bool()> over) { over_ = std::move(over); }

  /// Goes on answering those who lack something, until `done`.
  template <class F>
  void linger(const F& done) {
    std::uint64_t seen = 0;
    while (!done()) seen = transport_.wait(seen, 1'000'000);
  }

  std::size_t stages_read() const { return stages_read_; }
  const std::vector<std::string>& faults() const { return faults_; }
  WireTransport& transport() { return transport_; }
  const std::string& last_refused() const { return last_refused_; }
  std::size_t reports() const { return reports_; }

 private:
  void send(std::uint32_t round) {
    for (const ShardId peer : peers_) {
      fill(transport_.open(self_, peer, round), schedule_);
      transport_.send(self_, peer, round);
    }
  }
  void read(Stage stage) {
    const auto deadline = std::chrono::steady_clock::now() + schedule_.patience;
    for (std::uint64_t seen = 0; !transport_.arrived();) {
      seen = transport_.wait(seen, std::min<std::uint64_t>(schedule_.frame_timeout_ns / 4, 2'000'000));
      if (over_ && over_()) throw Abandoned{};
      reports_ += transport_.ask_for_overdue().size();
      if (std::chrono::steady_clock::now() > deadline)
        throw std::runtime_error(
            fmt::format("shard {}, epoch {}: stuck at tick {}, round {}", self_.value, epoch_, stage.tick, stage.round));
    }
    for (const ShardId peer : peers_) {
      const Frame& frame = transport_.receive(peer, self_, stage.round);
      const FrameHeader& h = frame.header;
      std::string fault = fault_of(frame, schedule_);
      if (h.epoch != epoch_ || h.tick != stage.tick || h.round != stage.round || h.from != peer.value || h.to != self_.value)
        fault = "a frame of another stage";
      if (!fault.empty())
        faults_.push_back(fmt::format("shard {} from {}, tick {}, round {}: {}", self_.value, peer.value, stage.tick, stage.round, fault));
    }
    ++stages_read_;
  }

  FrameLink& link_;
  SystemClock clock_;
  ShardId self_;
  Schedule schedule_;
  WireTransport transport_;
  std::vector<ShardId> peers_;
  std::uint32_t epoch_ = 0;
  std::size_t stages_read_ = 0, reports_ = 0;
  std::vector<std::string> faults_;
  std::function<bool()> over_;
  std::string last_refused_;
};

}  // namespace colony::testing
