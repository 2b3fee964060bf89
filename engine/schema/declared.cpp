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

bool Declared::has_runs_in_every_tick() const {
  return std::any_of(scans_.begin(), scans_.end(), [](const ScanSpec& scan) { return scan.kind == ScanSpec::Kind::runs; }) &&
         std::any_of(kernels_.begin(), kernels_.end(), [](const KernelSpec& kernel) { return kernel.when != nullptr; });
}

}  // namespace colony
