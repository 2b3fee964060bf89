// Who infects whom: compiled for devices as well (cuda/model_kernels.hpp).
#pragma once

#include "engine/access.hpp"
#include "engine/draws.hpp"
#include "engine/maximum_access.hpp"

namespace colony::epidemic {

enum Compartment : std::uint8_t { susceptible, exposed, infectious, recovered };

/// Act, over the susceptible: does any infectious neighbour infect me? The complement of the source makes the `max` keep the smallest id.
struct Pull {
  Near<std::uint8_t> state;
  Draws coin;
  Probability infection;
  Raise infected;

  template <class Here>
  COLONY_HD void operator()(const Here& here) const {
    const auto source = coin.first_head_among_sources(here, infection, [&](NodeRef u) { return state(u) == infectious; });
    if (source.index != no_index) infected(here, ~here.id(source));
  }
};

/// Act, over the infectious: try every neighbour.
struct Push {
  Near<std::uint8_t> state;
  Draws coin;
  Probability infection;
  Raise infected;

  template <class Here>
  COLONY_HD void operator()(const Here& here) const {
    coin.heads_among_targets(
        here, infection, [&](NodeRef v) { return state(v) == susceptible; }, [&](NodeRef v) { infected(v, ~here.id()); });
  }
};

}  // namespace colony::epidemic
