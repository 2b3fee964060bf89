// `colony evaluate`: how good the rankings of a TREC run are, by judgements.
#pragma once

#include <string>

namespace colony {

struct EvaluateOptions {
  std::string run;         ///< a TREC run
  std::string judgements;  ///< of TREC, SMART or BEIR
  std::string format = "auto";
  bool json = false;
};

/// Throws DataError for malformed files and for a run none of whose queries is judged.
int evaluate_command(const EvaluateOptions& options);

}  // namespace colony
