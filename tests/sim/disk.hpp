// The run folder as one process sees it: a PosixStorage on the world's folder, on which operations fail, end in the process's death, or
// give a file its name late.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "io/storage.hpp"
#include "tests/sim/scene.hpp"

namespace colony::sim {

/// The process dies here. No std::exception: nothing of the program may catch it.
struct Crashed {};

class SimStorage final : public PosixStorage {
 public:
  /// Takes over giving a staged file its name; false: it is given at once.
  using Later = std::function<bool(const std::string& staged, const std::string& name)>;
  enum class Of : std::uint8_t { member, coordinator };

  SimStorage(Scene& scene, std::uint32_t machine, Of of) : PosixStorage(scene.folder), scene_(scene), machine_(machine), of_(of) {}

  void crash_at(std::uint64_t operation) { crash_at_ = operation; }
  bool crashed() const { return crashed_; }
  void name_later(Later later) { later_ = std::move(later); }
  /// What publish() would have done.
  void publish_now(const std::string& staged, const std::string& name) { PosixStorage::publish(staged, name); }
  /// As a crash leaves a file that was being written.
  void tear(const std::string& staged);

  std::vector<std::string> list(const std::string& folder) override;
  std::string read(const std::string& name, std::uint64_t limit) override;
  StoredFile checksum(const std::string& name) override;
  void make_folder(const std::string& folder) override;
  std::string stage(const std::string& name) override;
  void publish(const std::string& staged, const std::string& name) override;
  void discard(const std::string& staged) noexcept override;
  void remove(std::span<const std::string> names) override;

 private:
  void operation(const std::string& staged = {});
  void maybe_fail(const std::string& name);

  Scene& scene_;
  std::uint32_t machine_;
  Of of_;
  std::uint64_t crash_at_ = 0;
  bool crashed_ = false;
  Later later_;
};

}  // namespace colony::sim
