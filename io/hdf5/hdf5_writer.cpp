#include "io/hdf5/hdf5_writer.hpp"

#include <fcntl.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <vector>

#include "io/hdf5/hdf5_handle.hpp"

namespace colony::hdf5 {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 19;             // written, then hashed while it is still in the cache
constexpr std::uint64_t write_behind_bytes = std::uint64_t{8} << 20;  // asked onto the disk while the next ones are copied
constexpr std::uint64_t alignment = 4096;

/// Where a column's bytes lie in the file.
struct Region {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  const std::byte* bytes = nullptr;
};

void write_attribute(const Handle& file, const Attribute& attribute, const std::string& path) {
  const char* doing = "writing an attribute";
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose, path, doing);
  if (const std::uint64_t* number = std::get_if<std::uint64_t>(&attribute.value)) {
    const Handle made(H5Acreate2(file, attribute.name.c_str(), H5T_STD_U64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, path, doing);
    check(H5Awrite(made, H5T_NATIVE_UINT64, number), path, doing);
    return;
  }
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, path, doing);
  check(H5Tset_size(type, H5T_VARIABLE), path, doing);
  check(H5Tset_cset(type, H5T_CSET_UTF8), path, doing);
  const Handle made(H5Acreate2(file, attribute.name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, path, doing);
  const char* text = std::get<std::string>(attribute.value).c_str();
  check(H5Awrite(made, type, &text), path, doing);
}

Handle create_file(const std::string& path) {
  const char* doing = "making the file";
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, path, doing);
  check(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110), path, doing);
  check(H5Pset_alignment(access, alignment, alignment), path, doing);
  check(H5Pset_file_locking(access, false, true), path, doing);  // the name is ours alone, and some file systems have no locks
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, path, doing);
  check(H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), path, doing);
  check(H5Pset_obj_track_times(creation, false), path, doing);
  return Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose, path, doing);
}

/// The file with everything but the columns' bytes, closed; returns where those go, by ascending offset.
std::vector<Region> lay_out(const std::string& path, std::span<const Attribute> attributes, std::span<const Column> columns) {
  const char* doing = "laying the file out";
  const Quiet quiet;
  Handle file = create_file(path);
  for (const Attribute& attribute : attributes) write_attribute(file, attribute, path);

  const Handle group_creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, path, doing);
  check(H5Pset_link_creation_order(group_creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), path, doing);
  check(H5Pset_obj_track_times(group_creation, false), path, doing);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, path, doing);
  check(H5Pset_layout(creation, H5D_CONTIGUOUS), path, doing);
  check(H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY), path, doing);
  check(H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER), path, doing);
  check(H5Pset_obj_track_times(creation, false), path, doing);

  std::vector<Region> regions;
  std::optional<Handle> group;
  std::string group_name;
  for (const Column& column : columns) {
    if (!group || group_name != column.group) {
      group.reset();
      group_name = column.group;
      group.emplace(H5Gcreate2(file, group_name.c_str(), H5P_DEFAULT, group_creation, H5P_DEFAULT), H5Gclose, path, doing);
    }
    const hsize_t extents[2] = {column.count, column.width};
    const Handle space(H5Screate_simple(column.width == 1 ? 1 : 2, extents, nullptr), H5Sclose, path, doing);
    const Handle dataset(H5Dcreate2(*group, column.name.c_str(), file_type(column.type), space, H5P_DEFAULT, creation, H5P_DEFAULT),
                         H5Dclose, path, doing);
    if (column.count == 0) continue;
    const haddr_t offset = H5Dget_offset(dataset);
    if (offset == HADDR_UNDEF) throw StorageError(path, "the HDF5 library gave /" + column.group + "/" + column.name + " no place");
    regions.push_back({offset, column.count * column.width * bytes_of(column.type), column.bytes});
  }
  group.reset();
  file.close(path, doing);
  std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) { return a.offset < b.offset; });
  return regions;
}

/// Goes through a laid-out file once, from its first byte to its last: columns are written and hashed, what lies between is read.
class Pass {
 public:
  explicit Pass(const std::string& path) : path_(path), descriptor_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    if (descriptor_ < 0) throw storage_error(path_, "opening", errno);
    XXH3_64bits_reset(hash_.get());
  }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  ~Pass() { ::close(descriptor_); }

  std::uint64_t size() const {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) throw storage_error(path_, "reading its size", errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  /// Hashes what the library wrote, up to `end`.
  void skip_to(std::uint64_t end) {
    std::byte buffer[8192];
    while (position_ < end) {
      const std::size_t wanted = std::min<std::uint64_t>(sizeof buffer, end - position_);
      const ssize_t got = pread(descriptor_, buffer, wanted, static_cast<off_t>(position_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw storage_error(path_, "reading", errno);
      if (got == 0) throw StorageError(path_, "became shorter while it was written");
      hash(buffer, static_cast<std::size_t>(got));
    }
  }

  void write(const std::byte* bytes, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t wrote = pwrite(descriptor_, bytes + done, size - done, static_cast<off_t>(position_ + done));
      if (wrote >= 0) done += static_cast<std::size_t>(wrote);
      else if (errno != EINTR) throw storage_error(path_, "writing", errno);
    }
    hash(bytes, size);
    if (position_ - flushed_ < write_behind_bytes) return;
    // Only a hint: fsync is what counts, and a file system without it loses nothing.
    const auto begin = static_cast<off_t>(flushed_);
    static_cast<void>(sync_file_range(descriptor_, begin, static_cast<off_t>(position_) - begin, SYNC_FILE_RANGE_WRITE));
    flushed_ = position_;
  }

  StoredFile result() const { return {position_, XXH3_64bits_digest(hash_.get())}; }

 private:
  void hash(const std::byte* bytes, std::size_t size) {
    XXH3_64bits_update(hash_.get(), bytes, size);
    position_ += size;
  }

  std::string path_;
  int descriptor_;
  std::uint64_t position_ = 0;
  std::uint64_t flushed_ = 0;
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> hash_{XXH3_createState(), XXH3_freeState};
};

}  // namespace

StoredFile write_file(const std::string& path, std::span<const Attribute> attributes, std::span<const Column> columns,
                      const std::function<void()>& half_way) {
  const std::vector<Region> regions = lay_out(path, attributes, columns);
  Pass pass(path);
  const std::uint64_t size = pass.size();
  bool half_done = false;
  for (const Region& region : regions) {
    pass.skip_to(region.offset);
    for (std::uint64_t at = 0; at < region.size; at += piece_bytes) {
      pass.write(region.bytes + at, std::min<std::uint64_t>(piece_bytes, region.size - at));
      if (half_done || !half_way || region.offset + at < size / 2) continue;
      half_way();
      half_done = true;
    }
  }
  if (half_way && !half_done) half_way();
  pass.skip_to(size);
  return pass.result();
}

}  // namespace colony::hdf5
