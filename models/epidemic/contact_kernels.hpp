// Who infects whom: compiled for devices as well (cuda/model_kernels.hpp).
#pragma once

#include "engine/effects/maximum.hpp"
#include "engine/kernels/access.hpp"
#include "engine/kernels/draws.hpp"
#include "engine/kernels/settings.hpp"

namespace colony::epidemic {

enum Compartment : std::uint8_t { susceptible, exposed, infectious, recovered };

/// Act, over the susceptible: does any infectious neighbour infect me? Who wants to know which one looks at all of them.
struct Pull {
  Near<std::uint8_t> state;
  Draws coin;
  Cause infector;
  Chance infection;
  Raise infected;

  template <class Here>
  COLONY_HD void operator()(const Here& here) const {
    const auto ill = [&](NodeRef u) { return state(u) == infectious; };
    if (!infector.asked) {
      if (coin.any_head_among_sources(here, infection(), ill)) infected(here, 1);
      return;
    }
    name_one(here);
  }

 private:
  /// Apart from the loop that most runs take, which has the registers for itself so.
  template <class Here>
  [[gnu::noinline]] COLONY_HD void name_one(const Here& here) const {
    std::uint64_t last = 0;
    coin.heads_among_sources(
        here, infection(), [&](NodeRef u) { return state(u) == infectious; },
        [&](typename Here::Source u) {
          const std::uint64_t place = infector.order(here.id()).place_of(here.id(u));
          last = place > last ? place : last;
        });
    if (last != 0) infected(here, last);
  }
};

/// Act, over the infectious: try every neighbour.
struct Push {
  Near<std::uint8_t> state;
  Draws coin;
  Cause infector;
  Chance infection;
  Raise infected;

  template <class Here>
  COLONY_HD void operator()(const Here& here) const {
    coin.heads_among_targets(
        here, infection(), [&](NodeRef v) { return state(v) == susceptible; },
        [&](NodeRef v) { infected(v, infector.asked ? infector.order(here.id(v)).place_of(here.id()) : 1); });
  }
};

}  // namespace colony::epidemic
