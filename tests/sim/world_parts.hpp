// What a world is made of besides processes. Of tests/sim/world*.cpp alone.
#pragma once

#include <memory>
#include <set>

#include "io/run/run_lock.hpp"
#include "tests/sim/world.hpp"

namespace colony::sim {

/// One start of the run: a coordinator, and the processes that it starts and starts again, as apps/cluster/launch.cpp does.
struct World::Life {
  explicit Life(RunFiles files_, RunLock lock_) : files(std::move(files_)), lock(std::move(lock_)), incarnation(lock.incarnation()) {}

  RunFiles files;  ///< each has its own: a coordinator that lost the folder writes what the next one writes, or less
  RunLock lock;
  std::uint64_t incarnation;
  std::unique_ptr<Lead> lead;
  bool stop_asked = false;
  bool usurped = false;  ///< the folder was taken from it by force, and it may not know
};

struct World::Connection {
  Connection(Scene& scene, Life& life_, std::uint32_t machine, ConnectionId id_)
      : life(life_),
        id(id_),
        to_lead(
            scene, machine, [this] { return life.lead->runs(); }, [this](ToLead&& m) { life.lead->receive(id, std::move(m)); }),
        to_member(
            scene, machine, [this] { return process != nullptr && !process->hung(); },
            [this](ToMember&& m) { process->take(std::move(m)); }) {}

  Life& life;
  ConnectionId id;
  Process* process = nullptr;
  Lane<ToLead> to_lead;
  Lane<ToMember> to_member;
};

}  // namespace colony::sim
