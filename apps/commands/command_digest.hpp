// `colony digest`: the digest of a checkpoint, recomputed from its files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/registry.hpp"

namespace colony {

struct DigestOptions {
  std::string run;
  std::optional<std::uint64_t> tick;  ///< absent: the newest
};

/// Prints 32 hexadecimal digits. Throws StorageError when a file is missing, torn or altered, or the digest is not the manifest's.
int digest_command(const DigestOptions& options, const ModelRegistry& models);

}  // namespace colony
