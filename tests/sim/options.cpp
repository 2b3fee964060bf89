#include "tests/sim/options.hpp"

#include <fmt/format.h>

#include "tests/sim/dice.hpp"
#include "tests/sim/subject.hpp"
#include "tests/sim/timeline.hpp"

namespace colony::sim {
namespace {

std::uint64_t draw_length(Dice& dice, const Options& options) {
  const std::uint64_t patience = options.heartbeat_ns * options.heartbeat_misses;
  switch (dice.below(4)) {
    case 0: return dice.between(ms, 10 * ms);
    case 1: return dice.between(patience / 2, patience);
    case 2: return dice.between(patience, 2 * patience);
    default: return dice.between(2 * patience, 8 * patience);
  }
}

std::uint64_t draw_strength(Dice& dice, FaultKind kind) {
  switch (kind) {
    case FaultKind::crash: return dice.pick({0u, 800u, 1000u, 1000u});
    case FaultKind::crash_in_write: return dice.between(1, 12);
    case FaultKind::storm: return dice.between(50, 700);
    case FaultKind::slow_cpu: return dice.between(3, 60);
    case FaultKind::slow_disk: return dice.pick({2u, 20u, 200u});
    case FaultKind::bad_disk:
    case FaultKind::bad_commit: return dice.pick({200u, 500u, 1000u});
    case FaultKind::usurp: return dice.below(3);
    case FaultKind::slow_commit: return dice.pick({2u, 20u, 150u});
    default: return 0;
  }
}

Fault draw_fault(Dice& dice, const Options& options, FaultKind kind) {
  Fault fault;
  fault.kind = kind;
  if (dice.permille(600)) {
    fault.at_tick = dice.below(options.ticks + 1);
    fault.after_ns = dice.below(6 * ms);
  } else {
    fault.after_ns = dice.below(options.heal_ns);
  }
  const std::uint32_t machines = options.places + 1;  // one that joined later may be hit too
  fault.machine = static_cast<std::uint32_t>(dice.below(machines));
  fault.other = static_cast<std::uint32_t>(dice.below(kind == FaultKind::pin ? options.blocks : machines));
  fault.length_ns = draw_length(dice, options);
  fault.strength = draw_strength(dice, kind);
  return fault;
}

/// What ends or stops processes does most to a cluster.
std::size_t weight_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash:
    case FaultKind::hang: return 5;
    case FaultKind::crash_in_write:
    case FaultKind::cut_off: return 3;
    case FaultKind::cut_control:
    case FaultKind::cut_bulk:
    case FaultKind::cut_pair: return 2;
    default: return 1;
  }
}

/// Kinds are first chosen for the world, then faults among them: worlds of few kinds and many faults find what a little of everything
/// hides.
void draw_faults(Dice& dice, Options& options) {
  std::vector<FaultKind> kinds;
  for (std::size_t kind = 0; kind < fault_kinds; ++kind)
    if (dice.permille(350)) kinds.insert(kinds.end(), weight_of(static_cast<FaultKind>(kind)), static_cast<FaultKind>(kind));
  if (kinds.empty()) return;
  const std::uint64_t count = dice.permille(700) ? dice.between(1, 5) : dice.between(6, 14);
  std::uint32_t once = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const FaultKind kind = kinds[dice.below(kinds.size())];
    // What ends an incarnation, a few times at most: the run must get somewhere in between.
    if ((kind == FaultKind::stop || kind == FaultKind::kill_lead || kind == FaultKind::hang_lead || kind == FaultKind::usurp) && ++once > 3)
      continue;
    options.faults.push_back(draw_fault(dice, options, kind));
  }
}

}  // namespace

const char* name_of(FaultKind kind) {
  constexpr const char* names[fault_kinds] = {"crash",       "crash-in-write", "hang",     "cut-control", "cut-bulk", "cut-pair",
                                              "cut-off",     "storm",          "slow-cpu", "slow-disk",   "bad-disk", "bad-commit",
                                              "slow-commit", "drain",          "leave",    "join",        "pin",      "stop",
                                              "hang-lead",   "usurp",          "kill-lead"};
  return names[static_cast<std::size_t>(kind)];
}

Options draw_options(std::uint64_t seed) {
  Dice dice(seed * 0xd1342543de82ef95u + 0x632be59bd9b4e019u);
  Options o;
  o.seed = seed;
  o.subject = static_cast<std::uint32_t>(dice.below(subject_count));
  o.colony_seed = dice.between(1, 2);
  o.ticks = dice.between(10, most_ticks);
  o.places = static_cast<std::uint32_t>(dice.between(2, 5));
  o.blocks = static_cast<std::uint32_t>(dice.pick({6u, 9u, 16u, 24u}));
  o.partition = dice.pick({"range", "hash"});
  o.placement = dice.pick({"ring", "ring", "spread", "locality"});
  o.checkpoint_every = dice.between(3, 6);
  o.observe_every = dice.pick({1u, 1u, 1u, 2u, 3u});
  o.digest_every = dice.pick({0u, 1u, 3u});
  o.snapshot_every = dice.pick({0u, 0u, 2u, 5u});
  o.keep = static_cast<std::uint32_t>(dice.between(1, 3));

  o.heartbeat_ns = dice.between(10, 25) * ms;
  o.heartbeat_misses = static_cast<std::uint32_t>(dice.between(2, 4));
  o.frame_timeout_ms = static_cast<std::uint32_t>(dice.pick({4u, 8u, 15u}));
  o.stall_ns = dice.pick({std::uint64_t{0}, 200 * ms});
  o.begin_timeout_ns = dice.pick({std::uint64_t{0}, 400 * ms});
  o.replace_wait_ns = dice.pick({std::uint64_t{0}, 20 * ms, 80 * ms, 250 * ms});
  o.join_wait_ns = 500 * ms;

  o.delay_least_ns = dice.pick({20u, 50u, 100u}) * us;
  o.delay_most_ns = o.delay_least_ns + dice.pick({50u, 300u, 1500u}) * us;
  o.compute_least_ns = 20 * us;
  o.compute_most_ns = dice.pick({50u, 300u, 1000u}) * us;
  o.restart_most_ns = dice.pick({5u, 60u, 200u}) * ms;
  o.lost = static_cast<std::uint32_t>(dice.pick({0u, 0u, 5u, 40u}));
  o.doubled = static_cast<std::uint32_t>(dice.pick({0u, 0u, 20u, 200u}));
  o.damaged = static_cast<std::uint32_t>(dice.pick({0u, 0u, 5u, 30u}));
  o.late_files = static_cast<std::uint32_t>(dice.pick({0u, 300u, 1000u}));
  o.heal_ns = dice.between(100, 600) * ms;
  if (!dice.permille(60)) draw_faults(dice, o);
  // Drawn last, so that a seed without them is the world that it was before there were any.
  if (dice.permille(250)) {
    o.rebalance_every = dice.between(1, 6);
    o.blocks = static_cast<std::uint32_t>(dice.pick({24u, 40u, 60u}));  // so many that one in twenty is some
  }
  o.by_phase = dice.permille(200);
  return o;
}

std::string to_text(const Options& o) {
  std::string text = fmt::format(
      "seed {}: {} (colony seed {}) for {} ticks on {} places, {} blocks by {} and {}\n"
      "  checkpoint every {} keep {}, observe every {}, digest every {}, snapshot every {}, rebalance every {}\n"
      "  heartbeat {} ms x {}, frame timeout {} ms, stall {} ms, begin timeout {} ms, replace wait {} ms{}\n"
      "  delay {}..{} us, compute {}..{} us, restart within {} ms; of 1000 frames {} lost, {} doubled, {} damaged; {} of 1000 files late\n"
      "  healed after {} ms; faults:\n",
      o.seed, name_of_subject(o.subject), o.colony_seed, o.ticks, o.places, o.blocks, o.partition, o.placement, o.checkpoint_every, o.keep,
      o.observe_every, o.digest_every, o.snapshot_every, o.rebalance_every, o.heartbeat_ns / ms, o.heartbeat_misses, o.frame_timeout_ms,
      o.stall_ns / ms, o.begin_timeout_ns / ms, o.replace_wait_ns / ms, o.by_phase ? ", phase by phase" : "", o.delay_least_ns / us,
      o.delay_most_ns / us, o.compute_least_ns / us, o.compute_most_ns / us, o.restart_most_ns / ms, o.lost, o.doubled, o.damaged,
      o.late_files, o.heal_ns / ms);
  for (const Fault& f : o.faults)
    text +=
        fmt::format("    {} of machine {} (other {}), {:.3f} ms {}, for {:.3f} ms, strength {}\n", name_of(f.kind), f.machine, f.other,
                    static_cast<double>(f.after_ns) * 1e-6, f.at_tick ? fmt::format("after tick {}", *f.at_tick) : "after the beginning",
                    static_cast<double>(f.length_ns) * 1e-6, f.strength);
  return text;
}

}  // namespace colony::sim
