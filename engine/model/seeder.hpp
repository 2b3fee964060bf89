// How a model fills S(0): every call is for one part, and what it sets is a function of ids, keys and the job.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/executor.hpp"
#include "engine/model/model.hpp"
#include "engine/state/agents.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// The last node of a global choice: a node is chosen when (key draw, id) is not above it.
struct ChoiceLimit {
  std::uint64_t draw = 0;
  std::uint64_t id = 0;
  bool none = true;  ///< nothing is chosen (k = 0)
  auto operator<=>(const ChoiceLimit&) const = default;
};

/// The limit of a choice among all nodes of the colony: the k-th smallest (draw, id). id_of(rank): id of each of the `count` nodes. Every
/// process has all ids at set-up, and finds the same limit without asking another.
ChoiceLimit choice_limit(const Declared& schema, std::size_t choice, std::uint64_t count,
                         const std::function<std::uint64_t(std::uint64_t)>& id_of);

class Seeder {
 public:
  /// Where nodes are, by global id.
  struct Nodes {
    std::function<LocalIndex(std::uint64_t id)> locate;  ///< local index of an owned node; no_index when another part owns it
    std::function<bool(std::uint64_t id)> exists;        ///< somewhere in the colony
  };
  /// with_agents: false where a checkpoint brings the agents and only the constants are wanted.
  Seeder(Part& part, Executor& executor, std::vector<ChoiceLimit> limits, Nodes nodes, bool with_agents)
      : part_(part),
        executor_(executor),
        limits_(std::move(limits)),
        nodes_(std::move(nodes)),
        with_agents_(with_agents),
        seeded_(part.schema.species().size(), false) {}

  const Job& job() const { return part_.schema.job(); }
  const LatticeShape& lattice() const { return part_.geometry.shape; }
  RandomKey key(Stream stream) const { return random_key(job().seed, stream, 0); }

  /// f(id, index) for each owned node; set fields with set().
  template <class F>
  void nodes(const F& f) {
    executor_.for_range(part_.geometry.owned, 8192, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) f(part_.geometry.id_of(static_cast<LocalIndex>(i)), static_cast<LocalIndex>(i));
    });
  }
  void set(Category category, LocalIndex index, std::uint8_t value) { set(NodeField<std::uint8_t>(category), index, value); }
  template <class T>
  void set(NodeField<T> field, LocalIndex index, T value) {
    check_node_field<T>(field.column, 1, index);
    part_.columns[field.column].template as<T>()[index] = value;
  }
  /// The array of an owned node, to be filled.
  template <class T>
  std::span<T> array(NodeArray<T> field, LocalIndex index) {
    check_node_field<T>(field.column, field.width, index);
    return {part_.columns[field.column].template as<T>() + std::size_t{index} * field.width, field.width};
  }
  /// Local index of a node by id, no_index when another part owns it.
  LocalIndex at(std::uint64_t id) const { return nodes_.locate(id); }
  bool chosen(Choice choice, std::uint64_t id) const;

  /// Agents 0 .. count - 1, once a species; each part keeps those whose home (a node id) it owns. init(id, slot) sets state fields of that
  /// species with set() and array(). Throws ModelError for a home that is no node, and for a species that has its agents.
  void agents(std::uint32_t species, std::uint64_t count, const std::function<std::uint64_t(std::uint64_t id)>& home,
              const std::function<void(std::uint64_t id, std::size_t slot)>& init);
  template <class T>
  void set(AgentField<T> field, std::size_t slot, T value) {
    check_agent_field<T>(field.species, field.column, 1, slot);
    part_.species[field.species].columns[field.column].template as<T>()[slot] = value;
  }
  /// f(id) for each owned node with that value, one after the other.
  template <class F>
  void each_in(Category category, std::uint8_t value, const F& f) {
    const std::uint8_t* values = part_.columns[category.column].as<std::uint8_t>();
    for (LocalIndex i = 0; i < part_.geometry.owned; ++i)
      if (values[i] == value) f(part_.geometry.id_of(i));
  }
  /// An event of tick 0, of a kind without a cause. Not from inside of nodes(). Costs nothing when the job doesn't want events.
  void event(EventList list, std::uint64_t target) {
    if (part_.events_wanted) part_.workers[0].events.push_back({0, list.kind, 0, target});
  }
  bool events_wanted() const { return part_.events_wanted; }
  template <class T>
  std::span<T> array(AgentArray<T> field, std::size_t slot) {
    check_agent_field<T>(field.species, field.column, field.width, slot);
    return {part_.species[field.species].columns[field.column].template as<T>() + slot * field.width, field.width};
  }

  /// Throws ModelError where populate() has given a category a value that it lacks.
  void check_categories() const;

 private:
  template <class T>
  static bool is_of(const ColumnSpec& spec, std::uint32_t width) {
    return spec.type == scalar_type<T>() && spec.width == width;
  }
  /// Throws ModelError unless the node is owned, and the handle is of a field that was declared.
  template <class T>
  void check_node_field(std::uint32_t column, std::uint32_t width, LocalIndex index) const {
    const std::vector<ColumnSpec>& columns = part_.schema.layer().columns;
    if (index >= part_.geometry.owned || column >= columns.size() || !is_of<T>(columns[column], width)) [[unlikely]]
      refuse_node_field(index);
  }
  /// Throws ModelError unless it is for init to set the field: a state field of the agent that it is called for.
  template <class T>
  void check_agent_field(std::uint32_t species, std::uint32_t column, std::uint32_t width, std::size_t slot) const {
    if (species != initialising_ || slot != slot_) [[unlikely]]
      refuse_agent_field(species, column, slot);
    const std::vector<ColumnSpec>& columns = part_.schema.species()[species].columns;
    if (column >= columns.size() || columns[column].role != Role::state || !is_of<T>(columns[column], width)) [[unlikely]]
      refuse_agent_field(species, column, slot);
  }
  [[noreturn]] void refuse_node_field(LocalIndex index) const;
  [[noreturn]] void refuse_agent_field(std::uint32_t species, std::uint32_t column, std::size_t slot) const;

  Part& part_;
  Executor& executor_;
  std::vector<ChoiceLimit> limits_;
  Nodes nodes_;
  bool with_agents_;
  std::vector<bool> seeded_;                   ///< by species: it has its agents
  std::optional<std::uint32_t> initialising_;  ///< the species whose agent `init` is called for
  std::size_t slot_ = 0;                       ///< ... and that agent's slot
};

/// Fills S(0) of a part by the model's populate(). Throws ModelError where that throws, or sets what may not be.
void populate_part(const Model& model, Seeder& seeder);

}  // namespace colony
