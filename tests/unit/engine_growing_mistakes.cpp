// Mistakes on layers that grow, which only data shows: each is told as the modeller's, in any shape.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "engine/content.hpp"
#include "engine/kernels/growing_agents.hpp"
#include "engine/effects/emission.hpp"
#include "engine/effects/link.hpp"
#include "engine/effects/relation.hpp"
#include "tests/unit/engine_sketches.hpp"

namespace colony::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* names[] = {"ant", "bee", "cow", "dog"};

/// Words, of which the first tick makes four, and the tales that they may refer to.
struct Shelf {
  GrowingLayer words, tales;
  GrowingField size;
};

/// Act, at the first four nodes.
struct Say {
  EmitNode words;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() < std::size(names)) words(content_of(names[here.id()]), 1);
  }
};

Case with_shelf(const std::function<void(Schema&, const Shelf&)>& declare) {
  return case_of([=](Schema& s) -> Populate {
    const GrowingLayer words = s.growing("words"), tales = s.growing("tales");
    s.relation(words, tales);
    s.act(Say{words}, {.in = first_tick});
    declare(s, {words, tales, s.growing_field(words, "size")});
    return nothing_more;
  });
}

void expect(const std::function<void(Schema&, const Shelf&)>& declare, const ::testing::Matcher<std::string>& words) {
  expect_told(with_shelf(declare), words);
}

/// Act, over the words: "dog" sets its field twice.
struct SetTwice {
  GrowingSet size;
  std::uint64_t first, second;
  void operator()(const GrowingHere& here) const {
    if (here.id() != content_of("dog").id) return;
    size(here, first);
    size(here, second);
  }
};

TEST(GrowingMistakes, AFieldIsSetToOneValueATick) {
  expect([](Schema& s, const Shelf& shelf) { s.act_growing(shelf.words, SetTwice{shelf.size, 3, 3}); }, "nothing");
  for (const auto& [first, second] : {std::pair{3u, 5u}, std::pair{5u, 3u}})
    expect(
        [a = first, b = second](Schema& s, const Shelf& shelf) {
          s.act_growing(shelf.words, SetTwice{shelf.size, a, b});
        },
        AllOf(StartsWith("your model: tick 1: \"size\" of the node "), HasSubstr(" of \"words\" is set to 3 and to 5")));
  // Two kernels.
  expect(
      [](Schema& s, const Shelf& shelf) {
        for (const std::uint64_t value : {3, 4}) s.act_growing(shelf.words, SetTwice{shelf.size, value, value});
      },
      HasSubstr("is set to 3 and to 4"));
}

/// Act, over the words: at "dog" a word refers to a tale.
struct Refer {
  Relate words;
  const char* from;
  void operator()(const GrowingHere& here) const {
    if (here.id() == content_of("dog").id) words(here, content_of(from).id, content_of("a tale").id, 1);
  }
};

TEST(GrowingMistakes, WhatRelatesIsThere) {
  const auto referring = [](const char* from) {
    return [=](Schema& s, const Shelf& shelf) { s.act_growing(shelf.words, Refer{shelf.words, from}); };
  };
  expect(referring("dog"), "nothing");
  for (const char* from : {"unicorn", "cat"})  // "cat" is there, and another node than the kernel's
    expect(referring(from),
         AllOf(StartsWith("your model: "), HasSubstr("a kernel has Relate of the node "), HasSubstr("of \"words\", which is not there")));
}

/// Act, at one node.
struct LinkSome {
  LinkGroup link;
  std::uint32_t size;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) link(size, [](std::uint32_t i) { return GroupMember{content_of(names[i % std::size(names)]).id, 1}; });
  }
};

/// Links of words that were there the tick before.
std::function<void(Schema&, const Shelf&)> linking(std::uint32_t size, const LinkDecay& decay) {
  return [=](Schema& s, const Shelf& shelf) {
    s.links(shelf.words, {}, decay);
    s.act(LinkSome{shelf.words, size}, {.in = [](std::uint64_t tick) { return tick == 1; }});
  };
}

TEST(GrowingMistakes, AGroupHasALargestSize) {
  const LinkDecay none = [](std::span<Link>, std::uint32_t) {};
  expect(linking(std::size(names), none), "nothing");
  expect(linking(most_group + 1, none),
         AllOf(StartsWith("your model: "), HasSubstr("LinkSome of Act in tick 1: LinkGroup: a group of nodes to be linked is too large")));
}

TEST(GrowingMistakes, ADecayOfLinksThatThrowsIsToldAsTheModels) {
  const auto throwing = [](const std::function<void()>& raise) {
    return linking(std::size(names), [=](std::span<Link> links, std::uint32_t tick) {
      if (tick == 2 && !links.empty()) raise();
    });
  };
  expect(throwing([] { throw std::out_of_range("no such price"); }),
         "your model: the decay of links of \"words\" in tick 2: no such price");
  expect(throwing([] { throw 5; }), HasSubstr("of \"words\" in tick 2 threw something that is not a std::exception"));
  expect(throwing([] { throw StateError("on purpose"); }), "the state: on purpose");
}

/// Act, at one node: a walker is born where a word is.
struct BearWalker {
  SpawnNamed spawn;
  template <class Here>
  void operator()(const Here& here) const {
    if (here.id() == 7) spawn(content_of("cow").id, here.id(), 0, [](const Newborn&) {});
  }
};
/// Act, of walkers.
struct WalkNowhere {
  StepAlong step;
  bool lost;
  void operator()(const GrowingAgentHere& here) const { step(here, lost ? NodeRef{no_index} : NodeRef(here.node)); }
};

TEST(GrowingMistakes, AStepAlongLeadsToANode) {
  const auto walking = [](bool lost) {
    return [=](Schema& s, const Shelf& shelf) {
      const GrowingSpecies walkers = s.growing_agents("walker", shelf.words);
      s.act(BearWalker{SpawnNamed(walkers)}, {.in = first_tick});
      s.act_agents(walkers, WalkNowhere{StepAlong(walkers), lost});
    };
  };
  expect(walking(false), "nothing");
  expect(walking(true), AllOf(StartsWith("your model: "), HasSubstr("WalkNowhere of Act in tick 1: "),
                              HasSubstr("is the agent whose StepAlong leads nowhere")));
}

}  // namespace
}  // namespace colony::testing
