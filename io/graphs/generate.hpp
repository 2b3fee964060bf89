// Seeded random graphs. Each edge is a function of its number and the key (communication-free generation: Funke et al., "Communication-free
// massively distributed graph generation", IPDPS 2018), so the graph is the same for any number of threads. No libm: binomial tables
// and coordinates use + - * / and sqrt, which IEEE 754 rounds exactly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph/graph.hpp"
#include "engine/random/random.hpp"
#include "engine/schema/job.hpp"

namespace colony {

/// The graph of spec.kind, simple, with the number of edges that was asked for. Nodes are 0 .. nodes - 1. Throws UsageError for numbers
/// that give no such graph; DataError for a bad file of degrees. `directed` is for erdos-renyi and rmat; the others are undirected.
/// seed: the job's, used where spec has none of its own.
Graph generate_graph(const GraphSpec& spec, std::uint64_t seed, Executor& executor);

/// G(n, p), p = mean_degree / (nodes - 1), exactly: pairs are independent. Directed: mean_degree out-edges a node.
Graph generate_erdos_renyi(const GraphSpec& spec, RandomKey key, Executor& executor);

/// nodes * mean_degree / 2 edges (directed: nodes * mean_degree) by recursive choice of quadrants (Chakrabarti, Zhan, Faloutsos, SDM 2004).
/// What counts are the first so many different pairs of the sequence of draws, self loops left out; after 64 draws an edge (and 2^20 more)
/// it gives up with a UsageError. nodes need not be a power of two.
Graph generate_rmat(const GraphSpec& spec, RandomKey key, Executor& executor);

/// Each new node draws `degree` edges to older ones by their degree; the first degree + 1 nodes are all joined. Sanders and Schulz,
/// "Scalable generation of scale-free graphs", IPL 2016. A node that draws a neighbour again draws another from a stream of its own.
/// Degrees, where they decide, are those of the first draws, so that no node needs to know of another's collisions.
Graph generate_barabasi_albert(const GraphSpec& spec, RandomKey key, Executor& executor);

/// Ring with `degree` neighbours a node; each edge is rewired with probability `rewire` to a node that is not a ring neighbour. Watts and
/// Strogatz, Nature 1998. Of two nodes that rewire to each other the larger one draws again among those that it is not joined to, in
/// rounds; where there are none left the edge stays on the ring.
Graph generate_watts_strogatz(const GraphSpec& spec, RandomKey key, Executor& executor);

/// A simple graph with exactly these degrees: stubs paired by a keyed permutation, then loops and parallel edges removed by switching with
/// edges drawn by key (the "switched" configuration model; none are erased). Where that fails, the one of Havel and Hakimi, shuffled by
/// switches drawn by key. what: names the degrees in the UsageError where no such graph exists.
Graph generate_with_degrees(const std::vector<std::uint32_t>& degrees, const std::string& what, RandomKey key, Executor& executor);
Graph generate_regular(std::uint64_t nodes, std::uint32_t degree, RandomKey key, Executor& executor);

}  // namespace colony
