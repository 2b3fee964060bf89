#include "apps/commands.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/commands/command_diff.hpp"
#include "apps/commands/command_digest.hpp"
#include "apps/commands/command_inspect.hpp"
#include "apps/commands/command_models.hpp"
#include "apps/commands/command_validate.hpp"
#include "apps/pictures/command_plot.hpp"
#include "apps/run/run_state.hpp"
#include "engine/error.hpp"

namespace colony {

struct CommandSet::Options {
  ValidateOptions validate;
  ModelsOptions models;
  InspectOptions inspect;
  DigestOptions digest;
  DiffOptions diff;
  PlotOptions plot;
};

namespace {

constexpr const char* validate_footer = R"(
Examples:
  colony validate job.toml                         every mistake at once, or what the job says in full
  colony validate job.toml --set model.recovery=2  checks an override too
  colony validate job.toml --estimate              also memory, disk and a guess at the rate; reads the graph

Exit status: 0 in order; 2 bad usage or job file; 3 bad input data.)";

constexpr const char* models_footer = R"(
Examples:
  colony models            what there is
  colony models epidemic   its parameters, observables and fields)";

constexpr const char* inspect_footer = R"(
Examples:
  colony inspect runs/flu                                                        state, checkpoints, sizes
  colony inspect runs/flu/checkpoints/tick-000000000100/manifest.r1.e1.json      its files, and whether they are whole
  colony inspect runs/flu/checkpoints/tick-000000000100/shard-0000.r1.e1.h5      groups, columns, ranges
  colony inspect runs/flu/snapshots/1/tick-000000000100.h5

Exit status: 0; 4 when it can't be read.)";

constexpr const char* digest_footer = R"(
Examples:
  colony digest runs/flu             of the newest checkpoint
  colony digest runs/flu --tick 100  of that tick's

Reads every file of the checkpoint, compares its size and XXH3 with the manifest, and computes the digest anew from the columns.
Exit status: 0; 4 when a file is missing, torn or altered, or the digest is another than the manifest's.)";

constexpr const char* diff_footer = R"(
Examples:
  colony diff runs/monday runs/tuesday
  colony diff runs/a runs/b && echo the same

Compares observables.csv in the ticks that both have (what counts happenings as summed up since the last of them), then the checkpoints that
both runs have, down to the first entity (by id) and field.
Values stand as first | second. Exit status: 0 equal in all that both have; 1 different; 4 when they can't be compared.)";

constexpr const char* plot_footer = R"(
Examples:
  colony plot runs/flu                                  writes runs/flu/observables.png
  colony plot runs/flu --columns infectious,exposed --out peak.png

Curves of like size share a panel. Needs gnuplot (Debian: gnuplot-nox). Exit status: 0; 2 no such column; 4 file trouble or no gnuplot.)";

}  // namespace

CommandSet::CommandSet(CLI::App& app, const ModelRegistry& models) : options_(std::make_unique<Options>()) {
  Options& o = *options_;
  const auto add = [&](const char* name, const char* what, const char* footer, std::function<int()> action) {
    CLI::App* command = app.add_subcommand(name, what);
    command->footer(footer);
    command->callback([this, action = std::move(action)] { chosen_ = action; });
    return command;
  };
  CLI::App* validate =
      add("validate", "Check a job without running it", validate_footer, [&] { return validate_command(o.validate, models); });
  validate->add_option("config,--config", o.validate.config, "the job file (TOML)")->required();
  validate->add_option("--set", o.validate.sets, "override any key: section.key=value; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  validate->add_flag("--estimate", o.validate.estimate, "memory, disk, and a guess at the rate");

  CLI::App* list = add("models", "The models, or the parameters of one", models_footer, [&] { return models_command(o.models, models); });
  list->add_option("name", o.models.name, "a model");

  CLI::App* inspect =
      add("inspect", "What a run folder, a manifest or an HDF5 file holds", inspect_footer, [&] { return inspect_command(o.inspect); });
  inspect->add_option("path", o.inspect.path, "run folder, manifest.*.json or .h5 file")->required();

  CLI::App* digest = add("digest", "The digest of a checkpoint, recomputed from its files", digest_footer,
                         [&] { return digest_command(o.digest, models); });
  digest->add_option("run", o.digest.run, "run folder")->required();
  digest->add_option("--tick", o.digest.tick, "the checkpoint of this tick; the newest unless given");

  CLI::App* diff = add("diff", "Where two runs part: tick, entity, field", diff_footer, [&] { return diff_command(o.diff, models); });
  diff->add_option("first", o.diff.left, "run folder")->required();
  diff->add_option("second", o.diff.right, "run folder")->required();

  CLI::App* plot = add("plot", "The observables of a run as a PNG", plot_footer, [&] { return plot_command(o.plot); });
  plot->add_option("run", o.plot.run, "run folder")->required();
  plot->add_option("--out", o.plot.out, "the PNG; RUN/observables.png unless given");
  plot->add_option("--columns", o.plot.columns, "observables to draw, separated by commas; all unless given")->delimiter(',');

  add("version", "The program's version, its compiler and its libraries", "\nExample:\n  colony version", [] {
    for (const auto& [name, version] : program_versions()) fmt::print("{} {}\n", name, version);
    return 0;
  });
}

CommandSet::~CommandSet() = default;

int CommandSet::execute() {
  COLONY_ASSERT(chosen_, "a command without an action");
  return chosen_();
}

}  // namespace colony
