// sim_cluster: worlds by their seeds. tests/sim/README.md.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/world.hpp"

namespace colony::sim {
namespace {

constexpr const char* usage =
    "usage: sim_cluster --seeds FROM COUNT [--twice EVERY]   worlds of many seeds; every EVERY-th (50) runs twice and is compared\n"
    "       sim_cluster --seed S [--trace]                   one world, twice; --trace prints what happens in it\n";

/// Said when an assertion of the program ends this one: which seed it was.
std::array<char, 160> last_words{};

extern "C" void say_last_words(int) {
  const std::string_view text(last_words.data());
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) _exit(3);
  _exit(2);
}

void remember(std::uint64_t seed) {
  const auto end = fmt::format_to_n(last_words.data(), last_words.size() - 1,
                                    "FAILED seed {} by an assertion; see it again with:\n  sim_cluster --seed {} --trace\n", seed, seed);
  *end.out = '\0';
}

/// Worlds write little and sync much: memory is the place for them.
class Folder {
 public:
  Folder() {
    const char* memory = "/dev/shm";
    const std::string base = access(memory, W_OK) == 0 ? memory : std::filesystem::temp_directory_path().string();
    std::string pattern = base + "/colony-sim-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder can be made in " + base);
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Outcome run(const Options& options, Trace::Shows shows) const {
    remember(options.seed);
    const std::string world = path_ + "/world";
    Outcome outcome = run_world(options, shows, world);
    std::filesystem::remove_all(world);
    return outcome;
  }

 private:
  std::string path_;
};

void explain(const Folder& folder, const Options& options, const std::string& violation) {
  const Outcome again = folder.run(options, Trace::Shows::tail);
  for (const std::string& line : again.tail) fmt::print("{}\n", line);
  fmt::print("{}FAILED seed {}: {}\n", to_text(options), options.seed, violation);
  if (again.violation != violation) fmt::print("... and when run again: {}\n", again.violation.empty() ? "nothing" : again.violation);
  fmt::print("see it again with:\n  sim_cluster --seed {} --trace\n", options.seed);
  std::fflush(stdout);
}

std::string differences(const Outcome& a, const Outcome& b) {
  if (a.trace_hash == b.trace_hash && a.violation == b.violation) return {};
  return fmt::format("two runs of the seed differ: {} and {} lines, hashes {:x} and {:x}", a.trace_count, b.trace_count, a.trace_hash,
                     b.trace_hash);
}

void print(const Tally& t, std::uint64_t worlds) {
  fmt::print(
      "{} worlds: {} lives, {} epochs, {} processes, {:.1f} s simulated, {} events\n"
      "  faults: {} befell; {} crashes, {} in the middle of a write; {} hangs; {} coordinators killed\n"
      "  frames: {} sent, {} lost, {} damaged, {} doubled, {} stale, {} asked for, {} sent again; {} suspicions\n"
      "  checkpoints: {} commits, {} failed, {} loads, {} files named late; {} ticks done again; {} reports ignored, {} joins refused; {} "
      "times balanced\n",
      worlds, t.lives, t.epochs, t.processes, static_cast<double>(t.simulated_ns) * 1e-9, t.events, t.faults, t.crashes, t.crashes_in_write,
      t.hangs, t.lost_coordinators, t.frames, t.frames_lost, t.frames_damaged, t.frames_doubled, t.stale, t.asked, t.resent, t.suspects,
      t.commits, t.failed_commits, t.loads, t.late_files, t.ticks_redone, t.ignored_reports, t.refused_joins, t.rebalances);
}

int run_many(std::uint64_t from, std::uint64_t count, std::uint64_t twice) {
  constexpr int most_failures = 5;
  const Folder folder;
  Tally sum;
  int failures = 0;
  for (std::uint64_t seed = from; seed < from + count && failures < most_failures; ++seed) {
    const Options options = draw_options(seed);
    const Outcome outcome = folder.run(options, Trace::Shows::nothing);
    sum += outcome.tally;
    std::string violation = outcome.violation;
    if (violation.empty() && twice != 0 && seed % twice == 0) violation = differences(outcome, folder.run(options, Trace::Shows::nothing));
    if (violation.empty()) continue;
    ++failures;
    explain(folder, options, violation);
  }
  print(sum, count);
  return failures == 0 ? 0 : 1;
}

int run_one(std::uint64_t seed, bool traced) {
  const Folder folder;
  const Options options = draw_options(seed);
  fmt::print("{}", to_text(options));
  const Outcome outcome = folder.run(options, traced ? Trace::Shows::all : Trace::Shows::nothing);
  print(outcome.tally, 1);
  std::string violation = outcome.violation;
  if (violation.empty()) violation = differences(outcome, folder.run(options, Trace::Shows::nothing));
  fmt::print("{} seed {}{}{}\n", violation.empty() ? "kept" : "FAILED", seed, violation.empty() ? "" : ": ", violation);
  return violation.empty() ? 0 : 1;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int run(const std::vector<std::string_view>& arguments) {
  const auto value = [&](std::size_t i) { return i < arguments.size() ? number(arguments[i]) : std::nullopt; };
  if (arguments.size() >= 2 && arguments[0] == "--seed" && value(1))
    return run_one(*value(1), arguments.size() > 2 && arguments[2] == "--trace");
  if (arguments.size() >= 3 && arguments[0] == "--seeds" && value(1) && value(2))
    return run_many(*value(1), *value(2), arguments.size() > 4 && arguments[3] == "--twice" ? value(4).value_or(50) : 50);
  fmt::print(stderr, "{}", usage);
  return 2;
}

}  // namespace
}  // namespace colony::sim

int main(int argc, char** argv) {
  std::signal(SIGABRT, colony::sim::say_last_words);
  return colony::sim::run({argv + 1, argv + argc});
}
