#include "tests/property/models/value_binder.hpp"

#include <algorithm>
#include <type_traits>

namespace colony::testing {
namespace {

constexpr auto coin_stream = static_cast<Stream>(1003), cause_stream = static_cast<Stream>(1004);

/// Whether the interpreter of such kernels has a case for it: what has none may stand only where the schema refuses it.
bool can(Do what, On on) {
  switch (what) {
    case Do::ways:
    case Do::stood:
    case Do::leave: return on == On::agents;
    case Do::sources:
    case Do::coins:
    case Do::heads:
    case Do::heads_out:
    case Do::any_head:
    case Do::cause:
    case Do::anchor: return on == On::nodes;
    case Do::namesake: return on == On::growing_nodes;
    case Do::relate: return on != On::agents;
    default: return what < first_mistake;
  }
}

template <class A, class T>
bool with(Bound& bound, const T* item) {
  if (item != nullptr) bound.with = A(*item);
  return item != nullptr;
}

std::vector<NodeField<std::uint64_t>> read_near(const ValueItems& items) {
  auto all = items.mixed;
  all.insert(all.end(), items.committed.begin(), items.committed.end());
  return all;
}

/// Any u64 field of nodes or agents.
template <class A>
bool find_anything(Bound& bound, const ValueItems& items, std::size_t number) {
  std::vector<A> all;
  for (const auto* fields : {&items.mixed, &items.committed, &items.own})
    for (const NodeField<std::uint64_t> field : *fields) all.push_back(A(field));
  if constexpr (std::is_constructible_v<A, NextField<std::uint64_t>>)
    for (const NextField<std::uint64_t> field : items.next) all.push_back(A(field));
  for (const auto* species : {&items.species, &items.walkers})
    for (const SpeciesItems& one : *species) {
      for (const AgentField<std::uint64_t> field : one.fields) all.push_back(A(field));
      all.push_back(A(one.intent));
    }
  if (all.empty()) return false;
  bound.with = all[number % all.size()];
  return true;
}

/// A layer that is one, counted from `item` on.
template <class Is>
const GrowingItems* layer_that(const ValueItems& items, std::size_t item, const Is& is) {
  std::vector<const GrowingItems*> all;
  for (const GrowingItems& layer : items.growing)
    if (is(layer)) all.push_back(&layer);
  return all.empty() ? nullptr : all[item % all.size()];
}

bool named_by_content(const GrowingItems& layer) { return !layer.anchored; }

}  // namespace

std::vector<Bound> Binder::bind(const KernelValue& kernel) {
  std::vector<Bound> all;
  wild_ = kernel.manner == Manner::wild;
  careless_ = kernel.manner != Manner::tame;
  for (const Operation& operation : kernel.operations) {
    Bound bound{operation};
    const bool in_place = belongs(operation.what, kernel.phase, kernel.on) || (wild_ && can(operation.what, kernel.on));
    if (in_place && (find(bound, kernel) || find_own(bound, kernel) || find_growth(bound, kernel))) all.push_back(std::move(bound));
  }
  return all;
}

const SpeciesItems* Binder::species_of(const KernelValue& kernel) const {
  if (kernel.on == On::agents) return pick(items_.species, kernel.which);
  return kernel.on == On::growing_agents ? pick(items_.walkers, kernel.which) : nullptr;
}

const GrowingItems* Binder::growing_of(const KernelValue& kernel) const {
  if (kernel.on == On::growing_nodes) return pick(items_.growing, kernel.which);
  const SpeciesItems* species = kernel.on == On::growing_agents ? species_of(kernel) : nullptr;
  return species != nullptr ? &items_.growing[species->growing->layer] : nullptr;
}

bool Binder::runs_over(const KernelValue& kernel) const {
  if (kernel.on == On::nodes) return kernel.phase != Phase::advance;
  const bool sense_or_act = kernel.phase == Phase::sense || kernel.phase == Phase::act;
  if (kernel.on == On::growing_nodes) return sense_or_act && growing_of(kernel) != nullptr;
  return species_of(kernel) != nullptr && (kernel.on == On::growing_agents ? sense_or_act : kernel.phase != Phase::decay);
}

/// One of a kind may ask, for `of`.
bool Binder::first(Do what, std::size_t of) {
  if (careless_) return true;
  for (const auto& [kind, item] : taken_)
    if (kind == what && item == of) return false;
  taken_.emplace_back(what, of);
  return true;
}

bool Binder::once_a_kernel(Do what, const KernelValue& kernel) { return first(what, reinterpret_cast<std::uintptr_t>(&kernel)); }

/// A species has one kernel whose agents move or claim.
bool Binder::moves(const KernelValue& kernel) {
  if (careless_) return true;
  const std::uint32_t species = species_of(kernel)->species;
  for (const auto& [known, mover] : movers_)
    if (known == species) return mover == &kernel;
  movers_.emplace_back(species, &kernel);
  return true;
}

/// One kernel returns the next value of a field, over all nodes and in every tick, and of one field.
bool Binder::mixes(const KernelValue& kernel, std::size_t field) {
  if (kernel.phase != Phase::sense || mixed_by(kernel)) return false;
  if (!wild_ && (is_mixed(field) || kernel.every > 1 || domain_of(kernel, items_).kind != Domain::Kind::all)) return false;
  mixers_.emplace_back(field, &kernel);
  return true;
}

std::optional<std::size_t> Binder::mixed_by(const KernelValue& kernel) const {
  for (const auto& [field, mixer] : mixers_)
    if (mixer == &kernel) return field;
  return std::nullopt;
}

bool Binder::is_mixed(std::size_t field) const {
  return std::any_of(mixers_.begin(), mixers_.end(), [=](const auto& known) { return known.first == field; });
}

/// Draws, globals, and what is done to the job's graph.
bool Binder::find(Bound& bound, const KernelValue& kernel) {
  const Operation& o = bound.operation;
  const auto near = read_near(items_);
  const SpeciesItems* species = species_of(kernel);
  switch (o.what) {
    case Do::number:
    case Do::id:
    case Do::tick:
    case Do::add:
    case Do::mix:
    case Do::less:
    case Do::local_index:
    case Do::shared_sum:
    case Do::neighbour_index:
    case Do::link_order:
    case Do::link_index: return true;
    case Do::draw:
    case Do::half: bound.with = Draws(Stream::user); return true;
    case Do::coins:
    case Do::heads_out:
    case Do::any_head: bound.with = Draws(coin_stream); return true;
    case Do::heads:
      if (near.empty()) return false;
      bound.with = Tossing{{Draws(coin_stream), Near<std::uint64_t>(*pick(near, o.item))}};
      return true;
    case Do::cause: bound.with = Cause(cause_stream); return true;
    case Do::known: return with<Known>(bound, pick(items_.globals, o.item));
    case Do::known_sum: return with<KnownSums>(bound, pick(items_.sums, o.item));
    case Do::known_best: return with<KnownBest>(bound, pick(items_.bests, o.item));
    case Do::count: return with<Add>(bound, pick(items_.globals, o.item));
    case Do::count_in: return with<AddTo>(bound, pick(items_.sums, o.item));
    case Do::offer: return with<Offer>(bound, pick(items_.bests, o.item));
    case Do::near:
    case Do::sources:
    case Do::ways: return with<Near<std::uint64_t>>(bound, pick(near, o.item));
    case Do::found:
      if (near.empty() || !items_.finds_by_id) return false;
      bound.with = Finding{{At(), Near<std::uint64_t>(*pick(near, o.item))}};
      return true;
    case Do::value: return with<Near<std::uint8_t>>(bound, pick(items_.categories, o.item));
    case Do::smell: return with<Near<float>>(bound, pick(items_.signals, o.item));
    case Do::stood: {
      auto all = items_.committed;
      all.insert(all.end(), items_.left.begin(), items_.left.end());
      return with<FieldHere<std::uint64_t>>(bound, pick(all, o.item));
    }
    case Do::leave:  // winners of the second claim, whose stocks are of one
      return (careless_ || (kernel.over == Domain::Kind::winners && kernel.item % 2 == 1)) &&
             with<LeaveHere<std::uint64_t>>(bound, pick(items_.left, o.item));
    case Do::raise:
    case Do::raise_out: return with<Raise>(bound, pick(items_.maxima, o.item));
    case Do::raised: return with<Raised>(bound, pick(items_.maxima, o.item));
    case Do::lower_out: return with<Lower>(bound, pick(items_.minima, o.item));
    case Do::lowered: return with<Lowered>(bound, pick(items_.minima, o.item));
    case Do::give_out: return with<AddNear>(bound, pick(items_.additions, o.item));
    case Do::drop:
    case Do::drop_out: return with<Deposit>(bound, pick(items_.signals, o.item));
    case Do::trail:
      return kernel.on == On::agents ? with<ArrayHere<float>>(bound, pick(items_.traces, o.item))
                                     : with<ReadArray<float>>(bound, pick(items_.traces, o.item));
    case Do::lay: return with<Lay>(bound, pick(items_.traces, o.item));
    case Do::laid:
      if (items_.traces.empty()) return false;
      bound.with = LaidOn{{Laid(*pick(items_.traces, o.item)), WriteArray<float>(*pick(items_.traces, o.item))}};
      return true;
    case Do::laid_order: return with<Laid>(bound, pick(items_.traces, o.item));
    case Do::mark:
      return !items_.marks.empty() && first(o.what, o.item % items_.marks.size()) && with<Mark>(bound, pick(items_.marks, o.item));
    case Do::become:
      return !items_.categories.empty() && first(o.what, o.item % items_.categories.size()) &&
             with<Become>(bound, pick(items_.categories, o.item));
    case Do::emit: return with<Emit>(bound, pick(items_.events, o.item));
    case Do::spawn: {
      const SpeciesItems* born = pick(items_.species, o.item);
      if (born == nullptr || !once_a_kernel(o.what, kernel)) return false;
      bound.with = Bearing{Spawn(born->species), born->fields[0]};
      return true;
    }
    case Do::step:
      if (species == nullptr || !moves(kernel)) return false;
      bound.with = StepTo(species->species);
      return true;
    case Do::claim:
      if (species == nullptr) return false;
      bound.with = ClaimOne(items_.claims[o.item % 3 == 0 ? 0 : 1], species->species);  // what is left there is of those who win seats
      return moves(kernel) && once_a_kernel(o.what, kernel);
    case Do::die:
      if (species == nullptr) return false;
      bound.with = Die(species->species);
      return true;
    case Do::address:
    case Do::owned_count:
    case Do::ghost_count:
    case Do::block_count:
    case Do::slot_count:
    case Do::concurrent: bound.with = PartItself{}; return true;
    default: return false;
  }
}

/// Own fields.
bool Binder::find_own(Bound& bound, const KernelValue& kernel) {
  const Operation& o = bound.operation;
  const SpeciesItems* species = species_of(kernel);
  switch (o.what) {
    case Do::read:
      if (wild_ && o.item % 3 == 0) return find_anything<Read<std::uint64_t>>(bound, items_, o.number);
      if (species != nullptr) return with<Read<std::uint64_t>>(bound, pick(species->fields, o.item));
      if (kernel.phase == Phase::decay) return with<Read<std::uint64_t>>(bound, pick(items_.own, o.item));
      return with<Read<std::uint64_t>>(bound, pick(o.item % 2 == 0 ? items_.mixed : items_.own, o.item / 2));
    case Do::write:
      if (wild_ && o.item % 3 == 0) return find_anything<Write<std::uint64_t>>(bound, items_, o.number);
      if (species != nullptr) return with<Write<std::uint64_t>>(bound, pick(species->fields, o.item));
      return with<Write<std::uint64_t>>(bound,
                                        pick(kernel.phase == Phase::decay && o.item % 2 == 0 ? items_.committed : items_.own, o.item / 2));
    case Do::mixed: return !items_.next.empty() && mixes(kernel, o.item % items_.next.size());
    case Do::intend: return with<Write<std::uint64_t>>(bound, species != nullptr ? &species->intent : nullptr);
    case Do::intent: return with<Read<std::uint64_t>>(bound, species != nullptr ? &species->intent : nullptr);
    case Do::element:
      if (species != nullptr) return with<ReadArray<std::uint32_t>>(bound, &species->list);
      return with<ReadArray<std::uint32_t>>(bound, pick(items_.lists, o.item));
    case Do::enlist:
      if (species != nullptr) return with<WriteArray<std::uint32_t>>(bound, &species->list);
      return with<WriteArray<std::uint32_t>>(bound, pick(items_.lists, o.item));
    case Do::observe: return species != nullptr && species->decides && with<WriteColumns<float>>(bound, &species->seen);
    case Do::action: return species != nullptr && species->decides && with<Read<std::uint8_t>>(bound, &species->action);
    default: return false;
  }
}

/// What is done to growing layers. A kernel over one has its own before others.
bool Binder::find_growth(Bound& bound, const KernelValue& kernel) {
  const Operation& o = bound.operation;
  const GrowingItems* own = growing_of(kernel);
  const GrowingItems* read = own == nullptr || (wild_ && o.item % 3 == 0) ? pick(items_.growing, o.item) : own;
  if (read == nullptr) return false;
  switch (o.what) {
    case Do::grown:
    case Do::link_sum:
    case Do::link_least: return with<GrowingNear>(bound, pick(read->fields, o.item));
    case Do::scent: return with<GrowingSense>(bound, pick(read->signals, o.item));
    case Do::set:
      return !read->fields.empty() && first(o.what, read->layer.layer * 8 + o.item % read->fields.size()) &&
             with<GrowingSet>(bound, pick(read->fields, o.item));
    case Do::name: {
      const GrowingItems* layer = careless_ ? pick(items_.growing, o.item) : layer_that(items_, o.item, named_by_content);
      return layer != nullptr && with<EmitNode>(bound, &layer->layer);
    }
    case Do::anchor: {
      const GrowingItems* layer = layer_that(items_, o.item, [](const GrowingItems& l) { return l.anchored; });
      return layer != nullptr && with<EmitNode>(bound, &layer->layer);
    }
    case Do::namesake: {
      const GrowingItems* layer = layer_that(items_, o.item, [&](const GrowingItems& l) { return !l.anchored && &l != own; });
      return layer != nullptr && with<EmitNode>(bound, &layer->layer);
    }
    case Do::link: {
      const bool own_links = own != nullptr && own->linked && o.item % 2 == 0;
      const GrowingItems* layer = own_links ? own : layer_that(items_, o.item / 2, [](const GrowingItems& l) { return l.linked; });
      if (layer == nullptr) return false;
      bound.with = Linking{{{EmitNode(layer->layer), LinkGroup(layer->layer)}}, own_links};
      return true;
    }
    case Do::part: {
      const GrowingItems* layer = own != nullptr && own->linked ? own
                                  : wild_                       ? layer_that(items_, o.item, [](const GrowingItems& l) { return l.linked; })
                                                                : nullptr;
      return layer != nullptr && with<Unlink>(bound, &layer->layer);
    }
    case Do::relate: {
      if (own != nullptr) {
        if (!own->relates) return false;
        bound.with = Relating{std::nullopt, Relate(own->layer)};
        return true;
      }
      const GrowingItems* layer = layer_that(items_, o.item, [](const GrowingItems& l) { return l.anchored && l.relates; });
      if (layer == nullptr) return false;
      bound.with = Relating{EmitNode(layer->layer), Relate(layer->layer)};
      return true;
    }
    case Do::come: {
      const SpeciesItems* born = pick(items_.walkers, o.item);
      if (born == nullptr || !once_a_kernel(o.what, kernel)) return false;
      const GrowingLayer on{born->growing->layer};
      const bool here = own != nullptr && own->layer.layer == on.layer && o.number % 2 == 0;
      bound.with = Coming{here ? std::nullopt : std::optional(EmitNode(on)), SpawnNamed(*born->growing), born->fields[0]};
      return true;
    }
    case Do::along: {
      const SpeciesItems* species = species_of(kernel);
      const SpeciesItems* walkers = species != nullptr && species->growing ? species : pick(items_.walkers, o.item);
      if (walkers == nullptr || (species == walkers && !moves(kernel))) return false;
      bound.with = StepAlong(*walkers->growing);
      return true;
    }
    default: return false;
  }
}

bool holds(const Program& program, std::initializer_list<Do> any) {
  return std::any_of(program.operations.begin(), program.operations.end(),
                     [&](const Bound& bound) { return std::find(any.begin(), any.end(), bound.operation.what) != any.end(); });
}

Domain domain_of(const KernelValue& kernel, const ValueItems& items) {
  const bool wild = kernel.manner == Manner::wild, nodes = kernel.on == On::nodes;
  const auto one_of = [&](const auto& all) { return all[kernel.item % all.size()]; };
  switch (kernel.over) {
    case Domain::Kind::category_value:
      if (wild && !items.categories.empty()) return Schema::nodes_in(one_of(items.categories), kernel.value);
      if (nodes && !items.categories.empty()) return Schema::nodes_in(one_of(items.categories), kernel.value % category_values);
      break;
    case Domain::Kind::marked:
      if ((wild || (nodes && kernel.phase == Phase::act)) && !items.marks.empty()) return Schema::marked(one_of(items.marks));
      break;
    case Domain::Kind::touched:
      if (!wild && (!nodes || kernel.phase != Phase::decay)) break;
      if (kernel.value % 2 == 1) return Schema::touched(one_of(items.minima));
      if (!items.maxima.empty()) return Schema::touched(one_of(items.maxima));
      break;
    case Domain::Kind::winners:
      if (wild || (kernel.on == On::agents && kernel.phase == Phase::advance)) return Schema::winners(one_of(items.claims));
      break;
    default: break;
  }
  return {};
}

}  // namespace colony::testing
