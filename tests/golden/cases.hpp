// The cases whose bits are pinned. A change of one of these digests is a change of results that users can see: it needs an ADR and a line
// in the changelog.
#pragma once

#include <string>

#include "tests/support/bazaar.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/corpus.hpp"
#include "tests/support/graphs.hpp"
#include "tests/support/instances.hpp"
#include "tests/support/networks.hpp"

namespace colony::testing {

struct Golden {
  Case what;
  std::uint64_t ticks;
  std::string digest;
};

// Sizes are such that one shard with two threads forks (more than 8192 nodes, 4096 agents) and eight shards run side by side.

inline Golden life() { return {{"life", {{"density", 0.35}}, lattice(140, 100)}, 40, "9fbc2a6862e514c39a86c960fb3b213d"}; }
inline Golden life_bounded() { return {{"life", {{"density", 0.35}}, lattice(61, 47, 8, false)}, 40, "a13fa7b3075136e5cf7fdc8d1e0980b2"}; }
inline Golden epidemic() {
  return {{"epidemic",
           {{"infection", 0.08}, {"recovery", 0.2}, {"incubation", 2.5}, {"waning", 0.05}, {"seeds", std::int64_t{12}}},
           random_graph(12000, 48000, false, true)},
          40,
          "110d9db381695c5fe6b7543ccfd5445d"};
}
inline Golden epidemic_directed() {
  return {{"epidemic",
           {{"infection", 0.15}, {"recovery", 0.3}, {"waning", 0.1}, {"seeds", std::int64_t{5}}},
           random_graph(10000, 60000, true, true)},
          40,
          "c5dc4fa2511e4075932dcecb248a6272"};
}
inline Golden epidemic_lattice() {
  return {{"epidemic",
           {{"infection", 0.6}, {"recovery", 0.2}, {"seed_nodes", std::vector<std::int64_t>{0, 1500, 3599}}},
           lattice(60, 60, 4, false)},
          40,
          "d3cb4b6407b44a4bba750061ef9b83bd"};
}
inline Golden epidemic_facebook(const std::string& path) {
  return {{"epidemic", {{"infection", 0.02}, {"recovery", 0.1}, {"seeds", std::int64_t{3}}}, graph_of(read_edge_file(path), false)},
          60,
          "2bc2d71e1aba3c3d492b5046e81e8ab6"};
}
inline Golden foraging() {
  return {{"foraging",
           {{"start", std::string("random")},
            {"diffusion", 0.4},
            {"evaporation", 0.06},
            {"piles", std::vector<std::vector<double>>{{20, 30, 6, 3}, {90, 70, 8, 1}, {60, 10, 3, 9}}}},
           lattice(128, 96),
           6000},
          48,
          "8b57a5d0e90b64605bbfd018a26443f7"};
}
inline Golden foraging_bounded() {
  return {{"foraging",
           {{"piles", std::vector<std::vector<double>>{{8, 8, 4, 2}}}, {"nest", std::vector<double>{20, 18, 3}}},
           lattice(41, 37, 8, false),
           300},
          80,
          "d6f55f5bf5aa056fea3aed54f15d3336"};
}
/// Ants that networks with drawn weights turn.
inline Golden policy_foraging(const std::string& choose, const std::string& policy, const std::string& digest) {
  return {{"policy-foraging",
           {{"policy", policy},
            {"choose", choose},
            {"start", std::string("random")},
            {"piles", std::vector<std::vector<double>>{{20, 30, 9, 3}, {60, 10, 8, 9}}}},
           lattice(90, 64),
           6000},
          48,
          digest};
}
inline Golden policy_foraging_drawn() {
  return policy_foraging("draw", policy_file({11, 13, 9, 5}, "Tanh", 3), "46c665b16b2e8ceaf756fe01ad1cc0d6");
}
inline Golden policy_foraging_largest() {
  return policy_foraging("largest", policy_file({11, 13, 9, 5}, "Relu", 3), "1bd251479d8e8ce62051fed80c28ac87");
}
/// Ants that remember: their hidden state travels with them.
inline Golden policy_foraging_recurrent() { return policy_foraging("draw", gru_file(11, 7, 5, 3), "f4e35f1c3fd8d0b523e5e93906cf6d53"); }
/// Twelve places a side: what a digester sees does not fit on one shard of many.
inline Golden knowledge() {
  return {{"knowledge", {{"documents", corpus_folder(137, 40, 5)}, {"max_degree", std::int64_t{8}}}, {}, 60},
          90,
          "3b6c794e0f1f4d41799114d43866b987"};
}
/// Digesters that die soon and have offspring; insights from the first signs of a cluster on.
inline Golden knowledge_evolving() {
  return {{"knowledge",
           {{"documents", corpus_folder(220, 30, 7)},
            {"max_degree", std::int64_t{12}},
            {"evolve", true},
            {"generation", std::int64_t{4}},
            {"sight", std::int64_t{4}},
            {"max_idle", std::int64_t{3}},
            {"synthesizers", std::int64_t{60}},
            {"quorum", 1.5}},
           {},
           12},
          110,
          "0a966441103d9c2a545577e6ac87e13a"};
}
/// Three iterations and a half of each algorithm.
inline Golden tours(const std::string& algorithm, const std::string& local_search, const std::string& digest) {
  return {{"tours",
           {{"instance", instance_file(61, 9)}, {"algorithm", algorithm}, {"local_search", local_search}, {"candidates", std::int64_t{9}}},
           {},
           150},
          3 * 63 + 31,
          digest};
}
inline Golden tours_as() { return tours("as", "none", "6d514a0cc93e4921832a0a0ee3eb2899"); }
inline Golden tours_mmas() { return tours("mmas", "3opt", "f7841ed6aa988269cacb9662eeb02c52"); }
inline Golden tours_acs() { return tours("acs", "2opt", "53138b3c1f83bc7e1ab9d2b928625996"); }
inline Golden opinion() {
  return {{"opinion", {{"confidence", 0.15}, {"start", std::string("random")}}, complete(300)}, 12, "f3e48f32958296b9c078d2e4816f5b80"};
}
inline Golden opinion_graph() {
  return {{"opinion", {{"confidence", 0.3}, {"start", std::string("random")}}, random_graph(10000, 50000, false)},
          20,
          "0ffe70b0b702925ca8b5ec1008505bab"};
}
inline Golden bazaar_lattice() {
  return {{"", {}, lattice(110, 90), 6000, 42, [] { return std::make_unique<Bazaar>(0.3); }}, 40, "62c4f9eaa8faabc304a0101fa0172e54"};
}
inline Golden bazaar_graph() {
  return {{"", {}, random_graph(3000, 12000, true, true), 5000, 42, [] { return std::make_unique<Bazaar>(0); }},
          40,
          "24dfb87f11b2bfe5730ef305f72b2435"};
}

}  // namespace colony::testing
