#include "io/storage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace colony {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Free bytes of the file system that holds the path or, when that is not there yet, the nearest folder above it.
bool free_bytes_at(std::string path, std::uint64_t& bytes) {
  struct statvfs status {};
  while (statvfs(path.c_str(), &status) != 0) {
    if (path == "." || path == "/") return false;
    path = folder_of(path);
  }
  bytes = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  return true;
}

/// An open file. Errors name it by its path, or by the name that it is meant for.
class File {
 public:
  File(const std::string& path, int flags, const char* doing) : File(path, flags, doing, path) {}
  File(const std::string& path, int flags, const char* doing, std::string named)
      : path_(std::move(named)), descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) throw storage_error(path_, doing, errno);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }
  int descriptor() const { return descriptor_; }

  std::uint64_t size() const {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) throw storage_error(path_, "reading its size", errno);
    if (!S_ISREG(status.st_mode)) throw StorageError(path_, "is not a file");
    return static_cast<std::uint64_t>(status.st_size);
  }
  std::size_t read(void* into, std::size_t bytes) {
    for (;;) {
      const ssize_t got = ::read(descriptor_, into, bytes);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw storage_error(path_, "reading", errno);
    }
  }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
      if (done >= 0) bytes.remove_prefix(static_cast<std::size_t>(done));
      else if (errno != EINTR) throw storage_error(path_, "writing", errno);
    }
  }
  void sync(const char* doing = "syncing") {
    if (fsync(descriptor_) != 0) throw storage_error(path_, doing, errno);
  }

 private:
  std::string path_;
  int descriptor_;
};

class PosixAppendFile : public AppendFile {
 public:
  PosixAppendFile(const std::string& path, Existing existing)
      : path_(path), file_(path, O_RDWR | (existing == Existing::discard ? O_CREAT | O_TRUNC : 0), "opening") {
    length_ = file_.size();
  }

  std::uint64_t length() const override { return length_; }

  std::string read(std::uint64_t offset, std::size_t bytes) override {
    std::string text(bytes, '\0');
    std::size_t have = 0;
    while (have < bytes) {
      const ssize_t got = pread(file_.descriptor(), text.data() + have, bytes - have, static_cast<off_t>(offset + have));
      if (got == 0) break;
      if (got > 0) have += static_cast<std::size_t>(got);
      else if (errno != EINTR) throw storage_error(path_, "reading", errno);
    }
    text.resize(have);
    return text;
  }

  void append(std::string_view bytes) override {
    if (torn_) cut_torn_end();
    require_length(file_.size() == length_);
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = pwrite(file_.descriptor(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(length_ + done));
      if (got >= 0) {
        done += static_cast<std::size_t>(got);
        continue;
      }
      if (errno == EINTR) continue;
      const int error = errno;
      torn_ = true;
      cut_torn_end();
      throw storage_error(path_, "writing", error);
    }
    length_ += done;
  }

  void cut(std::uint64_t length) override {
    COLONY_ASSERT(length <= length_, path_ + " can't be cut to more than it has");
    if (ftruncate(file_.descriptor(), static_cast<off_t>(length)) != 0)
      throw storage_error(path_, "cutting it to the checkpoint's length", errno);
    length_ = length;
  }

  void sync() override { file_.sync(); }

  void check(std::uint64_t length) override {
    struct stat named {
    }, open{};
    if (fstat(file_.descriptor(), &open) != 0) throw storage_error(path_, "looking at it", errno);
    if (stat(path_.c_str(), &named) != 0) {
      if (errno != ENOENT) throw storage_error(path_, "looking at it", errno);
      throw AlteredFileError(path_, "was removed while the run was writing it");
    }
    if (named.st_ino != open.st_ino || named.st_dev != open.st_dev)
      throw AlteredFileError(path_, "was replaced by another file while the run was writing it");
    require_length(static_cast<std::uint64_t>(open.st_size) >= length);
  }

 private:
  void require_length(bool fits) const {
    if (!fits)
      throw AlteredFileError(
          path_, fmt::format("was changed while the run was writing it: it has {} bytes, which is not what was written", file_.size()));
  }
  void cut_torn_end() {
    if (ftruncate(file_.descriptor(), static_cast<off_t>(length_)) != 0) throw storage_error(path_, "cutting a torn row off", errno);
    torn_ = false;
  }

  std::string path_;
  File file_;
  std::uint64_t length_ = 0;
  bool torn_ = false;  ///< bytes after length_ that could not be cut off yet
};

void sync_folder(const std::string& path) { File(path, O_RDONLY | O_DIRECTORY, "opening the folder").sync(); }

/// Gives a file its name unless that is taken. Some network file systems can't rename so: there, a second name and the first dropped.
void rename_to_free_name(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EINVAL || errno == ENOSYS) {
    if (link(from.c_str(), to.c_str()) == 0) {
      unlink(from.c_str());
      return;
    }
  }
  if (errno == EEXIST) throw StorageError(to, "exists already, and no name is used twice; is another run using this folder?");
  throw storage_error(to, "naming the file", errno);
}

}  // namespace

StorageError storage_error(const std::string& path, const std::string& doing, int error) {
  std::string message = fmt::format("{}: {}", doing, std::strerror(error));
  std::uint64_t free = 0;
  switch (error) {
    case ENOSPC:
      if (free_bytes_at(folder_of(path), free)) message += fmt::format(" ({} bytes free)", free);
      message += "; what was committed before is untouched: make room, or choose another [output] directory";
      break;
    case EDQUOT:
    case EFBIG:
      message +=
          "; what was committed before is untouched: raise the quota or file size limit (ulimit -f), or choose another [output] "
          "directory";
      break;
    case EACCES:
    case EPERM:
    case EROFS: message += "; see who may write there (ls -ld), or choose another [output] directory"; break;
    default: break;
  }
  return StorageError(path, message);
}

PosixStorage::PosixStorage(std::string root) : root_(std::move(root)) {
  while (root_.size() > 1 && root_.back() == '/') root_.pop_back();
}

std::string PosixStorage::path_of(const std::string& name) const {
  COLONY_ASSERT(name.empty() || name.front() != '/', "names are relative to the run folder: " + name);
  return name.empty() ? root_ : root_ + "/" + name;
}

std::vector<std::string> PosixStorage::list(const std::string& folder) {
  const std::string path = path_of(folder);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(path.c_str()), closedir);
  if (!stream) {
    if (errno == ENOENT) return {};
    throw storage_error(path, "listing", errno);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  if (errno != 0) throw storage_error(path, "listing", errno);
  std::sort(names.begin(), names.end());
  return names;
}

bool PosixStorage::exists(const std::string& name) {
  const std::string path = path_of(name);
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw storage_error(path, "looking for it", errno);
}

std::string PosixStorage::read(const std::string& name, std::uint64_t limit) {
  const std::string path = path_of(name);
  File file(path, O_RDONLY, "opening");
  const std::uint64_t size = file.size();
  if (size > limit) throw StorageError(path, fmt::format("has {} bytes, more than the {} that such a file can have", size, limit));
  std::string content(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const std::size_t got = file.read(content.data() + have, size - have);
    if (got == 0) throw StorageError(path, "became shorter while it was read");
    have += got;
  }
  return content;
}

StoredFile PosixStorage::checksum(const std::string& name) {
  File file(path_of(name), O_RDONLY, "opening");
  file.size();  // refuses a folder
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::vector<char> chunk(chunk_bytes);
  StoredFile result;
  while (const std::size_t got = file.read(chunk.data(), chunk.size())) {
    XXH3_64bits_update(state.get(), chunk.data(), got);
    result.bytes += got;
  }
  result.xxh3 = XXH3_64bits_digest(state.get());
  return result;
}

void PosixStorage::make_folder(const std::string& folder) {
  const std::string path = path_of(folder);
  if (mkdir(path.c_str(), 0755) == 0) return sync_folder(folder_of(path));
  if (errno == EEXIST) {
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) throw StorageError(path, "is a file, and a folder is wanted there");
    return;
  }
  if (errno != ENOENT || path == folder_of(path)) throw storage_error(path, "making the folder", errno);
  PosixStorage(folder_of(path)).make_folder("");
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) throw storage_error(path, "making the folder", errno);
  sync_folder(folder_of(path));
}

void PosixStorage::write_new(const std::string& name, std::string_view bytes) {
  StagedFile staged(*this, name);
  File(staged.path(), O_WRONLY, "opening").write(bytes);
  staged.publish();
}

void PosixStorage::replace(const std::string& name, std::string_view bytes) {
  const std::string path = path_of(name);
  const StagedFile staged(*this, name);
  {
    File file(staged.path(), O_WRONLY, "opening", path);
    file.write(bytes);
    file.sync("writing");
  }
  if (std::rename(staged.path().c_str(), path.c_str()) != 0) throw storage_error(path, "writing", errno);
  sync_folder(folder_of(path));
}

std::unique_ptr<AppendFile> PosixStorage::open_append(const std::string& name, Existing existing) {
  const std::string path = path_of(name);
  auto file = std::make_unique<PosixAppendFile>(path, existing);
  if (existing == Existing::discard) sync_folder(folder_of(path));  // or a manifest could outlive the file whose length it holds
  return file;
}

std::string PosixStorage::stage(const std::string& name) {
  static std::atomic<std::uint64_t> counter{0};
  const std::string path = path_of(name);
  const std::size_t slash = path.rfind('/') + 1;
  for (;;) {
    const std::string staged = fmt::format("{}.{}.{}-{}.tmp", path.substr(0, slash), path.substr(slash), getpid(), counter++);
    const int descriptor = open(staged.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor >= 0) {
      ::close(descriptor);
      return staged;
    }
    if (errno != EEXIST) throw storage_error(path, "making the file", errno);
  }
}

void PosixStorage::publish(const std::string& staged, const std::string& name) {
  const std::string path = path_of(name);
  File(staged, O_RDONLY, "opening").sync();
  rename_to_free_name(staged, path);
  sync_folder(folder_of(path));
}

void PosixStorage::discard(const std::string& staged) noexcept { unlink(staged.c_str()); }

void PosixStorage::remove(std::span<const std::string> names) {
  std::vector<std::string> folders;
  for (const std::string& name : names) {
    const std::string path = path_of(name);
    if (::remove(path.c_str()) == 0) folders.push_back(folder_of(path));
    else if (errno != ENOENT) throw storage_error(path, "removing", errno);
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  for (const std::string& folder : folders) {
    struct stat status {};
    if (stat(folder.c_str(), &status) == 0) sync_folder(folder);  // one that was removed itself needs none
  }
}

std::uint64_t PosixStorage::free_bytes() {
  std::uint64_t bytes = 0;
  if (!free_bytes_at(root_, bytes)) throw storage_error(root_, "asking for free space", errno);
  return bytes;
}

}  // namespace colony
