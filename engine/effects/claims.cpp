#include "engine/effects/claims.hpp"

#include <algorithm>
#include <tuple>

#include "engine/random/random.hpp"
#include "engine/schema/schema.hpp"

namespace colony {
namespace {

/// Order of claimants of one node: by a keyed draw of their id, then by species and id. A function of who claims, not of where it is kept.
struct Priority {
  std::uint64_t draw;
  std::uint64_t id;
  ClaimEntry entry;
  bool operator<(const Priority& other) const {
    return std::tie(draw, entry.species, id) < std::tie(other.draw, other.entry.species, other.id);
  }
};

}  // namespace

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
  const std::uint32_t column = part.schema.layer().claims[claim].stock_column;
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
        contest.push_back({high_word(draw_entity(key, id, claim)), id, *it});
      }
      std::nth_element(contest.begin(), contest.begin() + static_cast<std::ptrdiff_t>(granted) - 1, contest.end());
      for (std::size_t i = 0; i < granted; ++i) winners.push_back(contest[i].entry);
    }
    if (granted > 0) {
      stock[node] -= static_cast<std::uint32_t>(granted);
      if (tell_ghosts) part.changed[column].push_back(node);
    }
    first = last;
  }
}

}  // namespace colony
