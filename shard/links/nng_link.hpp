// A FrameLink over NNG's byte streams, for ipc:// and tcp://: one listening address a process, one connection a pair of members. Whoever
// has the larger shard id dials. Every connection begins with the Handshake, in which both ends prove that they know the run's secret.
//
// Why not NNG's sockets: PAIR1 in polyamorous mode (1.5.2) drops what does not fit its queue of two and says that it was sent (of 200
// messages of 1 MiB to a slow peer 8 arrived), and a listener's limit on message sizes is one for strangers and members alike, so that
// strangers could make a process hold gigabytes. Streams have neither fault, and frames are read straight into the memory they stay in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/clock.hpp"
#include "shard/links/frame_link.hpp"
#include "shard/wire/auth.hpp"
#include "shard/wire/tls_session.hpp"

namespace colony {

struct NngOptions {
  /// "tcp://10.0.0.7:0" (0: any free port) or "ipc:///path/of/a/socket" (at most 100 characters of path; made with mode 0600).
  std::string listen;
  /// The host that peers dial where `listen` has a wildcard or an address of another network.
  std::string advertised_host;
  /// Of this run: a proof for one run is worth nothing in another.
  std::string run_nonce;
  /// Encrypts, for who listens at tcp://; all members have the same.
  TlsIdentity tls = {};
  std::uint64_t max_frame_bytes = std::uint64_t{2} << 30;
  /// Frames that wait for one peer; beyond it the oldest is dropped, and asked for again.
  std::size_t max_queued = 16;
  /// Connections that have not proven themselves, all together. When one more comes, the oldest is closed: legitimate peers need it for a
  /// few milliseconds, those that only fill the places lose them first.
  std::size_t max_strangers = 64;
  std::uint32_t handshake_ms = 2000;
  std::uint32_t dial_min_ms = 20, dial_max_ms = 200;  ///< between attempts; they go on as long as the peer is a member
};

class NngLink final : public FrameLink {
 public:
  /// Listens. Throws LinkError when the address can't be listened at or is not one that peers could dial. The clock is read on
  /// several threads and must outlive it.
  NngLink(Clock& clock, NngOptions options, const Secret& secret, RefusalLog log = {});
  ~NngLink() override;

  void start(Sink sink) override;
  void stop() override;
  std::string url() const override;
  void connect(ShardId self, const std::vector<MemberAddress>& members) override;
  void send(const Frame& frame) override;
  void send_kept(KeptFrame& kept) override;
  LinkTraffic traffic() const override;
  /// Peers with whom frames can be exchanged now; for tests and status.
  std::size_t connected() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace colony
