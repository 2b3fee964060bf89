// A member of two as benchmarks of links drive it: rounds of frames that are packed already, through the same transport as in a run.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>

#include "shard/links/frame_link.hpp"
#include "shard/links/wire_transport.hpp"

namespace colony::bench {

class RoundMember {
 public:
  RoundMember(FrameLink& link, ShardId self, ShardId peer)
      : link_(link), self_(self), peer_(peer), transport_(link, clock_, std::uint64_t{60} * 1'000'000'000) {
    link_.start([this](Frame&& frame) { transport_.deliver(std::move(frame)); });
  }
  ~RoundMember() { link_.stop(); }

  void begin(const std::vector<MemberAddress>& members) {
    transport_.begin_epoch(1, 1, self_, {peer_}, Tick(0));
    link_.connect(self_, members);
    exchange(0);
  }
  /// `count` rounds in which both members send `bytes` bytes. The content is what the memory held before: it costs nothing to pack.
  void rounds(std::size_t count, std::size_t bytes) {
    for (std::size_t i = 0; i < count; ++i) exchange(bytes);
  }
  /// False when a frame of another size came.
  bool good() const { return good_; }

 private:
  void exchange(std::size_t bytes) {
    const Stage stage = transport_.stage();
    Frame& frame = transport_.open(self_, peer_, stage.round);
    if (bytes > 0) frame.add_bytes(SectionKind::ghost_dense, 0, bytes, 1);
    transport_.send(self_, peer_, stage.round);
    for (std::uint64_t seen = 0; !transport_.arrived();) seen = transport_.wait(seen, 1'000'000'000);
    good_ &= transport_.receive(peer_, self_, stage.round).payload_bytes() == bytes;
    transport_.next(stage.round == 1 ? Stage{stage.tick, 2} : Stage{stage.tick + (stage.round == 2), 1});
  }

  FrameLink& link_;
  SystemClock clock_;
  ShardId self_, peer_;
  WireTransport transport_;
  bool good_ = true;
};

}  // namespace colony::bench
