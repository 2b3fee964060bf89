#include "tests/sim/network.hpp"

#include <utility>

#include "engine/error.hpp"

namespace colony::sim {
namespace {

/// The mark of bytes that were changed on the way, after them: what decodes in spite of it was let through.
constexpr std::byte intact{0}, damaged{1};

void damage(std::vector<std::byte>& wire, Dice& dice) {
  const std::size_t bytes = wire.size() - 1;
  if (dice.permille(150)) wire.resize(dice.below(bytes) + 1);
  else wire[dice.below(bytes)] ^= static_cast<std::byte>(1u << dice.below(8));
  wire.back() = damaged;
}

}  // namespace

// ---- Network ----

void Network::send(std::uint32_t from_machine, const std::string& url, const Frame& frame) {
  const bool storm = scene_.weather.storm > scene_.now();
  const std::uint64_t lost = scene_.healed ? 0 : scene_.options.lost + (storm ? scene_.weather.storm_permille : 0);
  ++scene_.tally.frames;
  if (scene_.dice.permille(lost)) {
    ++scene_.tally.frames_lost;
    scene_.trace.note("a frame of machine {} is lost", from_machine);
    return;
  }
  std::vector<std::byte> wire = frame.encode();
  wire.push_back(intact);
  std::uint64_t delay = scene_.delay();
  if (storm) delay += scene_.dice.below(20 * ms);
  if (!scene_.healed && scene_.dice.permille(scene_.options.doubled)) {
    ++scene_.tally.frames_doubled;
    post(from_machine, url, wire, delay + scene_.dice.below(scene_.dice.flip() ? ms : 100 * ms));
  }
  if (!scene_.healed && scene_.dice.permille(scene_.options.damaged)) {
    ++scene_.tally.frames_damaged;
    damage(wire, scene_.dice);
  }
  post(from_machine, url, std::move(wire), delay);
}

void Network::post(std::uint32_t from_machine, const std::string& url, std::vector<std::byte> wire, std::uint64_t delay) {
  scene_.timeline.after(delay, [this, from_machine, url, wire = std::move(wire)]() mutable {
    const auto port = ports_.find(url);
    if (port == ports_.end()) return;
    if (scene_.weather.bulk_cut(from_machine, port->second->machine(), scene_.now())) {
      ++scene_.tally.frames_lost;
      return;
    }
    port->second->arrive(std::move(wire));
  });
}

// ---- Link ----

void SimLink::connect(ShardId, const std::vector<MemberAddress>& members) {
  peers_.clear();
  for (const MemberAddress& member : members) peers_[member.shard.value] = member.url;
}

void SimLink::send(const Frame& frame) {
  const auto peer = peers_.find(frame.header.to);
  if (peer == peers_.end()) return;  // an answer to a member of another epoch
  ++traffic_.frames_sent;
  traffic_.bytes_sent += frame.encoded_bytes();
  network_.send(machine_, peer->second, frame);
}

/// Half of the frames are read at once, most others soon, a few so late that the peer has asked for them again and gone on meanwhile.
void SimLink::send_kept(KeptFrame& kept) {
  if (scene_.dice.flip()) return send(kept.frame);
  kept.readers.fetch_add(1);
  const std::uint64_t lag = scene_.dice.below(scene_.dice.permille(50) && !scene_.healed ? 40 * ms : 200 * us);
  scene_.timeline.after(lag, [this, &kept, of = stops_, wire = kept.frame.encode()] {
    if (of != stops_) return;
    if (kept.frame.encode() != wire) scene_.violate("a frame was changed while the link read it");
    send(kept.frame);
    kept.readers.fetch_sub(1);
  });
}

void SimLink::receive(const std::vector<std::byte>& wire) {
  const bool was_damaged = wire.back() == damaged;
  try {
    Frame frame = Frame::decode({wire.data(), wire.size() - 1});
    ++traffic_.frames_received;
    traffic_.bytes_received += wire.size() - 1;
    if (was_damaged) scene_.violate("a frame that was damaged on the way was not refused");
    sink_(std::move(frame));
  } catch (const FrameError& error) {
    ++traffic_.refused;
    if (!was_damaged) scene_.violate(fmt::format("a frame that is whole was refused: {}", error.what()));
  }
}

}  // namespace colony::sim
