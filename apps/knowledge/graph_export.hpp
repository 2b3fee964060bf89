// A knowledge graph in formats that other programs read. Nodes are concepts and documents, edges are links between concepts and words of
// documents. Nodes are named by their ids ("c" or "d" and 16 hexadecimal digits), so two exports of one colony can be compared.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/knowledge/knowledge_graph.hpp"

namespace colony::retrieval {

/// GraphML 1.0, undirected: networkx, Gephi, igraph, yEd.
std::string graphml_of(const KnowledgeGraph& graph);

/// JSON in the node-link layout, its lists `nodes` and `edges`: networkx.node_link_graph (before 3.6 with edges="edges", before 3.4 with
/// link="edges"), D3.
std::string json_of(const KnowledgeGraph& graph);

/// Names of files and their texts: concepts.csv, links.csv, documents.csv, words.csv.
std::vector<std::pair<std::string, std::string>> csv_of(const KnowledgeGraph& graph);

}  // namespace colony::retrieval
