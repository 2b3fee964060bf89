// A set of nodes as bits in words of 64, with one bit for each word that may not be empty, so that walking a sparse set costs what it holds
// and walking a full one runs at the speed of the nodes.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine/array.hpp"

namespace colony {

class NodeSet {
 public:
  static constexpr std::size_t group_nodes = 4096;

  NodeSet() = default;
  explicit NodeSet(std::size_t nodes)
      : words_((nodes + group_nodes - 1) / group_nodes * words_per_group, 0), groups_(words_.size() / words_per_group, 0) {}

  std::size_t group_count() const { return groups_.size(); }
  bool contains(std::size_t i) const { return (words_[i / 64] >> (i % 64)) & 1; }

  /// concurrent: other threads may change other nodes of the same set.
  void insert(std::size_t i, bool concurrent) {
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    if (concurrent) {
      std::atomic_ref(words_[i / 64]).fetch_or(bit, std::memory_order_relaxed);
      std::atomic_ref group(groups_[i / group_nodes]);
      if ((group.load(std::memory_order_relaxed) & word_bit(i)) == 0) group.fetch_or(word_bit(i), std::memory_order_relaxed);
    } else {
      words_[i / 64] |= bit;
      groups_[i / group_nodes] |= word_bit(i);
    }
  }
  void erase(std::size_t i, bool concurrent) {
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    if (concurrent) std::atomic_ref(words_[i / 64]).fetch_and(~bit, std::memory_order_relaxed);
    else words_[i / 64] &= ~bit;
  }
  void clear() {
    words_.fill(0);
    groups_.fill(0);
  }

  /// f(first, count) for each run of up to 64 nodes found in groups [begin, end); ascending. A word found empty loses its bit, so two
  /// threads must not walk the same group. Calls f(i, 1) for single nodes and f(i, 64) for full words.
  template <class F>
  void walk(std::size_t begin, std::size_t end, F&& f) {
    for (std::size_t group = begin; group < end; ++group) {
      std::uint64_t filled = groups_[group];
      for (std::uint64_t rest = filled; rest != 0; rest &= rest - 1) {
        const std::size_t w = group * words_per_group + static_cast<std::size_t>(std::countr_zero(rest));
        std::uint64_t word = words_[w];
        if (word == 0) filled &= ~(rest & -rest);
        if (word == ~std::uint64_t{0}) {
          f(w * 64, std::size_t{64});
          continue;
        }
        while (word != 0) {
          f(w * 64 + static_cast<std::size_t>(std::countr_zero(word)), std::size_t{1});
          word &= word - 1;
        }
      }
      groups_[group] = filled;
    }
  }

 private:
  static constexpr std::size_t words_per_group = 64;
  static_assert(group_nodes == words_per_group * 64);
  static std::uint64_t word_bit(std::size_t i) { return std::uint64_t{1} << (i / 64 % words_per_group); }

  Array<std::uint64_t> words_;
  Array<std::uint64_t> groups_;  ///< bit w: word w of the group may hold something
};

}  // namespace colony
