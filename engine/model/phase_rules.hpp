// The table of phases (DESIGN 3, engine/tick/phases.hpp) as rules on declared kernels: what each kind of access may do, when, and in a
// kernel over what. A declaration that breaks one is refused, with the kernel and the field or effect that it concerns.
#pragma once

#include <string>
#include <vector>

#include "engine/schema/declared.hpp"

namespace colony {

/// Throws ModelError (by declaration). Call when it is settled which columns have ghosts.
void check_kernels(const Declared& schema);

/// Whether agents of a species ask for something that one Act kernel a tick may ask for alone.
bool moves(const KernelSpec& kernel);
bool claims(const KernelSpec& kernel);

/// The Act kernels that run over a species in one tick, in their order. Throws ModelError where one runs after another has moved the agents
/// (they may stand on a ghost), or two claim.
void check_act_order(const std::vector<const KernelSpec*>& kernels, Tick tick);

}  // namespace colony
