#include "engine/model/seeder.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace colony {
namespace {

/// The same draw on every shard: the stream's key at tick 0, the choice's index, the node.
ChoiceLimit candidate(const Declared& schema, const ChoiceSpec& choice, std::size_t index, std::uint64_t id) {
  const RandomKey key = random_key(schema.job().seed, choice.stream, 0);
  return {high_word(draw_entity(key, id, index)), id, false};
}

}  // namespace

ChoiceLimit choice_limit(const Declared& schema, std::size_t index, std::uint64_t count,
                         const std::function<std::uint64_t(std::uint64_t)>& id_of) {
  const ChoiceSpec& choice = schema.choices()[index];
  const auto k = static_cast<std::size_t>(std::min(choice.count, count));
  if (k == 0) return {};
  // A heap of the k smallest so far: k is small beside the colony as a rule, and most nodes are turned away by one comparison.
  std::vector<ChoiceLimit> smallest;
  smallest.reserve(k);
  for (std::uint64_t rank = 0; rank < count; ++rank) {
    const ChoiceLimit one = candidate(schema, choice, index, id_of(rank));
    if (smallest.size() < k) {
      smallest.push_back(one);
      std::push_heap(smallest.begin(), smallest.end());
    } else if (one < smallest.front()) {
      std::pop_heap(smallest.begin(), smallest.end());
      smallest.back() = one;
      std::push_heap(smallest.begin(), smallest.end());
    }
  }
  return smallest.front();
}

bool Seeder::chosen(Choice choice, std::uint64_t id) const {
  const ChoiceLimit& limit = limits_[choice.choice];
  return !limit.none && candidate(part_.schema, part_.schema.choices()[choice.choice], choice.choice, id) <= limit;
}

void Seeder::agents(std::uint32_t species_index, std::uint64_t count, const std::function<std::uint64_t(std::uint64_t)>& home,
                    const std::function<void(std::uint64_t, std::size_t)>& init) {
  if (!with_agents_) return;
  if (part_.schema.species()[species_index].growing >= 0)
    throw ModelError("populate() puts agents \"" + part_.schema.species()[species_index].name +
                     "\" on a growing layer, which has no nodes in S(0)");
  SpeciesPart& species = part_.species[species_index];
  Array<std::uint64_t> ids;
  Array<LocalIndex> nodes;
  for (std::uint64_t id = 0; id < count; ++id) {
    const std::uint64_t home_id = home(id);
    const LocalIndex node = nodes_.locate(home_id);
    if (node == no_index) {
      if (nodes_.exists(home_id)) continue;
      throw ModelError(fmt::format("populate() puts agent {} of \"{}\" on node {}, which is not there", id,
                                   part_.schema.species()[species_index].name, home_id));
    }
    ids.push_back(id);
    nodes.push_back(node);
  }
  grow_agents(part_.schema.species()[species_index], species, ids.size());
  species.holes.clear();
  for (Column& column : species.columns) std::fill(column.bytes.begin(), column.bytes.end(), std::byte{0});
  species.ids.swap(ids);
  ++species.numbering;
  species.nodes.swap(nodes);
  for (std::size_t slot = 0; slot < species.slots(); ++slot) init(species.ids[slot], slot);
  sort_agents(part_, species_index, executor_);
}

}  // namespace colony
