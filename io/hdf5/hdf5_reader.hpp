// Reads the HDF5 files that hdf5_writer.hpp writes. Nothing in a file is believed before it has been compared with the file's size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/state/image.hpp"
#include "io/hdf5/hdf5_handle.hpp"

namespace colony::hdf5 {

/// Everything throws StorageError, naming the file and the column.
class Reader {
 public:
  explicit Reader(const std::string& path);

  std::uint64_t number(const std::string& attribute) const;
  std::string text(const std::string& attribute) const;
  /// Names of the groups, and of the columns in one, in the order in which they were written.
  std::vector<std::string> groups() const;
  std::vector<std::string> columns(const std::string& group) const;
  ColumnImage column(const std::string& group, const std::string& name) const;

 private:
  std::vector<std::string> links(std::int64_t folder) const;

  Quiet quiet_;
  std::string path_;
  std::uint64_t file_bytes_;
  Handle file_;
};

}  // namespace colony::hdf5
