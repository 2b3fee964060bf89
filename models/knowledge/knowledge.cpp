#include "models/knowledge/knowledge.hpp"

#include <algorithm>
#include <cmath>

#include "engine/error.hpp"
#include "engine/growth_access.hpp"
#include "engine/seeder.hpp"
#include "models/knowledge/look_around.hpp"
#include "models/knowledge/watch.hpp"

namespace colony {
namespace {

/// Of a place: whether a document stands there, and how far it has come. It digests in the tick after it was claimed.
enum : std::uint8_t { empty, waiting, digesting, digested };

constexpr std::uint8_t stay = 8;  ///< the plan of a digester that does not walk
constexpr double quantum = 0x1p-20;
constexpr float faint = 0x1p-16f;  ///< a digester smells nothing below

/// The direction of a step (dx, dy), each -1, 0 or 1.
constexpr std::uint8_t direction_of(int dx, int dy) {
  constexpr std::uint8_t directions[3][3] = {{5, 6, 7}, {4, stay, 0}, {3, 2, 1}};
  return directions[dy + 1][dx + 1];
}
constexpr int sign(std::int64_t v) { return v < 0 ? -1 : v > 0 ? 1 : 0; }

// ---- Digesters ----

/// Sense: the nearest waiting document in sight (ties by key); where none is, up the signal of those that are further away, or about.
struct Search {
  Near<std::uint32_t> stock;
  Near<float> input;
  Read<std::uint8_t> busy;
  Read<std::uint8_t> heading;
  Write<std::uint8_t> plan;
  At at;
  Draws draws;
  Yard yard;
  std::uint32_t sight;

  template <class Here>
  void operator()(const Here& here) const {
    if (busy(here) != 0) {
      plan(here) = stay;
      return;
    }
    const std::uint64_t own = here.id(here.node);
    const auto x = static_cast<std::int64_t>(own % yard.width()), y = static_cast<std::int64_t>(own / yard.width());
    const auto seen = static_cast<std::int64_t>(sight);
    std::int64_t nearest = seen + 1, to_x = 0, to_y = 0;
    std::uint64_t key = 0;
    const std::int64_t first_column = Yard::first_from(x - seen), first_row = Yard::first_from(y - seen);
    const std::int64_t last_column = std::min<std::int64_t>(Yard::last_to(x + seen), yard.columns - 1);
    const std::int64_t last_row = std::min<std::int64_t>(Yard::last_to(y + seen), yard.rows - 1);
    for (std::int64_t row = first_row; row <= last_row; ++row)
      for (std::int64_t column = first_column; column <= last_column; ++column) {
        const std::uint32_t document = yard.document_at(static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(row));
        if (document >= yard.documents) continue;
        const std::uint64_t place = yard.place_of(document);
        if (stock(at(place)) == 0) continue;
        const auto dx = static_cast<std::int64_t>(place % yard.width()) - x, dy = static_cast<std::int64_t>(place / yard.width()) - y;
        const std::int64_t distance = std::max(std::abs(dx), std::abs(dy));
        if (distance > nearest) continue;
        const std::uint64_t own_key = high_word(draws.edge(here.id(), place));
        if (distance == nearest && own_key >= key) continue;
        nearest = distance;
        key = own_key;
        to_x = dx;
        to_y = dy;
      }
    plan(here) = nearest <= seen ? direction_of(sign(to_x), sign(to_y)) : wander(here);
  }

 private:
  template <class Here>
  std::uint8_t wander(const Here& here) const {
    float strongest = std::max(faint, input(here.node));
    std::uint8_t way = stay;
    for (std::uint8_t direction = 0; direction < 8; ++direction) {
      const NodeRef to = here.neighbour(direction);
      if (to.index == no_index || input(to) <= strongest) continue;
      strongest = input(to);
      way = direction;
    }
    if (way != stay) return way;
    const std::uint32_t wiggle = draws(here)[0] >> 30;  // half left 1/4, straight on 1/2, half right 1/4
    return static_cast<std::uint8_t>((heading(here) + (wiggle == 0 ? 7 : wiggle == 1 ? 1 : 0)) & 7);
  }
};

/// Act: walk, claim a waiting document where the step leads, wait while it is digested, die of idleness.
struct Walk {
  Read<std::uint8_t> plan;
  Near<std::uint32_t> stock;
  Write<std::uint8_t> heading;
  Write<std::uint8_t> busy;
  Write<std::uint32_t> idle;
  StepTo step;
  ClaimOne take;
  Die die;
  std::uint32_t max_idle;

  template <class Here>
  void operator()(const Here& here) const {
    if (busy(here) != 0) {
      --busy(here);
      return;
    }
    NodeRef to = here.node;
    if (plan(here) != stay) {
      heading(here) = plan(here);
      to = here.neighbour(plan(here));
      if (to.index == no_index) {  // at the border: turn round
        heading(here) = (plan(here) + 4) & 7;
        to = here.node;
      }
    }
    const bool hungry = stock(to) != 0;
    if (!hungry && idle(here) >= max_idle) {
      die(here);
      return;
    }
    ++idle(here);
    if (hungry) take(here, to);
    if (to.index != here.node.index) step(here, to);
  }
};

/// Advance, over those who won a document.
struct Settle {
  Write<std::uint8_t> busy;
  Write<std::uint32_t> idle;
  std::uint8_t ticks;

  template <class Here>
  void operator()(const Here& here) const {
    busy(here) = ticks;
    idle(here) = 0;
  }
};

// ---- Documents ----

/// Act, over waiting documents: call digesters that are out of sight.
struct Call {
  Deposit input;
  std::int64_t amount;
  template <class Here>
  void operator()(const Here& here) const {
    input(here, amount);
  }
};

/// Act, over digesting documents: each word becomes a concept or strengthens it, each pair is linked.
struct Digestion {
  EmitNode concepts;
  EmitNode documents;
  LinkGroup links;
  Relate holds;
  const Library* library;
  Yard yard;

  template <class Here>
  void operator()(const Here& here) const {
    const Library::Entry& entry = library->entries()[yard.document_of(here.id())];
    documents.anchored(here, entry.content, entry.words);
    for (const Library::Mention& mention : entry.mentions) {
      concepts(library->content(mention.word), mention.count);
      holds(entry.content.id, library->content(mention.word).id, mention.count);
    }
    links(static_cast<std::uint32_t>(entry.mentions.size()), [&](std::uint32_t i) {
      const Library::Mention& mention = entry.mentions[i];
      return GroupMember{library->content(mention.word).id, mention.count};
    });
  }
};

/// Decay, over waiting documents: claimed ones begin to digest.
struct Begin {
  Read<std::uint32_t> stock;
  Become become;
  template <class Here>
  void operator()(const Here& here) const {
    if (stock(here) == 0) become(here, digesting);
  }
};

/// Decay, over digesting documents.
struct End {
  Become become;
  template <class Here>
  void operator()(const Here& here) const {
    become(here, digested);
  }
};

// ---- Links ----

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
        const float idle = static_cast<float>(tick - link.last) / 100;
        lost = std::min(most, rate * (1 + staleness * idle / (1 + reinforcement * static_cast<float>(link.count))));
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
  s.sense_growing(concepts, Watch{strength, anomaly, anomaly, count, strengths, strength_squares, activations, activation_squares, ticks,
                                  usual_count, usual_strengths, usual_strength_squares, usual_activations, usual_activation_squares});
  s.decay(Learn{count, strengths, strength_squares, activations, activation_squares, ticks, usual_count, usual_strengths,
                usual_strength_squares, usual_activations, usual_activation_squares, ticks, usual_count, usual_strengths,
                usual_strength_squares, usual_activations, usual_activation_squares});
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
  const ClaimField take = s.claim("document", waiting_);
  const SignalField input =
      s.signal("input", {.evaporation = s.param("input_evaporation"), .diffusion = s.param("input_diffusion"), .quantum = quantum});
  digesters_ = s.agents("digester");
  heading_ = s.agent_field<std::uint8_t>(digesters_, "heading");
  const auto busy = s.agent_field<std::uint8_t>(digesters_, "busy");
  const auto idle = s.agent_field<std::uint32_t>(digesters_, "idle");
  const auto plan = s.intent<std::uint8_t>(digesters_, "plan");
  const GrowingLayer concepts = s.growing("concepts"), documents = s.growing("documents", Schema::Anchored::yes);
  s.relation(documents, concepts);
  LinkOptions links;
  links.gain = static_cast<float>(s.param("link_weight"));
  links.prune_below = static_cast<float>(s.param("prune_below"));
  links.prune_age = count("maturity");
  links.max_degree = count("max_degree");
  s.links(concepts, links,
          Forgetting{static_cast<float>(s.param("link_decay")), static_cast<float>(s.param("staleness")),
                     static_cast<float>(s.param("reinforcement")), count("maturity")});

  s.sense_agents(digesters_, Search{waiting_, input, busy, heading_, plan, At(), Stream::digester_step, yard_, count("sight")});
  s.act_agents(digesters_, Walk{plan, waiting_, heading_, busy, idle, StepTo(digesters_), ClaimOne(take, digesters_), Die(digesters_),
                                count("max_idle")});
  s.advance_agents(digesters_, Settle{busy, idle, static_cast<std::uint8_t>(count("digest_ticks"))}, {.over = Schema::winners(take)});
  s.act(Call{input, static_cast<std::int64_t>(s.param("input") / quantum)}, {.over = Schema::nodes_in(state_, waiting)});
  s.act(Digestion{concepts, documents, concepts, documents, library_.get(), yard_}, {.over = Schema::nodes_in(state_, digesting)});
  s.decay(Begin{waiting_, state_}, {.over = Schema::nodes_in(state_, waiting)});
  s.decay(End{state_}, {.over = Schema::nodes_in(state_, digesting)});

  const GrowingField group = s.growing_field(concepts, "group"), bridge = s.growing_field(concepts, "bridge"),
                     strength = s.growing_field(concepts, "strength"), cluster = s.growing_field(concepts, "cluster");
  s.sense_growing(concepts, LookAround{group, bridge, strength, cluster, group, bridge, strength, cluster, Stream::concept_group});

  const GrowingField anomaly = watch(s, concepts, strength);

  s.observe_count("waiting", state_, waiting);
  s.observe_count("digested", state_, digested);
  s.observe_nodes("concepts", concepts);
  s.observe_links("edges", concepts);
  s.observe_linked("linked", concepts);
  s.observe_pruned("pruned", concepts);
  s.observe_sum("bridges", bridge);
  s.observe_sum("clusters", cluster);
  s.observe_sum("anomalies", anomaly);
  s.observe_agents("digesters", digesters_);
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
  const std::uint64_t count = seeder.job().population;
  seeder.agents(
      digesters_, count,
      [&](std::uint64_t id) {
        return yard_.place_of(static_cast<std::uint64_t>(static_cast<unsigned __int128>(id) * yard_.documents / count));
      },
      [&](std::uint64_t id, std::size_t slot) {
        seeder.set<std::uint8_t>(heading_, slot, static_cast<std::uint8_t>(draw_entity(key, id)[0] >> 29));
      });
}

}  // namespace colony
