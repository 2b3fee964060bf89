#include "tests/property/models/model_generators.hpp"

#include <algorithm>

#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

struct Place {
  Phase phase;
  On on;
};

rc::Gen<Place> any_place() {
  return rc::gen::weightedElement<Place>({{2, {Phase::sense, On::nodes}},
                                          {3, {Phase::act, On::nodes}},
                                          {2, {Phase::decay, On::nodes}},
                                          {3, {Phase::sense, On::agents}},
                                          {6, {Phase::act, On::agents}},
                                          {5, {Phase::advance, On::agents}},
                                          {2, {Phase::sense, On::growing_nodes}},
                                          {3, {Phase::act, On::growing_nodes}},
                                          {3, {Phase::sense, On::growing_agents}},
                                          {6, {Phase::act, On::growing_agents}}});
}

/// Registers alone are dull; what is bound seldom, for want of what it works on or as one in a model may do it, is drawn often.
std::size_t weight_of(Do what, Place place) {
  const bool walkers = place.on == On::growing_agents;
  switch (what) {
    case Do::leave: return 50;
    case Do::offer: return 18;
    case Do::set:
    case Do::relate: return 14;
    case Do::lay:
    case Do::laid:
    case Do::trail: return 16;
    case Do::step:
    case Do::claim:
    case Do::along:
    case Do::spawn:
    case Do::anchor:
    case Do::namesake: return 10;
    case Do::mark:
    case Do::become:
    case Do::observe:
    case Do::action:
    case Do::name:
    case Do::link:
    case Do::come: return 6;
    default: return what <= Do::draw ? (walkers ? 4 : 3) : walkers ? 6 : 4;
  }
}

rc::Gen<std::uint8_t> few(int end) { return rc::gen::cast<std::uint8_t>(rc::gen::inRange(0, end)); }

rc::Gen<Operation> operation_in(Place place) {
  std::vector<Do> all, others;
  for (std::uint8_t k = 0; k < static_cast<std::uint8_t>(first_mistake); ++k)
    if (const auto what = static_cast<Do>(k); belongs(what, place.phase, place.on)) all.insert(all.end(), weight_of(what, place), what);
    else others.push_back(what);
  const auto what = rc::gen::weightedOneOf<Do>({{30, rc::gen::elementOf(all)}, {1, rc::gen::elementOf(others)}});  // tame models drop these
  return rc::gen::build<Operation>(rc::gen::set(&Operation::what, what), rc::gen::set(&Operation::to, few(4)),
                                   rc::gen::set(&Operation::a, few(4)), rc::gen::set(&Operation::b, few(4)),
                                   rc::gen::set(&Operation::item, few(6)), rc::gen::set(&Operation::number, rc::gen::inRange(0u, 1000u)));
}

rc::Gen<KernelValue> any_kernel() {
  return rc::gen::mapcat(any_place(), [](Place place) {
    const auto operations = rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 15), [place](std::size_t count) {
      return rc::gen::container<std::vector<Operation>>(count, operation_in(place));
    });
    return rc::gen::build<KernelValue>(
        rc::gen::set(&KernelValue::manner,
                     rc::gen::weightedElement<Manner>({{80, Manner::tame}, {1, Manner::careless}, {1, Manner::wild}})),
        rc::gen::set(&KernelValue::phase, rc::gen::just(place.phase)), rc::gen::set(&KernelValue::on, rc::gen::just(place.on)),
        rc::gen::set(&KernelValue::which, few(3)),
        rc::gen::set(&KernelValue::over,
                     rc::gen::weightedElement<Domain::Kind>({{3, Domain::Kind::all},
                                                             {1, Domain::Kind::category_value},
                                                             {1, Domain::Kind::marked},
                                                             {1, Domain::Kind::touched},
                                                             {place.phase == Phase::advance ? 8 : 1, Domain::Kind::winners}})),
        rc::gen::set(&KernelValue::item, rc::gen::weightedElement<std::uint8_t>({{2, 0}, {4, 1}, {1, 2}})),
        rc::gen::set(&KernelValue::value, few(3)),
        rc::gen::set(&KernelValue::every,
                     rc::gen::map(rc::gen::inRange(1, 7), [](int n) { return static_cast<std::uint8_t>(std::max(1, n - 3)); })),
        rc::gen::set(&KernelValue::operations, operations));
  });
}

rc::Gen<std::vector<SpeciesValue>> any_species() {
  const auto species = rc::gen::build<SpeciesValue>(rc::gen::set(
      &SpeciesValue::deciding,
      rc::gen::weightedElement<Deciding>({{2, Deciding::no}, {2, Deciding::largest}, {2, Deciding::draw}, {3, Deciding::recurrent}})));
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 3),
                         [species](std::size_t count) { return rc::gen::container<std::vector<SpeciesValue>>(count, species); });
}

rc::Gen<GrowingValue> any_growing() {
  const auto mostly = [](std::size_t yes) { return rc::gen::weightedElement<bool>({{yes, true}, {1, false}}); };
  return rc::gen::build<GrowingValue>(rc::gen::set(&GrowingValue::anchored, rc::gen::weightedElement<bool>({{2, false}, {1, true}})),
                                      rc::gen::set(&GrowingValue::sown, mostly(4)),
                                      rc::gen::set(&GrowingValue::fields, rc::gen::weightedElement<std::uint8_t>({{1, 0}, {4, 1}, {2, 2}})),
                                      rc::gen::set(&GrowingValue::signals, few(3)), rc::gen::set(&GrowingValue::linked, mostly(4)),
                                      rc::gen::set(&GrowingValue::gain, few(3)), rc::gen::set(&GrowingValue::decay, few(4)),
                                      rc::gen::set(&GrowingValue::below, few(3)), rc::gen::set(&GrowingValue::age, few(4)),
                                      rc::gen::set(&GrowingValue::degree, few(4)), rc::gen::set(&GrowingValue::relates, few(3)),
                                      rc::gen::set(&GrowingValue::species, any_species()));
}

rc::Gen<std::uint32_t> any_height() {
  return rc::gen::weightedOneOf<std::uint32_t>({{99, rc::gen::inRange(1u, 14u)}, {1, rc::gen::inRange(1500u, 2000u)}});
}

}  // namespace

rc::Gen<ModelValue> any_model() {
  const auto kernels = rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 42),
                                       [](std::size_t count) { return rc::gen::container<std::vector<KernelValue>>(count, any_kernel()); });
  const auto growing = rc::gen::mapcat(rc::gen::weightedElement<std::size_t>({{1, 0}, {2, 1}, {2, 2}, {2, 3}}), [](std::size_t count) {
    return rc::gen::container<std::vector<GrowingValue>>(count, any_growing());
  });
  return rc::gen::build<ModelValue>(
      rc::gen::set(&ModelValue::mixed, few(3)), rc::gen::set(&ModelValue::committed, few(3)), rc::gen::set(&ModelValue::own, few(3)),
      rc::gen::set(&ModelValue::categories, few(3)), rc::gen::set(&ModelValue::signals, few(3)), rc::gen::set(&ModelValue::maxima, few(3)),
      rc::gen::set(&ModelValue::marks, few(3)), rc::gen::set(&ModelValue::globals, few(3)),
      rc::gen::set(&ModelValue::traces, rc::gen::weightedElement<std::uint8_t>({{1, 0}, {4, 1}, {2, 2}})),
      rc::gen::set(&ModelValue::diffuses, rc::gen::arbitrary<bool>()), rc::gen::set(&ModelValue::species, any_species()),
      rc::gen::set(&ModelValue::growing, growing), rc::gen::set(&ModelValue::kernels, kernels));
}

Case Ground::with(const ModelValue& model, Coverage* coverage) const {
  constexpr std::uint64_t most_complete = 169;
  const std::uint64_t nodes = std::uint64_t{width} * height;
  GraphMaker graph = kind == 0   ? lattice(width, height, 8, torus)
                     : kind == 1 ? lattice(width, height, 4, torus)
                     : kind == 2 ? random_graph(nodes, 3 * nodes, directed, sparse_ids, seed)
                                 : complete(std::min(nodes, most_complete));
  const Terrain terrain{kind < 2, kind == 3 ? static_cast<std::uint32_t>(std::min(nodes, most_complete)) : 0};
  Case what;
  what.graph = std::move(graph);
  what.population = population;
  what.seed = seed;
  what.make = [model, terrain, coverage] { return std::make_unique<ValueModel>(model, terrain, coverage); };
  what.events = true;
  return what;
}

std::ostream& operator<<(std::ostream& out, const Ground& g) {
  constexpr const char* kinds[] = {"lattice of 8", "lattice of 4", "graph", "complete"};
  return out << kinds[g.kind] << ", " << g.width << " x " << g.height << (g.torus ? ", torus" : "") << (g.directed ? ", directed" : "")
             << (g.sparse_ids ? ", sparse ids" : "") << ", population " << g.population << ", seed " << g.seed << ", ticks " << g.ticks
             << ", saved at " << g.saved_at;
}

rc::Gen<Ground> any_ground() {
  return rc::gen::build<Ground>(
      rc::gen::set(&Ground::kind, rc::gen::weightedElement<std::uint32_t>({{3, 0u}, {2, 1u}, {3, 2u}, {5, 3u}})),
      rc::gen::set(&Ground::width, rc::gen::inRange(1u, 14u)), rc::gen::set(&Ground::height, any_height()),
      rc::gen::set(&Ground::torus, rc::gen::arbitrary<bool>()), rc::gen::set(&Ground::directed, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Ground::sparse_ids, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Ground::population, rc::gen::weightedOneOf<std::uint64_t>({{60, rc::gen::inRange<std::uint64_t>(0, 120)},
                                                                               {1, rc::gen::inRange<std::uint64_t>(6000, 9000)}})),
      rc::gen::set(&Ground::seed, rc::gen::arbitrary<std::uint64_t>()),
      rc::gen::set(&Ground::ticks, rc::gen::inRange<std::uint64_t>(1, 13)),
      rc::gen::set(&Ground::saved_at, rc::gen::inRange<std::uint64_t>(0, 13)));
}

}  // namespace colony::testing
