// How a model's kernel is to run, and what the schema keeps of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "engine/kernels/growing_agents.hpp"
#include "engine/kernels/loops.hpp"
#include "engine/schema/declared.hpp"

namespace colony {

struct KernelOptions {
  Domain over{};
  std::function<bool(const Globals&)> when{};
  std::function<bool(std::uint64_t tick)> in{};
  std::size_t grain = 0;
  std::optional<Setting> unless_zero{};  ///< not in ticks in which this setting is 0
};

/// All of a kernel but how it is run.
template <class Kernel>
KernelSpec spec_of(Phase phase, const Kernel& kernel, KernelOptions options) {
  KernelSpec spec;
  spec.phase = phase;
  spec.domain = options.over;
  spec.notes = notes_of(kernel);
  spec.when = std::move(options.when);
  spec.in = std::move(options.in);
  spec.grain = options.grain;
  spec.unless_zero = options.unless_zero;
  spec.type = typeid(Kernel);
  spec.kernel = std::make_shared<const Kernel>(kernel);
  return spec;
}

template <class Kernel>
KernelSpec node_kernel(Phase phase, const Kernel& kernel, KernelOptions options) {
  KernelSpec spec = spec_of(phase, kernel, std::move(options));
  spec.run = [kernel, domain = spec.domain](Part& part, std::size_t begin, std::size_t end, bool concurrent) {
    run_nodes(kernel, domain, part, begin, end, concurrent);
  };
  return spec;
}

/// of: the number of a species on the job's graph, or a GrowingSpecies.
template <class Species, class Kernel>
KernelSpec agent_kernel(Phase phase, Species of, const Kernel& kernel, KernelOptions options) {
  KernelSpec spec = spec_of(phase, kernel, std::move(options));
  spec.on_agents = true;
  spec.species = of;
  spec.run = [kernel, domain = spec.domain, of](Part& part, std::size_t begin, std::size_t end, bool concurrent) {
    if constexpr (std::is_same_v<Species, GrowingSpecies>) run_growing_agents(kernel, of, part, begin, end, concurrent);
    else run_agents(kernel, domain, of, part, begin, end, concurrent);
  };
  return spec;
}

template <class Kernel>
GrowingKernelSpec growing_kernel(Phase phase, GrowingLayer of, const Kernel& kernel, std::function<bool(std::uint64_t tick)> in) {
  GrowingKernelSpec spec{phase, of.layer, notes_of(kernel), std::move(in), typeid(Kernel), {}};
  spec.run = [kernel, of](Part& part, std::size_t begin, std::size_t end, bool concurrent) {
    run_growing(kernel, of.layer, part, begin, end, concurrent);
  };
  return spec;
}

}  // namespace colony
