#include "shard/block_costs.hpp"

#include <algorithm>
#include <numeric>

#include "engine/model/model.hpp"

namespace colony {
namespace {

using Work = std::vector<std::uint64_t>;  ///< [blocks of the part]

/// Finds the block of a node; quickly when it is that of the node before.
class BlockFinder {
 public:
  explicit BlockFinder(const std::vector<LocalBlock>& blocks) : blocks_(blocks) {}
  std::size_t operator()(std::size_t node) {
    if (node < blocks_[at_].begin || node >= blocks_[at_].end) {
      const auto after =
          std::upper_bound(blocks_.begin(), blocks_.end(), node, [](std::size_t n, const LocalBlock& b) { return n < b.end; });
      at_ = static_cast<std::size_t>(after - blocks_.begin());
    }
    return at_;
  }

 private:
  const std::vector<LocalBlock>& blocks_;
  std::size_t at_ = 0;
};

/// What a kernel that looks around meets at a node. Of a lattice or a complete graph it is the same everywhere.
std::uint64_t edges_of(const Geometry& geometry, std::size_t node) {
  if (geometry.topology != Topology::csr) return 0;
  const auto i = static_cast<LocalIndex>(node);
  return geometry.out_offsets.empty() ? geometry.in_degree(i) : geometry.out_degree(i);
}

void add_kernel(const KernelSpec& kernel, Part& part, Work& work) {
  const Geometry& geometry = part.geometry;
  const bool looks_around = kernel.notes.has(rules::read_near);
  const auto visit = [&](std::size_t node) { return 1 + (looks_around ? edges_of(geometry, node) : 0); };
  if (kernel.domain.kind == Domain::Kind::all) {
    for (std::size_t b = 0; b < work.size(); ++b)
      for (std::size_t i = geometry.blocks[b].begin; i < geometry.blocks[b].end; ++i) work[b] += visit(i);
  } else if (kernel.domain.kind == Domain::Kind::category_value) {
    NodeSet& set = part.categories[kernel.domain.index].sets[kernel.domain.value];
    BlockFinder block_of(geometry.blocks);
    set.walk(0, set.group_count(), [&](std::size_t first, std::size_t count) {
      for (std::size_t i = first; i < first + count; ++i) work[block_of(i)] += visit(i);
    });
  }  // marked, touched, winners: they follow from the others
}

Work node_work(Part& part) {
  Work work(part.geometry.blocks.size(), 0);
  for (const KernelSpec& kernel : part.schema.kernels())
    if (!kernel.on_agents && (!kernel.in || kernel.in(part.tick.value)) && (!kernel.when || kernel.when(*part.globals)))
      add_kernel(kernel, part, work);
  for (std::size_t b = 0; b < work.size(); ++b)
    work[b] += part.layer().signals.size() * (part.geometry.blocks[b].end - part.geometry.blocks[b].begin);
  return work;
}

Work agent_work(const Part& part) {
  Work work(part.geometry.blocks.size(), 0);
  BlockFinder block_of(part.geometry.blocks);
  for (std::size_t s = 0; s < part.species.size(); ++s) {
    if (part.schema.species()[s].growing >= 0) continue;  // few, on nodes that block costs know nothing of
    for (const LocalIndex node : part.species[s].nodes)
      if (node < part.geometry.owned) ++work[block_of(node)];
  }
  return work;
}

double sum_of(const Work& work) { return static_cast<double>(std::accumulate(work.begin(), work.end(), std::uint64_t{0})); }

}  // namespace

std::vector<BlockCost> block_costs(Part& part, const WorkMeter& meter, std::uint64_t tick_ns) {
  if (part.geometry.blocks.empty()) return {};
  const Work nodes = node_work(part), agents = agent_work(part);
  const double node_sum = sum_of(nodes), agent_sum = sum_of(agents);
  double agent_share = 0;
  if (agent_sum > 0 && meter.agents_ns() != 0)
    agent_share = static_cast<double>(meter.agents_ns()) / static_cast<double>(meter.agents_ns() + meter.nodes_ns());
  if (node_sum == 0 && agent_sum > 0) agent_share = 1;
  const auto total = static_cast<double>(tick_ns);
  std::vector<BlockCost> costs;
  for (std::size_t b = 0; b < nodes.size(); ++b) {
    double ns = 0;
    if (agent_sum > 0) ns += total * agent_share * static_cast<double>(agents[b]) / agent_sum;
    if (node_sum > 0) ns += total * (1 - agent_share) * static_cast<double>(nodes[b]) / node_sum;
    costs.push_back({part.geometry.blocks[b].id.value, static_cast<std::uint64_t>(ns)});
  }
  return costs;
}

}  // namespace colony
