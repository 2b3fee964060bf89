// `colony inspect`: what a run folder, a manifest or an HDF5 file of colony's holds.
#pragma once

#include <string>

namespace colony {

struct InspectOptions {
  std::string path;
};

/// Throws StorageError when the path does not exist, can't be read, or is not one of colony's.
int inspect_command(const InspectOptions& options);

}  // namespace colony
