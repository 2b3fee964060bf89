// What accessors do, noted when a kernel is registered. engine/model/phase_rules.cpp has the table that says where each may be done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/random/random.hpp"

namespace colony {

/// What an accessor does to `Access::item`: a column, or the number of a signal, mark, maximum, claim, trace, global or growing layer.
enum class Use : std::uint8_t {
  // Fields.
  read_own,
  write_own,
  read_near,  ///< of nodes within reach
  read_here,  ///< of the node on which an agent stands
  leave,      ///< written by a winner where it stands
  find_by_id,
  // Node effects, and what Decay finds of them.
  mark,
  deposit,
  raise,
  raised,
  lay,
  laid,
  become,
  // Agents; item: the species.
  step,
  step_along,
  claim,
  die,
  spawn,
  spawn_named,
  // What the colony and its observers hear of.
  add_global,
  offer,
  emit_event,
  // Layers that grow; item: the layer.
  emit_node,
  link,
  relate,
  read_growing,
  write_growing,
};
inline constexpr std::size_t use_count = static_cast<std::size_t>(Use::write_growing) + 1;

struct Access {
  Use use;
  std::uint32_t item = 0;
  std::int32_t species = -1;  ///< whose column, or whose agent asks; -1: nodes
};

/// All of one kernel.
struct AccessNotes {
  std::vector<Access> accesses;
  std::vector<Stream> streams;

  void add(Use use, std::uint32_t item = 0, std::int32_t species = -1) { accesses.push_back({use, item, species}); }
  bool has(Use use) const {
    return std::any_of(accesses.begin(), accesses.end(), [use](const Access& access) { return access.use == use; });
  }
  /// Whether it does so to that column of nodes, or that item of another kind.
  bool has(Use use, std::uint32_t item) const {
    return std::any_of(accesses.begin(), accesses.end(),
                       [=](const Access& access) { return access.use == use && access.item == item && access.species < 0; });
  }
};

}  // namespace colony
