#include "io/hdf5/hdf5_reader.hpp"

#include <fmt/format.h>
#include <hdf5.h>
#include <sys/stat.h>

#include <cerrno>

#include "io/storage.hpp"

namespace colony::hdf5 {
namespace {

std::uint64_t size_of_file(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) throw storage_error(path, "opening", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Handle open_file(const std::string& path) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, path, "opening");
  check(H5Pset_file_locking(access, false, true), path, "opening");
  return Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose, path, "opening");
}

Handle open_attribute(const Handle& file, const std::string& name, const std::string& path) {
  if (H5Aexists(file, name.c_str()) <= 0) throw StorageError(path, "has no attribute \"" + name + "\"; it is not a file of colony's");
  return Handle(H5Aopen(file, name.c_str(), H5P_DEFAULT), H5Aclose, path, "reading an attribute");
}

void require_scalar(const Handle& attribute, const std::string& name, const std::string& path) {
  const Handle space(H5Aget_space(attribute), H5Sclose, path, "reading an attribute");
  if (H5Sget_simple_extent_npoints(space) != 1) throw StorageError(path, "attribute \"" + name + "\" is not one value");
}

}  // namespace

Reader::Reader(const std::string& path) : path_(path), file_bytes_(size_of_file(path)), file_(open_file(path)) {}

std::uint64_t Reader::number(const std::string& attribute) const {
  const Handle opened = open_attribute(file_, attribute, path_);
  require_scalar(opened, attribute, path_);
  const Handle type(H5Aget_type(opened), H5Tclose, path_, "reading an attribute");
  if (H5Tget_class(type) != H5T_INTEGER) throw StorageError(path_, "attribute \"" + attribute + "\" is not a number");
  std::uint64_t value = 0;
  check(H5Aread(opened, H5T_NATIVE_UINT64, &value), path_, "reading an attribute");
  return value;
}

std::string Reader::text(const std::string& attribute) const {
  const Handle opened = open_attribute(file_, attribute, path_);
  require_scalar(opened, attribute, path_);
  const Handle type(H5Aget_type(opened), H5Tclose, path_, "reading an attribute");
  if (H5Tis_variable_str(type) <= 0) throw StorageError(path_, "attribute \"" + attribute + "\" is not text");
  char* text = nullptr;
  check(H5Aread(opened, type, &text), path_, "reading an attribute");
  const std::string value = text == nullptr ? "" : text;
  H5free_memory(text);
  return value;
}

std::vector<std::string> Reader::links(std::int64_t folder) const {
  const char* doing = "listing the columns";
  H5G_info_t info{};
  check(H5Gget_info(folder, &info), path_, doing);
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    char name[256];
    const ssize_t length = H5Lget_name_by_idx(folder, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT);
    check(length < 0 ? -1 : 0, path_, doing);
    if (static_cast<std::size_t>(length) >= sizeof name) throw StorageError(path_, "a name in it is longer than 255 bytes");
    names.emplace_back(name, static_cast<std::size_t>(length));
  }
  return names;
}

std::vector<std::string> Reader::groups() const { return links(file_); }

std::vector<std::string> Reader::columns(const std::string& group) const {
  const Handle opened(H5Gopen2(file_, group.c_str(), H5P_DEFAULT), H5Gclose, path_, "opening a group");
  return links(opened);
}

ColumnImage Reader::column(const std::string& group, const std::string& name) const {
  const std::string full = "/" + group + "/" + name;
  const char* doing = "reading a column";
  const Handle dataset(H5Dopen2(file_, full.c_str(), H5P_DEFAULT), H5Dclose, path_, doing);
  const Handle type(H5Dget_type(dataset), H5Tclose, path_, doing);
  const Handle space(H5Dget_space(dataset), H5Sclose, path_, doing);
  const std::optional<ScalarType> scalar = scalar_type_of(type);
  if (!scalar) throw StorageError(path_, full + " is of a type that colony does not write");
  const int dimensions = H5Sget_simple_extent_ndims(space);
  if (dimensions != 1 && dimensions != 2) throw StorageError(path_, full + " has neither one dimension nor two");
  hsize_t extents[2] = {0, 1};
  check(H5Sget_simple_extent_dims(space, extents, nullptr), path_, doing);
  const auto [count, width] = extents;
  if (width == 0 || width > most_width) throw StorageError(path_, fmt::format("{} claims rows of {} values", full, width));
  if (count > file_bytes_ / bytes_of(*scalar) / width)
    throw StorageError(path_, fmt::format("{} claims {} values, more than the file's {} bytes can hold", full, count, file_bytes_));

  ColumnImage column{name, *scalar, count, {}, static_cast<std::uint32_t>(width)};
  column.bytes.resize(count * column.item_bytes());
  if (count != 0) check(H5Dread(dataset, file_type(*scalar), H5S_ALL, H5S_ALL, H5P_DEFAULT, column.bytes.data()), path_, doing);
  return column;
}

}  // namespace colony::hdf5
