// Files that only their owner may use: a run's secret, its certificate with the key.
#pragma once

#include <cstddef>
#include <string>

namespace colony {

/// what: "secret", for messages. Throws StorageError when it can't be read, is empty, too long, or readable by others than its owner.
std::string read_private_file(const std::string& path, const std::string& what, std::size_t max_bytes);

/// A new file of mode 0600; who sees its name sees all of it. Throws StorageError, also when there is such a file.
void write_private_file(const std::string& path, const std::string& what, const std::string& text);

}  // namespace colony
