#include "engine/model/seeder.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/model/mistakes.hpp"

namespace colony {
namespace {

/// The same draw on every shard: the stream's key at tick 0, the choice's index, the node.
ChoiceLimit candidate(const Declared& schema, const ChoiceSpec& choice, std::size_t index, std::uint64_t id) {
  const RandomKey key = random_key(schema.job().seed, choice.stream, 0);
  return {high_word(draw_entity(key, id, index)), id, false};
}

constexpr const char* strange_handle = "a handle that is not of what declare() declared: is a member of the model not assigned?";

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
  if (species_index >= seeded_.size())
    throw ModelError(fmt::format("populate() puts agents of the species {}, which is not there", species_index));
  if (!with_agents_) return;
  if (part_.schema.species()[species_index].growing >= 0)
    throw ModelError("populate() puts agents \"" + part_.schema.species()[species_index].name +
                     "\" on a growing layer, which has no nodes in S(0)");
  if (seeded_[species_index])
    throw ModelError("populate() gives \"" + part_.schema.species()[species_index].name +
                     "\" its agents twice: the second would take the place of the first");
  seeded_[species_index] = true;
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
  initialising_ = species_index;
  for (slot_ = 0; slot_ < species.slots(); ++slot_) init(species.ids[slot_], slot_);
  initialising_.reset();
  sort_agents(part_, species_index, executor_);
}

void Seeder::refuse_node_field(LocalIndex index) const {
  if (index >= part_.geometry.owned)
    throw ModelError("populate() sets a field of a node that another part owns: at() gives no_index for it");
  throw ModelError(std::string("populate() sets a field of nodes by ") + strange_handle);
}

void Seeder::refuse_agent_field(std::uint32_t species, std::uint32_t column, std::size_t slot) const {
  const std::vector<SpeciesSpec>& all = part_.schema.species();
  if (species < all.size() && column < all[species].columns.size()) {
    const ColumnSpec& spec = all[species].columns[column];
    const std::string what = fmt::format("populate() sets \"{}\" of \"{}\"", spec.name, all[species].name);
    if (!initialising_) throw ModelError(what + " outside of the function that agents() is given: in there alone an agent has its slot");
    if (species != *initialising_) throw ModelError(what + " for an agent of \"" + all[*initialising_].name + "\"");
    if (spec.role != Role::state) throw ModelError(what + ", which is no state: an intent is 0 at the beginning of each tick");
    if (slot != slot_) throw ModelError(what + " for another agent than the one that the function is called for");
  }
  throw ModelError(std::string("populate() sets a field of agents by ") + strange_handle);
}

void Seeder::check_categories() const {
  const LayerSpec& layer = part_.schema.layer();
  for (const CategorySpec& category : layer.categories) {
    const std::uint8_t* values = part_.columns[category.column].as<std::uint8_t>();
    for (LocalIndex i = 0; i < part_.geometry.owned; ++i)
      if (values[i] >= category.values.size())
        throw ModelError(fmt::format("populate() sets the category \"{}\" of node {} to {}, and it has the values 0 to {}",
                                     layer.columns[category.column].name, part_.geometry.id_of(i), values[i], category.values.size() - 1));
  }
}

void populate_part(const Model& model, Seeder& seeder) {
  run_of_model([] { return "populate()"; }, [&] { model.populate(seeder); });
  seeder.check_categories();
}

}  // namespace colony
