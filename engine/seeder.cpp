#include "engine/seeder.hpp"

#include <algorithm>

namespace colony {
namespace {

/// The same draw on every shard: the stream's key at tick 0, the choice's index, the node.
ChoiceLimit candidate(const Schema& schema, const ChoiceSpec& choice, std::size_t index, std::uint64_t id) {
  const RandomKey key = random_key(schema.job().seed, choice.stream, 0);
  return {high_word(draw_entity(key, id, index)), id, false};
}

}  // namespace

std::vector<ChoiceLimit> choice_candidates(const Part& part, const ChoiceSpec& choice, std::size_t index) {
  std::vector<ChoiceLimit> all;
  const auto k = static_cast<std::size_t>(std::min<std::uint64_t>(choice.count, part.geometry.owned));
  if (k == 0) return all;
  all.reserve(part.geometry.owned);
  for (LocalIndex i = 0; i < part.geometry.owned; ++i) all.push_back(candidate(part.schema, choice, index, part.geometry.id_of(i)));
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(k) - 1, all.end());
  all.resize(k);
  return all;
}

ChoiceLimit limit_of(std::vector<ChoiceLimit> candidates, std::uint64_t k) {
  if (k == 0 || candidates.empty()) return {};
  k = std::min<std::uint64_t>(k, candidates.size());
  const auto last = candidates.begin() + static_cast<std::ptrdiff_t>(k) - 1;
  std::nth_element(candidates.begin(), last, candidates.end());
  return *last;
}

bool Seeder::chosen(Choice choice, std::uint64_t id) const {
  const ChoiceLimit& limit = limits_[choice.choice];
  return !limit.none && candidate(part_.schema, part_.schema.choices()[choice.choice], choice.choice, id) <= limit;
}

void Seeder::agents(std::uint32_t species_index, std::uint64_t count, const std::function<std::uint64_t(std::uint64_t)>& home,
                    const std::function<void(std::uint64_t, std::size_t)>& init) {
  if (!with_agents_) return;
  SpeciesPart& species = part_.species[species_index];
  Array<std::uint64_t> ids;
  Array<LocalIndex> nodes;
  for (std::uint64_t id = 0; id < count; ++id) {
    const LocalIndex node = locate_(home(id));
    if (node == no_index) continue;
    ids.push_back(id);
    nodes.push_back(node);
  }
  grow_agents(part_.schema.species()[species_index], species, ids.size());
  species.holes.clear();
  for (Column& column : species.columns) std::fill(column.bytes.begin(), column.bytes.end(), std::byte{0});
  species.ids.swap(ids);
  species.nodes.swap(nodes);
  for (std::size_t slot = 0; slot < species.slots(); ++slot) init(species.ids[slot], slot);
  sort_agents(part_, species, executor_);
}

}  // namespace colony
