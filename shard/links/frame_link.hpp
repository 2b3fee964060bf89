// How encoded frames get from one member to another: NNG, MPI, or a simulated network. A link moves frames and promises nothing: they may
// be late, lost, doubled or out of order. FrameInbox makes rounds of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "engine/ids.hpp"
#include "shard/links/frame.hpp"
#include "shard/wire/messages.hpp"

namespace colony {

/// A link that can't be made: an address that can't be listened at, an MPI that can't do what is needed.
struct LinkError : Error {
  LinkError(const std::string& where_, const std::string& what_) : Error(ExitStatus::cluster, where_ + ": " + what_) {}
};

/// Bytes and frames of a link since the process began. Bytes are those of encoded frames.
struct LinkTraffic {
  std::uint64_t frames_sent = 0, bytes_sent = 0;
  std::uint64_t frames_received = 0, bytes_received = 0;
  std::uint64_t refused = 0;  ///< what arrived and was not a frame of a peer
};

/// A frame that a link may send from where it lies.
struct KeptFrame {
  Frame frame;
  std::span<const std::byte> wire;        ///< its wire form, made by the link that first sends it; empty before
  std::atomic<std::uint32_t> readers{0};  ///< sends under way; the frame must not be changed before they are done
};

class FrameLink {
 public:
  /// Takes a frame that arrived, and may leave in its place a spent one, whose memory is used again. Called from any thread, from several
  /// at a time, but never from within send() or connect(), with no lock of the link held: it may call send().
  using Sink = std::function<void(Frame&&)>;
  /// Hears of what was refused and who sent it ("shard 3", an address), for a log. Any thread; must be quick; must not call the link.
  using RefusalLog = std::function<void(std::string_view sender, std::string_view why)>;

  virtual ~FrameLink() = default;

  /// Frames are delivered from here on. Once, before connect().
  virtual void start(Sink sink) = 0;
  /// Closes all connections. When this returns, the sink is not called any more. The destructor does it too.
  virtual void stop() = 0;
  /// The run has failed, and whoever would be waited for at the end may be gone: before stop(), where that matters.
  virtual void give_up() {}
  /// Where peers reach this process; goes into JoinReport::bulk_url.
  virtual std::string url() const = 0;
  /// The members of a new epoch, this one (`self`) among them. Connections to those that stay are kept, to others closed. Returns at
  /// once; frames sent to a peer before it can be reached wait for it, or are lost and asked for again.
  virtual void connect(ShardId self, const std::vector<MemberAddress>& members) = 0;
  /// Encodes the frame; `frame` may be filled anew when this returns, which does not wait for the network. To the member header.to. Throws
  /// FrameError when the frame is larger than the link carries.
  virtual void send(const Frame& frame) = 0;
  /// The same without a copy where the link can: the frame must not change, nor end, while it has readers or before the link has stopped.
  virtual void send_kept(KeptFrame& kept) { send(kept.frame); }
  /// Makes progress on the caller's thread and delivers what has come. Returns false when that is not the caller's business, because the
  /// link has threads of its own that are as quick: then sleep until a frame is delivered. Never called by two threads at a time.
  virtual bool poll() { return false; }
  virtual LinkTraffic traffic() const = 0;
};

}  // namespace colony
