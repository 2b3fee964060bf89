// Links in a hash map of (u, v), one after the other: what the batches of a growing layer must beat. Open addressing, linear probing.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/random/random.hpp"

namespace colony::reference {

class LinkMap {
 public:
  struct Entry {
    std::uint64_t key;  ///< u << 32 | v, u < v; none: free
    float weight;
    std::uint32_t count, first, last;
  };

  explicit LinkMap(std::size_t links) {
    std::size_t slots = 64;
    while (slots < 2 * links) slots *= 2;
    entries_.assign(slots, Entry{none, 0, 0, 0, 0});
  }

  void link(std::uint32_t u, std::uint32_t v, float gain, float most, std::uint32_t tick) {
    const std::uint64_t key = u < v ? std::uint64_t{u} << 32 | v : std::uint64_t{v} << 32 | u;
    Entry& entry = find(key);
    if (entry.key == none) {
      entry = {key, gain, 1, tick, tick};
      ++size_;
      return;
    }
    entry.weight = entry.weight + gain < most ? entry.weight + gain : most;
    ++entry.count;
    entry.last = tick;
  }
  const Entry& find(std::uint32_t u, std::uint32_t v) { return find(u < v ? std::uint64_t{u} << 32 | v : std::uint64_t{v} << 32 | u); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  Entry& find(std::uint64_t key) {
    std::size_t at = static_cast<std::size_t>(key * 0x9E3779B97F4A7C15u >> 20) & (entries_.size() - 1);
    while (entries_[at].key != none && entries_[at].key != key) at = (at + 1) & (entries_.size() - 1);
    return entries_[at];
  }

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace colony::reference
