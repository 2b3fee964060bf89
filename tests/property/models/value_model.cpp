#include "tests/property/models/value_model.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "engine/model/seeder.hpp"
#include "tests/property/models/value_agent_program.hpp"
#include "tests/property/models/value_binder.hpp"
#include "tests/property/models/value_growing_programs.hpp"
#include "tests/property/models/value_node_programs.hpp"

namespace colony::testing {

const Content& label_of(std::uint64_t a, std::uint32_t alphabet) {
  static constexpr std::uint64_t sizes[] = {7, most_label_group, 40, 3000};
  struct Labels {
    std::vector<std::string> names;
    std::vector<Content> contents;
    Labels() {
      for (std::uint64_t k = 0; k < sizes[3]; ++k) names.push_back("word " + std::to_string(k));
      for (const std::string& name : names) contents.push_back(content_of(name));
    }
  };
  static const Labels labels;
  return labels.contents[a % sizes[alphabet % 4]];
}

namespace {

/// The fields whose next values none of the model's kernels returns stay as they are.
void keep_mixed(const ValueItems& items, const Binder& binder, Schema& s) {
  for (std::size_t i = 0; i < items.mixed.size(); ++i) {
    if (binder.is_mixed(i)) continue;
    const Operation copy{.what = Do::near}, keep{.what = Do::mixed};
    s.sense(MixingProgram{{{{{copy, Near<std::uint64_t>(items.mixed[i])}, {keep}}}}, items.next[i]});
  }
}

/// Lets layers grow from the beginning on, where they are sown.
void sow(const ModelValue& value, const ValueItems& items, Schema& s) {
  constexpr std::uint32_t alphabet = 2, first_number = 1000;  // behind the kernels of any value
  for (std::size_t i = 0; i < value.growing.size(); ++i) {
    if (!value.growing[i].sown) continue;
    const GrowingItems& layer = items.growing[i];
    const auto operation = [](Do what) { return Operation{.what = what, .to = 0, .a = 0, .b = 1, .item = 0, .number = alphabet}; };
    std::vector<Bound> operations{{operation(Do::id)}, {Operation{.what = Do::tick, .to = 1}}, {operation(Do::mix)}};
    if (layer.anchored) operations.push_back({operation(Do::anchor), EmitNode(layer.layer)});
    else operations.push_back({operation(Do::name), EmitNode(layer.layer)});
    if (layer.linked) operations.push_back({operation(Do::link), Linking{{{EmitNode(layer.layer), LinkGroup(layer.layer)}}, false}});
    if (const auto walkers = std::find_if(items.walkers.begin(), items.walkers.end(),
                                          [&](const SpeciesItems& w) { return w.growing->layer == layer.layer.layer; });
        walkers != items.walkers.end())
      operations.push_back({operation(Do::come), Coming{EmitNode(layer.layer), SpawnNamed(*walkers->growing), walkers->fields[0]}});
    Program program{std::move(operations), first_number + static_cast<std::uint32_t>(i)};
    s.act(NodeProgram{std::move(program)}, {.in = [](std::uint64_t tick) { return tick % 2 == 0; }});
  }
}

}  // namespace

void ValueModel::declare(Schema& s) {
  s.layer("places");
  s.push_rows();
  s.pull_rows();
  items_ = declare_items(value_, terrain_, s);
  sow(value_, items_, s);

  Binder binder(items_);
  std::uint32_t number = 0;
  std::vector<std::function<void()>> moving;  // a kernel that runs after its agents have moved may find them on a ghost
  for (const KernelValue& kernel : value_.kernels) {
    if (!binder.runs_over(kernel)) continue;
    Program program{.operations = binder.bind(kernel),
                    .number = number++,
                    .careless = kernel.manner != Manner::tame,
                    .phase = kernel.phase,
                    .on = kernel.on,
                    .coverage = coverage_};
    Schema::KernelOptions options{.over = domain_of(kernel, items_)};
    // An intent is no state: one that is read in a tick is written in it.
    const bool intends = holds(program, {Do::intend});
    if (kernel.every > 1 && !intends) options.in = [every = kernel.every](std::uint64_t tick) { return tick % every == 0; };

    const auto declare_agents = [&](auto of, const auto& agents) {
      if (kernel.phase == Phase::sense) return s.sense_agents(of, agents, std::move(options));
      if constexpr (std::is_same_v<decltype(of), std::uint32_t>)
        if (kernel.phase == Phase::advance) return s.advance_agents(of, agents, std::move(options));
      if (kernel.manner == Manner::tame && holds(agents.program, {Do::step, Do::along}))
        moving.push_back([&s, of, agents, options] { s.act_agents(of, agents, options); });
      else s.act_agents(of, agents, std::move(options));
    };
    switch (kernel.on) {
      case On::nodes: {
        const NodeProgram nodes{std::move(program)};
        if (const auto mixed = binder.mixed_by(kernel)) s.sense(MixingProgram{nodes, items_.next[*mixed]}, std::move(options));
        else if (kernel.phase == Phase::sense) s.sense(nodes, std::move(options));
        else if (kernel.phase == Phase::act) s.act(nodes, std::move(options));
        else s.decay(nodes, std::move(options));
        break;
      }
      case On::agents: declare_agents(binder.species_of(kernel)->species, AgentProgram{std::move(program)}); break;
      case On::growing_nodes: {
        const GrowingLayer layer = binder.growing_of(kernel)->layer;
        const GrowingProgram nodes{std::move(program)};
        if (kernel.phase == Phase::sense) s.sense_growing(layer, nodes);
        else s.act_growing(layer, nodes, std::move(options.in));
        break;
      }
      case On::growing_agents: declare_agents(*binder.species_of(kernel)->growing, GrowingAgentProgram{std::move(program)}); break;
    }
  }
  for (const auto& declare : moving) declare();
  keep_mixed(items_, binder, s);
  observe_items(items_, s);
}

void ValueModel::check(const Graph& graph) const {
  homes_.clear();
  for (std::uint64_t rank = 0; rank < graph.node_count; ++rank) homes_.push_back(graph.id_of(rank));
}

void ValueModel::populate(Seeder& seeder) const {
  const RandomKey key = seeder.key(Stream::populate);
  auto fields = items_.mixed;
  fields.insert(fields.end(), items_.committed.begin(), items_.committed.end());
  fields.insert(fields.end(), items_.own.begin(), items_.own.end());
  seeder.nodes([&](std::uint64_t id, LocalIndex i) {
    const Random4 draw = draw_entity(key, id);
    for (std::size_t f = 0; f < fields.size(); ++f) seeder.set(fields[f], i, scramble(low_word(draw), f));
    for (std::size_t c = 0; c < items_.categories.size(); ++c)
      seeder.set(items_.categories[c], i, static_cast<std::uint8_t>((draw[2] >> c) % category_values));
    for (const TraceField& trace : items_.traces) {
      const auto row = seeder.array(NodeArray<float>(trace), i);
      for (std::size_t k = 0; k < row.size(); ++k) row[k] = static_cast<float>(scramble(id, k) % 64);
    }
    seeder.set(items_.stock, i, draw[3] % 3);
    seeder.set(items_.seats, i, draw[3] >> 31);
  });
  const std::uint64_t count = seeder.job().population;
  const auto home = [&](std::uint64_t id) { return homes_[low_word(draw_entity(key, id, 1)) % homes_.size()]; };
  for (std::size_t k = 0; k < items_.species.size(); ++k)
    seeder.agents(items_.species[k].species, count / (k + 1), home,
                  [&](std::uint64_t id, std::size_t slot) { seeder.set(items_.species[k].fields[0], slot, scramble(id, k)); });
}

}  // namespace colony::testing
