// The rules of accessors that are no effects: of fields, what is read and written, of one's own and of others; of globals, events,
// settings.
#pragma once

#include "engine/schema/rules.hpp"

namespace colony::rules {

void check_read(const AskedAccess& asked);
void check_write(const AskedAccess& asked);
void check_leave(const AskedAccess& asked);

inline constexpr AccessRule read_own{"Read", in(Phase::sense, Phase::act, Phase::decay, Phase::advance), over::nodes | over::all_agents,
                                     AccessItem::own_column, check_read};
inline constexpr AccessRule write_own{"Write", in(Phase::sense, Phase::act, Phase::decay, Phase::advance), over::nodes | over::all_agents,
                                      AccessItem::own_column, check_write};
/// Returned by the kernel, of each node.
inline constexpr AccessRule fill_next{"Next", in(Phase::sense), over::nodes, AccessItem::node_column};
/// Of nodes within reach.
inline constexpr AccessRule read_near{"Near", in(Phase::sense, Phase::act), over::nodes | over::agents, AccessItem::node_column};
/// Of the node on which an agent stands.
inline constexpr AccessRule read_here{"FieldHere or ArrayHere", in(Phase::sense), over::agents, AccessItem::node_column};
/// Written by a winner where it stands.
inline constexpr AccessRule leave{"LeaveHere", in(Phase::advance), over::winners, AccessItem::node_column, check_leave};
inline constexpr AccessRule find_by_id{"At", in(Phase::sense, Phase::act), over::nodes | over::agents};
inline constexpr AccessRule mark{"Mark", in(Phase::sense, Phase::act), over::nodes};
inline constexpr AccessRule become{"Become", in(Phase::decay), over::nodes, AccessItem::node_column};
inline constexpr AccessRule add_global{"Add or AddTo", in(Phase::act, Phase::decay, Phase::advance), over::all, AccessItem::global};
inline constexpr AccessRule offer{"Offer", in(Phase::act, Phase::decay, Phase::advance), over::all, AccessItem::global};
inline constexpr AccessRule emit_event{"Emit", in(Phase::decay, Phase::advance), over::nodes | over::agents | over::winners,
                                       AccessItem::event};

/// Settings, for all or, where the job gives them by a category, as the own node's value says.
inline constexpr AccessRule read_setting{"Number or Chance", in(Phase::sense, Phase::act, Phase::decay, Phase::advance), over::all,
                                         AccessItem::setting};
inline constexpr AccessRule read_setting_by{"NumberBy or ChanceBy", in(Phase::sense, Phase::act, Phase::decay), over::nodes,
                                            AccessItem::setting};

}  // namespace colony::rules
