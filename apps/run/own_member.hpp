// The one member of a run in one process, which has all its shards: orders and reports are function calls.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/run/members.hpp"
#include "io/clock.hpp"
#include "shard/links/frame_link.hpp"
#include "shard/member.hpp"

namespace colony {

/// Of a member that has no peers: nothing is ever sent.
class NoLink final : public FrameLink {
 public:
  void start(Sink) override {}
  void stop() override {}
  std::string url() const override { return {}; }
  void connect(ShardId, const std::vector<MemberAddress>&) override {}
  void send(const Frame&) override { COLONY_ASSERT(false, "a frame for a peer, where there is none"); }
  LinkTraffic traffic() const override { return {}; }
};

class OwnMember final : public Members {
 public:
  /// identity: what it says of itself when it joins.
  OwnMember(MemberParts parts, JoinReport identity)
      : clock_(parts.clock), identity_(std::move(identity)), member_(std::move(parts), CheckpointWriter::Runs::behind) {}

  /// Goes on with what was ordered until something is to be told; waits for files without a limit, where nothing else can be done.
  bool gather(std::vector<ClusterEvent>& events, std::uint64_t most_ns) override;
  /// What is written when the end is ordered is waited for: the run folder may be given up next.
  void send(ConnectionId, Order order) override;
  void close(ConnectionId) override {}

  /// Null before the first epoch.
  const Host* host() const { return member_.host(); }

 private:
  static constexpr ConnectionId connection{1};
  Clock& clock_;
  JoinReport identity_;
  bool joined_ = false;
  Member member_;
};

}  // namespace colony
