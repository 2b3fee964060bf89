// Draws models that are values, and the grounds that they are put on.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <ostream>

#include "tests/property/models/value_model.hpp"
#include "tests/support/colony.hpp"

namespace colony::testing {

struct Coverage;

/// The graph and the agents that a model is put on.
struct Ground {
  std::uint32_t kind = 0;  ///< lattice of 8, of 4, graph, complete
  std::uint32_t width = 8, height = 7;
  bool torus = false, directed = false, sparse_ids = false;
  std::uint64_t population = 40, seed = 1, ticks = 8, saved_at = 3;

  Case with(const ModelValue& model, Coverage* coverage = nullptr) const;
};
std::ostream& operator<<(std::ostream& out, const Ground& ground);

rc::Gen<ModelValue> any_model();
/// Every hundredth ground is so large that threads work on one kernel together.
rc::Gen<Ground> any_ground();

}  // namespace colony::testing
