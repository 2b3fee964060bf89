// Set-up of graphs: how fast text becomes edges, edges become rows, and keys become graphs. Beside the reading of text stands the
// counting of its line ends by memchr, the least that a reader can do.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "engine/error.hpp"
#include "engine/executor.hpp"
#include "engine/graph/graph.hpp"
#include "engine/random/random.hpp"
#include "io/graphs/edge_list.hpp"
#include "io/graphs/generate.hpp"
#include "io/graphs/graph_source.hpp"

namespace colony {
namespace {

constexpr std::uint64_t text_edges = 4'000'000;

/// Edges as SNAP writes them: ids of up to seven digits, a tab between.
const std::string& snap_text() {
  static const std::string text = [] {
    const RandomKey key = random_key(1, Stream::user, 0);
    std::string made;
    for (std::uint64_t i = 0; i < text_edges; ++i) {
      const Random4 random = draw_entity(key, i);
      made += std::to_string(below(random[0], 1u << 20)) + '\t' + std::to_string(below(random[1], 1u << 20)) + '\n';
    }
    return made;
  }();
  return text;
}

void set_rates(benchmark::State& state, std::uint64_t edges, std::uint64_t bytes) {
  state.SetItemsProcessed(static_cast<std::int64_t>(edges) * state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void BM_TextLineEnds(benchmark::State& state) {
  const std::string& text = snap_text();
  for (auto _ : state) {
    std::uint64_t lines = 0;
    const char* end = text.data() + text.size();
    for (const char* at = text.data(); at != end; ++lines) {
      at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at))) + 1;
    }
    COLONY_ASSERT(lines == text_edges, "lines were lost");
  }
  set_rates(state, text_edges, text.size());
}
BENCHMARK(BM_TextLineEnds)->Unit(benchmark::kMillisecond);

/// Text to edges by id, args: threads.
void BM_TextParse(benchmark::State& state) {
  Executor executor(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const ParsedGraph parsed = parse_edge_list(snap_text(), "text", {}, executor);
    std::uint64_t ends = 0;
    for (const EdgeChunk& chunk : parsed.chunks) ends += chunk.ends.size();
    COLONY_ASSERT(ends == 2 * text_edges, "edges were lost");
  }
  set_rates(state, text_edges, snap_text().size());
}
BENCHMARK(BM_TextParse)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Text to a graph: ranks and rows as well, args: threads.
void BM_TextLoad(benchmark::State& state) {
  Executor executor(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const Graph graph = assemble(parse_edge_list(snap_text(), "text", {}, executor), "text", false, executor);
    COLONY_ASSERT(graph.edge_count() + graph.merged_edges + graph.dropped_loops == text_edges, "edges were lost");
  }
  set_rates(state, text_edges, snap_text().size());
}
BENCHMARK(BM_TextLoad)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

/// 2^20 nodes and 2^24 undirected edges in random order become rows, args: threads.
void BM_BuildCsr(benchmark::State& state) {
  constexpr std::uint64_t edges = std::uint64_t{1} << 24;
  const RandomKey key = random_key(1, Stream::user, 0);
  Executor executor(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    Array<Arc> arcs(edges);
    for (std::uint64_t i = 0; i < edges; ++i) {
      const Random4 random = draw_entity(key, i);
      arcs[i] = {random[0] >> 12, random[1] >> 12};
    }
    state.ResumeTiming();
    const Graph graph = build_csr(std::uint64_t{1} << 20, false, std::move(arcs), {}, executor);
    COLONY_ASSERT(graph.edge_count() + graph.merged_edges + graph.dropped_loops == edges, "edges were lost");
  }
  set_rates(state, edges, edges * sizeof(Arc));
}
BENCHMARK(BM_BuildCsr)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Graphs of 2^20 nodes and about 2^24 edges (regular: degree 16, so 2^23), args: threads.
void BM_Generate(benchmark::State& state, const char* kind, double mean_degree, std::uint32_t degree) {
  GraphSpec spec;
  spec.source = GraphSpec::Source::generate;
  spec.kind = kind;
  spec.nodes = std::uint64_t{1} << 20;
  spec.mean_degree = mean_degree;
  spec.degree = degree;
  Executor executor(static_cast<int>(state.range(0)));
  std::uint64_t edges = 0, hash = 0;
  for (auto _ : state) {
    const Graph graph = generate_graph(spec, 1, executor);
    state.PauseTiming();
    edges = graph.edge_count();
    const std::uint64_t found = topology_hash(graph, executor);
    COLONY_ASSERT(hash == 0 || hash == found, "the graph is another one");
    hash = found;
    state.ResumeTiming();
  }
  COLONY_ASSERT(edges > (std::uint64_t{1} << 22), "edges were lost");
  set_rates(state, edges, edges * sizeof(Arc));
}
BENCHMARK_CAPTURE(BM_Generate, erdos_renyi, "erdos-renyi", 32, 0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_Generate, regular_16, "regular", 0, 16)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_Generate, barabasi_albert, "barabasi-albert", 0, 16)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_Generate, watts_strogatz, "watts-strogatz", 0, 32)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_Generate, rmat, "rmat", 32, 0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace colony

BENCHMARK_MAIN();
