// What tests of files share: a folder that goes away, and a storage that fails when told to.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "io/storage.hpp"

namespace colony::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "colony-test-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = path;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

inline void write_bytes(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

/// Runs f and returns what the StorageError it throws says; fails the test when it throws none.
template <class F>
std::string storage_error_of(const F& f) {
  try {
    f();
  } catch (const StorageError& error) {
    EXPECT_EQ(error.status(), ExitStatus::storage);
    EXPECT_EQ(std::string(error.what()).rfind(error.path + ": ", 0), 0u) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no StorageError was thrown";
  return {};
}

/// While it lives no file can grow beyond `bytes`: a write across that ends half-way, as on a disk that fills up, then fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uint64_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = bytes;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

/// A PosixStorage of which the `fail_at`-th change (from 1) fails as a full disk does; later ones work again.
class FaultyStorage : public PosixStorage {
 public:
  explicit FaultyStorage(const std::string& root, int fail_at = 0, int error = ENOSPC)
      : PosixStorage(root), left_(fail_at), error_(error) {}

  void make_folder(const std::string& folder) override {
    maybe_fail(folder);
    PosixStorage::make_folder(folder);
  }
  void replace(const std::string& name, std::string_view bytes) override {
    maybe_fail(name);
    PosixStorage::replace(name, bytes);
  }
  std::unique_ptr<AppendFile> open_append(const std::string& name, Existing existing) override {
    if (existing == Existing::discard) maybe_fail(name);
    return std::make_unique<FaultyAppendFile>(*this, name, PosixStorage::open_append(name, existing));
  }
  std::string stage(const std::string& name) override {
    maybe_fail(name);
    return PosixStorage::stage(name);
  }
  void publish(const std::string& staged, const std::string& name) override {
    maybe_fail(name);
    PosixStorage::publish(staged, name);
  }
  void remove(std::span<const std::string> names) override {
    maybe_fail(names.empty() ? std::string() : names.front());
    PosixStorage::remove(names);
  }
  int changes() const { return changes_; }  ///< asked for so far
  /// From now on; the next is 1.
  void fail_at(int change) { left_ = change; }

 private:
  /// Appending, cutting and syncing are changes too. The storage must outlive it.
  class FaultyAppendFile : public AppendFile {
   public:
    FaultyAppendFile(FaultyStorage& storage, std::string name, std::unique_ptr<AppendFile> file)
        : storage_(storage), name_(std::move(name)), file_(std::move(file)) {}
    std::uint64_t length() const override { return file_->length(); }
    std::string read(std::uint64_t offset, std::size_t bytes) override { return file_->read(offset, bytes); }
    void append(std::string_view bytes) override {
      storage_.maybe_fail(name_);
      file_->append(bytes);
    }
    void cut(std::uint64_t length) override {
      storage_.maybe_fail(name_);
      file_->cut(length);
    }
    void sync() override {
      storage_.maybe_fail(name_);
      file_->sync();
    }
    void check(std::uint64_t length) override { file_->check(length); }

   private:
    FaultyStorage& storage_;
    std::string name_;
    std::unique_ptr<AppendFile> file_;
  };

  void maybe_fail(const std::string& name) {
    ++changes_;
    if (left_ > 0 && --left_ == 0) throw storage_error(path_of(name), "writing", error_);
  }

  int left_;
  int error_;
  int changes_ = 0;
};

}  // namespace colony::test
