#include "engine/effects/claims.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

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

}  // namespace

void place_claims(Part& part) {
  for (WorkerScratch& worker : part.workers)
    for (auto& entries : worker.claims) {
      std::size_t kept = 0;
      for (ClaimEntry entry : entries) {
        entry.node = part.species[entry.species].nodes[entry.slot];
        if (entry.node != no_index) entries[kept++] = entry;
      }
      entries.resize(kept);
    }
}

void decide_claims(Part& part, std::size_t claim) {
  std::vector<ClaimEntry>& winners = part.winners[claim];
  winners.clear();
  std::vector<ClaimEntry> entries;
  for (WorkerScratch& worker : part.workers) {
    entries.insert(entries.end(), worker.claims[claim].begin(), worker.claims[claim].end());
    worker.claims[claim].clear();
  }
  if (entries.empty()) return;
  std::sort(entries.begin(), entries.end(), [](const ClaimEntry& a, const ClaimEntry& b) { return a.node < b.node; });
  const ClaimSpec& spec = part.schema.layer().claims[claim];
  const std::uint32_t column = spec.stock_column;
  auto* stock = part.columns[column].as<std::uint32_t>();
  const bool tell_ghosts = part.schema.layer().columns[column].refresh == Refresh::listed;
  const RandomKey key = part.key(Stream::claim);
  std::vector<Priority> contest;
  for (auto first = entries.begin(); first != entries.end();) {
    const LocalIndex node = first->node;
    const auto last = std::find_if(first, entries.end(), [node](const ClaimEntry& e) { return e.node != node; });
    const auto claimants = static_cast<std::size_t>(last - first);
    const std::size_t granted = std::min<std::size_t>(claimants, stock[node]);
    if (granted == claimants) {
      winners.insert(winners.end(), first, last);
    } else {
      ++part.contests;
      part.remote_contests += std::any_of(first, last, [&](const ClaimEntry& e) { return e.origin != first->origin; });
    }
    if (granted > 0 && granted < claimants) {
      contest.clear();
      for (auto it = first; it != last; ++it) {
        const std::uint64_t id = part.species[it->species].ids[it->slot];
        contest.push_back({high_word(draw_entity(key, id, std::uint64_t{it->species} << 32 | claim)), id, *it});
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
