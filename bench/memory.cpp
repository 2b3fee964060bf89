// Resident memory of a colony, now and at its peak, for each agent or edge: what DESIGN budgets (100 bytes an agent; 16 bytes a static
// edge, 24 at the peak of set-up). Usage: bench_memory agents|edges COUNT [SHARDS]. Prints one line.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>

#include "bench/colony_run.hpp"

namespace colony::bench {
namespace {

/// A line of /proc/self/status in bytes: VmRSS or VmHWM.
double status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(key + ":", 0) == 0) return std::strtod(line.c_str() + key.size() + 1, nullptr) * 1024;
  return 0;
}

int report_memory(const std::string& what, std::uint64_t count, std::uint32_t shards) {
  Executor executor;
  return executor.run([&] {
    Job job;
    Graph graph;
    const double before = status_bytes("VmRSS");
    if (what == "agents") {  // one agent a node, so that the nodes' share is in the figure
      const auto side = static_cast<std::uint32_t>(std::sqrt(static_cast<double>(count)));
      job = lattice_job("foraging", side, side);
      job.population = count;
      job.parameters.values["start"] = std::string("random");
      graph = lattice_graph(job);
    } else {
      job = job_for("epidemic");
      graph = regular_graph(count / 8, 16, executor);
    }
    job.shards.count = shards;
    ColonyRun run(job, std::move(graph), executor);
    run.ticks(20);
    const double per = 1 / static_cast<double>(what == "agents" ? run.host().agent_count() : run.host().edge_count());
    fmt::print("{} {} on {} shards: {:.1f} bytes each resident, {:.1f} at the peak\n",
               run.host().agent_count() + (what == "agents" ? 0 : run.host().edge_count()), what, shards,
               (status_bytes("VmRSS") - before) * per, (status_bytes("VmHWM") - before) * per);
    return 0;
  });
}

}  // namespace
}  // namespace colony::bench

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (argc < 3 || (what != "agents" && what != "edges")) {
    fmt::print(stderr, "usage: {} agents|edges COUNT [SHARDS]\n", argv[0]);
    return 2;
  }
  return colony::bench::report_memory(what, std::strtoull(argv[2], nullptr, 10),
                                      argc > 3 ? static_cast<std::uint32_t>(std::atoi(argv[3])) : 1);
}
