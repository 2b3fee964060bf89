// What tests of files share: a folder that goes away, and a storage that fails when told to.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

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

/// A PosixStorage of which the `fail_at`-th change (from 1) fails as a full disk does; later ones work again.
class FaultyStorage : public PosixStorage {
 public:
  explicit FaultyStorage(const std::string& root, int fail_at = 0, int error = ENOSPC)
      : PosixStorage(root), left_(fail_at), error_(error) {}

  void make_folder(const std::string& folder) override {
    maybe_fail(folder);
    PosixStorage::make_folder(folder);
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

 private:
  void maybe_fail(const std::string& name) {
    ++changes_;
    if (left_ > 0 && --left_ == 0) throw storage_error(path_of(name), "writing", error_);
  }

  int left_;
  int error_;
  int changes_ = 0;
};

}  // namespace colony::test
