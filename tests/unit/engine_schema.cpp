// What Schema::finish settles, and the names that a declaration gives. The rules of phases: engine_phase_rules.cpp.
#include <gmock/gmock.h>

#include <functional>

#include "engine/model/model.hpp"
#include "models/streams.hpp"

namespace colony {
namespace {

using ::testing::HasSubstr;

struct ReadNear {
  Near<std::uint32_t> field;
  template <class Here>
  void operator()(const Here&) const {}
};
struct WriteOwn {
  Write<std::uint32_t> field;
  template <class Here>
  void operator()(const Here&) const {}
};
struct ReturnNext {
  Next<std::uint32_t> field;
  template <class Here>
  std::uint32_t operator()(const Here&) const {
    return 0;
  }
};
struct ReadNearCategory {
  Near<std::uint8_t> field;
  template <class Here>
  void operator()(const Here&) const {}
};
struct Toss {
  Draws first;
  Draws second;
  template <class Here>
  void operator()(const Here&) const {}
};
struct Decide {
  Cause cause;
  template <class Here>
  void operator()(const Here&) const {}
};

const Job job;

/// What a declaration is told.
std::string told(const std::function<void(Schema&)>& declare) {
  try {
    Schema s(job);
    declare(s);
    s.finish();
  } catch (const ModelError& error) {
    EXPECT_EQ(error.status(), ExitStatus::usage);
    return error.what();
  }
  return "nothing";
}

TEST(Schema, NamesAreGivenOnce) {
  const struct {
    std::function<void(Schema&)> declare;
    const char* told;
  } cases[] = {
      {[](Schema& s) { s.field<float>("heat"), s.field<double>("heat"); }, "your model: the field \"heat\" is declared twice"},
      {[](Schema& s) { s.field<float>("heat"), s.constant<float>("heat"); }, "the field \"heat\" is declared twice"},
      {[](Schema& s) { s.array<float>("heat", 3), s.trace("heat", 4); }, "the field \"heat\" is declared twice"},
      {[](Schema& s) {
         s.signal("heat", {}), s.category("heat", {"low", "high"});
       },
       "the field \"heat\" is declared twice"},
      {[](Schema& s) {
         const auto heat = s.field<float>("heat");
         s.next(heat), s.next(heat);
       },
       "the field \"heat'\" is declared twice"},
      {[](Schema& s) {
         const auto ants = s.agents("ant");
         s.agent_field<float>(ants, "load"), s.intent<float>(ants, "load");
       },
       "of \"ant\" the field \"load\" is declared twice"},
      {[](Schema& s) { s.agents("ant"), s.agents("ant"); }, "the species \"ant\" is declared twice"},
      {[](Schema& s) { s.agents("ant"), s.growing_agents("ant", s.growing("words")); }, "the species \"ant\" is declared twice"},
      {[](Schema& s) { s.growing("words"), s.growing("words", Schema::Anchored::yes); }, "the layer \"words\" is declared twice"},
      {[](Schema& s) { s.global("sum", false), s.global("sum", true); }, "the global \"sum\" is declared twice"},
      {[](Schema& s) { s.sums("sum", 3), s.best("sum", 1, false); }, "the global \"sum\" is declared twice"},
      {[](Schema& s) {
         const GlobalSum sum = s.global("sum", false);
         s.observe("sum", sum), s.observe("sum", sum);
       },
       "the observable \"sum\" is declared twice"},
      {[](Schema& s) { s.observe_agents("sum", s.agents("ant")), s.observe_sum("sum", s.field<float>("heat")); },
       "the observable \"sum\" is declared twice"},
      {[](Schema& s) { s.events("birth"), s.events("birth", Schema::Caused::no); }, "the kind of event \"birth\" is declared twice"},
  };
  for (const auto& [declare, words] : cases) EXPECT_THAT(told(declare), HasSubstr(words));
}

TEST(Schema, OneNameMayStandForDifferentThings) {
  EXPECT_EQ(told([](Schema& s) {
              const auto heat = s.field<std::uint32_t>("heat");
              for (const char* name : {"ant", "bee"}) s.agent_field<float>(s.agents(name), "heat");
              s.growing_field(s.growing("heat"), "heat");
              s.observe("heat", s.global("heat", false));
              s.events("heat");
              s.observe_sum("heat of nodes", heat);
            }),
            "nothing");
}

TEST(Schema, TakesTheSameThroughANextField) {
  Schema s(job);
  const auto field = s.field<std::uint32_t>("heat");
  const auto next = s.next(field);
  s.sense(ReadNear{field});
  s.sense(ReturnNext{next});
  s.finish();
  EXPECT_EQ(s.layer().columns[field.column].refresh, Refresh::dense);
  EXPECT_EQ(s.layer().columns[next.column].refresh, Refresh::dense) << "the two swap, so both have room for ghosts";
}

TEST(Schema, GhostsAreKeptOnlyOfWhatIsReadNear) {
  Schema s(job);
  const auto near = s.field<std::uint32_t>("near"), own = s.field<std::uint32_t>("own");
  const Category state = s.category("state", {"a", "b"});
  s.sense(ReadNear{near});
  s.act(ReadNearCategory{state});
  s.decay(WriteOwn{own});
  s.finish();
  EXPECT_EQ(s.layer().columns[near.column].refresh, Refresh::dense);
  EXPECT_EQ(s.layer().columns[own.column].refresh, Refresh::never);
  EXPECT_EQ(s.layer().columns[state.column].refresh, Refresh::listed);
}

/// Claims list what they change; a Write does not.
TEST(Schema, AStockIsRefreshedByListUntilAKernelWritesIt) {
  for (const bool written : {false, true}) {
    Schema s(job);
    const auto stock = s.field<std::uint32_t>("stock");
    s.claim("unit", stock);
    s.sense(ReadNear{stock});
    if (written) s.decay(WriteOwn{stock});
    s.finish();
    EXPECT_EQ(s.layer().columns[stock.column].refresh, written ? Refresh::dense : Refresh::listed);
  }
}

TEST(Schema, ListsEachStreamOnce) {
  Schema s(job);
  s.sense(Toss{streams::infection, streams::recovery});
  s.act(Toss{streams::recovery, streams::infection});
  s.decay(Decide{streams::infector});
  EXPECT_THAT(s.streams(), ::testing::ElementsAre(Stream::claim, streams::infection, streams::recovery, streams::infector,
                                                  edges_of(streams::infection), edges_of(streams::recovery)))
      << "the coins of edges have streams of their own, behind those of entities";
}

TEST(Schema, HashNamesWhatIsSaved) {
  const auto hash_of = [](const std::function<void(Schema&)>& declare) {
    Schema s(job);
    s.layer("places");
    declare(s);
    return s.hash();
  };
  const std::string base = hash_of([](Schema& s) { s.field<float>("a"); });
  EXPECT_EQ(base, hash_of([](Schema& s) { s.field<float>("a"); }));
  EXPECT_EQ(base, hash_of([](Schema& s) {
              const auto a = s.field<float>("a");
              s.next(a);
              s.constant<std::uint32_t>("height");
              s.global("of a tick", false);
            }))
      << "buffers, constants and per-tick sums are not saved";
  EXPECT_NE(base, hash_of([](Schema& s) { s.field<double>("a"); }));
  EXPECT_NE(base, hash_of([](Schema& s) { s.field<float>("b"); }));
  EXPECT_NE(base, hash_of([](Schema& s) {
              s.field<float>("a");
              s.agents("ant");
            }));
  EXPECT_NE(base, hash_of([](Schema& s) {
              s.field<float>("a");
              s.global("lasting", true);
            }));
}

}  // namespace
}  // namespace colony
