#include "io/run/run_lock.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <vector>

namespace colony {
namespace {

constexpr const char* lock_folder = "run.lock";
constexpr const char* claim_ending = ".json";
constexpr const char* release_ending = ".released";
constexpr int max_attempts = 50;

std::string lock_file(std::uint64_t incarnation, const char* ending) { return fmt::format("{}/r{}{}", lock_folder, incarnation, ending); }

/// 3 of "r3.json" with the ending ".json".
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view ending) {
  if (!name.starts_with('r') || !name.ends_with(ending)) return std::nullopt;
  name = name.substr(1, name.size() - 1 - ending.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number == 0) return std::nullopt;
  return number;
}

/// The highest number that was claimed, 0 when there is none.
std::uint64_t newest_claim(Storage& storage) {
  std::uint64_t newest = 0;
  for (const std::string& name : storage.list(lock_folder)) newest = std::max(newest, number_of(name, claim_ending).value_or(0));
  return newest;
}

/// The process that claimed a number. Throws StorageError when the claim names none: by construction it is not torn, but edited by hand.
LockHolder read_claim(Storage& storage, std::uint64_t incarnation) {
  const std::string name = lock_file(incarnation, claim_ending);
  const auto object = nlohmann::json::parse(storage.read(name, 65536), nullptr, false);
  try {
    return {object.at("host"), object.at("pid"), object.at("started"), object.at("boot"), object.at("pid_space"), incarnation};
  } catch (const nlohmann::json::exception&) {
    throw StorageError(storage.path_of(name), "says not who holds this run folder; if no run is using it, go on with --resume --force");
  }
}

std::string claim_text(const LockHolder& self) {
  const nlohmann::ordered_json object = {
      {"host", self.host}, {"pid", self.pid}, {"started", self.started}, {"boot", self.boot}, {"pid_space", self.pid_space}};
  return object.dump(1) + "\n";
}

/// The newest claim, 0 when there is none. Throws unless its holder has ended or is to be driven out.
std::uint64_t require_free(Storage& storage, const RunLockOptions& options) {
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t newest = newest_claim(storage);
    if (newest == 0 || storage.exists(lock_file(newest, release_ending))) return newest;
    const bool by_force = options.takeover == Takeover::by_force;
    LockHolder holder;
    try {
      holder = read_claim(storage, newest);
    } catch (const StorageError&) {
      const bool there = storage.exists(lock_file(newest, claim_ending));
      if (there && by_force) return newest;
      if (attempt == max_attempts || there) throw;
      continue;  // cleared away by a newer claim since we looked
    }
    const Life life = options.life(holder);
    if (life == Life::alive || (life == Life::unknown && !by_force)) throw RunHeldError(storage.path_of(""), holder, life);
    return newest;
  }
}

void remove_below(Storage& storage, std::uint64_t incarnation) {
  std::vector<std::string> old;
  for (const std::string& name : storage.list(lock_folder)) {
    std::optional<std::uint64_t> number = number_of(name, claim_ending);
    if (!number) number = number_of(name, release_ending);
    if (number && *number < incarnation) old.push_back(std::string(lock_folder) + "/" + name);
  }
  storage.remove(old);
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

struct ProcessStat {
  char state = 'X';
  std::uint64_t started = 0;
};

/// The third and the 22nd entry of /proc/PID/stat; the second is a name in parentheses that may hold anything.
std::optional<ProcessStat> stat_of(std::int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid).c_str());
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  ProcessStat result;
  rest >> result.state;
  std::string skipped;
  for (int entry = 4; entry < 22; ++entry) rest >> skipped;
  rest >> result.started;
  return rest ? std::optional(result) : std::nullopt;
}

}  // namespace

LockHolder this_process() {
  LockHolder self;
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  self.host = host;
  self.pid = getpid();
  if (const auto stat = stat_of(self.pid)) self.started = stat->started;
  self.boot = first_line("/proc/sys/kernel/random/boot_id");
  std::error_code error;
  self.pid_space = std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
  return self;
}

Life life_of(const LockHolder& holder) {
  const LockHolder self = this_process();
  if (holder.host != self.host) return Life::unknown;
  if (holder.boot != self.boot) return Life::dead;  // the machine was started anew
  if (holder.pid_space != self.pid_space) return Life::unknown;
  const auto stat = stat_of(holder.pid);
  if (!stat || stat->started != holder.started) return Life::dead;  // gone, or another process with its number
  return stat->state == 'Z' || stat->state == 'X' ? Life::dead : Life::alive;
}

RunHeldError::RunHeldError(const std::string& path_, const LockHolder& holder_, Life life)
    : StorageError(path_,
                   fmt::format("is in use by another run, process {} on {}{}", holder_.pid, holder_.host,
                               life == Life::alive
                                   ? "; wait for it or stop it, or choose another folder with --out"
                                   : ", which can't be looked at from here; if that has ended, take the folder with --resume --force")),
      holder(holder_) {}

void RunLock::check_free(Storage& storage, const RunLockOptions& options) { require_free(storage, options); }

RunLock RunLock::acquire(Storage& storage, const RunLockOptions& options) {
  storage.make_folder(lock_folder);
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t mine = std::max(require_free(storage, options), options.above) + 1;
    const std::string name = lock_file(mine, claim_ending);
    try {
      storage.write_new(name, claim_text(options.self));
    } catch (const StorageError&) {
      if (attempt == max_attempts) throw;
      continue;  // most likely another start was faster, and may have drawn back since: look again
    }
    // A start that had already cleared this number away is seen here, since it made a higher one before.
    if (newest_claim(storage) != mine) {
      storage.remove(std::vector<std::string>{name});
      continue;
    }
    remove_below(storage, mine);
    return RunLock(storage, mine);
  }
}

bool RunLock::still_own() const { return newest_claim(*storage_) == incarnation_; }

void RunLock::require_own() const {
  const std::uint64_t newest = newest_claim(*storage_);
  if (newest == incarnation_) return;
  if (newest == 0)
    throw StorageError(storage_->path_of(lock_folder), "was removed while the run was going; nothing more is written to this folder");
  throw RunHeldError(storage_->path_of(""), read_claim(*storage_, newest), Life::alive);
}

void RunLock::release() {
  if (still_own() && !storage_->exists(lock_file(incarnation_, release_ending)))
    storage_->write_new(lock_file(incarnation_, release_ending), "");
}

}  // namespace colony
