// The ring and the placement: look-ups per second beside a tree of the same points and beside modulo hashing, the time to compute a
// table, how even it is (max_over_mean) and what a leaving shard moves, in shares of 1/n (moved_shares; modulo hashing for comparison).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "ringhash/placement.hpp"

namespace colony {
namespace {

constexpr std::uint32_t keys_in_batch = 1 << 14;

std::vector<ShardId> first_members(std::int64_t count) {
  std::vector<ShardId> members;
  for (std::uint32_t id = 0; id < count; ++id) members.emplace_back(id);
  return members;
}

/// Keys without an order that a cache or a branch predictor could learn.
std::vector<std::uint64_t> batch_of_keys() {
  std::vector<std::uint64_t> keys(keys_in_batch);
  for (std::uint32_t i = 0; i < keys_in_batch; ++i) keys[i] = mix64(i + 1);
  return keys;
}

/// The same ring as a tree, the usual way to write it.
class MapRing {
 public:
  explicit MapRing(const std::vector<ShardId>& members) {
    for (const ShardId member : members) {
      for (std::uint32_t i = 0; i < default_virtual_nodes; ++i) points_.emplace(hash_pair(HashPurpose::point, member.value, i), member);
    }
  }
  ShardId lookup(std::uint64_t key) const {
    const auto at = points_.lower_bound(hash_pair(HashPurpose::key, key));
    return at == points_.end() ? points_.begin()->second : at->second;
  }

 private:
  std::map<std::uint64_t, ShardId> points_;
};

/// The floor: no ring at all, and nearly everything moves when the count changes.
class Modulo {
 public:
  explicit Modulo(const std::vector<ShardId>& members) : members_(members) {}
  ShardId lookup(std::uint64_t key) const { return members_[hash_pair(HashPurpose::key, key) % members_.size()]; }

 private:
  std::vector<ShardId> members_;
};

template <class Table>
void look_up(benchmark::State& state) {
  const auto members = first_members(state.range(0));
  const Table table(members);
  const auto keys = batch_of_keys();
  std::uint64_t sum = 0;
  for (auto _ : state) {
    sum = 0;
    for (const std::uint64_t key : keys) sum += table.lookup(key).value;
    benchmark::DoNotOptimize(sum);
  }
  std::vector<std::uint64_t> counts(members.size());
  std::uint64_t expected = 0;
  const MapRing reference(members);
  for (const std::uint64_t key : keys) {
    const ShardId owner = table.lookup(key);
    ++counts[owner.value];
    expected += std::is_same_v<Table, Modulo> ? owner.value : reference.lookup(key).value;
  }
  if (sum != expected) state.SkipWithError("the look-up differs from the tree's");
  state.SetItemsProcessed(state.iterations() * keys_in_batch);
  state.counters["max_over_mean"] = static_cast<double>(*std::max_element(counts.begin(), counts.end())) * members.size() / keys_in_batch;
}

void BM_ring_lookup(benchmark::State& state) { look_up<Ring>(state); }
void BM_ring_lookup_map(benchmark::State& state) { look_up<MapRing>(state); }
void BM_ring_lookup_modulo(benchmark::State& state) { look_up<Modulo>(state); }
BENCHMARK(BM_ring_lookup)->ArgName("shards")->Arg(8)->Arg(64)->Arg(512);
BENCHMARK(BM_ring_lookup_map)->ArgName("shards")->Arg(8)->Arg(64)->Arg(512);
BENCHMARK(BM_ring_lookup_modulo)->ArgName("shards")->Arg(8)->Arg(64)->Arg(512);

void BM_ring_build(benchmark::State& state) {
  const auto members = first_members(state.range(0));
  std::size_t points = 0;
  for (auto _ : state) {
    const Ring ring(members);
    benchmark::DoNotOptimize(points = ring.point_count());
  }
  if (points != members.size() * default_virtual_nodes) state.SkipWithError("points are missing");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(points));
}
BENCHMARK(BM_ring_build)->ArgName("shards")->Arg(8)->Arg(64)->Arg(512)->Unit(benchmark::kMicrosecond);

/// Equal blocks, or sizes from 500 to 1500 by hash.
PlacementInput input_of(Strategy strategy, std::int64_t shards, std::int64_t blocks, bool equal) {
  PlacementInput input;
  input.members = first_members(shards);
  for (std::int64_t block = 0; block < blocks; ++block) input.block_sizes.push_back(equal ? 1000 : 500 + mix64(block + 1) % 1001);
  input.strategy = strategy;
  return input;
}

double max_over_mean(const Placement& placement, const PlacementInput& input) {
  std::uint64_t most = 0;
  for (const ShardId member : placement.members()) most = std::max(most, placement.load(member));
  const auto total = std::accumulate(input.block_sizes.begin(), input.block_sizes.end(), std::uint64_t{0});
  return static_cast<double>(most) * input.members.size() / static_cast<double>(total);
}

/// What moves when a shard leaves, averaged over who leaves (16 at most), in shares of 1/n of the blocks.
double moved_shares(PlacementInput input) {
  const Placement before = place(input);
  const auto members = input.members;
  const std::size_t step = std::max<std::size_t>(1, members.size() / 16);
  double moved = 0, leavers = 0;
  for (std::size_t leaver = 0; leaver < members.size(); leaver += step, ++leavers) {
    input.members = members;
    input.members.erase(input.members.begin() + leaver);
    moved += static_cast<double>(diff(before, place(input)).size());
  }
  return moved / leavers * members.size() / static_cast<double>(input.block_sizes.size());
}

void BM_placement(benchmark::State& state) {
  const auto strategy = static_cast<Strategy>(state.range(0));
  const PlacementInput input = input_of(strategy, state.range(1), state.range(2), state.range(3) != 0);
  std::uint64_t hash = 0;
  for (auto _ : state) benchmark::DoNotOptimize(hash = place(input).hash());
  const Placement placement = place(input);
  const double largest_block = 1500.0 * input.members.size() / (1000.0 * input.block_sizes.size() * 0.95);  // in averages, from above
  state.counters["max_over_mean"] = max_over_mean(placement, input);
  state.counters["moved_shares"] = moved_shares(input);
  if (hash != placement.hash()) state.SkipWithError("two tables from one input");
  if (max_over_mean(placement, input) > input.load_bound + largest_block) state.SkipWithError("the load bound is broken");
  state.SetLabel(std::string(strategy_name(strategy)));
  state.SetItemsProcessed(state.iterations() * state.range(2));
}
BENCHMARK(BM_placement)
    ->ArgNames({"strategy", "shards", "blocks", "equal"})
    ->ArgsProduct({{0, 1, 2, 3}, {8}, {128}, {0, 1}})
    ->ArgsProduct({{0, 1, 2, 3}, {64}, {2048}, {0}})
    ->ArgsProduct({{0, 1}, {512}, {16384}, {0}})
    ->Unit(benchmark::kMicrosecond);

/// What the ring is compared with: block i to shard hash(i) mod n.
void BM_placement_modulo(benchmark::State& state) {
  const PlacementInput input = input_of(Strategy::ring, state.range(0), state.range(1), true);
  const auto owners_with = [&](std::size_t shards) {
    std::vector<std::uint32_t> owners(input.block_sizes.size());
    for (std::size_t block = 0; block < owners.size(); ++block) owners[block] = hash_pair(HashPurpose::key, block) % shards;
    return owners;
  };
  std::vector<std::uint32_t> owners;
  for (auto _ : state) {
    owners = owners_with(input.members.size());
    benchmark::DoNotOptimize(owners.data());
  }
  const auto fewer = owners_with(input.members.size() - 1);
  std::vector<std::uint64_t> counts(input.members.size());
  double moved = 0;
  for (std::size_t block = 0; block < owners.size(); ++block) {
    ++counts[owners[block]];
    moved += owners[block] != fewer[block];
  }
  const double each = static_cast<double>(owners.size()) / counts.size();
  if (std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) != owners.size()) state.SkipWithError("blocks are missing");
  state.counters["max_over_mean"] = *std::max_element(counts.begin(), counts.end()) / each;
  state.counters["moved_shares"] = moved / each;
  state.SetItemsProcessed(state.iterations() * state.range(1));
}
BENCHMARK(BM_placement_modulo)->ArgNames({"shards", "blocks"})->Args({8, 128})->Args({64, 2048})->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace colony

BENCHMARK_MAIN();
