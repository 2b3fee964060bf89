// Synthesizers walk along the links of the concepts. One that stands on the middle of a cluster which is active enough marks it, and the
// concept makes an insight of itself: a node of its name in a layer of its own, that keeps the members of the cluster.
#pragma once

#include <cstdint>

#include "engine/effects/emission.hpp"
#include "engine/effects/link.hpp"
#include "engine/effects/relation.hpp"
#include "engine/math.hpp"
#include "engine/model/schema.hpp"
#include "models/knowledge/look_around.hpp"

namespace colony {

/// What a concept knows of its insight.
enum : std::uint64_t { no_insight, insight_marked, insight_told };

/// Sense: a link, drawn by weight: the least of exponential waiting times, one a link, whose rates are the weights.
struct ChooseLink {
  Write<std::uint32_t> next;
  Draws draws;
  void operator()(const GrowingAgentHere& here) const {
    double least = 0;
    std::uint64_t least_id = 0;
    std::uint32_t chosen = no_index;
    here.for_each_link([&](NodeRef v, const Link& link) {
      const std::uint64_t id = here.id(v);
      const double u = uniform_f64(high_word(draws.edge(here.id(), id))), rate = static_cast<double>(link.weight);
      if (chosen != no_index && u > least * rate) return;  // -log(1 - u) is not below u
      const double time = -log64(1 - u) / rate;
      if (chosen != no_index && (time > least || (time == least && id > least_id))) return;
      least = time;
      least_id = id;
      chosen = static_cast<std::uint32_t>(v.index);
    });
    next(here) = chosen;
  }
};

/// Act: mark what one stands on, go on.
struct Synthesize {
  Read<std::uint32_t> next;
  Write<std::uint32_t> found;
  GrowingNear cluster, insight;
  GrowingSense activity;
  GrowingSet mark;
  StepAlong step;
  Number quorum;  ///< in 2^-20

  void operator()(const GrowingAgentHere& here) const {
    if (cluster(here.node) != 0 && insight(here.node) == no_insight && activity(here.node) >= static_cast<std::uint64_t>(quorum.whole())) {
      mark(here.node, insight_marked);
      ++found(here);
    }
    if (next(here) != no_index) step(here, NodeRef{next(here)});
  }
};

/// Act, over the concepts: one that was marked makes its insight. Members: those to whom a strong link leads, with a thousand times its
/// weight.
struct TellInsight {
  GrowingNear insight;
  GrowingSet told;
  EmitNode insights;
  Relate members;

  void operator()(const GrowingHere& here) const {
    if (insight(here) != insight_marked) return;
    std::uint32_t count = 0;
    here.for_each_link([&](NodeRef v, const Link& link) {
      if (link.weight < LookAround::strong) return;
      members(here, here.id(), here.id(v), static_cast<std::uint32_t>(link.weight * 1000));
      ++count;
    });
    insights.namesake(here, count);
    told(here, insight_told);
  }
};

}  // namespace colony
