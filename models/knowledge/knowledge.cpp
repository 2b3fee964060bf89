#include "models/knowledge/knowledge.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/model/seeder.hpp"
#include "models/knowledge/digesters.hpp"
#include "models/knowledge/documents.hpp"
#include "models/knowledge/lineages.hpp"
#include "models/knowledge/look_around.hpp"
#include "models/knowledge/synthesizers.hpp"
#include "models/knowledge/watch.hpp"
#include "models/streams.hpp"

namespace colony {
namespace {

constexpr double quantum = 0x1p-20;

/// A young link fades by `rate` a tick; an older one the faster the longer it was not renewed, and the slower the more often it was.
struct Forgetting {
  float rate, staleness, reinforcement;
  std::uint32_t maturity;
  static constexpr float most = 0.5f;
  static constexpr float floor = 0x1p-20f;

  void operator()(std::span<Link> links, std::uint32_t tick) const {
    for (Link& link : links) {
      float lost = rate;
      if (tick - link.first >= maturity) {
        const float idle = staleness * static_cast<float>(tick - link.last);
        lost = std::min(most, rate * (1 + idle / (100 + 100 * reinforcement * static_cast<float>(link.count))));
      }
      const float left = link.weight - link.weight * lost;
      link.weight = left < floor ? 0 : left;
    }
  }
};

/// Sentinels: what is usual among the concepts, and which are not. Returns the field that says so.
GrowingField watch(Schema& s, GrowingLayer concepts, GrowingField strength) {
  const GrowingField anomaly = s.growing_field(concepts, "anomaly");
  const auto of_tick = [&](const char* name) { return s.global(name, false); };
  const GlobalSum count = of_tick("watched"), strengths = of_tick("strengths"), strength_squares = of_tick("strength squares"),
                  activations = of_tick("activations"), activation_squares = of_tick("activation squares");
  const auto usual = [&](const char* name) { return s.global(name, true); };
  const GlobalSum ticks = usual("ticks watched"), usual_count = usual("usual count"), usual_strengths = usual("usual strengths"),
                  usual_strength_squares = usual("usual strength squares"), usual_activations = usual("usual activations"),
                  usual_activation_squares = usual("usual activation squares");
  s.act_growing(concepts, Watch{.strength = strength,
                                .anomaly = anomaly,
                                .set_anomaly = anomaly,
                                .count = count,
                                .strengths = strengths,
                                .strength_squares = strength_squares,
                                .activations = activations,
                                .activation_squares = activation_squares,
                                .ticks = ticks,
                                .usual_count = usual_count,
                                .usual_strengths = usual_strengths,
                                .usual_strength_squares = usual_strength_squares,
                                .usual_activations = usual_activations,
                                .usual_activation_squares = usual_activation_squares});
  s.decay(Learn{.count = count,
                .strengths = strengths,
                .strength_squares = strength_squares,
                .activations = activations,
                .activation_squares = activation_squares,
                .ticks = ticks,
                .usual_count = usual_count,
                .usual_strengths = usual_strengths,
                .usual_strength_squares = usual_strength_squares,
                .usual_activations = usual_activations,
                .usual_activation_squares = usual_activation_squares,
                .ticks_by = ticks,
                .count_by = usual_count,
                .strengths_by = usual_strengths,
                .strength_squares_by = usual_strength_squares,
                .activations_by = usual_activations,
                .activation_squares_by = usual_activation_squares});
  return anomaly;
}

ParameterSpec number(const char* name, double fallback, double least, double most, const char* help) {
  return {.name = name, .type = ParameterType::real, .fallback = fallback, .least = least, .most = most, .help = help};
}

ParameterSpec whole(const char* name, std::int64_t fallback, double least, double most, const char* help) {
  return {.name = name, .type = ParameterType::integer, .fallback = fallback, .least = least, .most = most, .help = help};
}

}  // namespace

std::vector<ParameterSpec> Knowledge::parameters() const {
  return {
      {.name = "documents",
       .type = ParameterType::path,
       .required = true,
       .folder_too = true,
       .help = "a folder of text files, or a file in SMART format"},
      {.name = "stop_words", .type = ParameterType::path, .help = "a file of words to leave out, one a line; default: those of English"},
      {.name = "stemming", .type = ParameterType::flag, .fallback = true, .help = "plurals count as their singulars"},
      whole("max_keywords", 1000, 1, most_group, "different words of a document that count; the most frequent ones"),
      whole("sight", 10, 1, 1000, "cells that a digester sees"),
      whole("digest_ticks", 3, 1, 255, "ticks that a digester waits for a document that it claimed"),
      whole("max_idle", 30, 1, 4e9, "ticks without work after which a digester dies"),
      number("input", 1, 0, 1e6, "signal that a waiting document gives off a tick"),
      number("input_evaporation", 0.1, 0, 1, "fraction of the signal lost a tick"),
      number("input_diffusion", 0.5, 0, 1, "fraction of the signal given to the neighbours a tick"),
      number("link_weight", 0.1, 1e-6, 1, "weight of a new link, and what each further time adds, up to 1"),
      number("link_decay", 0.005, 0, 0.5, "fraction of its weight that a link loses a tick"),
      number("staleness", 1.5, 0, 1000, "how much faster a mature link fades for every 100 ticks that it was not renewed"),
      number("reinforcement", 0.5, 0, 1000, "how much slower for each time that it was"),
      whole("maturity", 50, 0, 4e9, "ticks after which a link is mature, and may be pruned for its weight"),
      number("prune_below", 0.05, 0, 1, "weight below which a mature link is pruned"),
      whole("synthesizers", 10, 0, 1e6, "agents that walk about the concepts and make insights of clusters"),
      number("quorum", 2, 0, 4000, "how active a concept must be for an insight: each document with its word counts 1 when it is digested"),
      number("quorum_evaporation", 0.05, 0, 1, "fraction of a concept's activity lost a tick"),
      {.name = "evolve",
       .type = ParameterType::flag,
       .fallback = false,
       .help = "digesters inherit and mutate; those whose links survive have offspring where they read"},
      whole("generation", 10, 1, 4e9, "with evolve: ticks from one brood to the next"),
      whole("max_degree", 30, 0, 1'000'000, "strongest links that a concept wishes to keep; one that neither end wishes is pruned; 0: all"),
  };
}

void Knowledge::setup(const Job& job) {
  if (job.parameters.get<std::string>("documents").empty()) return;  // asked only what it declares; a job's path is never empty
  LibraryOptions options;
  options.max_keywords = static_cast<std::size_t>(job.parameters.get<std::int64_t>("max_keywords"));
  options.words.stemming = job.parameters.get<bool>("stemming");
  if (job.parameters.has("stop_words")) options.words.stop_words = read_stop_words(job.parameters.get<std::string>("stop_words"));
  library_ = std::make_unique<Library>(job.parameters.get<std::string>("documents"), options);
  yard_ = Yard(static_cast<std::uint32_t>(library_->entries().size()));
  if (job.parameters.get<bool>("evolve") && job.population >= most_lineages)
    throw UsageError(fmt::format("[model] evolve takes fewer than {} digesters; [population] count is {}", most_lineages, job.population));
}

GraphSpec Knowledge::own_graph() const {
  GraphSpec graph;
  graph.source = GraphSpec::Source::lattice;
  graph.lattice = {yard_.width(), yard_.height(), 8, false};
  return graph;
}

void Knowledge::declare(Schema& s) {
  const auto count = [&](const char* name) { return static_cast<std::uint32_t>(s.param<std::int64_t>(name)); };
  s.layer("places");
  s.reach(count("sight"));
  if (library_) s.fingerprint("documents", library_->hash());
  state_ = s.category("state", {"empty", "waiting", "digesting", "digested"});
  waiting_ = s.field<std::uint32_t>("waiting");
  const auto word = s.field<std::uint64_t>("word");
  const Genome<NodeField> read_by{.lineage = s.field<std::uint16_t>("lineage"),
                                  .sight = s.field<std::uint16_t>("sight"),
                                  .patience = s.field<std::uint32_t>("patience"),
                                  .exploration = s.field<std::uint8_t>("exploration")};
  const ClaimField take = s.claim("document", waiting_);
  const SignalField input =
      s.signal("input", {.evaporation = s.setting("input_evaporation"), .diffusion = s.setting("input_diffusion"), .quantum = quantum});
  digesters_ = s.agents("digester");
  waiting_count_ = s.count_slot(state_, waiting);
  digesters_count_ = s.species()[digesters_].count_slot;
  heading_ = s.agent_field<std::uint8_t>(digesters_, "heading");
  const auto busy = s.agent_field<std::uint8_t>(digesters_, "busy");
  const auto idle = s.agent_field<std::uint32_t>(digesters_, "idle");
  genome_ = {.lineage = s.agent_field<std::uint16_t>(digesters_, "lineage"),
             .sight = s.agent_field<std::uint16_t>(digesters_, "sight"),
             .patience = s.agent_field<std::uint32_t>(digesters_, "patience"),
             .exploration = s.agent_field<std::uint8_t>(digesters_, "exploration")};
  const auto vocabulary = s.agent_array<std::uint64_t>(digesters_, "vocabulary", vocabulary_size);
  const auto learnt = s.agent_field<std::uint32_t>(digesters_, "learnt");
  const auto plan = s.intent<std::uint8_t>(digesters_, "plan");
  const auto heard = s.intent<std::uint64_t>(digesters_, "heard");
  const GrowingLayer concepts = s.growing("concepts"), documents = s.growing("documents", Schema::Anchored::yes),
                     insights = s.growing("insights");
  s.relation(documents, concepts);
  s.relation(insights, concepts);
  LinkOptions links;
  links.gain = static_cast<float>(s.param("link_weight"));
  links.prune_below = static_cast<float>(s.param("prune_below"));
  links.prune_age = count("maturity");
  links.max_degree = count("max_degree");
  s.links(concepts, links,
          Forgetting{static_cast<float>(s.param("link_decay")), static_cast<float>(s.param("staleness")),
                     static_cast<float>(s.param("reinforcement")), count("maturity")});
  const GrowingSpecies synthesizers = s.growing_agents("synthesizer", concepts);

  s.sense_agents(digesters_, Search{.stock = waiting_,
                                    .input = input,
                                    .word = word,
                                    .busy = busy,
                                    .heading = heading_,
                                    .sight = genome_.sight,
                                    .exploration = genome_.exploration,
                                    .plan = plan,
                                    .heard = heard,
                                    .at = At(),
                                    .draws = streams::digester_step,
                                    .yard = yard_,
                                    .reach = static_cast<std::uint16_t>(count("sight"))});
  s.act_agents(digesters_, Walk{.plan = plan,
                                .heard = heard,
                                .patience = genome_.patience,
                                .stock = waiting_,
                                .vocabulary = vocabulary,
                                .learnt = learnt,
                                .heading = heading_,
                                .busy = busy,
                                .idle = idle,
                                .step = StepTo(digesters_),
                                .take = ClaimOne(take, digesters_),
                                .die = Die(digesters_)});
  s.advance_agents(digesters_,
                   Settle{.busy = busy,
                          .idle = idle,
                          .vocabulary = vocabulary,
                          .learnt = learnt,
                          .lineage = genome_.lineage,
                          .sight = genome_.sight,
                          .patience = genome_.patience,
                          .exploration = genome_.exploration,
                          .leave_word = word,
                          .leave_lineage = read_by.lineage,
                          .leave_sight = read_by.sight,
                          .leave_patience = read_by.patience,
                          .leave_exploration = read_by.exploration,
                          .ticks = s.setting("digest_ticks")},
                   {.over = Schema::winners(take)});
  const Setting call = s.setting_in_quanta("input", quantum);
  s.act(Call{.input = input, .amount = call}, {.over = Schema::nodes_in(state_, waiting), .unless_zero = call});
  s.act(Digestion{.concepts = concepts,
                  .documents = documents,
                  .links = concepts,
                  .holds = documents,
                  .synthesizer = SpawnNamed(synthesizers),
                  .word = word,
                  .lineage = read_by.lineage,
                  .library = library_.get(),
                  .yard = yard_,
                  .synthesizers = s.setting("synthesizers")},
        {.over = Schema::nodes_in(state_, digesting)});
  s.decay(Begin{.stock = waiting_, .become = state_}, {.over = Schema::nodes_in(state_, waiting)});
  s.decay(End{.become = state_, .word = word, .library = library_.get(), .yard = yard_}, {.over = Schema::nodes_in(state_, digesting)});
  if (s.param<bool>("evolve")) evolve(s, concepts, read_by);

  const GrowingField group = s.growing_field(concepts, "group"), bridge = s.growing_field(concepts, "bridge"),
                     strength = s.growing_field(concepts, "strength"), cluster = s.growing_field(concepts, "cluster"),
                     insight = s.growing_field(concepts, "insight");
  const GrowingSignal activity = s.growing_signal(concepts, "activity", s.setting("quorum_evaporation"), 1);
  s.sense_growing(concepts, LookAround{.group = group,
                                       .bridge = bridge,
                                       .strength = strength,
                                       .cluster = cluster,
                                       .set_group = group,
                                       .set_bridge = bridge,
                                       .set_strength = strength,
                                       .set_cluster = cluster,
                                       .draws = streams::concept_group});
  const GrowingField anomaly = watch(s, concepts, strength);
  const auto next = s.intent<std::uint32_t>(synthesizers, "next");
  const auto found = s.agent_field<std::uint32_t>(synthesizers, "found");
  s.sense_agents(synthesizers, ChooseLink{.next = next, .draws = streams::synthesizer_step});
  s.act_agents(synthesizers, Synthesize{.next = next,
                                        .found = found,
                                        .cluster = cluster,
                                        .insight = insight,
                                        .activity = activity,
                                        .mark = insight,
                                        .step = StepAlong(synthesizers),
                                        .quorum = s.setting_in_quanta("quorum", quantum)});
  s.act_growing(concepts, TellInsight{.insight = insight, .told = insight, .insights = insights, .members = insights});

  s.observe_count("waiting", state_, waiting);
  s.observe_count("digested", state_, digested);
  s.observe_nodes("concepts", concepts);
  s.observe_links("edges", concepts);
  s.observe_linked("linked", concepts);
  s.observe_pruned("pruned", concepts);
  s.observe_sum("bridges", bridge);
  s.observe_sum("clusters", cluster);
  s.observe_nodes("insights", insights);
  s.observe_sum("anomalies", anomaly);
  s.observe_agents("digesters", digesters_);
  s.observe_agents("synthesizers", synthesizers);
}

void Knowledge::evolve(Schema& s, GrowingLayer concepts, const Genome<NodeField>& read_by) const {
  const auto lineages = static_cast<std::uint32_t>(s.job().population + 1);
  const auto generation = static_cast<std::uint64_t>(s.param<std::int64_t>("generation"));
  const GlobalSums links = s.sums("links by lineage", lineages), documents = s.sums("documents by lineage", lineages);
  const auto before_brood = [generation](std::uint64_t tick) { return (tick + 1) % generation == 0; };
  s.act_growing(concepts, Credit{.links = links}, before_brood);
  s.act(Census{.lineage = read_by.lineage, .documents = documents}, {.over = Schema::nodes_in(state_, digested), .in = before_brood});
  s.act(
      Breed{.lineage = read_by.lineage,
            .sight = read_by.sight,
            .patience = read_by.patience,
            .exploration = read_by.exploration,
            .links = links,
            .documents = documents,
            .alive = GlobalSum{s.species()[digesters_].count_slot},
            .waiting = GlobalSum{s.count_slot(state_, waiting)},
            .spawn = Spawn(digesters_),
            .draws = streams::brood,
            .genome = genome_,
            .heading = heading_,
            .limits = GeneLimits{static_cast<std::uint16_t>(s.param<std::int64_t>("sight"))},
            .population = static_cast<std::int64_t>(s.job().population)},
      {.over = Schema::nodes_in(state_, digested), .in = [generation](std::uint64_t tick) { return tick != 0 && tick % generation == 0; }});
}

void Knowledge::populate(Seeder& seeder) const {
  seeder.nodes([&](std::uint64_t, LocalIndex i) {
    seeder.set(state_, i, empty);
    seeder.set(waiting_, i, std::uint32_t{0});
  });
  for (std::uint32_t document = 0; document < yard_.documents; ++document) {
    const LocalIndex place = seeder.at(yard_.place_of(document));
    if (place == no_index) continue;
    seeder.set(state_, place, waiting);
    seeder.set(waiting_, place, std::uint32_t{1});
  }
  const RandomKey key = seeder.key(Stream::populate);
  const Parameters& parameters = seeder.job().parameters;
  const std::uint64_t count = seeder.job().population;
  const bool evolve = parameters.get<bool>("evolve");
  const GeneLimits limits{static_cast<std::uint16_t>(parameters.get<std::int64_t>("sight"))};
  const auto patience = static_cast<std::uint32_t>(parameters.get<std::int64_t>("max_idle"));
  seeder.agents(
      digesters_, count,
      [&](std::uint64_t id) {
        return yard_.place_of(static_cast<std::uint64_t>(static_cast<unsigned __int128>(id) * yard_.documents / count));
      },
      [&](std::uint64_t id, std::size_t slot) {
        seeder.set<std::uint8_t>(heading_, slot, static_cast<std::uint8_t>(draw_entity(key, id)[0] >> 29));
        const Random4 genes = draw_entity(key, id, 1);
        seeder.set(genome_.lineage, slot, static_cast<std::uint16_t>(evolve ? id + 1 : 0));
        seeder.set(genome_.sight, slot, evolve ? mutated_sight(limits.sight, genes[0], limits) : limits.sight);
        seeder.set(genome_.patience, slot, evolve ? mutated_patience(patience, genes[1]) : patience);
        seeder.set(genome_.exploration, slot, evolve ? mutated_exploration(0, genes[2]) : std::uint8_t{0});
      });
}

std::vector<std::string> Knowledge::remarks(const Globals& globals) const {
  const std::int64_t left = globals[waiting_count_];
  if (left == 0 || globals[digesters_count_] != 0) return {};
  return {
      fmt::format("{} of {} documents were not digested: no digester is left alive; more of them ([population] count), or a larger "
                  "[model] max_idle or sight, would reach more",
                  left, yard_.documents)};
}

}  // namespace colony
