#include "engine/effects/link.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/executor.hpp"
#include "engine/state/part.hpp"

namespace colony {
namespace {

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
  GroupExpansion(GrowingPart& layer, Array<HalfLink>& batch) : layer_(layer), batch_(batch) {}

  /// not_here(id) of each member that is not owned here, twice(id) of one that is in the group twice.
  template <class NotHere, class Twice>
  void add(const GroupMember* members, std::uint32_t size, const NotHere& not_here, const Twice& twice) {
    bool any_here = false;
    for (const GroupMember* member = members; member != members + size; ++member) {
      const LocalIndex index = layer_.names.find(member->id);
      const bool here = index != no_index && layer_.owned[index] != 0;
      if (!here) not_here(member->id);
      any_here |= here;
    }
    if (!any_here) return;
    Group group{known_.size(), size, total_};
    for (const GroupMember* member = members; member != members + size; ++member) {
      const LocalIndex index = layer_.know(member->id);
      known_.push_back({index, member->amount, std::min(member->origin, 0xffffu)});
      if (layer_.owned[index] != 0) total_ += size - 1;
    }
    // A row's new links come in the order in which rows are kept: what is nearly sorted is quickly sorted.
    std::sort(known_.begin() + group.begin, known_.end(), [](const KnownMember& a, const KnownMember& b) { return a.index < b.index; });
    const auto twin = std::adjacent_find(known_.begin() + static_cast<std::ptrdiff_t>(group.begin), known_.end(),
                                         [](const KnownMember& a, const KnownMember& b) { return a.index == b.index; });
    if (twin != known_.end()) twice(layer_.ids[twin->index]);
    groups_.push_back(group);
  }

  void expand(Executor& executor) {
    batch_.resize(total_);
    executor.for_range(groups_.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t g = begin; g < end; ++g) expand(groups_[g]);
    });
  }

 private:
  struct Group {
    std::size_t begin;
    std::uint32_t size;
    std::size_t links;  ///< its first half link in the batch
  };

  void expand(const Group& group) {
    HalfLink* out = batch_.data() + group.links;
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
  Array<HalfLink>& batch_;
  std::vector<KnownMember> known_;
  std::vector<Group> groups_;
  std::size_t total_ = 0;
};

}  // namespace

void check_linked(const AskedAccess& asked) {
  const GrowingSpec& layer = asked.schema.growing()[asked.access.item];
  if (!layer.linked) asked.refuse(", a layer without links: declare() needs links()");
  if (!layer.decay) asked.refuse(", whose links have no function for their decay");
}

LinkEffect::LinkEffect(const Part&, std::size_t workers, std::uint32_t layer) : groups(workers), layer_(layer) {}

EffectSpec LinkEffect::spec(const std::string& name, std::uint32_t layer) {
  return effect_spec<LinkEffect>("link", name, EffectStage::links, layer);
}

void LinkEffect::pack(Part&, Outbox& outbox) {
  const std::size_t peers = outbox.peers();
  std::vector<std::vector<std::uint32_t>> sizes(peers);
  std::vector<std::vector<GroupMember>> members(peers);
  std::vector<std::uint8_t> concerned(peers);
  for (const auto& [asked] : groups) {
    const GroupMember* member = asked.members.data();
    for (const std::uint32_t size : asked.sizes) {
      std::fill(concerned.begin(), concerned.end(), std::uint8_t{0});
      for (const GroupMember* m = member; m != member + size; ++m) {
        const std::uint32_t peer = outbox.peer_of_content(m->id);
        if (peer != no_index) concerned[peer] = 1;
      }
      for (std::size_t p = 0; p < peers; ++p) {
        if (concerned[p] == 0) continue;
        sizes[p].push_back(size);
        members[p].insert(members[p].end(), member, member + size);
      }
      member += size;
    }
  }
  for (std::size_t p = 0; p < peers; ++p) {
    if (sizes[p].empty()) continue;
    std::copy(sizes[p].begin(), sizes[p].end(), outbox.add<std::uint32_t>(p, sizes[p].size()));
    std::copy(members[p].begin(), members[p].end(), outbox.add<GroupMember>(p, members[p].size()));
    sent += sizes[p].size();
  }
}

void LinkEffect::take(Part&, Parcel& parcel) {
  const auto sizes = parcel.next<std::uint32_t>();
  const auto members = parcel.next<GroupMember>();
  if (std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}) != members.size())
    throw FrameError("groups of another size than their members are");
  if (std::any_of(sizes.begin(), sizes.end(), [](std::uint32_t size) { return size > most_group; }))
    throw FrameError("a group of nodes to be linked that is too large");
  for (const std::uint32_t size : sizes) groups[0].sizes.push_back(size);
  for (const GroupMember& member : members) groups[0].members.push_back(member);
}

void LinkEffect::commit(Part& part, Executor& executor) {
  const GrowingSpec& spec = part.schema.growing()[layer_];
  GrowingPart& layer = part.growing[layer_];
  GroupExpansion expansion(layer, batch_);
  const auto refused = [&](std::uint64_t id, const char* why) {
    throw ModelError(
        fmt::format("a kernel has LinkGroup of the node {:016x} of \"{}\" in tick {}, which {}", id, spec.name, part.tick.value, why));
  };
  const auto not_here = [&](std::uint64_t id) {
    if (part.owns_content(id)) refused(id, "was never emitted");
  };
  const auto twice = [&](std::uint64_t id) { refused(id, "is in the group twice"); };
  for (auto& [asked] : groups) {
    const GroupMember* members = asked.members.data();
    for (const std::uint32_t size : asked.sizes) {
      expansion.add(members, size, not_here, twice);
      members += size;
    }
    asked.members.clear();
    asked.sizes.clear();
  }
  expansion.expand(executor);
  sort_half_links(batch_, spare_);
  for (auto& changes : layer.wish_changes) changes.clear();
  const LinkCounts counts = layer.links.step(spec.links, spec.decay, batch_.span(), static_cast<std::uint32_t>(part.tick.value), layer.ids,
                                             executor, layer.wish_changes);
  part.workers[0].globals[spec.linked_slot] += counts.linked;
  part.workers[0].globals[spec.pruned_slot] += counts.pruned;
  if (layer.fields.empty()) return;
  for (std::size_t i = 0; i < batch_.size(); ++i)  // the other end of a new link has not heard of the fields yet
    if (i == 0 || batch_[i].row() != batch_[i - 1].row()) layer.told.push_back(batch_[i].row());
}

bool LinkEffect::is_clear(const Part&) const {
  return std::all_of(groups.begin(), groups.end(), [](const auto& asked) { return asked.value.sizes.empty(); });
}

}  // namespace colony
