// `colony evaluate`: how good the rankings of a TREC run are, by judgements.
#pragma once

#include <string>

namespace colony {

struct EvaluateOptions {
  std::string run;         ///< a TREC run
  std::string judgements;  ///< SMART .REL, or TREC qrels
  bool json = false;
};

/// Throws DataError for malformed files.
int evaluate_command(const EvaluateOptions& options);

}  // namespace colony
