#include "engine/effects/claim.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "engine/effects/move.hpp"
#include "engine/error.hpp"
#include "engine/random/random.hpp"
#include "engine/schema/declared.hpp"

namespace colony {
namespace {

/// Order of claimants of one node: by a keyed draw of their species and id, then by both. A function of who claims, not of where it is
/// kept.
struct Priority {
  std::uint64_t draw;
  std::uint64_t id;
  ClaimEntry entry;
  bool operator<(const Priority& other) const {
    return std::tie(draw, entry.species, id) < std::tie(other.draw, other.entry.species, other.id);
  }
};

/// A claim that goes with its agent, by the agent's place among those of its species that the peer is sent.
struct RemoteClaim {
  std::uint32_t ordinal;
  std::uint32_t species;
};

}  // namespace

ClaimEffect::ClaimEffect(const Part&, std::size_t workers, std::uint32_t claim) : entries(workers), claim_(claim) {}

EffectSpec ClaimEffect::spec(const std::string& name, std::uint32_t claim) {
  return effect_spec<ClaimEffect>("claim", name, EffectStage::claims, claim);
}

void ClaimEffect::settle(Part& part) {
  for (auto& [list] : entries) {
    std::size_t kept = 0;
    for (ClaimEntry entry : list) {
      entry.node = part.species[entry.species].nodes[entry.slot];
      if (entry.node != no_index) list[kept++] = entry;
    }
    list.resize(kept);
  }
}

void ClaimEffect::pack(Part& part, Outbox& outbox) {
  std::vector<std::vector<RemoteClaim>> leaving(outbox.peers());
  for (auto& [list] : entries) {
    std::size_t kept = 0;
    for (const ClaimEntry& entry : list) {
      if (entry.node < part.geometry.owned) {
        list[kept++] = entry;
        continue;
      }
      const MoveEffect::Departure& left = part.effect<MoveEffect>(part.schema.species()[entry.species].moves).departure(entry.slot);
      leaving[left.peer].push_back({left.ordinal, entry.species});
    }
    list.resize(kept);
  }
  for (std::size_t p = 0; p < leaving.size(); ++p) {
    if (leaving[p].empty()) continue;
    std::copy(leaving[p].begin(), leaving[p].end(), outbox.add<RemoteClaim>(p, leaving[p].size()));
    sent += leaving[p].size();
  }
}

void ClaimEffect::take(Part& part, Parcel& parcel) {
  for (const RemoteClaim& claim : parcel.next<RemoteClaim>()) {
    if (claim.species >= part.species.size()) throw FrameError("a claim of a species that the model does not have");
    const std::uint32_t slot = part.effect<MoveEffect>(part.schema.species()[claim.species].moves).arrived(parcel.peer, claim.ordinal);
    const LocalIndex node = part.species[claim.species].nodes[slot];
    entries[0].push_back({node, slot, static_cast<std::uint16_t>(claim.species), static_cast<std::uint16_t>(parcel.peer + 1)});
  }
}

bool ClaimEffect::is_clear(const Part&) const {
  return std::all_of(entries.begin(), entries.end(), [](const auto& list) { return list.value.empty(); });
}

void ClaimEffect::commit(Part& part, Executor&) {
  winners.clear();
  std::vector<ClaimEntry> all;
  for (auto& [list] : entries) {
    all.insert(all.end(), list.begin(), list.end());
    list.clear();
  }
  if (all.empty()) return;
  std::sort(all.begin(), all.end(), [](const ClaimEntry& a, const ClaimEntry& b) { return a.node < b.node; });
  const ClaimSpec& spec = part.schema.layer().claims[claim_];
  const std::uint32_t column = spec.stock_column;
  auto* stock = part.columns[column].as<std::uint32_t>();
  const bool tell_ghosts = part.schema.layer().columns[column].refresh == Refresh::listed;
  const RandomKey key = part.key(Stream::claim);
  std::vector<Priority> contest;
  for (auto first = all.begin(); first != all.end();) {
    const LocalIndex node = first->node;
    const auto last = std::find_if(first, all.end(), [node](const ClaimEntry& e) { return e.node != node; });
    const auto claimants = static_cast<std::size_t>(last - first);
    const std::size_t granted = std::min<std::size_t>(claimants, stock[node]);
    if (granted == claimants) {
      winners.insert(winners.end(), first, last);
    } else {
      ++contests;
      remote_contests += std::any_of(first, last, [&](const ClaimEntry& e) { return e.origin != first->origin; });
    }
    if (granted > 0 && granted < claimants) {
      contest.clear();
      for (auto it = first; it != last; ++it) {
        const std::uint64_t id = part.species[it->species].ids[it->slot];
        contest.push_back({high_word(draw_entity(key, id, std::uint64_t{it->species} << 32 | claim_)), id, *it});
      }
      std::nth_element(contest.begin(), contest.begin() + static_cast<std::ptrdiff_t>(granted) - 1, contest.end());
      for (std::size_t i = 0; i < granted; ++i) winners.push_back(contest[i].entry);
    }
    if (granted > 1 && spec.one_winner) [[unlikely]]
      throw ModelError(fmt::format("{} agents win \"{}\" at node {} in tick {}, and winners write what is there: the stock has to be one",
                                   granted, spec.name, part.geometry.id_of(node), part.tick.value));
    if (granted > 0) {
      stock[node] -= static_cast<std::uint32_t>(granted);
      if (tell_ghosts) part.changed[column].push_back(node);
    }
    first = last;
  }
}

}  // namespace colony
