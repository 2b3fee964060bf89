#include "engine/graph/link_rows.hpp"

#include <algorithm>
#include <bit>
#include <mutex>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/error.hpp"
#include "engine/executor.hpp"

namespace colony {

std::uint64_t link_order(std::uint64_t id, std::uint64_t other_id) {
  const std::uint64_t ends[2] = {std::min(id, other_id), std::max(id, other_id)};
  return XXH3_64bits(ends, sizeof ends);
}

void sort_half_links(Array<HalfLink>& links, Array<HalfLink>& spare) {
  constexpr int digit_bits = 11;
  constexpr std::size_t small = 256;
  if (links.size() < small) {
    std::sort(links.begin(), links.end(), [](const HalfLink& a, const HalfLink& b) { return a.key < b.key; });
    return;
  }
  std::uint64_t used = 0;  // bits in which keys may differ
  for (const HalfLink& link : links) used |= link.key;
  spare.resize(links.size());
  for (int shift = 0; shift < 64; shift += digit_bits) {
    const std::uint64_t mask = (std::uint64_t{1} << digit_bits) - 1;
    if ((used >> shift & mask) == 0) continue;
    std::uint32_t begin[1 << digit_bits] = {};
    for (const HalfLink& link : links) ++begin[link.key >> shift & mask];
    std::uint32_t sum = 0;
    for (std::uint32_t& count : begin) sum += std::exchange(count, sum);
    for (const HalfLink& link : links) spare[begin[link.key >> shift & mask]++] = link;
    links.swap(spare);
  }
}

void LinkRows::grow(std::size_t rows) {
  if (rows <= rows_) return;
  rows_ = rows;
  chunks_.resize((rows + rows_per_chunk - 1) / rows_per_chunk);
}

/// The step of one chunk after the other, on one thread.
class LinkRows::Rebuild {
 public:
  Rebuild(const LinkOptions& options, const LinkDecay& decay, std::uint32_t tick, const Array<std::uint64_t>& ids,
          Array<WishChange>& changes)
      : options_(options), decay_(decay), tick_(tick), ids_(ids), changes_(changes) {}

  const LinkCounts& counts() const { return counts_; }

  /// batch: the new links of the chunk's rows.
  void run(Chunk& chunk, LocalIndex first_row, std::span<const HalfLink> batch) {
    if (chunk.links.empty() && batch.empty()) return;
    decay_(chunk.links.span(), tick_);
    // Without new links a row only gets shorter, and is written where it was read.
    Link* out = chunk.links.data();
    if (!batch.empty()) {
      merged_.resize(chunk.links.size() + batch.size());
      out = merged_.data();
    }
    const Link* old = chunk.links.data();
    const HalfLink* next = batch.data();
    std::uint32_t size = 0;
    for (std::size_t r = 0; r < rows_per_chunk; ++r) {
      const auto row = static_cast<LocalIndex>(first_row + r);
      const Link* old_end = chunk.links.data() + chunk.begin[r + 1];
      const HalfLink* batch_end = next;
      while (batch_end != batch.data() + batch.size() && batch_end->row() == row) ++batch_end;
      const std::uint32_t begin = size;
      size = merge(row, old, old_end, next, batch_end, out, size);
      old = old_end;
      next = batch_end;
      chunk.begin[r] = begin;
      if (options_.max_degree != 0) wish(row, {out + begin, size - begin});
    }
    chunk.begin[rows_per_chunk] = size;
    store(chunk, out, size);
  }

 private:
  /// Writes the row that comes of the old one and of its new links behind out[size]; returns the size then.
  std::uint32_t merge(LocalIndex row, const Link* old, const Link* old_end, const HalfLink* next, const HalfLink* batch_end, Link* out,
                      std::uint32_t size) {
    seen_ = {};
    const auto keep = [&](const Link& link) {
      if (!stays(link)) {
        count(counts_.pruned, row, link.target);
        return;
      }
      seen_.add(link);
      if (&out[size] != &link) out[size] = link;  // something before it has gone
      ++size;
    };
    while (next != batch_end) {
      if (old != old_end && old->target < next->target()) {
        keep(*old++);
        continue;
      }
      HalfLink added = *next++;
      for (; next != batch_end && next->key == added.key; ++next) {
        added.count = count_of(added.count, next->count);
        added.tie = std::max(added.tie, next->tie);
        added.origin = std::min(added.origin, next->origin);
      }
      if (old != old_end && old->target == added.target()) {
        Link link = *old++;
        link.weight = std::min(options_.most, link.weight + gain(added.count));
        link.count = count_of(link.count, added.count);
        link.last = tick_;
        seen_.add(link);
        out[size++] = link;
      } else {
        const float weight = std::min(options_.most, gain(added.count));
        out[size] = {added.target(), weight, added.count, added.origin, tick_, tick_, added.tie, 0, 0};
        seen_.add(out[size++]);
        count(counts_.linked, row, added.target());
      }
    }
    while (old != old_end) keep(*old++);
    return size;
  }

  static std::uint16_t count_of(std::uint32_t a, std::uint32_t b) { return static_cast<std::uint16_t>(std::min(a + b, most_count)); }
  float gain(std::uint32_t count) const { return options_.gain * static_cast<float>(count); }

  /// Of a link that got nothing new.
  bool stays(const Link& link) const {
    if (options_.max_degree != 0 && link.own_wish == 0 && link.other_wish == 0) return false;
    return !(link.weight < options_.prune_below) || tick_ - link.first < options_.prune_age;
  }

  void count(std::int64_t& sum, LocalIndex row, LocalIndex target) const { sum += ids_[row] < ids_[target] ? 1 : 0; }

  void wish(LocalIndex row, std::span<Link> links) {
    if (links.size() <= options_.max_degree) {
      if (seen_.wished == links.size()) return;
      for (Link& link : links) set_wish(row, link, true);
      return;
    }
    if (still_the_strongest(row, links)) return;
    // The strength of the last link that is wished, then the order among those that have just that.
    strengths_.clear();
    for (const Link& link : links) strengths_.push_back(strength(link));
    const auto last = strengths_.begin() + (options_.max_degree - 1);
    std::nth_element(strengths_.begin(), last, strengths_.end(), std::greater<>());
    const std::uint64_t limit = *last;
    const auto stronger = static_cast<std::size_t>(std::count_if(strengths_.begin(), last, [&](std::uint64_t s) { return s > limit; }));
    orders_.clear();
    for (const Link& link : links)
      if (strength(link) == limit) orders_.push_back(link_order(ids_[row], ids_[link.target]));
    const std::size_t places = options_.max_degree - stronger;  // at least one
    std::uint64_t last_order = ~std::uint64_t{0};
    if (places < orders_.size()) {
      ordered_.assign(orders_.begin(), orders_.end());
      std::nth_element(ordered_.begin(), ordered_.begin() + static_cast<std::ptrdiff_t>(places - 1), ordered_.end());
      last_order = ordered_[places - 1];
    }
    const std::uint64_t* order = orders_.data();
    for (Link& link : links) {
      const std::uint64_t s = strength(link);
      set_wish(row, link, s > limit || (s == limit && *order++ <= last_order));
    }
  }

  /// Whether the wished links are still the strongest: as a rule they are, and to see so takes less than to choose them.
  bool still_the_strongest(LocalIndex row, std::span<const Link> links) const {
    if (seen_.wished != options_.max_degree || seen_.weakest_wished < seen_.strongest_other) return false;
    if (seen_.weakest_wished > seen_.strongest_other) return true;
    std::uint64_t last_wished = 0, first_other = ~std::uint64_t{0};
    for (const Link& link : links) {
      if (strength(link) != seen_.weakest_wished) continue;
      const std::uint64_t order = link_order(ids_[row], ids_[link.target]);
      if (link.own_wish != 0) last_wished = std::max(last_wished, order);
      else first_other = std::min(first_other, order);
    }
    return last_wished < first_other;
  }

  /// Weights are above zero: their bits are in the order of their values.
  static std::uint64_t strength(const Link& link) { return std::uint64_t{std::bit_cast<std::uint32_t>(link.weight)} << 32 | link.tie; }

  void set_wish(LocalIndex row, Link& link, bool wished) {
    if ((link.own_wish != 0) == wished) return;
    link.own_wish = wished ? 1 : 0;
    changes_.push_back({row, link.target, wished ? 1u : 0u});
  }

  /// Puts the rows into the chunk; of memory that a burst left the larger part is given back.
  static void store(Chunk& chunk, const Link* out, std::uint32_t size) {
    const bool in_place = out == chunk.links.data();
    if (chunk.links.capacity() > 4 * std::size_t{size} + 1024) {
      Array<Link> fresh(size);
      std::copy(out, out + size, fresh.begin());
      chunk.links.swap(fresh);
      return;
    }
    if (!in_place) chunk.links.clear();  // what was there has been merged
    chunk.links.resize(size);
    if (!in_place) std::copy(out, out + size, chunk.links.begin());
  }

  /// What the links of a row are like that were just written, by the wishes of before.
  struct Seen {
    std::uint32_t wished = 0;
    std::uint64_t weakest_wished = ~std::uint64_t{0}, strongest_other = 0;
    void add(const Link& link) {
      const std::uint64_t s = strength(link);
      wished += link.own_wish;
      weakest_wished = std::min(weakest_wished, link.own_wish != 0 ? s : ~std::uint64_t{0});
      strongest_other = std::max(strongest_other, link.own_wish != 0 ? 0 : s);
    }
  };

  const LinkOptions& options_;
  const LinkDecay& decay_;
  std::uint32_t tick_;
  const Array<std::uint64_t>& ids_;
  Array<WishChange>& changes_;
  LinkCounts counts_;
  Array<Link> merged_;
  Seen seen_;
  std::vector<std::uint64_t> strengths_, orders_, ordered_;
};

LinkCounts LinkRows::step(const LinkOptions& options, const LinkDecay& decay, std::span<const HalfLink> batch, std::uint32_t tick,
                          const Array<std::uint64_t>& ids, Executor& executor, std::vector<Array<WishChange>>& changes_by_worker) {
  constexpr std::size_t grain = 4;
  LinkCounts sum;
  std::mutex mutex;
  executor.for_range(chunks_.size(), grain, [&](std::size_t begin, std::size_t end) {
    Rebuild rebuild(options, decay, tick, ids, changes_by_worker[Executor::worker()]);
    const auto from_row = [&](std::size_t chunk) {
      const std::uint64_t key = std::uint64_t{chunk} * rows_per_chunk << 32;
      return std::lower_bound(batch.begin(), batch.end(), key, [](const HalfLink& link, std::uint64_t k) { return link.key < k; });
    };
    auto first = from_row(begin);
    for (std::size_t c = begin; c < end; ++c) {
      const auto last = from_row(c + 1);
      rebuild.run(chunks_[c], static_cast<LocalIndex>(c * rows_per_chunk), {first, last});
      first = last;
    }
    const std::lock_guard lock(mutex);
    sum.linked += rebuild.counts().linked;
    sum.pruned += rebuild.counts().pruned;
  });
  halves_ = 0;
  for (const Chunk& chunk : chunks_) halves_ += chunk.links.size();
  return sum;
}

std::int64_t LinkRows::remove(std::span<const std::uint64_t> halves, const Array<std::uint64_t>& ids) {
  std::int64_t removed = 0;
  for (auto next = halves.begin(); next != halves.end();) {
    const std::size_t c = static_cast<std::size_t>(*next >> 32) / rows_per_chunk;
    Chunk& chunk = chunks_[c];
    std::uint32_t size = 0;
    for (std::size_t r = 0; r < rows_per_chunk; ++r) {
      const std::uint64_t row = c * rows_per_chunk + r;
      const std::uint32_t begin = chunk.begin[r], end = chunk.begin[r + 1];
      chunk.begin[r] = size;
      for (std::uint32_t at = begin; at != end; ++at) {
        const std::uint64_t key = row << 32 | chunk.links[at].target;
        while (next != halves.end() && *next < key) ++next;
        if (next != halves.end() && *next == key) {
          removed += ids[row] < ids[chunk.links[at].target] ? 1 : 0;
          --halves_;
        } else {
          chunk.links[size++] = chunk.links[at];
        }
      }
      while (next != halves.end() && *next >> 32 == row) ++next;
    }
    chunk.begin[rows_per_chunk] = size;
    chunk.links.resize(size);
  }
  return removed;
}

bool LinkRows::set_other_wish(LocalIndex row, LocalIndex target, bool wished) {
  if (row >= rows_) return false;
  Chunk& chunk = chunks_[row / rows_per_chunk];
  Link* begin = chunk.links.data() + chunk.begin[row % rows_per_chunk];
  Link* end = chunk.links.data() + chunk.begin[row % rows_per_chunk + 1];
  Link* link = std::lower_bound(begin, end, target, [](const Link& l, LocalIndex t) { return l.target < t; });
  if (link == end || link->target != target) return false;
  link->other_wish = wished ? 1 : 0;
  return true;
}

void LinkRows::assign(Array<RowLink>& links) {
  std::sort(links.begin(), links.end(),
            [](const RowLink& a, const RowLink& b) { return a.row != b.row ? a.row < b.row : a.link.target < b.link.target; });
  const RowLink* next = links.begin();
  for (std::size_t c = 0; c < chunks_.size(); ++c) {
    Chunk& chunk = chunks_[c];
    chunk.links.clear();
    for (std::size_t r = 0; r < rows_per_chunk; ++r) {
      chunk.begin[r] = static_cast<std::uint32_t>(chunk.links.size());
      for (; next != links.end() && next->row == c * rows_per_chunk + r; ++next) chunk.links.push_back(next->link);
    }
    chunk.begin[rows_per_chunk] = static_cast<std::uint32_t>(chunk.links.size());
  }
  COLONY_ASSERT(next == links.end(), "links of rows that are not there");
  halves_ = links.size();
}

}  // namespace colony
