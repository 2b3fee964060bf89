#include "engine/state/growth.hpp"

#include <bit>
#include <span>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/error.hpp"
#include "engine/schema/declared.hpp"

namespace colony {

void settle_wishes(Part& part) {
  for (GrowingPart& layer : part.growing)
    for (const auto& changes : layer.wish_changes)
      for (const WishChange& change : changes)
        if (layer.owned[change.target] != 0) {
          const bool found = layer.links.set_other_wish(change.target, change.row, change.wished != 0);
          COLONY_ASSERT(found, "the two halves of a link differ");
        }
}

bool take_wish(Part& part, std::size_t index, const RemoteWish& wish) {
  GrowingPart& layer = part.growing[index];
  const LocalIndex row = layer.names.find(wish.node), target = layer.names.find(wish.other);
  return row != no_index && target != no_index && layer.owned[row] != 0 && layer.links.set_other_wish(row, target, wish.wished != 0);
}

namespace {

class RecordSum {
 public:
  explicit RecordSum(std::uint64_t seed) : seed_(seed) {}
  void add(std::span<const std::uint64_t> words) {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(words.data(), words.size_bytes(), seed_);
    sum_ += Digest{hash.low64, hash.high64};
  }
  template <std::size_t n>
  void add(const std::uint64_t (&words)[n]) {
    add(std::span<const std::uint64_t>(words));
  }
  const Digest& sum() const { return sum_; }

 private:
  std::uint64_t seed_;
  Digest sum_;
};

constexpr std::uint64_t pair_of(std::uint32_t high, std::uint32_t low) { return std::uint64_t{high} << 32 | low; }

}  // namespace

Digest digest_of_growth(const Part& part) {
  constexpr std::uint64_t first_seed = 0x10000;  // behind those of the species
  Digest sum;
  for (std::size_t l = 0; l < part.growing.size(); ++l) {
    const GrowingPart& layer = part.growing[l];
    std::vector<std::uint64_t> node;
    RecordSum nodes(first_seed + 3 * l), links(first_seed + 3 * l + 1), relations(first_seed + 3 * l + 2);
    for (LocalIndex i = 0; i < layer.ids.size(); ++i) {
      if (layer.owned[i] == 0) continue;
      node = {layer.ids[i], layer.checks[i], layer.anchors[i], pair_of(layer.born[i], layer.emissions[i]), layer.amounts[i]};
      for (const auto& field : layer.fields) node.push_back(field[i]);
      nodes.add(std::span<const std::uint64_t>(node));
      for (const Link& link : layer.links.row(i))
        links.add({layer.ids[i], layer.ids[link.target],
                   pair_of(std::bit_cast<std::uint32_t>(link.weight), std::uint32_t{link.origin} << 16 | link.count),
                   pair_of(link.first, link.last), pair_of(link.tie, link.own_wish << 1 | link.other_wish)});
    }
    for (const Relation& relation : layer.relations) relations.add({relation.source, relation.target, relation.amount});
    sum += nodes.sum();
    sum += links.sum();
    sum += relations.sum();
  }
  return sum;
}

}  // namespace colony
