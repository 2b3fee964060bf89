#include "apps/shared/output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"
#include "io/storage.hpp"

namespace colony {

void write_output_file(const std::string& path, std::string_view bytes) {
  const std::filesystem::path file(path);
  if (file.filename().empty()) throw StorageError(path, "is no name of a file");
  const std::string folder = file.parent_path().empty() ? "." : file.parent_path().string();
  PosixStorage(folder).replace(file.filename().string(), bytes);
}

void write_output(const std::string& path, std::string_view bytes) {
  if (!path.empty() && path != "-") return write_output_file(path, bytes);
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) note_output_error(errno);
  flush_output();
}

}  // namespace colony
