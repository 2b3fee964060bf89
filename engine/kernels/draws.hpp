// The accessor of keyed randomness: draws of an entity, coins of a directed edge, and coins of a whole row at once.
#pragma once

#include <cstdint>

#include "engine/random/keyed_order.hpp"
#include "engine/random/random_batch.hpp"
#include "engine/state/binding.hpp"

namespace colony {

/// Draws of a stream, keyed by this tick.
struct Draws {
  Stream stream;
  RandomKey key{}, edge_key{};
  bool half_of_zero = false;
  Draws(Stream s) : stream(s) {}
  void note(AccessNotes& n) const { n.streams.insert(n.streams.end(), {stream, edges_of(stream)}); }
  template <class B>
  void bind(const B& b) {
    key = b.key(stream);
    edge_key = b.key(edges_of(stream));
    half_of_zero = philox(key, 0, 0, 0, ~0u)[0] >> 31 != 0;
  }
  template <class Here>
  COLONY_HD Random4 operator()(const Here& here, std::uint64_t draw = 0) const {
    return draw_entity(key, here.id(), draw);
  }
  /// True with probability 1/2, drawn anew in each tick, and independently for any two entities. Cheaper than a draw.
  template <class Here>
  COLONY_HD bool in_half(const Here& here) const {
    return (__builtin_parityll(here.id() & (std::uint64_t{key.k1} << 32 | key.k0)) != 0) != half_of_zero;
  }
  COLONY_HD Random4 edge(std::uint64_t source, std::uint64_t target) const { return draw_edge(edge_key, source, target); }

  /// Whether a coin of the edge falls heads; `word` is its first, edge(source, target)[0], which seldom leaves the question open.
  COLONY_HD bool heads(Probability probability, std::uint32_t word, std::uint64_t source, std::uint64_t target) const {
    return word != probability.threshold ? word < probability.threshold : probability.heads(edge(source, target));
  }

  /// act(v) for each target v of this node that wanted(v) and whose coin, edge(here, v), is heads. Tosses several coins at once.
  template <class Here, class Wanted, class Action>
  COLONY_HD void heads_among_targets(const Here& here, Probability probability, const Wanted& wanted, const Action& act) const {
    toss_each<Way::to_target, typename Here::Target>(
        here, probability, [&](const auto& f) { here.for_each_target(f); }, wanted, act);
  }

  /// act(u) for each source u of this node that is wanted(u) and whose coin, edge(u, here), is heads. Tosses several coins at once.
  template <class Here, class Wanted, class Action>
  COLONY_HD void heads_among_sources(const Here& here, Probability probability, const Wanted& wanted, const Action& act) const {
    toss_each<Way::from_source, typename Here::Source>(
        here, probability, [&](const auto& f) { here.for_each_source(f); }, wanted, act);
  }

  /// Whether there is a source u of this node that is wanted(u) and whose coin, edge(u, here), is heads.
  template <class Here, class Wanted>
  COLONY_HD bool any_head_among_sources(const Here& here, Probability probability, const Wanted& wanted) const {
    // The bare loop is the fastest where few are wanted; the other tosses several coins at once.
    return here.any_source(wanted) && search_sources(here, probability, wanted);
  }

 private:
  enum class Way : bool { to_target, from_source };

  template <Way way, class Node, class Here, class Walk, class Wanted, class Action>
  COLONY_HD void toss_each(const Here& here, Probability probability, const Walk& walk, const Wanted& wanted, const Action& act) const {
    Node waiting[edge_batch];
    std::uint64_t ids[edge_batch] = {}, own[edge_batch];
    std::uint32_t words[edge_batch];
    for (std::uint64_t& id : own) id = here.id();
    const std::uint64_t *sources = way == Way::to_target ? own : ids, *targets = way == Way::to_target ? ids : own;
    int count = 0;
    const auto toss = [&] {
      draw_edges(edge_key, sources, targets, words);
      for (int i = 0; i < count; ++i)
        if (heads(probability, words[i], sources[i], targets[i])) act(waiting[i]);
      count = 0;
    };
    walk([&](const Node& v) {
      if (!wanted(v)) return;
      ids[count] = here.id(v);
      waiting[count] = v;
      if (++count == edge_batch) toss();
    });
    if (count != 0) toss();
  }

  template <class Here, class Wanted>
  [[gnu::noinline]] COLONY_HD bool search_sources(const Here& here, Probability probability, const Wanted& wanted) const {
    typename Here::Source waiting[edge_batch];
    std::uint64_t ids[edge_batch], own[edge_batch];
    std::uint32_t words[edge_batch];
    for (std::uint64_t& id : own) id = here.id();
    int count = 0;
    const auto toss = [&] {
      for (int i = 0; i < edge_batch; ++i) ids[i] = here.id(waiting[i < count ? i : 0]);
      draw_edges(edge_key, ids, own, words);
      bool found = false;
      for (int i = 0; i < count; ++i) found = heads(probability, words[i], ids[i], own[i]) || found;
      count = 0;
      return found;
    };
    const bool found = here.any_source([&](typename Here::Source u) {
      waiting[count] = u;
      count += wanted(u) ? 1 : 0;
      return count == edge_batch && toss();
    });
    return found || (count != 0 && toss());
  }
};

/// Which one of those who did something to a node in a tick is named as its cause: one of them, each with equal chances. They are gathered
/// by a `max` of their places in an order that is the node's own in this tick; when no events are wanted, any number above 0 will do.
struct Cause {
  Stream stream;
  RandomKey key{};
  bool asked = false;  ///< the job wants events
  Cause(Stream s) : stream(s) {}
  void note(AccessNotes& n) const { n.streams.push_back(stream); }
  template <class B>
  void bind(const B& b) {
    key = b.key(stream);
    asked = b.events_wanted();
  }
  COLONY_HD KeyedOrder order(std::uint64_t node) const { return KeyedOrder(draw_entity(key, node)); }
};

}  // namespace colony
