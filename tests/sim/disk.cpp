#include "tests/sim/disk.hpp"

#include <cerrno>
#include <filesystem>

namespace colony::sim {

void SimStorage::tear(const std::string& staged) {
  std::error_code ignored;
  const std::uint64_t bytes = std::filesystem::file_size(staged, ignored);
  if (!ignored) std::filesystem::resize_file(staged, scene_.dice.below(bytes + 1), ignored);
}

void SimStorage::operation(const std::string& staged) {
  if (crashed_) throw Crashed{};
  if (crash_at_ == 0 || --crash_at_ != 0) return;
  crashed_ = true;
  if (!staged.empty()) tear(staged);
  scene_.trace.note("machine {} dies at an operation on the disk", machine_);
  throw Crashed{};
}

/// Checkpoints alone: what else is written is the set-up's, which may not fail (the run would end, as it should).
void SimStorage::maybe_fail(const std::string& name) {
  if (name.find("/tick-") == std::string::npos) return;
  const bool bad = of_ == Of::member ? scene_.weather.of(machine_).bad_disk > scene_.now() : scene_.weather.bad_commit > scene_.now();
  if (!bad) return;
  const std::uint64_t permille = of_ == Of::member ? scene_.weather.of(machine_).disk_permille : scene_.weather.commit_permille;
  if (scene_.dice.permille(permille)) throw storage_error(path_of(name), "writing", EIO);  // ENOSPC would say how much is free
}

std::vector<std::string> SimStorage::list(const std::string& folder) {
  operation();
  return PosixStorage::list(folder);
}

std::string SimStorage::read(const std::string& name, std::uint64_t limit) {
  operation();
  return PosixStorage::read(name, limit);
}

StoredFile SimStorage::checksum(const std::string& name) {
  operation();
  return PosixStorage::checksum(name);
}

void SimStorage::make_folder(const std::string& folder) {
  operation();
  maybe_fail(folder);
  PosixStorage::make_folder(folder);
}

std::string SimStorage::stage(const std::string& name) {
  operation();
  maybe_fail(name);
  std::string staged = PosixStorage::stage(name);
  return staged;
}

void SimStorage::publish(const std::string& staged, const std::string& name) {
  operation(staged);
  maybe_fail(name);
  if (later_ && later_(staged, name)) return;
  PosixStorage::publish(staged, name);
  operation();
  if (of_ == Of::coordinator) maybe_fail(name);  // the name is there, and the folder could not be synced
}

void SimStorage::discard(const std::string& staged) noexcept {
  if (!crashed_) PosixStorage::discard(staged);
}

void SimStorage::remove(std::span<const std::string> names) {
  operation();
  PosixStorage::remove(names);
}

}  // namespace colony::sim
