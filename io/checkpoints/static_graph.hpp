// The static topology of a run, written once: checkpoints/static-<hash>/graph.h5 and, as its commit, manifest.json beside it with the
// file's length and checksum. Checkpoints refer to it by the hash.
#pragma once

#include <cstdint>
#include <string>

#include "engine/graph/graph.hpp"
#include "io/storage.hpp"

namespace colony {

/// checkpoints/static-<hash>
std::string static_folder(std::uint64_t hash);

/// Writes the graph unless it is there, whole; one that is torn or altered is replaced. hash: topology_hash(graph). Only the
/// coordinator calls it. Throws StorageError.
void write_static(Storage& storage, const Graph& graph, std::uint64_t hash);

/// Throws StorageError when the file is missing, torn or altered, or is not a graph.
Graph read_static(Storage& storage, std::uint64_t hash);

}  // namespace colony
