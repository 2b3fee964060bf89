// One shard: its part of the colony, its ghosts, and the two rounds in which it talks to its peers. The same object in one process and
// among many; only its transport differs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/model.hpp"
#include "engine/model/seeder.hpp"
#include "engine/state/image.hpp"
#include "engine/state/part.hpp"
#include "shard/layout.hpp"
#include "shard/links/transport.hpp"

namespace colony {

/// What travelled, counted since the start; tests assert with these that something happened.
struct ShardTraffic {
  std::map<std::string, std::uint64_t, std::less<>> effects;  ///< sent to owners, by the verbs of their kinds
  std::uint64_t ghost_updates = 0;                            ///< ghost values received
  std::uint64_t wishes = 0;                                   ///< for links, sent
  /// How many effects of a verb (EffectSpec) went to other shards.
  std::uint64_t remote(std::string_view verb) const {
    const auto found = effects.find(verb);
    return found == effects.end() ? 0 : found->second;
  }
  ShardTraffic& operator+=(const ShardTraffic& other);
};

class Shard {
 public:
  Shard(ShardId id, const Declared& schema, ShardLayout layout, Transport& transport, std::size_t workers);

  ShardId id() const { return id_; }
  Part& part() { return part_; }
  const Part& part() const { return part_; }
  const GhostPlan& plan() const { return plan_; }
  /// The peer that owns a node named by content; no_index: this shard.
  std::uint32_t peer_of_content(std::uint64_t id) const;
  ShardTraffic traffic() const;

  // ---- A tick: three steps with a barrier (all peers' frames there) between them ----
  /// Sense, Act; sends round 1. Or in two, with what the policies decide (engine/tick/phases.hpp) between them.
  void sense_and_act(Tick tick, const Globals& globals, Executor& executor);
  void sense(Tick tick, const Globals& globals, Executor& executor);
  void act(Executor& executor);
  /// Takes round 1; Decay, Advance; sends round 2. Returns the partial globals of S(tick + 1) and leaves its events in `events`.
  const Globals& decay_and_advance(bool observe, Executor& executor, std::vector<Event>& events);
  /// Takes round 2: the ghosts are those of S(tick + 1).
  void refresh_ghosts(std::uint32_t round = 2);

  /// Sends all near columns whole, as round 0, after S(0) was filled or a checkpoint loaded; then refresh_ghosts(0).
  void send_all_ghosts();

  // ---- State as columns ----
  /// Copies the state into `image`, whose memory is used again: agents grouped by block, ids global.
  void fill_image(ShardImage& image, Tick tick, Executor& executor);
  /// Takes what this shard owns of an image; locate as in Seeder. Call for every image of a checkpoint, then finish_load.
  void load(const ShardImage& image, const std::function<LocalIndex(std::uint64_t)>& locate);
  void finish_load(Executor& executor);

 private:
  void send_effects();
  void take_effects();
  void send_ghosts(bool everything);

  void send_wishes(std::size_t layer, const std::vector<Frame*>& frames);
  void send_fields(std::size_t layer, bool everything, const std::vector<Frame*>& frames);
  void take_fields(const Frame& frame, std::size_t at);
  void take_wishes(const Frame& frame, const Frame::Section& section);
  void pack_column(std::uint16_t column, bool everything, std::vector<Frame*>& frames);

  ShardId id_;
  Part part_;
  GhostPlan plan_;
  Transport& transport_;
  ShardTraffic traffic_;  ///< but for the effects, which count themselves
  Globals partial_;
  std::vector<Array<RowLink>> loaded_links_;  ///< by growing layer: what images brought, until finish_load
};

}  // namespace colony
