// Faults of a world: when they come, and what they do.
#include <algorithm>
#include <utility>

#include "tests/sim/world.hpp"
#include "tests/sim/world_parts.hpp"

namespace colony::sim {

void World::plan_faults() {
  free_machine_ = scene_.options.places;
  for (const Fault& fault : scene_.options.faults)
    if (fault.at_tick) waiting_faults_.push_back(fault);
    else scene_.timeline.after(fault.after_ns, [this, fault] { befall(fault); });
}

void World::tick_reached() {
  const std::uint64_t tick = lives_.back()->lead->cluster().tick().value;
  std::erase_if(waiting_faults_, [&](const Fault& fault) {
    if (*fault.at_tick > tick) return false;
    scene_.timeline.after(fault.after_ns, [this, fault] { befall(fault); });
    return true;
  });
}

/// The newest process of a machine that lives.
Process* World::process_on(std::uint32_t machine) {
  const auto it =
      std::find_if(processes_.rbegin(), processes_.rend(), [&](const auto& p) { return p->alive() && p->machine() == machine; });
  return it == processes_.rend() ? nullptr : it->get();
}

void World::befall(const Fault& fault) {
  if (scene_.healed || done_) return;
  ++scene_.tally.faults;
  scene_.trace.note("fault: {} on machine {} (other {}) for {} us, strength {}", name_of(fault.kind), fault.machine, fault.other,
                    fault.length_ns / us, fault.strength);
  const std::uint64_t until = scene_.now() + fault.length_ns;
  switch (fault.kind) {
    case FaultKind::cut_pair: scene_.weather.cut_pair(fault.machine, fault.other, until); break;
    case FaultKind::storm:
      scene_.weather.storm = until;
      scene_.weather.storm_permille = fault.strength;
      break;
    case FaultKind::bad_commit:
      scene_.weather.bad_commit = until;
      scene_.weather.commit_permille = fault.strength;
      break;
    case FaultKind::slow_commit:
      scene_.weather.slow_commit = until;
      scene_.weather.commit_ms = fault.strength;
      break;
    case FaultKind::drain:
    case FaultKind::pin:
    case FaultKind::stop:
    case FaultKind::hang_lead:
    case FaultKind::kill_lead:
    case FaultKind::usurp:
    case FaultKind::join: befall_lead(fault, until); break;
    default: befall_machine(fault, until);
  }
}

void World::befall_machine(const Fault& fault, std::uint64_t until) {
  Weather::Local& local = scene_.weather.of(fault.machine);
  Process* process = process_on(fault.machine);
  switch (fault.kind) {
    case FaultKind::crash:
      if (process) process->crash(scene_.dice.permille(fault.strength));
      break;
    case FaultKind::crash_in_write:
      if (process) process->crash_in_write(fault.strength);
      break;
    case FaultKind::hang:
      if (process) process->hang(fault.length_ns);
      break;
    case FaultKind::leave:
      if (process) process->ask_to_leave();
      break;
    case FaultKind::cut_control: local.control_cut = until; break;
    case FaultKind::cut_bulk: local.bulk_cut = until; break;
    case FaultKind::cut_off: local.control_cut = local.bulk_cut = until; break;
    case FaultKind::slow_cpu:
      local.slow_cpu = until;
      local.cpu_factor = fault.strength;
      break;
    case FaultKind::slow_disk:
      local.slow_disk = until;
      local.disk_ms = fault.strength;
      break;
    case FaultKind::bad_disk:
      local.bad_disk = until;
      local.disk_permille = fault.strength;
      break;
    default: break;
  }
}

void World::befall_lead(const Fault& fault, std::uint64_t) {
  Life& life = *lives_.back();
  Lead& lead = *life.lead;
  if (lead.over() || !lead.runs()) return;
  switch (fault.kind) {
    case FaultKind::drain: lead.handle(DrainAsked{ShardId(fault.machine)}); break;
    case FaultKind::pin: lead.handle(PinAsked{{fault.other, fault.machine}}); break;
    case FaultKind::join: start_process(life, free_machine_++ % (Weather::machines - 1), std::nullopt); break;
    case FaultKind::hang_lead: lead.hang(fault.length_ns); break;
    case FaultKind::stop:
      life.stop_asked = true;
      lead.handle(StopAsked{130});
      break;
    case FaultKind::usurp:
      if (fault.strength != 0) lead.hang(fault.length_ns);
      usurp();
      break;
    case FaultKind::kill_lead:
      scene_.trace.note("the coordinator is killed");
      ++scene_.tally.lost_coordinators;
      lead.kill();
      life.files.lose_buffers();
      end_life(life);
      break;
    default: break;
  }
}

}  // namespace colony::sim
