// A checkpoint beside a plain write() of the same bytes with the same syncs and names, turn by turn in one process: the disk of a virtual
// machine swings by a factor of three within minutes, so only neighbours in time can be compared. Argument: MiB of state, two shards.
// The counter "ratio" (plain time / checkpoint time, best of each) is the promise: at least 0.8.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"

namespace colony {
namespace {

constexpr std::uint32_t shard_count = 2;

/// Agents with an id, a node, two f32 fields, and nodes with an id and an i64 signal: the mix that colonies have.
ShardImage make_image(std::uint32_t shard, std::uint64_t bytes) {
  ShardImage image;
  image.shard = ShardId(shard);
  const auto add_group = [&](const char* name, std::uint64_t count, std::initializer_list<std::pair<const char*, ScalarType>> columns) {
    GroupImage group{name, count, {}};
    for (const auto& [column_name, type] : columns) {
      ColumnImage column{column_name, type, count, {}};
      column.bytes.resize(count * bytes_of(type));
      for (std::size_t i = 0; i < column.bytes.size(); ++i) column.bytes[i] = static_cast<std::byte>(i * 2654435761u >> 13);
      group.columns.push_back(std::move(column));
    }
    image.groups.push_back(std::move(group));
  };
  const std::uint64_t rows = bytes / (24 + 16);
  add_group("ant", rows, {{"id", ScalarType::u64}, {"node", ScalarType::u64}, {"energy", ScalarType::f32}, {"heading", ScalarType::f32}});
  add_group("places", rows, {{"id", ScalarType::u64}, {"pheromone", ScalarType::i64}});
  for (std::uint32_t block = 0; block < 16; ++block)
    for (std::uint32_t group = 0; group < 2; ++group)
      image.blocks.push_back({BlockId(block), group, rows * block / 16, rows * (block + 1) / 16});
  return image;
}

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::abort();
}

using Pieces = std::vector<std::pair<const std::byte*, std::size_t>>;

/// What Storage does for one file, with write() where the checkpoint lays out, places and hashes columns.
void write_plainly(const std::string& folder, const std::string& name, const Pieces& pieces) {
  const std::string temporary = folder + "/." + name + ".tmp";
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) give_up("open");
  for (const auto& [bytes, size] : pieces) {
    for (std::size_t done = 0; done < size;) {
      const ssize_t wrote = write(file, bytes + done, std::min<std::size_t>(size - done, std::size_t{1} << 20));
      if (wrote < 0) give_up("write");
      done += static_cast<std::size_t>(wrote);
    }
  }
  if (fsync(file) != 0) give_up("fsync");
  close(file);
  if (rename(temporary.c_str(), (folder + "/" + name).c_str()) != 0) give_up("rename");
  const int directory = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || fsync(directory) != 0) give_up("fsync of the folder");
  close(directory);
}

void write_all_plainly(Storage& storage, const CheckpointStamp& stamp, const std::vector<ShardImage>& images, const std::string& manifest) {
  storage.make_folder(checkpoint_folder(stamp.tick));
  const std::string folder = storage.path_of(checkpoint_folder(stamp.tick));
  for (const ShardImage& image : images) {
    Pieces pieces;
    for (const GroupImage& group : image.groups)
      for (const ColumnImage& column : group.columns) pieces.push_back({column.bytes.data(), column.bytes.size()});
    write_plainly(folder, shard_file_name(stamp, image.shard), pieces);
  }
  write_plainly(folder, manifest_name(stamp), {{reinterpret_cast<const std::byte*>(manifest.data()), manifest.size()}});
}

Manifest write_checkpoint(Storage& storage, const CheckpointStamp& stamp, const std::vector<ShardImage>& images) {
  Manifest manifest;
  manifest.stamp = stamp;
  manifest.block_sizes.assign(16, 1);
  for (const ShardImage& image : images) manifest.files.push_back(write_shard_file(storage, stamp, image));
  commit_checkpoint(storage, manifest);
  return manifest;
}

template <class F>
double seconds_of(const F& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void BM_checkpoint(benchmark::State& state) {
  char folder[] = "bm_checkpoint.XXXXXX";  // in the working folder: that is a disk, /tmp may be memory
  if (mkdtemp(folder) == nullptr) give_up("mkdtemp");
  PosixStorage storage(folder);
  const std::uint64_t bytes = static_cast<std::uint64_t>(state.range(0)) << 20;
  std::vector<ShardImage> images;
  for (std::uint32_t shard = 0; shard < shard_count; ++shard) images.push_back(make_image(shard, bytes / shard_count));

  CheckpointStamp stamp{"bench", 1, 2, Tick(0), 1, 1};
  const std::string manifest_text(1000, '.');
  double best_plain = std::numeric_limits<double>::infinity();
  double best_checkpoint = best_plain;
  const auto next_tick = [&] {
    stamp.tick = Tick(stamp.tick.value + 1);
    for (ShardImage& image : images) image.tick = stamp.tick;
  };
  const auto forget = [&] { std::filesystem::remove_all(storage.path_of("checkpoints")); };
  bool warm = false;
  for (auto _ : state) {
    next_tick();
    const double plain = seconds_of([&] { write_all_plainly(storage, stamp, images, manifest_text); });
    forget();
    next_tick();
    Manifest manifest;
    const double checkpoint = seconds_of([&] { manifest = write_checkpoint(storage, stamp, images); });
    for (const FileRecord& file : manifest.files) verify_stored(storage, checkpoint_folder(stamp.tick) + "/" + file.name, file.stored);
    forget();
    state.SetIterationTime(checkpoint);
    if (warm) {
      best_plain = std::min(best_plain, plain);
      best_checkpoint = std::min(best_checkpoint, checkpoint);
    }
    warm = true;
  }
  std::filesystem::remove_all(folder);
  const double megabytes = static_cast<double>(bytes) / 1e6;
  state.counters["plain_MB/s"] = megabytes / best_plain;
  state.counters["checkpoint_MB/s"] = megabytes / best_checkpoint;
  state.counters["ratio"] = best_plain / best_checkpoint;
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}
BENCHMARK(BM_checkpoint)->Arg(64)->Arg(256)->Iterations(12)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace colony

BENCHMARK_MAIN();
