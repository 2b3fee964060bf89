// What a shard and a host refuse: frames of a peer that do not fit, and checkpoints that are not of this colony.
#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "engine/effects/trace.hpp"
#include "engine/error.hpp"
#include "shard/shard.hpp"
#include "tests/support/bazaar.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"

namespace colony::testing {
namespace {

using ::testing::HasSubstr;

/// Delivers what a test put in place of one round's frames.
class Forger final : public Transport {
 public:
  Frame& open(ShardId from, ShardId to, std::uint32_t round) override { return inner_.open(from, to, round); }
  void send(ShardId from, ShardId to, std::uint32_t round) override { inner_.send(from, to, round); }
  const Frame& receive(ShardId from, ShardId to, std::uint32_t round) override {
    return round == forged_round ? forged : inner_.receive(from, to, round);
  }
  Frame forged;
  std::uint32_t forged_round = 0;

 private:
  InprocTransport inner_{2, false};
};

/// A complete layer with a trace, and nothing else.
class Wires final : public Model {
 public:
  static constexpr std::uint32_t nodes = 96;
  std::string summary() const override { return "for tests"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  void declare(Schema& schema) override {
    schema.layer("ends");
    schema.trace("wear", nodes);
  }
  void populate(Seeder&) const override {}
};

/// Two shards of a colony, one tick of which is done by hand.
class Pair {
 public:
  explicit Pair(std::unique_ptr<Model> model = std::make_unique<Bazaar>(0.25), const GraphMaker& make_graph = lattice(12, 8))
      : model_(std::move(model)) {
    job_.population = 40;
    Graph graph = make_graph(executor_);
    job_.graph.source = GraphSpec::Source::lattice;
    job_.graph.lattice = graph.lattice;
    model_->setup(job_);
    model_->declare(schema_);
    schema_.finish();
    const Partition partition = make_partition(graph, "range", 2, 2, 1, executor_);
    Layout layout = make_layout(graph, partition, {0, 1}, ShardChoice::all(2), {true, true}, executor_);
    for (std::uint32_t s = 0; s < 2; ++s) {
      shards_.push_back(std::make_unique<Shard>(ShardId(s), schema_, std::move(layout.shards[s]), transport_, 1));
      shards_[s]->part().touch_memory(executor_);
      rebuild();
    }
    globals_.assign(schema_.slot_count(), 0);
  }
  /// A tick in which shard 0 gets `forged` in place of its peer's frame.
  void tick(std::uint32_t round, const std::function<void(Frame&)>& forge) {
    transport_.forged_round = round;
    forge(transport_.forged);
    std::vector<Event> events;
    for (auto& shard : shards_) shard->sense_and_act(Tick(0), globals_, executor_);
    for (auto& shard : shards_) shard->decay_and_advance(false, executor_, events);
    shards_[0]->refresh_ghosts();
  }
  LocalIndex owned() { return shards_[0]->part().geometry.owned; }
  std::uint16_t column(const std::string& name) const {
    std::uint16_t c = 0;
    while (schema_.layer().columns.at(c).name != name) ++c;
    return c;
  }
  const Schema& schema() const { return schema_; }
  /// The number of the first effect of a verb.
  std::uint16_t effect(const std::string& verb) const {
    std::uint16_t e = 0;
    while (schema_.effects().at(e).verb != verb) ++e;
    return e;
  }
  std::size_t ghosts_of_peer() { return shards_[0]->plan().peers.at(0).ghost_end - shards_[0]->plan().peers.at(0).ghost_begin; }

 private:
  void rebuild() { shards_.back()->finish_load(executor_); }

  Executor executor_{1};
  Job job_;
  std::unique_ptr<Model> model_;
  Schema schema_{job_};
  Forger transport_;
  std::vector<std::unique_ptr<Shard>> shards_;
  Globals globals_;
};

template <class T>
void add(Frame& frame, SectionKind kind, std::uint16_t index, const std::vector<T>& items) {
  std::copy(items.begin(), items.end(), frame.add<T>(kind, index, items.size()));
}

/// A list of an effect.
template <class T>
void tell(Frame& frame, std::uint16_t effect, const std::vector<T>& items) {
  add(frame, SectionKind::effect, effect, items);
}

using U32 = std::vector<std::uint32_t>;
using U64 = std::vector<std::uint64_t>;

TEST(HostileFrame, AnEmptyOneIsFine) {
  Pair pair;
  EXPECT_NO_THROW(pair.tick(1, [](Frame&) {}));
}

TEST(HostileFrame, EffectsForNodesThatAreNotOwned) {
  Pair pair;
  EXPECT_THROW(pair.tick(1,
                         [&](Frame& f) {
                           tell(f, pair.effect("max"), U32{pair.owned()});
                           tell(f, pair.effect("max"), U64{5});
                         }),
               FrameError);
  Pair other;
  EXPECT_THROW(other.tick(1,
                          [&](Frame& f) {
                            tell(f, other.effect("deposit"), U32{no_index});
                            tell(f, other.effect("deposit"), std::vector<std::int64_t>{5});
                          }),
               FrameError);
}

TEST(HostileFrame, EffectsWithoutValues) {
  Pair pair;
  EXPECT_THROW(pair.tick(1, [&](Frame& f) { tell(f, pair.effect("max"), U32{1}); }), FrameError);
  Pair other;
  EXPECT_THROW(other.tick(1,
                          [&](Frame& f) {
                            tell(f, other.effect("max"), U32{1, 2});
                            tell(f, other.effect("max"), U64{1});
                          }),
               FrameError);
  Pair third;
  EXPECT_THROW(third.tick(1,
                          [&](Frame& f) {
                            tell(f, third.effect("max"), U64{1});
                            tell(f, third.effect("max"), U64{1});
                          }),
               FrameError)
      << "indices of another width";
}

TEST(HostileFrame, AgentsOfAnotherSchemaOrPlace) {
  for (const bool bad_place : {false, true}) {
    Pair pair;
    EXPECT_THROW(pair.tick(1,
                           [&](Frame& f) {
                             const std::size_t bytes = agent_record_bytes(pair.schema().species()[0]);
                             tell(f, pair.effect("move"), U32{bad_place ? pair.owned() : 0});
                             f.add_bytes(SectionKind::effect, pair.effect("move"), 1, bad_place ? bytes : bytes + 4);
                           }),
                 FrameError);
  }
}

TEST(HostileFrame, TracesOnEdgesThatAreNotOwned) {
  const auto tick_with = [](std::uint16_t trace, const std::vector<TraceDeposit>& deposits) {
    Pair pair(std::make_unique<Wires>(), complete(Wires::nodes));
    pair.tick(1, [&](Frame& f) { tell(f, static_cast<std::uint16_t>(pair.effect("lay") + trace), deposits); });
  };
  EXPECT_NO_THROW(tick_with(0, {{3, Wires::nodes - 1, 5}}));
  EXPECT_THROW(tick_with(0, {{3, 7, 5}, {Wires::nodes, 7, 5}}), FrameError);
  EXPECT_THROW(tick_with(0, {{no_index, 7, 5}}), FrameError);
  EXPECT_THROW(tick_with(0, {{3, Wires::nodes, 5}}), FrameError);
  EXPECT_THROW(tick_with(1, {{3, 7, 5}}), FrameError);
}

TEST(HostileFrame, ClaimsOfAgentsThatDidNotCome) {
  Pair pair;
  EXPECT_THROW(pair.tick(1, [&](Frame& f) { tell(f, pair.effect("claim"), U32{0, 0}); }), FrameError) << "items of another size";
  Pair other;
  EXPECT_THROW(other.tick(1, [&](Frame& f) { tell(f, other.effect("claim"), U64{0}); }), FrameError) << "the first of none";
  Pair third;
  EXPECT_THROW(third.tick(1, [&](Frame& f) { tell(f, third.effect("claim"), U64{std::uint64_t{1} << 40}); }), FrameError)
      << "a species that there is not";
}

TEST(HostileFrame, EffectsThatDoNotTravel) {
  Pair pair;
  EXPECT_THROW(pair.tick(1, [&](Frame& f) { tell(f, pair.effect("die"), U32{0}); }), FrameError);
  Pair other;
  EXPECT_THROW(other.tick(1, [&](Frame& f) { tell(f, 999, U32{0}); }), FrameError);
  Pair third;
  EXPECT_THROW(third.tick(1, [&](Frame& f) { add(f, SectionKind::ghost_dense, 0, U32{0}); }), FrameError) << "no effect";
}

TEST(HostileFrame, GhostsThatAreNoneOfTheSenders) {
  Pair pair;
  EXPECT_THROW(pair.tick(2,
                         [&](Frame& f) {
                           add(f, SectionKind::ghost_index, pair.column("stock"), U32{0});
                           add(f, SectionKind::ghost_value, pair.column("stock"), U32{7});
                         }),
               FrameError)
      << "an own node";
  Pair other;
  EXPECT_THROW(
      other.tick(2, [&](Frame& f) { add(f, SectionKind::ghost_dense, other.column("stock"), U32(other.ghosts_of_peer() + 1, 0)); }),
      FrameError)
      << "more values than ghosts";
  Pair third;
  EXPECT_THROW(third.tick(2, [&](Frame& f) { add(f, SectionKind::ghost_dense, third.column("mood"), U32(third.ghosts_of_peer(), 0)); }),
               FrameError)
      << "values of another width";
}

Case bazaar() {
  return {"", {}, lattice(12, 10), 50, 1, [] { return std::make_unique<Bazaar>(0.25); }};
}

void expect_refused(const std::function<void(Saved&)>& spoil, const std::string& what) {
  Colony colony(bazaar(), {3, 1, "hash", 16});
  colony.run(2);
  Saved saved = colony.save();
  spoil(saved);
  try {
    Colony restored(bazaar(), {2, 1, "range", 16}, saved);
    ADD_FAILURE() << "loaded: " << what;
  } catch (const StorageError& error) {
    EXPECT_THAT(error.what(), HasSubstr(what));
  }
}

TEST(Load, RefusesWhatIsNotThisColony) {
  expect_refused([](Saved& s) { s.images.pop_back(); }, "another number of nodes");
  expect_refused([](Saved& s) { s.images[1].groups.pop_back(); }, "other groups");
  expect_refused([](Saved& s) { s.images[0].groups[0].columns[2].name = "other"; }, "missing or of another type");
  expect_refused([](Saved& s) { s.images[2].groups[0].columns[2].type = ScalarType::i32; }, "missing or of another type");
  expect_refused([](Saved& s) { s.images[0].groups[1].columns.pop_back(); }, "missing or of another type");
}

TEST(Image, HasTheDigestAndBlocksOfItsRows) {
  Colony colony(bazaar(), {3, 1, "hash", 16});
  colony.run(5);
  const Saved saved = colony.save();
  Digest sum;
  std::uint64_t nodes = 0, agents = 0, rows_in_blocks = 0;
  std::set<std::uint32_t> blocks;
  for (const ShardImage& image : saved.images) {
    sum += image.digest;
    nodes += image.groups[0].count;
    agents += image.groups[1].count + image.groups[2].count;
    for (const BlockRows& rows : image.blocks) {
      EXPECT_LE(rows.begin, rows.end);
      EXPECT_LE(rows.end, image.groups[rows.group].count);
      rows_in_blocks += rows.end - rows.begin;
      if (rows.group == 0) {
        EXPECT_TRUE(blocks.insert(rows.block.value).second) << "a block on two shards";
      }
    }
  }
  EXPECT_EQ(sum, colony.host().digest_sum());
  EXPECT_EQ(nodes, 120u);
  EXPECT_EQ(agents, 50u + 12u);
  EXPECT_EQ(rows_in_blocks, nodes + agents);
}

}  // namespace
}  // namespace colony::testing
