// How encoded frames get from one member to another: NNG, MPI, or a simulated network. A link moves frames and promises nothing: they may
// be late, lost, doubled or out of order. FrameInbox makes rounds of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/ids.hpp"
#include "shard/frame.hpp"
#include "shard/wire/messages.hpp"

namespace colony {

/// Bytes and frames of a link since the process began.
struct LinkTraffic {
  std::uint64_t frames_sent = 0, bytes_sent = 0;
  std::uint64_t frames_received = 0, bytes_received = 0;
  std::uint64_t refused = 0;  ///< what arrived and was no frame of a peer's
};

class FrameLink {
 public:
  /// Takes a frame that arrived; called from any thread, one at a time for each sender.
  using Sink = std::function<void(Frame&&)>;

  virtual ~FrameLink() = default;

  /// Where peers reach this process; goes into JoinReport::bulk_url.
  virtual std::string url() const = 0;
  /// The members of a new epoch, this one (`self`) among them. Connections to those that stay are kept, to others closed. Returns at
  /// once; frames sent to a peer before it can be reached wait for it, or are lost and asked for again.
  virtual void connect(ShardId self, const std::vector<MemberAddress>& members) = 0;
  /// Encodes the frame and takes it over; `frame` may be filled anew when this returns. To the member header.to.
  virtual void send(const Frame& frame) = 0;
  virtual LinkTraffic traffic() const = 0;
};

}  // namespace colony
