#include "tests/property/models/value_items.hpp"

#include <memory>

#include "tests/property/models/value_policy.hpp"

namespace colony::testing {
namespace {

std::string numbered(const char* kind, std::size_t number) { return std::string(kind) + " " + std::to_string(number); }

/// How links weaken: by their own fields alone.
LinkDecay link_decay(std::uint8_t which) {
  return [which](std::span<Link> links, std::uint32_t tick) {
    for (Link& link : links) {
      if (which % 4 == 1) link.weight *= 0.5f;
      if (which % 4 == 2 && tick - link.last > 1) link.weight *= 0.25f;
      if (which % 4 == 3) link.weight *= link.count % 2 == 0 ? 0.75f : 0.875f + 0.0625f * static_cast<float>(link.origin % 2);
    }
  };
}

LinkOptions link_options(const GrowingValue& value) {
  constexpr float gains[] = {0.3f, 0.1f, 1.0f}, bounds[] = {0, 0.2f, 0.6f};
  return {.gain = gains[value.gain % 3],
          .most = 1,
          .prune_below = bounds[value.below % 3],
          .prune_age = value.age % 4u,
          .max_degree = value.degree % 4u};
}

SpeciesItems declare_species(const SpeciesValue& value, const std::string& name, const GrowingItems* on, Schema& s) {
  SpeciesItems items;
  if (on != nullptr) items.growing = s.growing_agents(name, on->layer);
  const std::uint32_t species = items.species = on != nullptr ? items.growing->species : s.agents(name);
  items.fields = {s.agent_field<std::uint64_t>(species, "first"), s.agent_field<std::uint64_t>(species, "second")};
  items.intent = s.intent<std::uint64_t>(species, "intent");
  items.list = s.agent_array<std::uint32_t>(species, "list", list_width);
  items.decides = value.deciding != Deciding::no;
  if (!items.decides) return items;
  items.seen = s.observations(species, observation_count);
  items.action = s.intent<std::uint8_t>(species, "action");
  s.decide(std::make_shared<const ValuePolicy>(value.deciding), items.seen, items.action,
           value.deciding == Deciding::draw ? Choosing::draw : Choosing::largest);
  return items;
}

void declare_growing(const ModelValue& value, ValueItems& items, Schema& s) {
  for (std::size_t i = 0; i < value.growing.size(); ++i) {
    const GrowingValue& layer = value.growing[i];
    GrowingItems grown;
    grown.anchored = layer.anchored;
    grown.layer = s.growing(numbered("layer", i), layer.anchored ? Schema::Anchored::yes : Schema::Anchored::no);
    for (std::size_t f = 0; f < layer.fields; ++f) grown.fields.push_back(s.growing_field(grown.layer, numbered("field", f)));
    for (std::size_t f = 0; f < layer.signals; ++f)
      grown.signals.push_back(s.growing_signal(grown.layer, numbered("signal", f), f % 2 == 0 ? 0.25 : 0, 1.0 + static_cast<double>(f)));
    grown.linked = layer.linked && !layer.anchored;
    if (grown.linked) s.links(grown.layer, link_options(layer), link_decay(layer.decay));
    items.growing.push_back(std::move(grown));
  }
  const std::size_t layers = items.growing.size();
  for (std::size_t i = 0; i < layers; ++i) {
    if (value.growing[i].relates == 0) continue;
    items.growing[i].relates = true;
    s.relation(items.growing[i].layer, items.growing[(i + value.growing[i].relates) % layers].layer);
  }
  for (std::size_t i = 0; i < layers; ++i) {
    if (value.growing[i].anchored) continue;
    for (const SpeciesValue& species : value.growing[i].species)
      items.walkers.push_back(declare_species(species, numbered("walkers", items.walkers.size()), &items.growing[i], s));
  }
}

}  // namespace

ValueItems declare_items(const ModelValue& value, const Terrain& terrain, Schema& s) {
  ValueItems items;
  const auto field = [&](const char* kind, std::size_t number) { return s.field<std::uint64_t>(numbered(kind, number)); };
  for (std::size_t i = 0; i < value.mixed; ++i) {
    items.mixed.push_back(field("mixed", i));
    items.next.push_back(s.next(items.mixed.back()));
  }
  for (std::size_t i = 0; i < value.committed; ++i) items.committed.push_back(field("committed", i));
  for (std::size_t i = 0; i < value.own; ++i) items.own.push_back(field("own", i));
  for (std::size_t i = 0; i < value.categories; ++i)
    items.categories.push_back(s.category(numbered("category", i), {"low", "middle", "high"}));
  for (std::size_t i = 0; i < value.signals; ++i)
    items.signals.push_back(s.signal(
        numbered("signal", i), {.evaporation = 0.1 * static_cast<double>(i), .diffusion = terrain.lattice && value.diffuses ? 0.3 : 0}));
  for (std::size_t i = 0; i < value.maxima; ++i) items.maxima.push_back(s.maximum());
  items.minima.push_back(s.minimum());
  items.purse = field("purse", 0);
  items.additions.push_back(s.addition(items.purse));
  for (std::size_t i = 0; i < value.marks; ++i) items.marks.push_back(s.mark());
  if (terrain.complete_nodes != 0)
    for (std::size_t i = 0; i < value.traces; ++i) items.traces.push_back(s.trace(numbered("trace", i), terrain.complete_nodes));
  for (std::size_t i = 0; i < value.globals; ++i) items.globals.push_back(s.global(numbered("global", i), i % 2 == 0));
  items.events.push_back(s.events("happened"));
  items.stock = s.field<std::uint32_t>("stock");
  items.claims.push_back(s.claim("stock", items.stock));
  items.seats = s.field<std::uint32_t>("seats");
  items.claims.push_back(s.claim("seat", items.seats));
  items.left.push_back(s.field<std::uint64_t>("left"));
  items.lists.push_back(s.array<std::uint32_t>("list", list_width));
  items.sums.push_back(s.sums("sums", list_width));
  items.bests.push_back(s.best("best", 1, false));
  items.bests.push_back(s.best("best ever", 1, true));
  items.finds_by_id = terrain.lattice || terrain.complete_nodes != 0;
  for (std::size_t i = 0; i < value.species.size(); ++i)
    items.species.push_back(declare_species(value.species[i], numbered("species", i), nullptr, s));
  declare_growing(value, items, s);
  return items;
}

void observe_items(const ValueItems& items, Schema& s) {
  for (std::size_t i = 0; i < items.globals.size(); ++i) s.observe(numbered("global", i), items.globals[i]);
  for (std::size_t i = 0; i < items.categories.size(); ++i)
    s.observe_count(numbered("high of category", i), items.categories[i], category_values - 1);
  for (std::size_t i = 0; i < items.signals.size(); ++i) s.observe_sum(numbered("signal", i), items.signals[i]);
  for (std::size_t i = 0; i < items.species.size(); ++i) s.observe_agents(numbered("species", i), items.species[i].species);
  for (std::size_t i = 0; i < items.walkers.size(); ++i) s.observe_agents(numbered("walkers", i), items.walkers[i].species);
  s.observe_sum("stock", items.stock);
  s.observe_sum("seats", items.seats);
  s.observe_sum("purses", items.purse);
  for (std::uint32_t k = 0; k < list_width; ++k) s.observe(numbered("sum", k), items.sums.front(), k);
  for (std::size_t i = 0; i < items.bests.size(); ++i) s.observe(numbered("best", i), items.bests[i]);
  for (std::size_t i = 0; i < items.growing.size(); ++i) {
    const GrowingItems& grown = items.growing[i];
    s.observe_nodes(numbered("nodes of layer", i), grown.layer);
    for (std::size_t f = 0; f < grown.fields.size(); ++f)
      s.observe_sum(numbered("layer", i) + ", " + numbered("field", f), grown.fields[f]);
    if (!grown.linked) continue;
    s.observe_links(numbered("links of layer", i), grown.layer);
    s.observe_linked(numbered("linked of layer", i), grown.layer);
    s.observe_pruned(numbered("pruned of layer", i), grown.layer);
  }
}

}  // namespace colony::testing
