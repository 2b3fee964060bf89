// Traces: what Act laid on the edges of nodes, brought into the order of the nodes for Decay.
#pragma once

#include "engine/state/part.hpp"

namespace colony {

/// Groups the deposits that the workers hold by owned node; those on ghosts must have left. clear_traces forgets them after Decay.
void gather_traces(Part& part);
void clear_traces(Part& part);

}  // namespace colony
