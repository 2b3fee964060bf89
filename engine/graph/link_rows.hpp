// The links of a growing layer: for each node that a shard owns, a row of its links. Rows lie in chunks; a tick's links come as one batch,
// sorted by row, and every chunk is rebuilt from its old links and its share of the batch. The order in a row is that of local indices,
// which are not part of the state: a reader of a row must not depend on its order. docs/adr/0010.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/array.hpp"
#include "engine/ids.hpp"

namespace colony {

class Executor;

/// One half of an undirected link, in the row of one end. Both halves hold the same, but for the marks, which are mirrored.
struct Link {
  LocalIndex target;             ///< the other end
  float weight;                  ///< above 0
  std::uint16_t count;           ///< times that the two were linked, at most most_count
  std::uint16_t origin;          ///< what the group that first linked them said of itself; of several in a tick the smallest
  std::uint32_t first;           ///< tick in which they were first linked
  std::uint32_t last;            ///< ... and last
  std::uint32_t tie : 30;        ///< decides between links of the same weight: the larger is the stronger
  std::uint32_t own_wish : 1;    ///< this end has it among its strongest
  std::uint32_t other_wish : 1;  ///< the other end has
};
static_assert(sizeof(Link) == 24);

inline constexpr std::uint32_t most_tie = (1u << 30) - 1;
inline constexpr std::uint32_t most_count = 0xffff;

/// How links of a layer come and go. A link's first weight is `gain`; each further one in a tick adds as much, up to `most`.
struct LinkOptions {
  float gain = 0.1f;
  float most = 1;
  float prune_below = 0;        ///< a link of less weight goes ...
  std::uint32_t prune_age = 0;  ///< ... once it is so many ticks old
  std::uint32_t max_degree =
      0;  ///< a node wishes to keep so many of its strongest links, and one that neither end wishes goes; 0: all stay
};

/// Weakens links in place, once a tick: a function of each link's own fields (not of its target) and of the tick, so that both halves stay
/// the same.
using LinkDecay = std::function<void(std::span<Link> links, std::uint32_t tick)>;

/// A new or further link as it comes to one of its ends.
struct HalfLink {
  std::uint64_t key;  ///< row << 32 | target, local indices
  std::uint32_t tie;
  std::uint16_t count;
  std::uint16_t origin;
  LocalIndex row() const { return static_cast<LocalIndex>(key >> 32); }
  LocalIndex target() const { return static_cast<LocalIndex>(key); }
};

/// Sorts by key: radix, as many passes as the largest row and target need. `spare` is scratch.
void sort_half_links(Array<HalfLink>& links, Array<HalfLink>& spare);

/// A link with its row.
struct RowLink {
  LocalIndex row;
  Link link;
};

/// A node began or ceased to wish a link.
struct WishChange {
  LocalIndex row;
  LocalIndex target;
  std::uint32_t wished;
};

/// What a step did, in halves whose row has the smaller id: each link is counted once, wherever its ends are.
struct LinkCounts {
  std::int64_t linked = 0;  ///< made
  std::int64_t pruned = 0;
};

class LinkRows {
 public:
  static constexpr std::size_t rows_per_chunk = 64;

  std::size_t rows() const { return rows_; }
  /// Adds empty rows.
  void grow(std::size_t rows);
  std::span<const Link> row(LocalIndex row) const {
    const Chunk& chunk = chunks_[row / rows_per_chunk];
    const std::uint32_t* begin = &chunk.begin[row % rows_per_chunk];
    return {chunk.links.data() + begin[0], begin[1] - begin[0]};
  }
  std::uint64_t halves() const { return halves_; }

  /// Decay of `tick` for all rows: weakens, adds the batch (sorted; equal keys add up), prunes, and lists what nodes came to wish.
  /// ids: of the nodes, by local index.
  LinkCounts step(const LinkOptions& options, const LinkDecay& decay, std::span<const HalfLink> batch, std::uint32_t tick,
                  const Array<std::uint64_t>& ids, Executor& executor, std::vector<Array<WishChange>>& changes_by_worker);

  /// Takes halves away, each row << 32 | target, ascending, each once; those that are not there stay away. Returns how many links went, as
  /// LinkCounts counts them.
  std::int64_t remove(std::span<const std::uint64_t> halves, const Array<std::uint64_t>& ids);

  /// Notes in the row of `row` that its other end wishes the link or no longer does. False when there is no such link.
  bool set_other_wish(LocalIndex row, LocalIndex target, bool wished);

  /// Rows as a checkpoint brings them, in any order, each half once. Replaces what is there; sorts `links`.
  void assign(Array<RowLink>& links);

 private:
  struct Chunk {
    Array<Link> links;
    std::array<std::uint32_t, rows_per_chunk + 1> begin{};  ///< of each row in `links`
  };
  class Rebuild;

  std::vector<Chunk> chunks_;
  std::size_t rows_ = 0;
  std::uint64_t halves_ = 0;
};

/// The number that decides between links of equal weight and tie: the same seen from both ends.
std::uint64_t link_order(std::uint64_t id, std::uint64_t other_id);

}  // namespace colony
