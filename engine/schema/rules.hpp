// What an accessor may do where. Each kind of accessor has a Rule, by which Schema::finish judges the kernels that hold one, and notes it
// when a kernel is registered.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/random/random.hpp"

namespace colony {

class Declared;

enum class Phase : std::uint8_t { sense, act, decay, advance };
const char* name_of(Phase phase);

/// As bits of a set of phases.
constexpr unsigned in(Phase phase) { return 1u << static_cast<unsigned>(phase); }
template <class... More>
constexpr unsigned in(Phase first, More... more) {
  return in(first) | in(more...);
}

/// What a kernel runs over, as bits.
namespace over {
inline constexpr unsigned nodes = 1, agents = 2, winners = 4, growing_nodes = 8, growing_agents = 16;
inline constexpr unsigned all_agents = agents | winners | growing_agents;
inline constexpr unsigned all = nodes | all_agents | growing_nodes;
}  // namespace over

/// What the item of an access numbers. own_column: of the access's species, of nodes where it has none.
enum class AccessItem : std::uint8_t { none, own_column, node_column, species, global, event, growing, setting, effect };

struct AskedAccess;

struct AccessRule {
  const char* accessor;  ///< its name, as a modeller writes it
  unsigned phases;
  unsigned over;
  AccessItem item = AccessItem::none;
  void (*check)(const AskedAccess&) = nullptr;  ///< what else it asks for; throws ModelError
};

/// An accessor of a kernel. Rules are compared by address: each is one object.
struct Access {
  const AccessRule* rule;
  std::uint32_t item = 0;
  std::int32_t species = -1;  ///< whose column, or whose agent asks; -1: nodes
};

/// All of one kernel.
struct AccessNotes {
  std::vector<Access> accesses;
  std::vector<Stream> streams;

  void add(const AccessRule& rule, std::uint32_t item = 0, std::int32_t species = -1) { accesses.push_back({&rule, item, species}); }
  bool has(const AccessRule& rule) const {
    return std::any_of(accesses.begin(), accesses.end(), [&](const Access& access) { return access.rule == &rule; });
  }
  /// Whether it does so to that column of nodes, or that item of another kind.
  bool has(const AccessRule& rule, std::uint32_t item) const {
    return std::any_of(accesses.begin(), accesses.end(),
                       [&](const Access& access) { return access.rule == &rule && access.item == item && access.species < 0; });
  }
};

/// One access of one kernel, as a rule judges it.
struct AskedAccess {
  const Declared& schema;
  const std::string& kernel;  ///< in words
  Phase phase;
  unsigned over;         ///< one bit
  std::int32_t species;  ///< that it runs over; -1: nodes
  std::int32_t growing;  ///< the growing layer that it runs over or whose nodes its agents stand on; -1: that of the job's graph
  const Access& access;

  /// Throws ModelError: `the kernel K of P has A of "item"`, then why.
  [[noreturn]] void refuse(const std::string& why) const;
};

/// Throws ModelError by declaration.
[[noreturn]] void refuse(const std::string& what);

/// A rule's check: the access is of the species that the kernel runs over.
void check_own_species(const AskedAccess& asked);

}  // namespace colony
