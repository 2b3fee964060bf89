#include "engine/state/growth.hpp"

#include <algorithm>

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/content.hpp"
#include "engine/error.hpp"
#include "engine/schema/declared.hpp"

namespace colony {

Content content_of(std::string_view label) {
  const XXH128_hash_t hash = XXH3_128bits(label.data(), label.size());
  return {hash.low64, hash.high64, label};
}

std::uint64_t anchored_id(std::uint64_t content, std::uint64_t place) {
  const std::uint64_t words[2] = {content, place};
  return XXH3_64bits(words, sizeof words);
}

namespace {

void apply_emission(GrowingPart& layer, const GrowingSpec& spec, const NodeEmission& emission, std::uint32_t tick) {
  LocalIndex index = layer.names.find(emission.id);
  const std::string_view label(emission.label, emission.label_bytes);
  if (index == no_index || layer.owned[index] == 0) {
    index = layer.own(emission);
    layer.born[index] = tick;
  } else if (layer.checks[index] != emission.check || layer.label(index) != label) {
    throw StateError(fmt::format("layer \"{}\": \"{}\" and \"{}\" have the same id, {:016x}; rename one of them", spec.name,
                                 layer.label(index), label, emission.id));
  }
  ++layer.emissions[index];
  layer.amounts[index] += emission.amount;
  for (const GrowingSignalSpec& signal : spec.signals) {
    std::uint64_t& value = layer.fields[signal.field][index];
    value = std::min(value + signal.deposit, most_growing_signal);
  }
}

/// A share is lost, rounded up to a whole quantum: a signal that nothing renews comes to 0.
void evaporate(GrowingPart& layer, const GrowingSignalSpec& signal) {
  for (std::uint64_t& value : layer.fields[signal.field]) {
    const std::uint64_t lost = (value * signal.evaporation + 0xffffffffu) >> 32;
    value -= std::min(value, lost);
  }
}

std::uint32_t tie_of(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{a} * b, most_tie));
}

/// A group whose members are known here, as a range of `known`.
struct KnownMember {
  LocalIndex index;
  std::uint32_t amount;
  std::uint32_t origin;
};

/// Writes, for each member that is owned here, its links to all others.
class GroupExpansion {
 public:
  explicit GroupExpansion(GrowingPart& layer) : layer_(layer) {}

  void add(const GroupMember* members, std::uint32_t size) {
    const auto owned_here = [&](const GroupMember& member) {
      const LocalIndex index = layer_.names.find(member.id);
      return index != no_index && layer_.owned[index] != 0;
    };
    if (std::none_of(members, members + size, owned_here)) return;
    Group group{known_.size(), size, total_};
    for (const GroupMember* member = members; member != members + size; ++member) {
      const LocalIndex index = layer_.know(member->id);
      known_.push_back({index, member->amount, std::min(member->origin, 0xffffu)});
      if (layer_.owned[index] != 0) total_ += size - 1;
    }
    // A row's new links come in the order in which rows are kept: what is nearly sorted is quickly sorted.
    std::sort(known_.begin() + group.begin, known_.end(), [](const KnownMember& a, const KnownMember& b) { return a.index < b.index; });
    groups_.push_back(group);
  }

  void expand(Executor& executor) {
    layer_.batch.resize(total_);
    executor.for_range(groups_.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t g = begin; g < end; ++g) expand(groups_[g]);
    });
    sort_half_links(layer_.batch, layer_.spare);
  }

 private:
  struct Group {
    std::size_t begin;
    std::uint32_t size;
    std::size_t links;  ///< its first half link in the batch
  };

  void expand(const Group& group) {
    HalfLink* out = layer_.batch.data() + group.links;
    const KnownMember *first = known_.data() + group.begin, *last = first + group.size;
    for (const KnownMember* member = first; member != last; ++member) {
      if (layer_.owned[member->index] == 0) continue;
      const std::uint64_t row = std::uint64_t{member->index} << 32;
      for (const KnownMember* other = first; other != last; ++other)
        if (other != member) {
          const auto origin = static_cast<std::uint16_t>(std::min(member->origin, other->origin));
          *out++ = {row | other->index, tie_of(member->amount, other->amount), 1, origin};
        }
    }
  }

  GrowingPart& layer_;
  std::vector<KnownMember> known_;
  std::vector<Group> groups_;
  std::size_t total_ = 0;
};

void step_links(Part& part, std::size_t index, Executor& executor) {
  const GrowingSpec& spec = part.schema.growing()[index];
  GrowingPart& layer = part.growing[index];
  GroupExpansion expansion(layer);
  for (const WorkerScratch& worker : part.workers) {
    const GroupMember* members = worker.growth[index].members.data();
    for (const std::uint32_t size : worker.growth[index].group_sizes) {
      expansion.add(members, size);
      members += size;
    }
  }
  expansion.expand(executor);
  for (auto& changes : layer.wish_changes) changes.clear();
  const LinkCounts counts = layer.links.step(spec.links, spec.decay, layer.batch.span(), static_cast<std::uint32_t>(part.tick.value),
                                             layer.ids, executor, layer.wish_changes);
  part.workers[0].globals[spec.linked_slot] += counts.linked;
  part.workers[0].globals[spec.pruned_slot] += counts.pruned;
}

/// Fields become what Sense set. Whoever has a link to a node hears of it when they change, and when the link is new.
void commit_fields(Part& part, std::size_t index) {
  GrowingPart& layer = part.growing[index];
  if (layer.fields.empty()) return;
  layer.told.clear();
  for (const WorkerScratch& worker : part.workers)
    for (const FieldWrite& write : worker.growth[index].writes) {
      layer.fields[write.field][write.node] = write.value;
      layer.told.push_back(write.node);
    }
  for (const WorkerScratch& worker : part.workers)
    for (const FieldWrite& write : worker.growth[index].writes)
      if (layer.fields[write.field][write.node] != write.value)
        throw ModelError(fmt::format("tick {}: \"{}\" of the node {:016x} of \"{}\" is set to {} and to {}", part.tick.value,
                                     part.schema.growing()[index].fields[write.field], layer.ids[write.node],
                                     part.schema.growing()[index].name, std::min(write.value, layer.fields[write.field][write.node]),
                                     std::max(write.value, layer.fields[write.field][write.node])));
  for (std::size_t i = 0; i < layer.batch.size(); ++i)
    if (i == 0 || layer.batch[i].row() != layer.batch[i - 1].row()) layer.told.push_back(layer.batch[i].row());
  std::sort(layer.told.begin(), layer.told.end());
  layer.told.resize(static_cast<std::size_t>(std::unique(layer.told.begin(), layer.told.end()) - layer.told.begin()));
}

}  // namespace

void grow(Part& part, Executor& executor) {
  for (std::size_t l = 0; l < part.growing.size(); ++l) {
    GrowingPart& layer = part.growing[l];
    const GrowingSpec& spec = part.schema.growing()[l];
    for (const GrowingSignalSpec& signal : spec.signals) evaporate(layer, signal);
    for (const WorkerScratch& worker : part.workers)
      for (const NodeEmission& emission : worker.growth[l].emissions)
        apply_emission(layer, spec, emission, static_cast<std::uint32_t>(part.tick.value));
    for (const WorkerScratch& worker : part.workers) {
      for (const Relation& relation : worker.growth[l].relations) {
        const LocalIndex source = layer.names.find(relation.source);
        if (source == no_index || layer.owned[source] == 0)
          throw ModelError(fmt::format("tick {}: a kernel has Relate of the node {:016x} of \"{}\", which is not there or not its own",
                                       part.tick.value, relation.source, spec.name));
        layer.relations.push_back(relation);
      }
    }
    if (spec.linked) step_links(part, l, executor);
    commit_fields(part, l);
    layer.received_labels.clear();
    for (WorkerScratch& worker : part.workers) worker.growth[l].clear();
  }
}

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
