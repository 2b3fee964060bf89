// What scripts/gpu-check runs: the bits of a card beside those of the CPU, and its speed beside what the card can do. A JSON object on
// standard output, tables on standard error. With --help it says what it takes.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "cuda/check/card.hpp"
#include "cuda/check/kernels.hpp"
#include "cuda/check/networks.hpp"

namespace {

using namespace colony;

bool check_card(std::size_t most) {
  // 128 units a processor multiply and add in each clock.
  const double clock_hz = 1e3 * static_cast<double>(CudaSystem::attribute(cudaDevAttrClockRate));
  const double units = 128.0 * static_cast<double>(CudaSystem::attribute(cudaDevAttrMultiProcessorCount));
  const check::Limits limits{clock_hz * units, check::bytes_per_second(std::size_t{1} << 30)};
  std::printf("{\"device\":\"%s\",\"fma_per_second\":%.4g,\"bytes_per_second\":%.4g,", CudaSystem::name().c_str(), limits.fma_per_second,
              limits.bytes_per_second);
  const bool networks = check::check_networks(limits, most);
  std::printf(",");
  const bool kernels = check::check_kernels(limits, most);
  std::printf("}\n");
  return networks && kernels;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t most = 100'000'000;
  bool understood = argc == 1;
  if (argc == 3 && std::strcmp(argv[1], "--most") == 0) {
    most = std::strtoull(argv[2], nullptr, 10);
    understood = most >= 10'000;
  }
  if (!understood) {
    std::fprintf(stderr, "usage: gpu_check [--most AGENTS]   sizes from 10^4 agents up to that many, 10^8 by default\n");
    return argc == 2 && std::strcmp(argv[1], "--help") == 0 ? 0 : 2;
  }
  try {
    const std::string reason = CudaSystem::why_absent();
    if (!reason.empty()) {
      std::fprintf(stderr, "gpu_check: no CUDA device: %s\n", reason.c_str());
      return 2;
    }
    return check_card(most) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gpu_check: %s\n", error.what());
    return 1;
  }
}
