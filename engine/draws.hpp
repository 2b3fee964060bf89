// The accessor of keyed randomness: draws of an entity, coins of a directed edge, and coins of a whole row at once.
#pragma once

#include <cstdint>

#include "engine/binding.hpp"
#include "engine/keyed_order.hpp"
#include "engine/random_batch.hpp"

namespace colony {

/// Draws of a stream, keyed by this tick.
struct Draws {
  Stream stream;
  RandomKey key{};
  Draws(Stream s) : stream(s) {}
  void note(AccessNotes& n) const { n.streams.push_back(stream); }
  template <class B>
  void bind(const B& b) {
    key = b.key(stream);
  }
  template <class Here>
  COLONY_HD Random4 operator()(const Here& here, std::uint64_t draw = 0) const {
    return draw_entity(key, here.id(), draw);
  }
  /// Whether an entity is in a half of all that is drawn anew in each tick; any two are in it independently. Cheaper than a draw.
  template <class Here>
  COLONY_HD bool in_half(const Here& here) const {
    return __builtin_parityll(here.id() & (std::uint64_t{key.k1} << 32 | key.k0)) != 0;
  }
  COLONY_HD Random4 edge(std::uint64_t source, std::uint64_t target) const { return draw_edge(key, source, target); }

  /// Whether a coin of the edge falls heads; `word` is its first, edge(source, target)[0], which seldom leaves the question open.
  COLONY_HD bool heads(Probability probability, std::uint32_t word, std::uint64_t source, std::uint64_t target) const {
    return word != probability.threshold ? word < probability.threshold : probability.heads(edge(source, target));
  }

  /// act(v) for each target v of this node that wanted(v) and whose coin, edge(here, v), is heads. Tosses several coins at once.
  template <class Here, class Wanted, class Action>
  COLONY_HD void heads_among_targets(const Here& here, Probability probability, const Wanted& wanted, const Action& act) const {
    typename Here::Target waiting[edge_batch];
    std::uint64_t ids[edge_batch] = {}, own[edge_batch];
    std::uint32_t words[edge_batch];
    for (std::uint64_t& id : own) id = here.id();
    int count = 0;
    const auto toss = [&] {
      draw_edges(key, own, ids, words);
      for (int i = 0; i < count; ++i)
        if (heads(probability, words[i], own[i], ids[i])) act(waiting[i]);
      count = 0;
    };
    here.for_each_target([&](typename Here::Target v) {
      if (!wanted(v)) return;
      ids[count] = here.id(v);
      waiting[count] = v;
      if (++count == edge_batch) toss();
    });
    if (count != 0) toss();
  }

  /// act(u) for each source u of this node that is wanted(u) and whose coin, edge(u, here), is heads. Tosses several coins at once.
  template <class Here, class Wanted, class Action>
  COLONY_HD void heads_among_sources(const Here& here, Probability probability, const Wanted& wanted, const Action& act) const {
    typename Here::Source waiting[edge_batch];
    std::uint64_t ids[edge_batch] = {}, own[edge_batch];
    std::uint32_t words[edge_batch];
    for (std::uint64_t& id : own) id = here.id();
    int count = 0;
    const auto toss = [&] {
      draw_edges(key, ids, own, words);
      for (int i = 0; i < count; ++i)
        if (heads(probability, words[i], ids[i], own[i])) act(waiting[i]);
      count = 0;
    };
    here.any_source([&](typename Here::Source u) {
      if (!wanted(u)) return false;
      ids[count] = here.id(u);
      waiting[count] = u;
      if (++count == edge_batch) toss();
      return false;
    });
    if (count != 0) toss();
  }

  /// The first source u of this node, by ascending id, that is wanted(u) and whose coin, edge(u, here), is heads; its index is no_index
  /// when there is none.
  template <class Here, class Wanted>
  COLONY_HD typename Here::Source first_head_among_sources(const Here& here, Probability probability, const Wanted& wanted) const {
    // The bare loop is the fastest where few are wanted; the other tosses several coins at once.
    return here.any_source(wanted) ? search_sources(here, probability, wanted) : nobody<Here>();
  }

 private:
  template <class Here>
  COLONY_HD static typename Here::Source nobody() {
    typename Here::Source none{};
    none.index = no_index;
    return none;
  }

  template <class Here, class Wanted>
  [[gnu::noinline]] COLONY_HD typename Here::Source search_sources(const Here& here, Probability probability, const Wanted& wanted) const {
    typename Here::Source waiting[edge_batch];
    std::uint64_t ids[edge_batch], own[edge_batch];
    std::uint32_t words[edge_batch];
    for (std::uint64_t& id : own) id = here.id();
    int count = 0;
    auto found = nobody<Here>();
    const auto toss = [&] {
      for (int i = 0; i < edge_batch; ++i) ids[i] = here.id(waiting[i < count ? i : 0]);
      draw_edges(key, ids, own, words);
      for (int i = count; i-- > 0;)
        if (heads(probability, words[i], ids[i], own[i])) found = waiting[i];
      count = 0;
      return found.index != no_index;
    };
    here.any_source([&](typename Here::Source u) {
      waiting[count] = u;
      count += wanted(u) ? 1 : 0;
      return count == edge_batch && toss();
    });
    if (count != 0) toss();
    return found;
  }
};

/// Which one of those who did something to a node in a tick is named as its cause: one of them, each with equal chances. They are gathered
/// by a `max` of their places in an order that is the node's own in this tick; when nobody asks, any number above 0 will do.
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
