// What scripts/gpu-check runs: the bits of a card beside those of the CPU, and its speed beside what the card can do. A JSON object on
// standard output, tables on standard error. With --help it says what it takes.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cuda/check/card.hpp"
#include "cuda/check/kernels.hpp"
#include "cuda/check/networks.hpp"

int main(int argc, char** argv) {
  using namespace colony;
  std::size_t most = 100'000'000;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--most") == 0 && i + 1 < argc) {
      most = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::fprintf(stderr, "usage: gpu_check [--most AGENTS]   sizes from 10^4 agents up to that many, 10^8 by default\n");
      return std::strcmp(argv[i], "--help") == 0 ? 0 : 2;
    }
  }
  const std::string reason = CudaSystem::why_absent();
  if (!reason.empty()) {
    std::fprintf(stderr, "gpu_check: no CUDA device: %s\n", reason.c_str());
    return 2;
  }
  int clock_khz = 0, processors = 0;
  cudaDeviceGetAttribute(&clock_khz, cudaDevAttrClockRate, 0);
  cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0);
  // 128 units a processor multiply and add in each clock.
  const check::Limits limits{clock_khz * 1e3 * processors * 128.0, check::bytes_per_second(std::size_t{1} << 30)};
  std::printf("{\"device\":\"%s\",\"fma_per_second\":%.4g,\"bytes_per_second\":%.4g,", CudaSystem::name().c_str(), limits.fma_per_second,
              limits.bytes_per_second);
  const bool networks = check::check_networks(limits, most);
  std::printf(",");
  const bool kernels = check::check_kernels(limits, most);
  std::printf("}\n");
  return networks && kernels ? 0 : 1;
}
