#include "apps/commands/command_logs.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "apps/cluster/ask_coordinator.hpp"
#include "apps/run/command_run_folder.hpp"
#include "apps/shared/standard_streams.hpp"
#include "io/log_reader.hpp"
#include "io/run/run_directory.hpp"

namespace colony {
namespace {

constexpr std::chrono::milliseconds look_again{200};

/// Prints the whole lines from `offset` on and returns where the next begins. A file that has become shorter is read anew.
std::streamoff print_from(const std::string& path, std::streamoff offset) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw StorageError(path, "can't be read");
  if (file.tellg() < offset) offset = 0;
  file.seekg(offset);
  for (std::string line; std::getline(file, line) && !file.eof();) {  // at the end of the file: a line that is being written
    offset += static_cast<std::streamoff>(line.size()) + 1;
    fmt::print("{}\n", log_line_for_people(line));
  }
  return offset;
}

/// Also a folder whose set-up failed: the log is all that it left.
PosixStorage open_logged_folder(const std::string& path) {
  PosixStorage storage(path);
  return storage.exists(log_file_name) ? storage : open_cluster_folder(path);
}

std::string log_name(Storage& storage, const LogsOptions& options) {
  const std::string name = options.shard ? member_log_name(ShardId(*options.shard)) : log_file_name;
  if (storage.exists(name)) return name;
  std::vector<std::string> known;
  for (const std::string& file : storage.list(""))
    if (file.starts_with("log") && file.ends_with(".jsonl")) known.push_back(file);
  throw StorageError(storage.path_of(name), known.empty() ? std::string("there is no such log, nor any other in this run folder")
                                                          : fmt::format("there is no such log; there are {}", fmt::join(known, ", ")));
}

}  // namespace

int logs_command(const LogsOptions& options) {
  PosixStorage storage = open_logged_folder(options.run);
  const std::string path = storage.path_of(log_name(storage, options));
  std::streamoff offset = 0;
  for (;;) {
    const bool going_on = options.follow && running_process(storage);  // asked first: what is written until the end is printed
    offset = print_from(path, offset);
    if (!flush_output() || !going_on) return 0;
    std::this_thread::sleep_for(look_again);
  }
}

}  // namespace colony
