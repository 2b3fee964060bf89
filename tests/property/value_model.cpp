#include "tests/property/value_model.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <functional>
#include <span>
#include <utility>
#include <variant>

#include "engine/model/seeder.hpp"

namespace colony::testing {

/// Handles by kind, as declare() made them.
struct ValueModel::Items {
  std::vector<NodeField<std::uint64_t>> mixed, committed, own, left;
  std::vector<NextField<std::uint64_t>> next;
  std::vector<Category> categories;
  std::vector<SignalField> signals;
  std::vector<MaxField> maxima;
  std::vector<MarkField> marks;
  std::vector<GlobalSum> globals;
  std::vector<GlobalSums> sums;
  std::vector<GlobalBest> bests;
  std::vector<NodeArray<std::uint32_t>> lists;
  std::vector<AgentArray<std::uint32_t>> agent_lists;
  std::vector<EventList> events;
  std::vector<std::uint32_t> species;
  std::vector<std::vector<AgentField<std::uint64_t>>> agent_fields;
  std::vector<AgentField<std::uint64_t>> intents;
  std::vector<ClaimField> claims;
};

namespace {

constexpr int registers = 8;
constexpr std::uint8_t values = 3;  ///< of each category
constexpr std::uint32_t list_width = 3;
constexpr auto coin_stream = static_cast<Stream>(1003);

std::uint64_t scramble(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = (a ^ std::rotl(b, 23)) * 0x9E3779B97F4A7C15u;
  x ^= x >> 29;
  return x * 0xBF58476D1CE4E5B9u;
}

/// For the mistakes that tests plant: the part that a kernel runs on.
struct PartItself {
  const Part* part = nullptr;
  bool concurrent = false;
  void bind(const Binding& b) {
    part = &b.part;
    concurrent = b.concurrent;
  }
};

using Accessor = std::variant<std::monostate, Near<std::uint64_t>, Near<std::uint8_t>, Near<float>, Read<std::uint64_t>,
                              Write<std::uint64_t>, Draws, Add, Raise, Raised, Deposit, Mark, Become, Emit, Spawn, StepTo, ClaimOne, Die,
                              ReadArray<std::uint32_t>, WriteArray<std::uint32_t>, FieldHere<std::uint64_t>, LeaveHere<std::uint64_t>,
                              Known, KnownSums, KnownBest, AddTo, Offer, PartItself>;

struct Bound {
  Operation operation;
  Accessor with{};
};

/// The operations of a kernel, as one accessor.
struct Program {
  std::vector<Bound> operations;
  std::uint32_t number = 0;  ///< of the kernel
  bool careless = false;     ///< it comes where one may come, and sets what may not be
  std::uint64_t tick = 0;

  void note(AccessNotes& n) const {
    for (const Bound& bound : operations)
      std::visit(
          [&](const auto& with) {
            if constexpr (requires { with.note(n); }) with.note(n);
          },
          bound.with);
  }
  void bind(const Binding& b) {
    tick = b.part.tick.value;
    for (Bound& bound : operations)
      std::visit(
          [&](auto& with) {
            if constexpr (requires { with.bind(b); }) with.bind(b);
          },
          bound.with);
  }
};

using Registers = std::array<std::uint64_t, registers>;

template <class T>
const T& as(const Bound& bound) {
  return std::get<T>(bound.with);
}

std::atomic<std::uint64_t> shared_sum{0};

/// What nodes and agents do alike. `node`: of the node, or the one on which the agent stands. Returns false for any other operation.
template <class Here>
bool do_alike(const Program& program, const Bound& bound, const Here& here, NodeRef node, Registers& r) {
  const Operation& o = bound.operation;
  std::uint64_t& to = r[o.to % registers];
  const std::uint64_t a = r[o.a % registers], b = r[o.b % registers];
  switch (o.what) {
    case Do::number: to = o.number; return true;
    case Do::id: to = here.id(); return true;
    case Do::tick: to = program.tick; return true;
    case Do::add: to = a + b; return true;
    case Do::mix: to = scramble(a, b); return true;
    case Do::less: to = a < b ? 1 : 0; return true;
    case Do::draw: to = low_word(as<Draws>(bound)(here, o.number % 4)); return true;
    case Do::read: to = as<Read<std::uint64_t>>(bound)(here); return true;
    case Do::near: to = as<Near<std::uint64_t>>(bound)(node); return true;
    case Do::value: to = as<Near<std::uint8_t>>(bound)(node); return true;
    case Do::smell: to = std::bit_cast<std::uint32_t>(as<Near<float>>(bound)(node)); return true;
    case Do::intent: to = as<Read<std::uint64_t>>(bound)(here); return true;
    case Do::half: to = as<Draws>(bound).in_half(here) ? 1 : 0; return true;
    case Do::element: to = as<ReadArray<std::uint32_t>>(bound)(here)[o.number % list_width]; return true;
    case Do::enlist: as<WriteArray<std::uint32_t>>(bound)(here)[o.number % list_width] = static_cast<std::uint32_t>(a); return true;
    case Do::known: to = static_cast<std::uint64_t>(as<Known>(bound)()); return true;
    case Do::known_sum: to = static_cast<std::uint64_t>(as<KnownSums>(bound)()[o.number % list_width]); return true;
    case Do::known_best: {
      const auto& best = as<KnownBest>(bound);
      to = best.offered() ? scramble(static_cast<std::uint64_t>(best.value()), static_cast<std::uint64_t>(best.payload()[0])) : 0;
      return true;
    }
    case Do::count_in:
      as<AddTo>(bound)(a % (program.careless ? list_width + 1 : list_width), static_cast<std::int64_t>(b & 0xff) - 0x40);
      return true;
    case Do::offer:
      as<Offer>(bound)(static_cast<std::int64_t>(a & 0xff), here.id(),
                       [b](std::span<std::int64_t> payload) { payload[0] = static_cast<std::int64_t>(b); });
      return true;
    case Do::write:
    case Do::mixed:
    case Do::intend: as<Write<std::uint64_t>>(bound)(here) = a; return true;
    case Do::count: as<Add>(bound)(static_cast<std::int64_t>(a & 0xffff) - 0x4000); return true;
    case Do::raise: as<Raise>(bound)(node, a | 1); return true;
    case Do::drop: as<Deposit>(bound)(node, static_cast<std::int64_t>(a & 0xfffff)); return true;
    case Do::local_index: to = here.index; return true;
    case Do::address: to = reinterpret_cast<std::uintptr_t>(as<PartItself>(bound).part); return true;
    case Do::shared_sum: to = shared_sum.fetch_add(1); return true;
    case Do::owned_count: to = as<PartItself>(bound).part->geometry.owned; return true;
    case Do::ghost_count: to = as<PartItself>(bound).part->geometry.ghosts; return true;
    case Do::block_count: to = as<PartItself>(bound).part->geometry.blocks.size(); return true;
    case Do::slot_count: to = as<PartItself>(bound).part->species.at(0).slots(); return true;
    case Do::concurrent: to = as<PartItself>(bound).concurrent ? 1 : 0; return true;
    default: return false;
  }
}

/// Nodes.
struct NodeProgram {
  Program program;

  template <class Here>
  void operator()(const Here& here) const {
    Registers r{};
    for (const Bound& bound : program.operations)
      if (!do_alike(program, bound, here, here, r)) apply(bound, here, r);
  }

 private:
  template <class Here>
  void apply(const Bound& bound, const Here& here, Registers& r) const {
    const Operation& o = bound.operation;
    std::uint64_t& to = r[o.to % registers];
    const std::uint64_t a = r[o.a % registers];
    switch (o.what) {
      case Do::sources: {
        const auto& field = as<Near<std::uint64_t>>(bound);
        std::uint64_t fold = 0;
        here.for_each_source([&](NodeRef v) { fold = fold * 31 + field(v); });
        to = fold;
        break;
      }
      case Do::coins: {
        const auto& coin = as<Draws>(bound);
        std::uint64_t heads = 0;
        here.for_each_source([&](NodeRef v) { heads += coin.edge(here.id(v), here.id())[o.number % 4] >> 31; });
        to = heads;
        break;
      }
      case Do::neighbour_index: here.for_each_source([&](NodeRef v) { to = v.index; }); break;
      case Do::raise_out: here.for_each_target([&](NodeRef v) { as<Raise>(bound)(v, scramble(a, here.id()) | 1); }); break;
      case Do::drop_out: here.for_each_target([&](NodeRef v) { as<Deposit>(bound)(v, static_cast<std::int64_t>(a & 0xffff)); }); break;
      case Do::mark:
        if ((a & 1) == 0) as<Mark>(bound)(here);
        break;
      case Do::raised: to = as<Raised>(bound)(here); break;
      case Do::become: {
        const auto& change = as<Become>(bound);
        if ((a & 3) != 0) break;
        if (program.careless && a % 11 == 0) change(here, static_cast<std::uint8_t>(values + a % 3));
        else change(here, static_cast<std::uint8_t>((change.data[here.index] + 1 + (a >> 2) % (values - 1)) % values));
        break;
      }
      case Do::emit: as<Emit>(bound)(a, here.id()); break;
      case Do::spawn:
        if ((a & 15) == 0) as<Spawn>(bound)(here, program.number, [](const Newborn&) {});
        break;
      default: COLONY_ASSERT(false, std::string("no operation of nodes: ") + name_of(o.what));
    }
  }
};

/// Agents.
struct AgentProgram {
  Program program;

  template <class Here>
  void operator()(const Here& here) const {
    Registers r{};
    bool claimed = false;
    for (const Bound& bound : program.operations) {
      if (do_alike(program, bound, here, here.node, r)) continue;
      const Operation& o = bound.operation;
      const std::uint64_t a = r[o.a % registers];
      switch (o.what) {
        case Do::ways: {
          std::uint64_t sum = 0;
          for (int way = 0; way < here.degree(); ++way)
            if (const NodeRef v = to_way(here, static_cast<std::uint64_t>(way)); v.index != no_index)
              sum += as<Near<std::uint64_t>>(bound)(v);
          r[o.to % registers] = sum;
          break;
        }
        case Do::raise_out:
          if (const NodeRef v = to_way(here, a); v.index != no_index) as<Raise>(bound)(v, scramble(a, here.id()) | 1);
          break;
        case Do::drop_out:
          if (const NodeRef v = to_way(here, a); v.index != no_index) as<Deposit>(bound)(v, static_cast<std::int64_t>(a & 0xffff));
          break;
        case Do::step:
          if (const NodeRef v = to_way(here, a); v.index != no_index || program.careless) as<StepTo>(bound)(here, v);
          break;
        case Do::claim:
          if (!claimed || program.careless) as<ClaimOne>(bound)(here);
          claimed = true;
          break;
        case Do::die:
          if ((a & 15) == 0) as<Die>(bound)(here);
          break;
        case Do::emit: as<Emit>(bound)(a, here.id()); break;
        case Do::stood: r[o.to % registers] = as<FieldHere<std::uint64_t>>(bound)(here); break;
        case Do::leave: as<LeaveHere<std::uint64_t>>(bound)(here, a); break;
        case Do::spawn:  // few: children have children
          if ((scramble(a, here.id()) & 15) == 0) as<Spawn>(bound)(here, program.number, [](const Newborn&) {});
          break;
        default: COLONY_ASSERT(false, std::string("no operation of agents: ") + name_of(o.what));
      }
    }
  }

 private:
  template <class Here>
  NodeRef to_way(const Here& here, std::uint64_t a) const {
    const int degree = here.degree();
    return degree <= 0 ? NodeRef{no_index} : here.neighbour(static_cast<int>(a % static_cast<std::uint64_t>(degree)));
  }
};

/// Finds what each operation works on; drops those that have nothing to work on and, unless the kernel's manner is to have them, those
/// that are out of place or come second where one may come.
class Binder {
 public:
  Binder(const ValueModel::Items& items, Coverage* coverage) : items_(items), coverage_(coverage) {}

  std::vector<Bound> bind(const KernelValue& kernel, std::uint32_t species) {
    std::vector<Bound> all;
    for (const Operation& operation : kernel.operations) {
      Bound bound{operation};
      wild_ = kernel.manner == Manner::wild;
      careless_ = kernel.manner != Manner::tame;
      const bool in_place = belongs(operation.what, kernel.phase, kernel.on_agents);
      if ((!in_place && !(wild_ && can(operation.what, kernel.on_agents))) || !find(bound, kernel, species)) continue;
      if (coverage_ != nullptr) ++coverage_->bound[static_cast<std::size_t>(operation.what)];
      all.push_back(std::move(bound));
    }
    return all;
  }

 private:
  /// Whether it can be written down in a kernel of nodes or of agents.
  static bool can(Do what, bool on_agents) {
    return what == Do::ways || what == Do::stood || what == Do::leave ? on_agents
                                                                      : (what != Do::sources && what != Do::coins) || !on_agents;
  }
  template <class T>
  static const T* pick(const std::vector<T>& from, std::size_t item) {
    return from.empty() ? nullptr : &from[item % from.size()];
  }
  template <class A, class T>
  static bool with(Bound& bound, const T* item) {
    if (item != nullptr) bound.with = A(*item);
    return item != nullptr;
  }
  /// One of a kind may ask, for `of`.
  bool first(Do what, std::size_t of) {
    if (careless_) return true;
    for (const auto& [kind, item] : taken_)
      if (kind == what && item == of) return false;
    taken_.emplace_back(what, of);
    return true;
  }
  /// A species has one kernel whose agents move or claim.
  bool moves(std::uint32_t species, const KernelValue& kernel) {
    if (careless_) return true;
    for (const auto& [known, mover] : movers_)
      if (known == species) return mover == &kernel;
    movers_.emplace_back(species, &kernel);
    return true;
  }
  std::vector<NodeField<std::uint64_t>> near() const {
    auto all = items_.mixed;
    all.insert(all.end(), items_.committed.begin(), items_.committed.end());
    return all;
  }

  bool find(Bound& bound, const KernelValue& kernel, std::uint32_t species) {
    const Operation& o = bound.operation;
    switch (o.what) {
      case Do::draw:
      case Do::half: bound.with = Draws(Stream::user); return true;
      case Do::element:
        if (kernel.on_agents) return with<ReadArray<std::uint32_t>>(bound, pick(items_.agent_lists, species));
        return with<ReadArray<std::uint32_t>>(bound, pick(items_.lists, o.item));
      case Do::enlist:
        if (kernel.on_agents) return with<WriteArray<std::uint32_t>>(bound, pick(items_.agent_lists, species));
        return with<WriteArray<std::uint32_t>>(bound, pick(items_.lists, o.item));
      case Do::stood: {
        auto all = items_.committed;
        all.insert(all.end(), items_.left.begin(), items_.left.end());
        return with<FieldHere<std::uint64_t>>(bound, pick(all, o.item));
      }
      case Do::leave:  // winners of the second claim, whose stocks are of one
        return (careless_ || (kernel.over == Domain::Kind::winners && kernel.item % 2 == 1)) &&
               with<LeaveHere<std::uint64_t>>(bound, pick(items_.left, o.item));
      case Do::known: return with<Known>(bound, pick(items_.globals, o.item));
      case Do::known_sum: return with<KnownSums>(bound, pick(items_.sums, o.item));
      case Do::known_best: return with<KnownBest>(bound, pick(items_.bests, o.item));
      case Do::count_in: return with<AddTo>(bound, pick(items_.sums, o.item));
      case Do::offer: return with<Offer>(bound, pick(items_.bests, o.item));
      case Do::coins: bound.with = Draws(coin_stream); return true;
      case Do::read:
        if (wild_ && o.item % 3 == 0) return find_anything<Read<std::uint64_t>>(bound, o.number);
        if (kernel.on_agents) return with<Read<std::uint64_t>>(bound, pick(items_.agent_fields[species], o.item));
        if (kernel.phase == Phase::decay) return with<Read<std::uint64_t>>(bound, pick(items_.own, o.item));
        return with<Read<std::uint64_t>>(bound, pick(o.item % 2 == 0 ? items_.mixed : items_.own, o.item / 2));
      case Do::near:
      case Do::sources:
      case Do::ways: {
        const auto all = near();
        return with<Near<std::uint64_t>>(bound, pick(all, o.item));
      }
      case Do::value: return with<Near<std::uint8_t>>(bound, pick(items_.categories, o.item));
      case Do::smell: return with<Near<float>>(bound, pick(items_.signals, o.item));
      case Do::write:
        if (wild_ && o.item % 3 == 0) return find_anything<Write<std::uint64_t>>(bound, o.number);
        if (kernel.on_agents) return with<Write<std::uint64_t>>(bound, pick(items_.agent_fields[species], o.item));
        return with<Write<std::uint64_t>>(
            bound, pick(kernel.phase == Phase::decay && o.item % 2 == 0 ? items_.committed : items_.own, o.item / 2));
      case Do::mixed: return with<Write<std::uint64_t>>(bound, pick(items_.next, o.item));
      case Do::intend: return with<Write<std::uint64_t>>(bound, pick(items_.intents, species));
      case Do::intent: return with<Read<std::uint64_t>>(bound, pick(items_.intents, species));
      case Do::count: return with<Add>(bound, pick(items_.globals, o.item));
      case Do::raise:
      case Do::raise_out: return with<Raise>(bound, pick(items_.maxima, o.item));
      case Do::raised: return with<Raised>(bound, pick(items_.maxima, o.item));
      case Do::drop:
      case Do::drop_out: return with<Deposit>(bound, pick(items_.signals, o.item));
      case Do::mark:
        return !items_.marks.empty() && first(o.what, o.item % items_.marks.size()) && with<Mark>(bound, pick(items_.marks, o.item));
      case Do::become:
        return !items_.categories.empty() && first(o.what, o.item % items_.categories.size()) &&
               with<Become>(bound, pick(items_.categories, o.item));
      case Do::emit: return with<Emit>(bound, pick(items_.events, o.item));
      case Do::spawn:
        if (items_.species.empty() || !first(o.what, reinterpret_cast<std::uintptr_t>(&kernel))) return false;
        bound.with = Spawn(*pick(items_.species, o.item));
        return true;
      case Do::step: return of_species<StepTo>(bound, species) && moves(species, kernel);
      case Do::claim:
        if (items_.species.empty()) return false;
        bound.with = ClaimOne(*pick(items_.claims, o.item), items_.species[species]);
        return moves(species, kernel) && first(o.what, reinterpret_cast<std::uintptr_t>(&kernel));
      case Do::die: return of_species<Die>(bound, species);
      case Do::address:
      case Do::owned_count:
      case Do::ghost_count:
      case Do::block_count:
      case Do::slot_count:
      case Do::concurrent: bound.with = PartItself{}; return true;
      default: return true;
    }
  }

  template <class A>
  bool of_species(Bound& bound, std::uint32_t species) {
    if (items_.species.empty()) return false;
    bound.with = A(items_.species[species]);
    return true;
  }
  /// Any u64 field of nodes or agents.
  template <class A>
  bool find_anything(Bound& bound, std::size_t number) {
    std::vector<A> all;
    for (const auto* fields : {&items_.mixed, &items_.committed, &items_.own})
      for (const NodeField<std::uint64_t> field : *fields) all.push_back(A(field));
    for (const NextField<std::uint64_t> field : items_.next) all.push_back(A(field));
    for (const auto& fields : items_.agent_fields)
      for (const AgentField<std::uint64_t> field : fields) all.push_back(A(field));
    for (const AgentField<std::uint64_t> field : items_.intents) all.push_back(A(field));
    if (all.empty()) return false;
    bound.with = all[number % all.size()];
    return true;
  }

  const ValueModel::Items& items_;
  bool wild_ = false, careless_ = false;  ///< the kernel that is bound
  Coverage* coverage_;
  std::vector<std::pair<Do, std::size_t>> taken_;
  std::vector<std::pair<std::uint32_t, const KernelValue*>> movers_;
};

bool holds(const Program& program, std::initializer_list<Do> any) {
  return std::any_of(program.operations.begin(), program.operations.end(),
                     [&](const Bound& bound) { return std::find(any.begin(), any.end(), bound.operation.what) != any.end(); });
}

/// The kernel's domain, or all where what it names is not there or, unless the kernel is wild, out of place.
Domain domain_of(const KernelValue& kernel, const ValueModel::Items& items) {
  const bool wild = kernel.manner == Manner::wild;
  const auto one_of = [&](const auto& all) { return all[kernel.item % all.size()]; };
  switch (kernel.over) {
    case Domain::Kind::category_value:
      if (wild && !items.categories.empty()) return Schema::nodes_in(one_of(items.categories), kernel.value);
      if (!kernel.on_agents && !items.categories.empty()) return Schema::nodes_in(one_of(items.categories), kernel.value % values);
      break;
    case Domain::Kind::marked:
      if ((wild || (!kernel.on_agents && kernel.phase == Phase::act)) && !items.marks.empty()) return Schema::marked(one_of(items.marks));
      break;
    case Domain::Kind::touched:
      if ((wild || (!kernel.on_agents && kernel.phase == Phase::decay)) && !items.maxima.empty())
        return Schema::touched(one_of(items.maxima));
      break;
    case Domain::Kind::winners:
      if (wild || (kernel.on_agents && kernel.phase == Phase::advance)) return Schema::winners(one_of(items.claims));
      break;
    default: break;
  }
  return {};
}

}  // namespace

void ValueModel::setup(const Job& job) { lattice_ = job.graph.source == GraphSpec::Source::lattice; }

void ValueModel::declare(Schema& s) {
  s.layer("places");
  s.push_rows();
  s.pull_rows();
  Items items;
  const auto name = [](const char* kind, int number) { return std::string(kind) + " " + std::to_string(number); };
  const auto field = [&](const char* kind, int number) { return s.field<std::uint64_t>(name(kind, number)); };
  for (int i = 0; i < value_.mixed; ++i) {
    items.mixed.push_back(field("mixed", i));
    items.next.push_back(s.next(items.mixed.back()));
  }
  for (int i = 0; i < value_.committed; ++i) items.committed.push_back(field("committed", i));
  for (int i = 0; i < value_.own; ++i) items.own.push_back(field("own", i));
  for (int i = 0; i < value_.categories; ++i) items.categories.push_back(s.category(name("category", i), {"low", "middle", "high"}));
  for (int i = 0; i < value_.signals; ++i)
    items.signals.push_back(s.signal(name("signal", i), {.evaporation = 0.1 * i, .diffusion = lattice_ && value_.diffuses ? 0.3 : 0}));
  for (int i = 0; i < value_.maxima; ++i) items.maxima.push_back(s.maximum());
  for (int i = 0; i < value_.marks; ++i) items.marks.push_back(s.mark());
  for (int i = 0; i < value_.globals; ++i) items.globals.push_back(s.global(name("global", i), i % 2 == 0));
  items.events.push_back(s.events("happened"));
  stock_ = s.field<std::uint32_t>("stock");
  items.claims.push_back(s.claim("stock", stock_));
  seats_ = s.field<std::uint32_t>("seats");
  items.claims.push_back(s.claim("seat", seats_));
  items.left.push_back(s.field<std::uint64_t>("left"));
  items.lists.push_back(s.array<std::uint32_t>("list", list_width));
  items.sums.push_back(s.sums("sums", list_width));
  items.bests.push_back(s.best("best", 1, false));
  items.bests.push_back(s.best("best ever", 1, true));
  for (int i = 0; i < value_.species; ++i) {
    const std::uint32_t species = s.agents(name("species", i));
    items.species.push_back(species);
    items.agent_fields.push_back({s.agent_field<std::uint64_t>(species, "first"), s.agent_field<std::uint64_t>(species, "second")});
    items.intents.push_back(s.intent<std::uint64_t>(species, "intent"));
    items.agent_lists.push_back(s.agent_array<std::uint32_t>(species, "list", list_width));
  }

  // Each tick writes the next value of every node; what the kernels write comes on top.
  for (std::size_t i = 0; i < items.mixed.size(); ++i) {
    const Operation copy{.what = Do::near}, keep{.what = Do::mixed};
    s.sense(NodeProgram{{{{copy, Near<std::uint64_t>(items.mixed[i])}, {keep, Write<std::uint64_t>(items.next[i])}}}});
  }

  Binder binder(items, coverage_);
  std::uint32_t number = 0;
  std::vector<std::function<void()>> moving;  // a kernel that runs after its agents have moved may find them on a ghost
  for (const KernelValue& kernel : value_.kernels) {
    if (kernel.on_agents && items.species.empty()) continue;
    const std::uint32_t species = kernel.on_agents ? static_cast<std::uint32_t>(kernel.species % items.species.size()) : 0;
    Program program{binder.bind(kernel, species), number++, kernel.manner != Manner::tame};
    KernelOptions options{.over = domain_of(kernel, items)};
    // An intent is no state: one that is read in a tick is written in it.
    const bool intends = holds(program, {Do::intend});
    if (kernel.every > 1 && !intends) options.in = [every = kernel.every](std::uint64_t tick) { return tick % every == 0; };
    if (!kernel.on_agents) {
      const NodeProgram nodes{std::move(program)};
      if (kernel.phase == Phase::sense) s.sense(nodes, std::move(options));
      else if (kernel.phase == Phase::act) s.act(nodes, std::move(options));
      else s.decay(nodes, std::move(options));
      continue;
    }
    const AgentProgram agents{std::move(program)};
    const std::uint32_t of = items.species[species];
    if (kernel.phase == Phase::sense) s.sense_agents(of, agents, std::move(options));
    else if (kernel.phase == Phase::advance) s.advance_agents(of, agents, std::move(options));
    else if (kernel.manner == Manner::tame && holds(agents.program, {Do::step}))
      moving.push_back([&s, of, agents, options] { s.act_agents(of, agents, options); });
    else s.act_agents(of, agents, std::move(options));
  }
  for (const auto& declare : moving) declare();

  for (std::size_t i = 0; i < items.globals.size(); ++i) s.observe(name("global", static_cast<int>(i)), items.globals[i]);
  for (std::size_t i = 0; i < items.categories.size(); ++i)
    s.observe_count(name("high of category", static_cast<int>(i)), items.categories[i], values - 1);
  for (std::size_t i = 0; i < items.signals.size(); ++i) s.observe_sum(name("signal", static_cast<int>(i)), items.signals[i]);
  for (std::size_t i = 0; i < items.species.size(); ++i) s.observe_agents(name("species", static_cast<int>(i)), items.species[i]);
  s.observe_sum("stock", stock_);
  s.observe_sum("seats", seats_);
  for (std::uint32_t k = 0; k < list_width; ++k) s.observe(name("sum", static_cast<int>(k)), items.sums.front(), k);
  for (std::size_t i = 0; i < items.bests.size(); ++i) s.observe(name("best", static_cast<int>(i)), items.bests[i]);

  fields_ = items.mixed;
  fields_.insert(fields_.end(), items.committed.begin(), items.committed.end());
  fields_.insert(fields_.end(), items.own.begin(), items.own.end());
  categories_ = items.categories;
  species_ = items.species;
  agent_fields_.clear();
  for (const auto& of_species : items.agent_fields) agent_fields_.insert(agent_fields_.end(), of_species.begin(), of_species.end());
}

void ValueModel::check(const Graph& graph) const {
  homes_.clear();
  for (std::uint64_t rank = 0; rank < graph.node_count; ++rank) homes_.push_back(graph.id_of(rank));
}

void ValueModel::populate(Seeder& seeder) const {
  const RandomKey key = seeder.key(Stream::populate);
  seeder.nodes([&](std::uint64_t id, LocalIndex i) {
    const Random4 draw = draw_entity(key, id);
    for (std::size_t f = 0; f < fields_.size(); ++f) seeder.set(fields_[f], i, scramble(low_word(draw), f));
    for (std::size_t c = 0; c < categories_.size(); ++c) seeder.set(categories_[c], i, static_cast<std::uint8_t>((draw[2] >> c) % values));
    seeder.set(stock_, i, draw[3] % 3);
    seeder.set(seats_, i, draw[3] >> 31);
  });
  const std::uint64_t count = seeder.job().population;
  const auto home = [&](std::uint64_t id) { return homes_[low_word(draw_entity(key, id, 1)) % homes_.size()]; };
  for (std::size_t k = 0; k < species_.size(); ++k)
    seeder.agents(species_[k], count / (k + 1), home,
                  [&](std::uint64_t id, std::size_t slot) { seeder.set(agent_fields_[2 * k], slot, scramble(id, k)); });
}

}  // namespace colony::testing
