#include "apps/app.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "apps/cluster/batch.hpp"
#include "apps/cluster/launch.hpp"
#include "apps/cluster/work.hpp"
#include "apps/cluster_commands.hpp"
#include "apps/commands.hpp"
#include "apps/graph_commands.hpp"
#include "apps/run/run.hpp"
#include "apps/shared/options.hpp"
#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"

namespace colony {
namespace {

constexpr const char* run_footer = R"(
Examples:
  colony run --config configs/facebook-epidemic.toml --ticks 200
  colony run --config job.toml --shards 4 --threads 2 --out runs/try-1
  colony run --config job.toml --set model.recovery=0.2 --set checkpoint.every=50
  colony run --config job.toml --resume            go on with the run, or start it
  colony run --config job.toml --json | tail -n 1  one JSON object for scripts

Exit status: 0 done; 2 bad usage or job file; 3 bad input data, or a mistake of the model; 4 file or checkpoint trouble;
130/143 interrupted, after a checkpoint.)";

constexpr const char* launch_footer = R"(
Examples:
  colony launch -n 4 --config job.toml                        four processes on this machine
  colony launch -n 4 --config job.toml --listen tcp://127.0.0.1
  colony launch -n 8 --config job.toml --resume               go on with the run on eight processes, as many or few as it had before

The launcher coordinates; every process has one shard. One that dies is started again, and the run goes on from its last committed
checkpoint. While it runs: colony status, shards, logs, drain, migrate, join.
Exit status: as of run; 5 when the processes can't be started or reached.)";

/// What names the job and the run folder, the same for `run`, `launch` and `member`.
void add_job_options(CLI::App* command, RunOptions& run) {
  command->add_option("--config", run.config, "the job file (TOML)")->required();
  command->add_option("--ticks", run.ticks, "the tick to reach, counted from the colony's beginning");
  command->add_option("--seed", run.seed, "the seed of all randomness");
  command->add_option("--threads", run.threads, "threads; 0: all; the result is the same for any number");
  command->add_option("--out", run.out, "the run folder, in place of the job's");
  command->add_option("--set", run.sets, "override any key of the job: section.key=value; may be repeated")
      ->take_all()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// How it is begun and shown, the same for `run` and `launch`.
void add_start_options(CLI::App* command, RunOptions& run) {
  command->add_flag("--resume", run.resume, "go on from the last committed checkpoint; start when there is no run yet");
  command->add_flag("--force", run.force,
                    "remove the run that is in the folder; with --resume: take the folder from a process that can't be seen to be dead");
  command->add_flag("--fallback", run.fallback, "with --resume: pass over a damaged checkpoint and take the one before");
  command->add_option("--from-tick", run.from_tick, "with --resume: go on from the checkpoint of this tick")->needs("--resume");
  command->add_option("--progress", run.progress, "auto: a bar on a terminal, lines elsewhere; never")
      ->check(CLI::IsMember({"auto", "never"}));
  command->add_flag("--json", run.json, "print one JSON object, last on standard output");
}

void add_run(CLI::App& app, RunOptions& run) {
  CLI::App* command = app.add_subcommand("run", "Run a job, or go on with it");
  add_job_options(command, run);
  command->add_option("--shards", run.shards, "shards in this process; the result is the same for any number");
  add_start_options(command, run);
  command->add_option("--listen", run.listen, "under srun or mpirun: ipc, or tcp://ADDRESS of this host; chosen unless given");
  command->add_flag("--alone", run.alone, "one process, also where variables of srun, mpirun or mpiexec in the environment ask for more");
  command->add_flag("--profile", run.profile, "where the time goes, by step; leaves profile.json for trace viewers");
  command->footer(run_footer);
}

void add_launch(CLI::App& app, LaunchOptions& launch) {
  CLI::App* command = app.add_subcommand("launch", "Run a job on many processes");
  command->add_option("-n,--processes", launch.processes, "processes, each with one shard")->required()->check(CLI::Range(1u, 4096u));
  add_job_options(command, launch.run);
  add_start_options(command, launch.run);
  command->add_option("--listen", launch.run.listen, "ipc, or tcp://ADDRESS; the job's [cluster] listen, else ipc");
  command->add_option("--hosts", launch.hosts, "a file with lines HOST slots=N: where the processes are started, by ssh")
      ->check(CLI::ExistingFile);
  command->add_option("--ssh", launch.ssh, "the command that runs another on a host, in place of ssh");
  command->footer(launch_footer);
}

void add_member(CLI::App& app, WorkOptions& work) {
  CLI::App* command = app.add_subcommand("member", "One process of a run that launch or a batch system starts; not for people");
  add_job_options(command, work.run);
  command->add_option("--places", work.places, "processes that the run begins with")->required();
  command->add_option("--place", work.place, "the shard that is kept for this process");
  command->add_option("--job-id", work.job_id, "the start that this process belongs to");
  command->group("");  // hidden from the list of commands
}

/// Carries out the command that was given. Sets outlives_readers where it goes on without a reader of its output.
int carry_out(int argc, char** argv, const ModelRegistry& models, bool& outlives_readers) {
  CLI::App app{"colony: agents on large graphs; the same answer bit for bit wherever it runs", "colony"};
  app.require_subcommand(1);
  app.footer("\nBegin with: colony run --config configs/facebook-epidemic.toml, colony models, colony run --help");
  RunOptions run;
  add_run(app, run);
  LaunchOptions launch;
  add_launch(app, launch);
  WorkOptions work;
  add_member(app, work);
  ClusterCommands cluster(app, models);
  CommandSet commands(app, models);
  GraphCommands graphs(app, models);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : static_cast<int>(ExitStatus::usage);
  }
  for (const char* command : {"run", "launch", "member", "join"}) outlives_readers = outlives_readers || app.got_subcommand(command);
  if (outlives_readers) outlive_readers();
  if (app.got_subcommand("run")) {
    const auto rank = run.alone ? std::nullopt : batch_rank([](const char* name) { return std::getenv(name); });
    return rank ? batch_command(run, *rank, models) : run_command(run, models);
  }
  if (app.got_subcommand("launch")) {
    launch.run.verb = fmt::format("launch -n {}", launch.processes);
    return launch_command(launch, models);
  }
  if (app.got_subcommand("member")) return work_command(work, models);
  if (graphs.given()) return graphs.execute();
  return cluster.given() ? cluster.execute() : commands.execute();
}

/// The same, with what went wrong said on standard error.
int carry_out_and_tell(int argc, char** argv, const ModelRegistry& models, bool& outlives_readers) {
  try {
    return carry_out(argc, argv, models, outlives_readers);
  } catch (const Error& error) {
    say("colony: {}\n", error.what());
    return static_cast<int>(error.status());
  } catch (const std::bad_alloc&) {
    say("colony: out of memory; `colony validate --estimate` tells what a job needs\n");
    return static_cast<int>(ExitStatus::usage);
  } catch (const std::filesystem::filesystem_error& error) {
    say("colony: {}\n", error.what());
    return static_cast<int>(ExitStatus::storage);
  } catch (const std::exception& error) {
    if (const auto* of_system = dynamic_cast<const std::system_error*>(&error); of_system != nullptr && std::ferror(stdout) != 0) {
      note_output_error(of_system->code().value());  // the attempt to print
      return static_cast<int>(ExitStatus::done);
    }
    say("colony: an exception that was not expected: {}\nUnless a model of yours threw it, please report it.\n", error.what());
    return static_cast<int>(ExitStatus::bug);
  }
}

}  // namespace

int run_app(int argc, char** argv, const ModelRegistry& models) {
  if (!open_standard_descriptors()) {
    say("colony: one of the descriptors 0 to 2 is closed, and /dev/null can't be opened in its place\n");
    return static_cast<int>(ExitStatus::storage);
  }
  bool outlives_readers = false;
  const int status = carry_out_and_tell(argc, argv, models, outlives_readers);
  return status_after_output(status, outlives_readers);
}

}  // namespace colony
