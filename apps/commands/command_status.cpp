#include "apps/commands/command_status.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "apps/cluster/ask_coordinator.hpp"
#include "apps/run/command_run_folder.hpp"
#include "apps/shared/standard_streams.hpp"
#include "io/log.hpp"
#include "io/log_reader.hpp"
#include "io/run/run_directory.hpp"
#include "io/run/run_lock.hpp"

namespace colony {
namespace {

constexpr std::chrono::milliseconds watch_apart{1000};
constexpr std::streamoff last_bytes = 1 << 16;  ///< of a file of lines: those that are looked at

std::string line(const char* name, const std::string& value) { return fmt::format("{:<12} {}\n", name, value); }

/// "1 shard", "2 shards"
std::string counted(std::uint64_t count, const char* what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

std::string time_text(double us) {
  if (us < 1000) return fmt::format("{:.1f} us", us);
  return us < 1e6 ? fmt::format("{:.2f} ms", us * 1e-3) : fmt::format("{:.2f} s", us * 1e-6);
}

/// Columns as wide as their longest cell; words begin at the left, numbers end at the right.
std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& left) {
  std::vector<std::size_t> widths(left.size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string text;
  for (const auto& row : rows) {
    std::string out;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) out += "  ";
      out += left[c] ? fmt::format("{:<{}}", row[c], widths[c]) : fmt::format("{:>{}}", row[c], widths[c]);
    }
    while (out.ends_with(' ')) out.pop_back();
    text += out + "\n";
  }
  return text;
}

/// The last whole row of observables.csv by its columns, tick first; none before there is one.
std::vector<std::pair<std::string, std::string>> last_row(Storage& storage) {
  if (!storage.exists(observables_file_name)) return {};
  std::ifstream file(storage.path_of(observables_file_name), std::ios::binary);
  std::string header, line, row;
  std::getline(file, header);
  if (file.seekg(0, std::ios::end); file.tellg() > last_bytes) file.seekg(-last_bytes, std::ios::end);
  else file.seekg(static_cast<std::streamoff>(header.size()) + 1);
  while (std::getline(file, line) && !file.eof()) row = line;  // at the end of the file: a row that is being written
  std::vector<std::pair<std::string, std::string>> values;
  std::istringstream names(header), cells(row);
  for (std::string name, cell; !row.empty() && std::getline(names, name, ',') && std::getline(cells, cell, ',');)
    values.emplace_back(name, cell);
  return values;
}

/// What the set-up does, by the run's log; "" when the ticks have begun.
std::string set_up_step(Storage& storage) {
  if (!storage.exists(log_file_name)) return "";
  std::ifstream file(storage.path_of(log_file_name), std::ios::binary | std::ios::ate);
  if (file.tellg() > last_bytes) file.seekg(-last_bytes, std::ios::end);
  else file.seekg(0);
  std::string step;
  for (std::string line; std::getline(file, line) && !file.eof();) {
    const auto said = log_step_of(line);
    if (said.event == set_up_event) step = said.step;
    else if (said.event == "start" || said.event == "finish" || said.event == "failed") step.clear();
  }
  return step;
}

/// Whether the run's last start was in one process: no coordinator of that start left its address.
bool runs_alone(Storage& storage, const std::map<std::string, std::string>& report) {
  if (!storage.exists(rendezvous_file_name)) return true;
  std::string incarnation = report.contains("incarnation") ? report.at("incarnation") : "";
  try {
    RunLock::check_free(storage);
  } catch (const RunHeldError& held) {
    incarnation = std::to_string(held.holder.incarnation);
  }
  return incarnation != std::to_string(read_rendezvous(storage).incarnation);
}

/// What can be said of a run without its coordinator: its folder.
AbsentStatus absent_status(Storage& storage, const std::string& why) {
  AbsentStatus absent;
  absent.reason = why;
  const auto entries = read_report(storage);
  const std::map<std::string, std::string> report(entries.begin(), entries.end());
  const auto text = [&](const char* name) { return report.contains(name) ? report.at(name) : std::string(); };
  absent.job = text("job");
  absent.model = text("model");
  absent.state = run_state_text(storage, entries);
  absent.tick = text("tick");
  absent.last_tick = text("last_tick");
  absent.digest = text("digest");
  absent.alone = runs_alone(storage, report);
  const auto process = running_process(storage);
  if (process && absent.alone) {
    absent.step = set_up_step(storage);
    absent.phase = absent.step.empty() ? "running" : "setting up";
    if (!absent.step.empty()) absent.state = fmt::format("setting up, {}", *process);
    absent.digest.clear();  // run.json's is of an earlier end
  }
  // A run that ended while it went back has no run.json, and may still have rows of the future that it left.
  if (absent.alone && (process || !entries.empty()))
    for (auto& [name, value] : last_row(storage)) {
      if (name == "tick") absent.tick = value;
      else if (name != "digest") absent.row.emplace_back(name, value);
      else if (!value.empty()) absent.digest = value;
    }
  std::optional<Tick> last;
  for (const CheckpointRef& ref : list_committed(storage)) {
    if (last != ref.tick) absent.committed.push_back(ref.tick.value);
    last = ref.tick;
  }
  return absent;
}

void print_absent(const AbsentStatus& absent, const std::string& run, bool json) {
  if (json) {
    fmt::print("{}\n", to_json(absent));
    return;
  }
  std::string text = line("run", run);
  if (!absent.job.empty()) text += line("job", absent.job + ", model " + absent.model);
  text += line("state", absent.state);
  if (!absent.step.empty()) text += line("doing", absent.step);
  const std::string of = absent.last_tick.empty() ? "" : " of " + absent.last_tick;
  if (!absent.tick.empty()) text += line("tick", absent.tick + of + (absent.row.empty() ? " (run.json)" : " (the last row)"));
  for (const auto& [name, value] : absent.row) text += line(name.c_str(), value);
  if (!absent.digest.empty()) text += line("digest", absent.digest);
  text +=
      line("checkpoints", absent.committed.empty() ? "none committed" : fmt::format("of the ticks {}", fmt::join(absent.committed, ", ")));
  fmt::print("{}", text);
}

/// Returns false when it could not be printed.
bool print_status(const ClusterStatus& status, const std::string& run, const StatusOptions& options) {
  if (options.json) fmt::print("{}\n", to_json(status));
  else if (options.watch && isatty(STDOUT_FILENO) != 0) fmt::print("\x1b[H\x1b[2J{}", status_text(status, run));
  else fmt::print("{}{}", status_text(status, run), options.watch ? "\n" : "");
  return flush_output();
}

/// A run in one process, as its folder shows it; watched until it is over.
int status_of_folder(Storage& storage, const StatusOptions& options, AbsentStatus status) {
  for (;; std::this_thread::sleep_for(watch_apart)) {
    if (options.watch && !options.json && isatty(STDOUT_FILENO) != 0) fmt::print("\x1b[H\x1b[2J");
    print_absent(status, options.run, options.json);
    if (!flush_output() || !options.watch || status.phase == "absent") return 0;  // what was shown last is how it ended
    status = absent_status(storage, status.reason);
  }
}

}  // namespace

std::string status_text(const ClusterStatus& s, const std::string& run) {
  std::string text = line("run", fmt::format("{} ({}, model {})", run, s.job, s.model));
  text += line("state", fmt::format("{}, epoch {}, start {}", s.phase, s.epoch, s.incarnation));
  text += line("tick", fmt::format("{} of {}, {:.4g} a second", s.tick, s.last_tick, s.ticks_per_second));
  std::string checkpoint = s.committed_tick ? fmt::format("tick {}", *s.committed_tick) : "none committed";
  if (s.committed_seconds_ago) checkpoint += fmt::format(", {:.0f} s ago", *s.committed_seconds_ago);
  text += line("checkpoint", checkpoint);
  text += line("a tick", fmt::format("{} in rounds (mean of the members), {} at the coordinator, {} sent", time_text(s.round_us_per_tick),
                                     time_text(s.coordinator_us_per_tick), bytes_text(static_cast<std::uint64_t>(s.bytes_per_tick))));
  text += line("colony", fmt::format("{}, {}, {} in {}", counted(s.nodes, "node"), counted(s.edges, "edge"),
                                     s.agents ? counted(*s.agents, "agent") : "agents not known yet", counted(s.blocks, "block")));
  text += line("coordinator", fmt::format("process {} on {}", s.pid, s.host));
  std::vector<std::vector<std::string>> rows{{"shard", "host", "pid", "state", "tick", "blocks", "nodes", "agents", "CPU", "RSS", "heard"}};
  for (const MemberStatus& m : s.members)
    rows.push_back({fmt::to_string(m.shard), m.host, fmt::to_string(m.pid), m.state, fmt::to_string(m.tick), fmt::to_string(m.blocks),
                    fmt::to_string(m.nodes), fmt::to_string(m.agents), fmt::format("{:.1f} s", m.cpu_seconds), bytes_text(m.resident_bytes),
                    fmt::format("{:.1f} s ago", m.silent_seconds)});
  return text + "\n" + table(rows, {false, true, false, true, false, false, false, false, false, false, false});
}

std::string shards_text(const ShardsStatus& s) {
  std::vector<std::vector<std::string>> rows{{"shard", "blocks", "nodes", "agents", "which blocks"}};
  for (const ShardBlocks& b : s.shards) {
    std::string ranges;
    for (const auto& [first, last] : b.ranges)
      ranges += fmt::format("{}{}", ranges.empty() ? "" : ",", first == last ? fmt::to_string(first) : fmt::format("{}-{}", first, last));
    rows.push_back({fmt::to_string(b.shard), fmt::to_string(b.blocks), fmt::to_string(b.nodes), fmt::to_string(b.agents), ranges});
  }
  return fmt::format("epoch {}, {}\n\n", s.epoch, counted(s.blocks, "block")) + table(rows, {false, false, false, false, true});
}

int status_command(const StatusOptions& options) {
  PosixStorage storage = open_cluster_folder(options.run);
  bool answered = false;
  try {
    const CoordinatorPages pages(storage);
    for (;; std::this_thread::sleep_for(watch_apart)) {
      const ClusterStatus status = pages.status();
      answered = true;
      if (!print_status(status, options.run, options) || !options.watch) return 0;
      running_coordinator(storage);  // an ended run is over for who watches it, before its process is
    }
  } catch (const NoCoordinatorError& error) {
    const AbsentStatus absent = absent_status(storage, error.why);
    if (absent.alone) return status_of_folder(storage, options, absent);
    print_absent(absent, options.run, options.json);
    flush_output();
    if (answered && !running_process(storage)) return 0;  // what was watched has come to its end
    throw;
  }
}

int shards_command(const ShardsOptions& options) {
  PosixStorage storage = open_cluster_folder(options.run);
  const ShardsStatus status = CoordinatorPages(storage).shards();
  fmt::print("{}", options.json ? to_json(status) + "\n" : shards_text(status));
  return 0;
}

}  // namespace colony
