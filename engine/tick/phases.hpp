// The four phases of a tick, as DESIGN 3 has them. S(t) is complete and frozen when the tick begins.
//
//   phase    reads                                              writes                                       then
//   Sense    S(t): own entity, its node, neighbours (ghosts      intents of the one that senses
//            included), globals
//   Act      own intents and fields; S(t) of neighbours          own fields; effects, into accumulators       round 1: effects and moving
//                                                                                                             agents go to the owners
//   Decay    accumulators, S(t)                                 nodes, signals and traces are committed;
//                                                               claims are decided; layers grow
//   Advance  everything committed; verdicts on claims           agents; partial globals                      round 2: ghosts are refreshed;
//                                                                                                             the coordinator hears
//
// Nothing that Sense or Act writes is read from a neighbour (Schema::finish checks it), so the two run as one pass and agents go through
// both chunk by chunk; only species with a policy, or with a Sense kernel that a device takes, are sensed whole before any agent acts. What
// is listed as changed in Decay feeds the sets, the counts and the ghosts. Part::timer is told of each phase.
#pragma once

#include "engine/executor.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// Sense and Act of every kernel whose `when` and `in` hold, in three steps: what the policies of several parts decide is one batch. Act
/// leaves the effects gathered, of owned nodes and of ghosts (engine/state/effect.hpp).
void sense(Part& part, Executor& executor);
void decide(const std::vector<Part*>& parts);  ///< of one colony; its time is booked to the first
/// Of species that are not sensed whole, Sense too. Throws StateError when what a policy remembers is not finite.
void act(Part& part, Executor& executor);

/// Call when round 1 has been taken. Commits the effects, runs Decay kernels, swaps next() fields in, applies changes.
/// Throws StateError when a signal is not finite or a deposit overflowed.
void decay(Part& part, Executor& executor);

/// Advance kernels; then the newborn get a place and agents are sorted, now and then. Fills `partial` [slot_count] with this part's share
/// of the globals of S(t + 1); scans only if `observe`.
void advance(Part& part, Executor& executor, bool observe, Globals& partial);

/// Sums of lasting or per-tick contributions aside, what a part knows of the globals of S(t): counts, degree sums and scans.
void tally(const Part& part, Executor& executor, bool observe, Globals& partial);

/// Rebuilds sets and counts from the columns, after populate or after a checkpoint was loaded.
void rebuild_categories(Part& part, Executor& executor);

}  // namespace colony
