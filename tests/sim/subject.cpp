#include "tests/sim/subject.hpp"

#include <map>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "io/checkpoints/snapshot_series.hpp"
#include "models/knowledge/library.hpp"
#include "models/registry.hpp"
#include "tests/support/bazaar.hpp"
#include "tests/support/corpus.hpp"
#include "tests/support/graphs.hpp"
#include "tests/support/instances.hpp"

namespace colony::sim {
namespace {

using namespace colony::testing;

Case case_of(std::uint32_t subject, std::uint64_t seed) {
  using Piles = std::vector<std::vector<double>>;
  switch (subject) {
    case 0:
      return {"epidemic",
              {{"infection", 0.15}, {"recovery", 0.2}, {"incubation", 2.0}, {"waning", 0.05}, {"seeds", std::int64_t{5}}},
              random_graph(120, 480, false, true),
              0,
              seed};
    case 1:
      return {"epidemic",
              {{"infection", 0.2}, {"recovery", 0.25}, {"waning", 0.1}, {"seeds", std::int64_t{4}}},
              random_graph(90, 500, true, true),
              0,
              seed};
    case 2: return {"epidemic", {{"infection", 0.5}, {"recovery", 0.1}, {"seeds", std::int64_t{3}}}, lattice(10, 9, 4, false), 0, seed};
    case 3:
      return {"foraging",
              {{"start", std::string("random")},
               {"diffusion", 0.4},
               {"evaporation", 0.06},
               {"piles", Piles{{3, 3, 2, 2}, {12, 9, 2, 3}}},
               {"nest", std::vector<double>{8, 6, 2}}},
              lattice(16, 12),
              60,
              seed};
    case 4: return {"", {}, lattice(13, 11), 70, seed, [] { return std::make_unique<Bazaar>(0.3); }};
    case 5: return {"", {}, random_graph(70, 280, true, true), 50, seed, [] { return std::make_unique<Bazaar>(0); }};
    case 6: {
      constexpr std::uint32_t documents = 14;
      const Yard yard(documents);
      return {"knowledge",
              {{"documents", corpus_folder(documents, 12, 3)},
               {"max_degree", std::int64_t{3}},
               {"maturity", std::int64_t{4}},
               {"prune_below", 0.09},
               {"evolve", seed % 2 == 1},
               {"generation", std::int64_t{4}},
               {"max_idle", std::int64_t{3}},
               {"synthesizers", std::int64_t{12}},
               {"quorum", 1.0},
               {"input_diffusion", 0.8}},
              lattice(yard.width(), yard.height(), 8, false),
              5,
              seed};
    }
    case 7: return {"opinion", {{"confidence", 0.1}, {"start", std::string("random")}}, random_graph(120, 480, false, true), 0, seed};
    default: {
      constexpr std::uint32_t cities = 9;  // an iteration of 11 ticks
      const char* algorithms[] = {"as", "mmas", "acs"};
      return {
          "tours",
          {{"instance", instance_file(cities, 3)}, {"algorithm", std::string(algorithms[seed % 3])}, {"local_search", std::string("2opt")}},
          complete(cities),
          12,
          seed};
    }
  }
}

std::vector<SnapshotColumns> snapshot_columns(const Schema& schema) {
  SnapshotColumns chosen{schema.layer().name, {}};
  for (const ColumnSpec& column : schema.layer().columns)
    if (column.role == Role::state) chosen.fields.push_back(column.name);
  return {chosen};
}

std::uint64_t hash_of(const std::vector<GroupImage>& groups) {
  std::uint64_t hash = 0;
  for (const GroupImage& group : groups)
    for (const ColumnImage& column : group.columns) {
      hash = XXH3_64bits_withSeed(column.name.data(), column.name.size(), hash);
      hash = XXH3_64bits_withSeed(column.bytes.data(), column.bytes.size(), hash);
    }
  return hash;
}

Reference make_reference(std::uint32_t subject, std::uint64_t seed) {
  Case what = case_of(subject, seed);
  what.events = true;
  Colony colony(what, {});
  Reference reference;
  for (std::uint64_t t = 0; t <= most_ticks; ++t) {
    if (t != 0) colony.run(1);
    reference.digests.push_back(colony.digest());
    reference.rows.push_back(colony.row());
    reference.events.push_back(colony.events());
    reference.snapshots.push_back(hash_of(merge_images(colony.save().images, snapshot_columns(colony.schema()))));
  }
  return reference;
}

}  // namespace

const char* name_of_subject(std::uint32_t subject) {
  constexpr const char* names[subject_count] = {"epidemic",
                                                "epidemic on a directed graph",
                                                "epidemic on a lattice",
                                                "foraging",
                                                "bazaar on a lattice",
                                                "bazaar on a graph",
                                                "knowledge",
                                                "opinion",
                                                "tours"};
  return names[subject];
}

const Reference& reference_of(std::uint32_t subject, std::uint64_t colony_seed) {
  static std::map<std::pair<std::uint32_t, std::uint64_t>, Reference> made;
  const std::pair key(subject, colony_seed);
  const auto known = made.find(key);
  return known != made.end() ? known->second : made.emplace(key, make_reference(subject, colony_seed)).first->second;
}

Subject::Subject(const Options& options)
    : what_(case_of(options.subject, options.colony_seed)),
      model_(what_.make ? what_.make() : builtin_models().at(what_.model)()),
      job_(job_of(what_,
                  {.shards = options.places,
                   .partition = options.partition,
                   .blocks = options.blocks,
                   .placement = options.placement,
                   .backend = options.colony_seed % 4 == 0 ? "rehearsal" : "cpu"},
                  *model_, graph())),
      schema_(job_),
      topology_hash_(colony::topology_hash(graph(), executor_)) {
  job_.name = "sim";
  if (job_.model.empty()) job_.model = "bazaar";
  job_.ticks = options.ticks;
  job_.checkpoint.keep = options.keep;
  job_.output.events = true;
  model_->setup(job_);
  model_->declare(schema_);
  schema_.finish();
}

std::uint64_t Subject::schema_hash() const { return std::stoull(schema_.hash(), nullptr, 16); }

std::vector<GroupImage> Subject::snapshot(std::span<const ShardImage> images) const {
  return merge_images(images, snapshot_columns(schema_));
}

std::uint64_t Subject::snapshot_hash(std::vector<std::vector<GroupImage>>&& parts) const {
  std::vector<ShardImage> images(parts.size());
  for (std::size_t i = 0; i < images.size(); ++i) images[i].groups = std::move(parts[i]);
  return hash_of(merge_images(images, snapshot_columns(schema_)));
}

Digest Subject::digest_of_state(const Saved& saved) const {
  Colony colony(what_, {}, saved);
  return colony.digest();
}

}  // namespace colony::sim
