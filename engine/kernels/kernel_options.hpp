// How a model's kernel is to run, and what the schema keeps of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

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

}  // namespace colony
