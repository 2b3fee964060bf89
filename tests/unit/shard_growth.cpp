// What a shard refuses to take from a peer for a layer that grows.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "engine/content.hpp"
#include "engine/effects/unlink.hpp"
#include "engine/error.hpp"
#include "engine/state/growing_part.hpp"
#include "models/registry.hpp"
#include "shard/shard.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/corpus.hpp"

namespace colony::testing {
namespace {

/// Hands over one forged frame of round 1 or 2 in place of the peer's.
class Forger final : public Transport {
 public:
  Frame& open(ShardId from, ShardId to, std::uint32_t round) override { return inner_.open(from, to, round); }
  void send(ShardId from, ShardId to, std::uint32_t round) override { inner_.send(from, to, round); }
  const Frame& receive(ShardId from, ShardId to, std::uint32_t round) override {
    return forging && round == forged_round && to == ShardId(0) ? forged : inner_.receive(from, to, round);
  }
  Frame forged;
  std::uint32_t forged_round = 0;
  bool forging = false;

 private:
  InprocTransport inner_{2, false};
};

/// A knowledge colony on two shards, driven by hand.
class Readers {
 public:
  Readers() : model_(builtin_models().at("knowledge")()) {
    const Case what{"knowledge", {{"documents", corpus_folder(16, 20, 1)}}, {}, 16};
    job_ = job_of(what, {2, 1, "range", 8}, *model_, {});
    model_->setup(job_);
    model_->declare(schema_);
    schema_.finish();
    Graph graph;
    graph.topology = Topology::lattice;
    graph.lattice = model_->own_graph().lattice;
    graph.node_count = std::uint64_t{graph.lattice.width} * graph.lattice.height;
    const Partition partition = make_partition(graph, "range", 8, 2, 1, executor_);
    const RowNeeds needs{.reach = schema_.layer().reach, .by_id = true, .everyone = true};
    Layout layout = make_layout(graph, partition, {0, 0, 0, 0, 1, 1, 1, 1}, ShardChoice::all(2), needs, executor_);
    for (std::uint32_t s = 0; s < 2; ++s) {
      shards_.push_back(std::make_unique<Shard>(ShardId(s), schema_, std::move(layout.shards[s]), transport_, 1));
      shards_[s]->part().touch_memory(executor_);
      const auto locate = [&layout, s](std::uint64_t id) { return layout.map.shard[id] == s ? layout.map.local[id] : no_index; };
      const auto exists = [&layout](std::uint64_t id) { return id < layout.map.shard.size(); };
      Seeder seeder(shards_[s]->part(), executor_, {}, {locate, exists}, true);
      model_->populate(seeder);
      shards_[s]->finish_load(executor_);
    }
    for (auto& shard : shards_) shard->send_all_ghosts();
    for (auto& shard : shards_) shard->refresh_ghosts(0);
    globals_.assign(schema_.slot_count(), 0);
    tick();
    tick();
    tick();
  }

  void tick() {
    std::vector<Event> events;
    for (auto& shard : shards_) shard->sense_and_act(Tick(tick_), globals_, executor_);
    for (auto& shard : shards_) shard->decay_and_advance(false, executor_, events);
    for (auto& shard : shards_) shard->refresh_ghosts();
    ++tick_;
  }
  /// A tick in which shard 0 is told what `forge` writes.
  void forged_tick(std::uint32_t round, const std::function<void(Frame&)>& forge) {
    transport_.forging = true;
    transport_.forged_round = round;
    transport_.forged.clear();
    forge(transport_.forged);
    tick();
  }
  const Schema& schema() const { return schema_; }
  /// The number of an effect.
  std::uint16_t effect(const std::string& verb, const std::string& name) const {
    std::uint16_t e = 0;
    while (schema_.effects().at(e).verb != verb || schema_.effects()[e].name != name) ++e;
    return e;
  }
  const GrowingPart& concepts() { return shards_[0]->part().growing[0]; }
  /// A label whose concept is shard 0's, or is not.
  std::string label(bool own) {
    for (int i = 0;; ++i) {
      const std::string text = "made-up-" + std::to_string(i);
      if ((content_block(content_of(text).id, 8) < 4) == own) return text;
    }
  }

 private:
  Executor executor_{1};
  Job job_;
  std::unique_ptr<Model> model_;
  Schema schema_{job_};
  Forger transport_;
  std::vector<std::unique_ptr<Shard>> shards_;
  Globals globals_;
  std::uint64_t tick_ = 0;
};

struct EmissionRecord {
  std::uint64_t id, check;
  std::uint32_t amount, label_bytes;
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

void emit(Frame& frame, std::uint16_t effect, const std::string& label, std::uint32_t label_bytes) {
  const Content content = content_of(label);
  tell(frame, effect, std::vector<EmissionRecord>{{content.id, content.check, 1, label_bytes}});
  tell(frame, effect, std::vector<char>(label.begin(), label.end()));
}

std::uint32_t size_of(const std::string& text) { return static_cast<std::uint32_t>(text.size()); }

/// What a half says, seen from its other end.
struct Half {
  float weight;
  std::uint32_t count, origin, first, last, tie, own_wish, other_wish;
  bool operator==(const Half&) const = default;
};

TEST(Growth, TheTwoHalvesOfALinkAgreeAfterEveryTick) {
  const Case what{
      "knowledge", {{"documents", corpus_folder(60, 30, 2)}, {"max_degree", std::int64_t{5}}, {"maturity", std::int64_t{9}}}, {}, 20};
  Colony colony(what, {3, 2, "hash", 32});
  std::size_t most_halves = 0, across = 0;
  for (int tick = 0; tick < 45; ++tick) {
    colony.run(1);
    std::map<std::pair<std::uint64_t, std::uint64_t>, Half> halves;
    for (const auto& shard : colony.host().shards()) {
      const GrowingPart& layer = shard->part().growing[0];
      for (LocalIndex node = 0; node < layer.ids.size(); ++node)
        for (const Link& link : layer.links.row(node)) {
          EXPECT_EQ(layer.owned[node], 1);
          across += layer.owned[link.target] == 0 ? 1 : 0;
          const Half half{link.weight, link.count, link.origin, link.first, link.last, link.tie, link.own_wish, link.other_wish};
          EXPECT_TRUE(halves.emplace(std::pair(layer.ids[node], layer.ids[link.target]), half).second) << "a half that stands twice";
        }
    }
    for (const auto& [ends, half] : halves) {
      const auto other = halves.find({ends.second, ends.first});
      ASSERT_NE(other, halves.end()) << "a link of one end, tick " << tick;
      Half mirrored = other->second;
      std::swap(mirrored.own_wish, mirrored.other_wish);
      ASSERT_EQ(half, mirrored) << "tick " << tick;
    }
    most_halves = std::max(most_halves, halves.size());
  }
  EXPECT_GT(most_halves, 1000u);
  EXPECT_GT(across, 1000u);
}

TEST(HostileGrowth, WhatFitsIsTaken) {
  Readers readers;
  const std::uint64_t before = readers.concepts().owned_count;
  EXPECT_GT(before, 0u);
  const std::string label = readers.label(true);
  readers.forged_tick(1, [&](Frame& f) { emit(f, readers.effect("emit", "concepts"), label, size_of(label)); });
  EXPECT_EQ(readers.concepts().owned_count, before + 1);
  EXPECT_EQ(readers.concepts().label(readers.concepts().names.find(content_of(label).id)), label);
}

TEST(HostileGrowth, EmissionsThatDoNotFit) {
  const auto refused = [](const std::function<void(Frame&, Readers&)>& forge) {
    Readers readers;
    EXPECT_THROW(readers.forged_tick(1, [&](Frame& f) { forge(f, readers); }), FrameError);
  };
  const auto concepts = [](Readers& r) { return r.effect("emit", "concepts"); };
  refused([&](Frame& f, Readers& r) { emit(f, concepts(r), r.label(true), size_of(r.label(true)) + 1); });
  refused([&](Frame& f, Readers& r) { emit(f, concepts(r), r.label(true), ~0u); });
  refused([&](Frame& f, Readers& r) { emit(f, concepts(r), r.label(false), size_of(r.label(false))); });
  refused([](Frame& f, Readers& r) { emit(f, 99, r.label(true), size_of(r.label(true))); });
  refused([&](Frame& f, Readers& r) { tell(f, concepts(r), std::vector<EmissionRecord>{{1, 1, 1, 0}}); });
  refused([&](Frame& f, Readers& r) {  // the documents are anchored: emitted where they live
    emit(f, r.effect("emit", r.schema().growing()[1].name), r.label(true), size_of(r.label(true)));
  });
  refused([](Frame& f, Readers& r) {
    tell(f, r.effect("link", "concepts"), std::vector<std::uint32_t>{3});
    tell(f, r.effect("link", "concepts"), std::vector<GroupMember>{{1, 1}, {2, 1}});
  });
  refused([](Frame& f, Readers& r) { tell(f, r.effect("link", "concepts"), std::vector<std::uint32_t>{1}); });
  refused([](Frame& f, Readers& r) {
    tell(f, r.effect("unlink", "concepts"), std::vector<std::uint64_t>{content_of(r.label(true)).id, content_of(r.label(true)).id});
  });
  refused([](Frame& f, Readers& r) {
    const std::uint64_t theirs = content_of(r.label(false)).id;
    tell(f, r.effect("unlink", "concepts"), std::vector<UnlinkEffect::Pair>{{theirs, theirs}});
  });
}

std::size_t record_bytes(Readers& readers) { return agent_record_bytes(readers.schema().species()[1]); }

void arrive(Frame& f, std::uint16_t effect, std::uint64_t node, std::size_t count, std::size_t bytes) {
  tell(f, effect, std::vector<std::uint64_t>(count, node));
  std::byte* records = f.add_bytes(SectionKind::effect, effect, 1, bytes);
  std::fill(records, records + bytes, std::byte{9});
}

TEST(HostileGrowth, AgentsThatCannotStandThere) {
  const auto refused = [](const std::function<void(Frame&, Readers&)>& forge) {
    Readers readers;
    EXPECT_THROW(readers.forged_tick(1, [&](Frame& f) { forge(f, readers); }), FrameError);
  };
  const auto own = [](Readers& r) { return r.concepts().ids[0]; };
  for (const char* verb : {"move", "spawn"}) {
    const auto synthesizers = [verb](Readers& r) { return r.effect(verb, "synthesizer"); };
    refused([&](Frame& f, Readers& r) { arrive(f, synthesizers(r), content_of(r.label(false)).id, 1, record_bytes(r)); });
    refused([&](Frame& f, Readers& r) { arrive(f, synthesizers(r), own(r), 2, record_bytes(r)); });
    refused([&](Frame& f, Readers& r) { arrive(f, synthesizers(r), own(r), 1, record_bytes(r) + 1); });
    refused([&](Frame& f, Readers& r) {  // digesters walk about the yard
      arrive(f, r.effect(verb, r.schema().species()[0].name), own(r), 1, record_bytes(r));
    });
    refused([&](Frame& f, Readers& r) {  // synthesizers come by name
      tell(f, synthesizers(r), std::vector<LocalIndex>{0});
      f.add_bytes(SectionKind::effect, synthesizers(r), 1, 8);
    });
  }
  refused([&](Frame& f, Readers& r) { arrive(f, 99, own(r), 1, record_bytes(r)); });
  Readers readers;
  const std::uint64_t absent = content_of(readers.label(true)).id;
  EXPECT_THROW(
      readers.forged_tick(1, [&](Frame& f) { arrive(f, readers.effect("move", "synthesizer"), absent, 1, record_bytes(readers)); }),
      ModelError);
}

TEST(HostileGrowth, TwoAgentsOfOneId) {
  Readers readers;
  LocalIndex node = 0;
  while (readers.concepts().owned[node] == 0) ++node;
  const std::uint64_t id = readers.concepts().ids[node];
  readers.forged_tick(1, [&](Frame& f) { arrive(f, readers.effect("move", "synthesizer"), id, 1, record_bytes(readers)); });
  try {
    readers.forged_tick(1, [&](Frame& f) { arrive(f, readers.effect("move", "synthesizer"), id, 1, record_bytes(readers)); });
    FAIL() << "an agent was there twice";
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("\"synthesizer\" have the id 0909090909090909"), std::string::npos) << error.what();
  }
}

TEST(HostileGrowth, TwoLabelsOfOneId) {
  Readers readers;
  const GrowingPart& concepts = readers.concepts();
  LocalIndex known = 0;
  while (concepts.owned[known] == 0) ++known;
  try {
    readers.forged_tick(1, [&](Frame& f) {
      const std::uint16_t effect = readers.effect("emit", "concepts");
      tell(f, effect, std::vector<EmissionRecord>{{concepts.ids[known], concepts.checks[known], 1, 5}});
      tell(f, effect, std::vector<char>{'o', 't', 'h', 'e', 'r'});
    });
    FAIL() << "a collision was taken for the same label";
  } catch (const StateError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("\"other\""), std::string::npos) << what;
    EXPECT_NE(what.find('"' + std::string(concepts.label(known)) + '"'), std::string::npos) << what;
  }
}

TEST(HostileGrowth, WishesAndFieldsOfWhatIsNotThere) {
  const auto refused = [](const std::function<void(Frame&, Readers&)>& forge) {
    Readers readers;
    EXPECT_THROW(readers.forged_tick(2, [&](Frame& f) { forge(f, readers); }), FrameError);
  };
  refused([](Frame& f, Readers&) { add(f, SectionKind::wish, 0, std::vector<RemoteWish>{{1, 2, 1}}); });
  refused([](Frame& f, Readers&) { add(f, SectionKind::wish, 5, std::vector<RemoteWish>{{1, 2, 1}}); });
  refused([](Frame& f, Readers& r) {
    add(f, SectionKind::wish, 0, std::vector<RemoteWish>{{r.concepts().ids[0], r.concepts().ids[0], 1}});
  });
  refused([](Frame& f, Readers& r) { add(f, SectionKind::wish, 0, std::vector<RemoteWish>{{r.concepts().ids[0], 2, 2}}); });
  refused([](Frame& f, Readers&) {
    add(f, SectionKind::growing_id, 0, std::vector<std::uint64_t>{1});
    add(f, SectionKind::growing_value, 0, std::vector<std::uint64_t>{0, 0, 0, 0});
  });
  refused([](Frame& f, Readers& r) {
    LocalIndex elsewhere = 0;
    while (r.concepts().owned[elsewhere] != 0) ++elsewhere;
    add(f, SectionKind::growing_id, 0, std::vector<std::uint64_t>{r.concepts().ids[elsewhere]});
    add(f, SectionKind::growing_value, 0, std::vector<std::uint64_t>{0});
  });
}

}  // namespace
}  // namespace colony::testing
