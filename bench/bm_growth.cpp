// Links of a growing layer, a batch a tick, beside a hash map of (u, v) that takes the same links one by one. Aim: 20 M links a second and
// core where the links exist, 10 M where they are new.
#include "bench/colony_run.hpp"
#include "bench/reference/link_map.hpp"
#include "engine/graph/link_rows.hpp"
#include "engine/random/random.hpp"

namespace colony::bench {
namespace {

struct Pair {
  std::uint32_t u, v;
};

constexpr LinkOptions options{.gain = 0.125f, .most = 1};

/// No fading: the map has none either.
void keep(std::span<Link>, std::uint32_t) {}

/// Random pairs of different nodes.
std::vector<Pair> random_pairs(std::uint32_t nodes, std::size_t count, std::uint32_t key) {
  std::vector<Pair> pairs;
  for (std::uint64_t i = 0; pairs.size() < count; ++i) {
    const Random4 draw = draw_entity(RandomKey{key, 0}, i);
    const Pair pair{below(draw[0], nodes), below(draw[1], nodes)};
    if (pair.u != pair.v) pairs.push_back(pair);
  }
  return pairs;
}

class Rows {
 public:
  explicit Rows(std::uint32_t nodes) : changes_(1) {
    rows_.grow(nodes);
    for (std::uint32_t i = 0; i < nodes; ++i) ids_.push_back(high_word(draw_entity(RandomKey{1, 1}, i)));
  }
  /// Gathers both halves of all pairs, sorts and merges them.
  void link(const std::vector<Pair>& pairs, std::uint32_t tick, Executor& executor) {
    batch_.resize(2 * pairs.size());
    HalfLink* out = batch_.data();
    for (const Pair& pair : pairs) {
      *out++ = {std::uint64_t{pair.u} << 32 | pair.v, 0, 1, 0};
      *out++ = {std::uint64_t{pair.v} << 32 | pair.u, 0, 1, 0};
    }
    sort_half_links(batch_, spare_);
    rows_.step(options, keep, batch_.span(), tick, ids_, executor, changes_);
  }
  const LinkRows& rows() const { return rows_; }

 private:
  LinkRows rows_;
  Array<std::uint64_t> ids_;
  Array<HalfLink> batch_, spare_;
  std::vector<Array<WishChange>> changes_;
};

/// Every half is in the map, with the same weight and count, and there are as many.
bool same_links(benchmark::State& state, const LinkRows& rows, reference::LinkMap& map) {
  bool same = rows.halves() == 2 * map.size();
  for (LocalIndex row = 0; row < rows.rows() && same; ++row)
    for (const Link& link : rows.row(row)) {
      const auto& entry = map.find(row, link.target);
      same = same && entry.weight == link.weight && entry.count == link.count && entry.last == link.last;
    }
  if (!same) state.SkipWithError("the rows and the map have other links");
  return same;
}

/// Arguments: nodes, links a batch, and whether the links exist already.
void BM_links(benchmark::State& state) {
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  const auto count = static_cast<std::size_t>(state.range(1));
  const bool existing = state.range(2) != 0;
  Executor executor(1);
  executor.run([&] {
    auto rows = std::make_unique<Rows>(nodes);
    auto map = std::make_unique<reference::LinkMap>(2 * count);
    std::vector<Pair> pairs = random_pairs(nodes, count, 1);
    const auto take = [&](std::uint32_t tick, Pairs* times) {
      const auto by_rows = [&] { rows->link(pairs, tick, executor); };
      const auto by_map = [&] {
        for (const Pair& pair : pairs) map->link(pair.u, pair.v, options.gain, options.most, tick);
      };
      if (times) times->take(by_rows, by_map);
      else (by_rows(), by_map());
    };
    if (existing) take(0, nullptr);
    Pairs times;
    std::uint32_t tick = 0;
    for (auto _ : state) {
      if (!existing && tick != 0) {
        rows = std::make_unique<Rows>(nodes);
        map = std::make_unique<reference::LinkMap>(2 * count);
      }
      ++tick;
      take(tick, &times);
      state.SetIterationTime(times.last_first());
      if (!same_links(state, rows->rows(), *map)) return;
    }
    report(state, times, 1, count, count * 2 * sizeof(Link));
  });
}
BENCHMARK(BM_links)
    ->ArgNames({"nodes", "links", "existing"})
    ->Args({100'000, 1'000'000, 1})
    ->Args({100'000, 1'000'000, 0})
    ->Args({5'000, 200'000, 1})
    ->Args({5'000, 200'000, 0})
    ->Iterations(12)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace colony::bench
