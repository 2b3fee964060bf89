#include "engine/schema/declared.hpp"

#include <algorithm>

namespace colony {

const char* name_of(Phase phase) {
  switch (phase) {
    case Phase::sense: return "Sense";
    case Phase::act: return "Act";
    case Phase::decay: return "Decay";
    case Phase::advance: return "Advance";
  }
  return "?";
}

std::vector<Stream> Declared::streams() const {
  std::vector<Stream> all{Stream::claim};
  for (const KernelSpec& kernel : kernels_) all.insert(all.end(), kernel.notes.streams.begin(), kernel.notes.streams.end());
  for (const DecisionSpec& decision : decisions_) all.push_back(decision.stream);
  for (const GrowingKernelSpec& kernel : growing_kernels_) all.insert(all.end(), kernel.notes.streams.begin(), kernel.notes.streams.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool LayerSpec::is_category(std::uint32_t column) const {
  return std::any_of(categories.begin(), categories.end(), [=](const CategorySpec& spec) { return spec.column == column; });
}

bool LayerSpec::is_signal(std::uint32_t column) const {
  return std::any_of(signals.begin(), signals.end(), [=](const SignalSpec& spec) { return spec.column == column; });
}

bool LayerSpec::has_next(std::uint32_t column) const {
  return std::any_of(nexts.begin(), nexts.end(), [=](const NextSpec& spec) { return spec.current == column; });
}

bool LayerSpec::is_plain_state(std::uint32_t column) const {
  return columns.at(column).role == Role::state && !is_category(column) && !is_signal(column);
}

bool Declared::has_runs_in_every_tick() const {
  return std::any_of(scans_.begin(), scans_.end(), [](const ScanSpec& scan) { return scan.kind == ScanSpec::Kind::runs; }) &&
         std::any_of(kernels_.begin(), kernels_.end(), [](const KernelSpec& kernel) { return kernel.when != nullptr; });
}

}  // namespace colony
