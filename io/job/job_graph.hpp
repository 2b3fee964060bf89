// The [graph] section of a job file.
#pragma once

#include "engine/schema/job.hpp"
#include "io/job/job_section.hpp"

namespace colony {

/// Fills `graph`; everything wrong goes into the section's mistakes. finish() is called here.
void read_graph_section(JobSection& section, GraphSpec& graph, const std::vector<std::string>& other_keys);

/// The names in the file of GraphSpec::Source: "edges", "lattice", "generate".
const char* graph_source_name(GraphSpec::Source source);

/// Which sources ("edges", "lattice") or kinds ("regular") a key of [graph] goes with; empty: with none, or no such key.
const std::vector<std::string>& graph_key_users(const std::string& key);
/// "edges", "lattice", or the kind of a generated graph.
std::string graph_flavour(const GraphSpec& graph);
bool graph_uses(const GraphSpec& graph, const std::string& key);

}  // namespace colony
