#include "apps/cluster_commands.hpp"

#include <CLI/CLI.hpp>

#include "apps/cluster/join.hpp"
#include "apps/commands/command_change.hpp"
#include "apps/commands/command_logs.hpp"
#include "apps/commands/command_status.hpp"
#include "engine/error.hpp"

namespace colony {

struct ClusterCommands::Options {
  StatusOptions status;
  ShardsOptions shards;
  LogsOptions logs;
  DrainOptions drain;
  MigrateOptions migrate;
  JoinOptions join;
};

namespace {

constexpr const char* status_footer = R"(
Examples:
  colony status runs/flu                     members, tick, rate, last checkpoint, where the time of a tick goes
  colony status runs/flu --watch             again every second, until the run is over
  colony status runs/flu --json | jq .tick

Asks the coordinator of a run on many processes (launch, srun, mpirun), at the address that it left in the run folder. Where none answers,
it shows what the folder itself says. A run in one process has no coordinator: its folder says all, the last row too.
Exit status: 0, also of a run in one process; 4 no such run folder; 5 no coordinator answers.)";

constexpr const char* shards_footer = R"(
Examples:
  colony shards runs/flu          blocks, nodes and agents of each shard, and which blocks
  colony shards runs/flu --json

Exit status: as of status.)";

constexpr const char* logs_footer = R"(
Examples:
  colony logs runs/flu                     what the run, or its coordinator, has noted
  colony logs runs/flu --shard 2           what the processes that had shard 2 have noted
  colony logs runs/flu --follow            and what comes, until the run is over

Exit status: 0; 4 when there is no such log.)";

constexpr const char* drain_footer = R"(
Examples:
  colony drain runs/flu 2      shard 2's process hands over its blocks and ends; the run goes on without it

A checkpoint is committed first, so that no tick is lost or done twice. Needs the run's secret: who can read RUN/cluster.secret may do it.
Sending SIGUSR1 or SIGTERM to the process does the same.
Exit status: 0 the coordinator has taken the order; 2 no such shard; 5 it refuses, or no coordinator answers.)";

constexpr const char* migrate_footer = R"(
Examples:
  colony migrate runs/flu 17 --to 2      block 17 goes to shard 2 and stays there, also where the placement would move it
  colony shards runs/flu                 which blocks are where

A checkpoint is committed first. Needs the run's secret, as drain.
Exit status: 0 the coordinator has taken the order; 2 no such block or shard; 5 it refuses, or no coordinator answers.)";

constexpr const char* join_footer = R"(
Examples:
  colony join runs/flu                 this process becomes one more member, until the run is over
  colony join runs/flu --threads 8     on any host that sees the run folder and reaches the coordinator

About 1/n of the blocks move to it, at a checkpoint. Ctrl-C, SIGTERM and SIGUSR1 hand them back. Needs the run's secret, as drain.
Exit status: 0 the run is over or this member has left; 5 the run is not going on, or its coordinator is gone.)";

}  // namespace

ClusterCommands::ClusterCommands(CLI::App& app, const ModelRegistry& models) : options_(std::make_unique<Options>()) {
  Options& o = *options_;
  const auto add = [&](const char* name, const char* what, const char* footer, std::string& run, std::function<int()> action) {
    CLI::App* command = app.add_subcommand(name, what);
    command->footer(footer);
    command->add_option("run", run, "run folder")->required();
    command->callback([this, action = std::move(action)] { chosen_ = action; });
    return command;
  };
  CLI::App* status = add("status", "How a run is going", status_footer, o.status.run, [&] { return status_command(o.status); });
  status->add_flag("--watch", o.status.watch, "again every second, until the run is over");
  status->add_flag("--json", o.status.json, "one JSON object on one line, each time");

  CLI::App* shards =
      add("shards", "Which process has what of a run", shards_footer, o.shards.run, [&] { return shards_command(o.shards); });
  shards->add_flag("--json", o.shards.json, "one JSON object on one line");

  CLI::App* logs = add("logs", "A run's log, or a member's, for people", logs_footer, o.logs.run, [&] { return logs_command(o.logs); });
  logs->add_option("--shard", o.logs.shard, "the log of the processes that had this shard");
  logs->add_flag("--follow", o.logs.follow, "go on with what comes, until the run is over");

  CLI::App* drain =
      add("drain", "Let a process leave a run, which goes on", drain_footer, o.drain.run, [&] { return drain_command(o.drain); });
  drain->add_option("shard", o.drain.shard, "the shard of the process")->required();

  CLI::App* migrate =
      add("migrate", "Put a block on another shard", migrate_footer, o.migrate.run, [&] { return migrate_command(o.migrate); });
  migrate->add_option("block", o.migrate.block, "a block")->required();
  migrate->add_option("--to", o.migrate.shard, "the shard that it goes to")->required();

  CLI::App* join = add("join", "Add this process to a run that is going on", join_footer, o.join.run,
                       [&o, &models] { return join_command(o.join, models); });
  join->add_option("--threads", o.join.threads, "threads of this process; 0: all; the job's unless given");
}

ClusterCommands::~ClusterCommands() = default;

int ClusterCommands::execute() {
  COLONY_ASSERT(chosen_, "a command without an action");
  return chosen_();
}

}  // namespace colony
