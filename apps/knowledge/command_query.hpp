// `colony query`: the documents of a grown knowledge graph that answer a query, or a file of queries as a TREC run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/knowledge/ranker.hpp"
#include "models/registry.hpp"

namespace colony {

struct QueryOptions {
  std::string run;
  std::vector<std::string> words;  ///< as given, one argument or several
  std::optional<std::size_t> count;
  bool explain = false;
  bool json = false;
  std::string queries;  ///< a file of queries, in place of words
  std::string trec;     ///< where the run of a file of queries goes
  std::optional<std::uint64_t> tick;
  retrieval::RankingOptions ranking;
};

/// Throws UsageError for an empty query, DataError for a run of another model and for a malformed file of queries, StorageError.
int query_command(const QueryOptions& options, const ModelRegistry& models);

}  // namespace colony
