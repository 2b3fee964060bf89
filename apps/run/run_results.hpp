// Files that a run's model makes of its globals (Model::results), made again from a checkpoint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/registry.hpp"

namespace colony {

/// The text of the result whose name ends with `ending`, of the newest checkpoint or that of `tick`; nothing when the model makes none.
/// Throws StorageError without such a checkpoint, DataError or UsageError when the model's input is gone or has changed.
std::optional<std::string> result_of(const std::string& run, std::optional<std::uint64_t> tick, std::string_view ending,
                                     const ModelRegistry& models);

}  // namespace colony
