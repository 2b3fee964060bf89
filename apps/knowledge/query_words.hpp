// A query's words, as the colony that is asked took its documents apart.
#pragma once

#include <string>

#include "models/knowledge/words.hpp"
#include "models/registry.hpp"

namespace colony {

/// With the stop words and the stemming of the run's job.toml, or the defaults where the run has none. Throws UsageError when the job can't
/// be read, for one when its file of stop words is gone; its documents may be.
Words words_of_run(const std::string& run, const ModelRegistry& models);

}  // namespace colony
