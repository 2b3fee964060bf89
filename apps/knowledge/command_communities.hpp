// `colony communities`: which concepts of a grown knowledge graph belong together, and which documents are about them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace colony {

struct CommunitiesOptions {
  std::string run;
  std::optional<std::uint64_t> tick;
  bool json = false;
  std::string csv;         ///< a file for the membership of every concept and document
  std::size_t shown = 20;  ///< communities in the table
};

/// Throws DataError for a run of another model, StorageError.
int communities_command(const CommunitiesOptions& options);

}  // namespace colony
