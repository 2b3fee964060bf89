#include "io/run/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/checkpoints/course.hpp"
#include "io/checkpoints/manifest.hpp"

namespace colony {
namespace {

/// What models make of their last state (Model::results).
constexpr const char* result_file_names[] = {"best.tour", "best.svg"};

bool is_member_log(std::string_view name) {
  constexpr std::string_view begin = "log-shard-", end = ".jsonl";
  if (!name.starts_with(begin) || !name.ends_with(end) || name.size() < begin.size() + 4 + end.size()) return false;
  const std::string_view digits = name.substr(begin.size(), name.size() - begin.size() - end.size());
  return digits.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What a start that was killed leaves of a file that it was about to replace.
bool is_leftover(std::string_view name) {
  const auto is_of = [&](const char* file) { return is_temporary(name) && name.substr(1).starts_with(file); };
  for (const char* file : {job_file_name, report_file_name, rendezvous_file_name})
    if (is_of(file)) return true;
  if (std::any_of(std::begin(result_file_names), std::end(result_file_names), is_of)) return true;
  for (const char* file : {secret_file_name, certificate_file_name})
    if (name.starts_with(std::string(file) + ".") && name.ends_with(".tmp")) return true;
  return false;
}

/// Removes those files of a folder whose names `ours` knows, then the folder if nothing is left in it.
template <class Known>
void remove_files(Storage& storage, const std::string& folder, const Known& ours) {
  std::vector<std::string> files;
  bool others = false;
  for (const std::string& name : storage.list(folder)) {
    if (ours(name)) files.push_back(folder + "/" + name);
    else others = true;
  }
  if (!others) files.push_back(folder);
  storage.remove(files);
}

void remove_if_empty(Storage& storage, const std::string& folder) {
  if (storage.exists(folder) && storage.list(folder).empty()) storage.remove(std::vector<std::string>{folder});
}

void remove_checkpoints(Storage& storage) {
  const auto is_static = [](std::string_view name) { return name == "graph.h5" || name == "manifest.json" || is_temporary(name); };
  const auto is_of_tick = [](std::string_view name) { return parse_file_name(name).has_value() || is_temporary(name); };
  const std::vector<std::string> folders = storage.list(checkpoints_folder);
  for (const std::string& name : folders) {
    if (tick_of_folder(name)) remove_files(storage, std::string(checkpoints_folder) + "/" + name, is_of_tick);
  }
  for (const std::string& name : folders) {
    if (name.starts_with("static-")) remove_files(storage, std::string(checkpoints_folder) + "/" + name, is_static);
  }
  // Last: until then it says which of the checkpoints the run had left behind.
  std::vector<std::string> records;
  for (const std::string& name : folders)
    if (is_course_file(name)) records.push_back(std::string(checkpoints_folder) + "/" + name);
  storage.remove(records);
  remove_if_empty(storage, checkpoints_folder);
}

void remove_snapshots(Storage& storage) {
  const auto is_snapshot = [](std::string_view name) {
    return is_temporary(name) || (name.ends_with(".h5") && tick_of_folder(name.substr(0, name.size() - 3)));
  };
  for (const std::string& name : storage.list(snapshots_folder))
    remove_files(storage, std::string(snapshots_folder) + "/" + name, is_snapshot);
  remove_if_empty(storage, snapshots_folder);
}

RunLockOptions lock_options(Storage& storage, RunStart start, bool resume_by_force) {
  RunLockOptions options;
  if (start == RunStart::resume && resume_by_force) options.takeover = Takeover::by_force;
  options.above = highest_incarnation(storage);
  return options;
}

/// Everything is looked at before anything is written.
RunLock claim(Storage& storage, RunStart start, bool resume_by_force) {
  const RunLockOptions options = lock_options(storage, start, resume_by_force);
  RunLock::check_free(storage, options);
  if (start == RunStart::fresh && holds_run(storage)) throw RunExistsError(storage.path_of(""));
  storage.make_folder("");
  return RunLock::acquire(storage, options);
}

}  // namespace

RunExistsError::RunExistsError(const std::string& path_)
    : StorageError(path_,
                   "already holds a run; go on with it with --resume, replace it with --force, or choose another folder with --out") {}

RunDirectory::RunDirectory(Storage& storage, RunStart start, bool resume_by_force)
    : storage_(storage), lock_(claim(storage, start, resume_by_force)) {
  const bool held = holds_run(storage);
  if (start == RunStart::force) {
    remove_run(storage);
    return;
  }
  if (held && start == RunStart::fresh) {  // made by another start since we looked
    lock_.release();
    throw RunExistsError(path());
  }
  if (held && storage.exists(job_file_name)) earlier_job_ = storage.read(job_file_name);
  else if (held) throw StorageError(path(), "holds parts of a run, but no job.toml; put that back, or start over with --force");
}

std::string member_log_name(ShardId shard) { return fmt::format("log-shard-{:04}.jsonl", shard.value); }

bool holds_run(Storage& storage) {
  return storage.exists(job_file_name) || storage.exists(observables_file_name) || !list_manifests(storage).empty();
}

void remove_results(Storage& storage) {
  storage.remove(std::vector<std::string>(std::begin(result_file_names), std::end(result_file_names)));
}

void remove_run(Storage& storage) {
  remove_checkpoints(storage);
  remove_snapshots(storage);
  remove_results(storage);
  std::vector<std::string> files;
  for (const std::string& name : storage.list(""))
    if (is_leftover(name) || is_member_log(name)) files.push_back(name);
  for (const char* name : {observables_file_name, events_file_name, log_file_name, "profile.json", "observables.png", rendezvous_file_name,
                           secret_file_name, certificate_file_name, report_file_name})
    files.push_back(name);
  files.push_back(job_file_name);
  storage.remove(files);
}

}  // namespace colony
