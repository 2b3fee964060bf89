// What lies beside the shards' files, the static graph and the snapshot series, and what other programs make of all of them.
#include <gmock/gmock.h>

#include <cstdio>

#include "checkpoint_support.hpp"
#include "io/checkpoints/snapshot_series.hpp"
#include "io/checkpoints/static_graph.hpp"

namespace colony::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t graph_hash = 0xfeedbeef;

template <class T>
Array<T> array_of(std::initializer_list<T> values) {
  Array<T> array(values.size());
  std::copy(values.begin(), values.end(), array.begin());
  return array;
}

Graph make_graph(bool weighted) {
  Graph graph;
  graph.topology = Topology::csr;
  graph.node_count = 4;
  graph.ids = array_of<std::uint64_t>({3, 10, 11, 1'000'000'000'000});
  graph.directed = true;
  graph.offsets = array_of<std::uint64_t>({0, 2, 2, 3, 3});
  graph.targets = array_of<std::uint32_t>({1, 3, 0});
  if (weighted) graph.weights = array_of<float>({0.5f, 2, 1});
  graph.merged_edges = 5;
  graph.dropped_loops = 6;
  return graph;
}

template <class T>
bool same_values(const Array<T>& a, const Array<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

bool same_graph(const Graph& a, const Graph& b) {
  return a.topology == b.topology && a.node_count == b.node_count && same_values(a.ids, b.ids) && a.lattice == b.lattice &&
         a.directed == b.directed && same_values(a.offsets, b.offsets) && same_values(a.targets, b.targets) &&
         same_values(a.weights, b.weights) && a.merged_edges == b.merged_edges && a.dropped_loops == b.dropped_loops;
}

class FilesTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  PosixStorage storage_{folder_.path()};
};

TEST_F(FilesTest, StaticGraphGoesBothWays) {
  for (const bool weighted : {false, true}) {
    const std::uint64_t hash = graph_hash + weighted;
    write_static(storage_, make_graph(weighted), hash);
    EXPECT_TRUE(same_graph(read_static(storage_, hash), make_graph(weighted)));
  }
  EXPECT_THAT(storage_.list("checkpoints"), ElementsAre("static-00000000feedbeef", "static-00000000feedbef0"));
}

TEST_F(FilesTest, StaticLatticeHasNoRows) {
  Graph lattice;
  lattice.topology = Topology::lattice;
  lattice.node_count = 12;
  lattice.lattice = {4, 3, 4, false};
  write_static(storage_, lattice, 1);
  EXPECT_TRUE(same_graph(read_static(storage_, 1), lattice));
}

TEST_F(FilesTest, StaticGraphIsWrittenOnceAndMendedWhenBad) {
  write_static(storage_, make_graph(true), graph_hash);
  const std::string path = storage_.path_of(static_folder(graph_hash) + "/graph.h5");
  const auto written = std::filesystem::last_write_time(path) - std::chrono::hours(1);
  std::filesystem::last_write_time(path, written);
  write_static(storage_, make_graph(true), graph_hash);
  EXPECT_EQ(std::filesystem::last_write_time(path), written) << "a whole one is kept";

  std::string bytes = read_bytes(path);
  bytes[bytes.size() / 2] ^= 1;
  write_bytes(path, bytes);
  EXPECT_THAT(storage_error_of([&] { read_static(storage_, graph_hash); }), AllOf(HasSubstr(path), HasSubstr("was altered")));
  write_static(storage_, make_graph(true), graph_hash);
  EXPECT_TRUE(same_graph(read_static(storage_, graph_hash), make_graph(true)));

  std::filesystem::remove(path);
  EXPECT_THAT(storage_error_of([&] { read_static(storage_, graph_hash); }), HasSubstr("is missing"));
  EXPECT_THAT(storage_error_of([&] { read_static(storage_, 99); }), HasSubstr("static-0000000000000063/manifest.json"));
}

TEST_F(FilesTest, StaticGraphMustBeOne) {
  Graph graph = make_graph(false);
  graph.targets[1] = 4;
  write_static(storage_, graph, graph_hash);
  EXPECT_THAT(storage_error_of([&] { read_static(storage_, graph_hash); }), HasSubstr("has an edge to a node that is not there"));
}

TEST_F(FilesTest, SnapshotRowsAreTheSameForAnyShards) {
  // Shards 0 and 1 hold interleaved ids; the one image below holds the same rows in another order.
  std::vector<ShardImage> two;
  for (std::uint32_t shard = 0; shard < 2; ++shard) two.push_back(make_image(shard, Tick(5), 50, 20));
  std::vector<ShardImage> one;
  one.push_back(make_image(1, Tick(5), 50, 20));
  for (std::size_t g = 0; g < one[0].groups.size(); ++g) {
    GroupImage& into = one[0].groups[g];
    const GroupImage& from = two[0].groups[g];
    for (std::size_t c = 0; c < into.columns.size(); ++c) {
      Array<std::byte>& bytes = into.columns[c].bytes;
      const std::size_t before = bytes.size();
      bytes.resize(before + from.columns[c].bytes.size());
      std::copy(from.columns[c].bytes.begin(), from.columns[c].bytes.end(), bytes.begin() + before);
      into.columns[c].count += from.count;
    }
    into.count += from.count;
  }
  const SnapshotColumns chosen[] = {{"ant", {"node"}}, {"places", {"a_u8", "a_f64"}}, {"aphid", {}}};
  const std::vector<GroupImage> merged = merge_images(two, chosen);
  ASSERT_EQ(merged.size(), 3u);
  const std::vector<GroupImage> again = merge_images(one, chosen);
  EXPECT_TRUE(std::equal(merged.begin(), merged.end(), again.begin(), again.end(), same_group));
  EXPECT_EQ(merged[0].count, 40u);
  EXPECT_EQ(merged[2].count, 0u);
  const std::uint64_t* ids = merged[1].columns[0].as<std::uint64_t>();
  EXPECT_TRUE(std::is_sorted(ids, ids + merged[1].count));
  // Row 1 is id 1, the first row of shard 1.
  EXPECT_EQ(ids[1], 1u);
  EXPECT_EQ(merged[1].columns[2].as<double>()[1], two[1].groups[0].columns[7].as<double>()[0]);
}

TEST_F(FilesTest, SnapshotThatIsThereIsKeptAndABadOneReplaced) {
  std::vector<ShardImage> images;
  images.push_back(make_image(0, Tick(5), 50, 20));
  const SnapshotColumns chosen[] = {{"ant", {"node"}}};
  const std::vector<GroupImage> groups = merge_images(images, chosen);
  const SnapshotStamp stamp{"ants", "job", "foraging", 42, Tick(5)};
  const auto [name, written_as] = write_snapshot(storage_, stamp, groups);
  EXPECT_EQ(name, "snapshots/ants/tick-000000000005.h5");
  const StoredFile stored = storage_.checksum(name);
  EXPECT_EQ(written_as, stored);
  const auto written = std::filesystem::last_write_time(storage_.path_of(name)) - std::chrono::hours(1);
  std::filesystem::last_write_time(storage_.path_of(name), written);
  write_snapshot(storage_, stamp, groups);
  EXPECT_EQ(std::filesystem::last_write_time(storage_.path_of(name)), written);
  std::filesystem::resize_file(storage_.path_of(name), 100);
  write_snapshot(storage_, stamp, groups);
  EXPECT_EQ(storage_.checksum(name), stored);
  EXPECT_THAT(storage_.list("snapshots/ants"), ElementsAre("tick-000000000005.h5"));
}

/// What a command prints, errors included.
std::string output_of(const std::string& command) {
  FILE* stream = popen(("{ " + command + "; } 2>&1").c_str(), "r");
  if (stream == nullptr) return "popen failed";
  std::string text;
  char buffer[512];
  while (fgets(buffer, sizeof buffer, stream) != nullptr) text += buffer;
  const int status = pclose(stream);
  return status == 0 ? text : "exit " + std::to_string(status) + ": " + text;
}

/// Runs a Python program with Debian's h5py. arguments: its argv[1...].
std::string python(const std::string& program, const std::string& arguments) {
  return output_of("/usr/bin/python3 -c '" + program + "' " + arguments);
}

TEST_F(FilesTest, H5pyReadsACheckpointWithoutOurHelp) {
  const Manifest manifest = write_checkpoint(storage_, make_stamp(100));
  const ShardImage image = make_image(1, Tick(100));
  const std::string path = storage_.path_of(checkpoint_folder(Tick(100)) + "/" + manifest.files[1].name);
  const std::string text = python(R"(
import h5py, sys
with h5py.File(sys.argv[1]) as f:
    print(f.attrs["model"], f.attrs["tick"], f.attrs["seed"], f.attrs["digest"])
    print(sorted(f), [(n, d.dtype.str, *d.shape) for n, d in sorted(f["places"].items())])
    print(f["ant/id"][:3].tolist(), int(f["ant/node"][5]), len(f["aphid/id"]))
    print(f["blocks/block"][:].tolist(), f["blocks/end"][:].tolist())
)",
                                  path);
  const std::string expected =
      "foraging 100 42 " + image.digest.hex() +
      "\n['ant', 'aphid', 'blocks', 'places'] [('a_f32', '<f4', 1000), ('a_f64', '<f8', 1000), ('a_i32', '<i4', 1000), "
      "('a_i64', '<i8', 1000), ('a_u16', '<u2', 1000), ('a_u32', '<u4', 1000), ('a_u64', '<u8', 1000), ('a_u8', '|u1', 1000), "
      "('id', '<u8', 1000), ('rows', '<u2', 1000, 5)]\n[1, 4, 7] " +
      std::to_string(image.groups[1].columns[1].as<std::uint64_t>()[5]) + " 0\n[2, 3, 2, 2] [500, 1000, 777, 0]\n";
  EXPECT_EQ(text, expected);
}

TEST_F(FilesTest, H5pyReadsSnapshotsAndGraphs) {
  std::vector<ShardImage> images;
  for (std::uint32_t shard = 0; shard < 2; ++shard) images.push_back(make_image(shard, Tick(5), 3, 2));
  const SnapshotColumns chosen[] = {{"places", {"a_u32"}}};
  const std::string name = write_snapshot(storage_, {"s", "job", "foraging", 42, Tick(5)}, merge_images(images, chosen)).name;
  write_static(storage_, make_graph(true), graph_hash);
  const std::string text = python(R"(
import h5py, sys
with h5py.File(sys.argv[1]) as f: print(list(f), sorted(f["places"]), f["places/id"][:].tolist(), f.attrs["job"])
with h5py.File(sys.argv[2]) as f: print(f["graph/offset"][:].tolist(), f["graph/target"][:].tolist(), f["graph/weight"][:].tolist())
)",
                                  storage_.path_of(name) + " " + storage_.path_of(static_folder(graph_hash) + "/graph.h5"));
  EXPECT_EQ(text, "['places'] ['a_u32', 'id'] [0, 1, 3, 4, 6, 7] job\n[0, 2, 2, 3, 3] [1, 3, 0] [0.5, 2.0, 1.0]\n");
}

/// The ```python pieces of a document.
std::vector<std::string> python_pieces(const std::string& document) {
  std::vector<std::string> pieces;
  const std::string fence = "```python\n";
  for (std::size_t at = document.find(fence); at != std::string::npos; at = document.find(fence, at)) {
    at += fence.size();
    pieces.push_back(document.substr(at, document.find("```", at) - at));
  }
  return pieces;
}

/// A shard of the colony that docs/reading-results.md speaks of.
ShardImage make_documented_image(std::uint32_t shard, Tick tick) {
  ShardImage image;
  image.shard = ShardId(shard);
  image.tick = tick;
  image.groups.push_back({"places", 6, {}});
  image.groups[0].columns.push_back(make_ids(6, shard, 2));
  image.groups[0].columns.push_back({"food", ScalarType::u32, 6, {}});
  image.groups[0].columns[1].bytes.resize(24);
  image.groups[0].columns[1].bytes.fill(std::byte{0});
  image.groups[0].columns[1].bytes[4] = static_cast<std::byte>(tick.value + shard);  // place shard + 2
  image.groups.push_back({"ant", 4, {}});
  image.groups[1].columns.push_back(make_ids(4, shard, 2));
  image.groups[1].columns.push_back({"carrying", ScalarType::u8, 4, {}});
  image.groups[1].columns[1].bytes.resize(4);
  image.groups[1].columns[1].bytes.fill(std::byte{1});
  image.groups[1].columns[1].bytes[shard] = std::byte{0};
  return image;
}

TEST_F(FilesTest, WhatAKilledProcessLeftOfASnapshotIsRemoved) {
  for (const char* series : {"states", "other"}) storage_.make_folder(std::string("snapshots/") + series);
  const std::string left = "snapshots/states/.tick-000000000060.h5.28582-5.tmp", others = "snapshots/other/.tick-000000000060.h5.1-5.tmp",
                    whole = "snapshots/states/tick-000000000040.h5";
  for (const std::string& name : {left, others, whole}) storage_.write_new(name, "bytes");
  const std::vector<std::string> series{"states", "absent"};
  remove_unfinished_snapshots(storage_, series);
  EXPECT_FALSE(storage_.exists(left));
  EXPECT_TRUE(storage_.exists(others)) << "of a series that the run does not write";
  EXPECT_TRUE(storage_.exists(whole));
}

TEST_F(FilesTest, ThePiecesOfTheDocumentRun) {
  PosixStorage run(folder_.path() + "/runs/foraging");
  run.make_folder("");
  run.write_new("observables.csv", "tick,food_remaining,carried\n0,10,0\n20,9,1\n");
  const SnapshotColumns chosen[] = {{"places", {"food"}}};
  for (const std::uint64_t tick : {10, 20}) {
    const CheckpointStamp stamp = make_stamp(tick, 10 + tick / 10);
    Manifest manifest = make_manifest(stamp);
    std::vector<ShardImage> images;
    for (std::uint32_t shard = 0; shard < 2; ++shard) {
      images.push_back(make_documented_image(shard, Tick(tick)));
      manifest.files.push_back(write_shard_file(run, stamp, images.back()));
    }
    commit_checkpoint(run, manifest);
    write_snapshot(run, {"food", "foraging", "foraging", 42, Tick(tick)}, merge_images(images, chosen));
  }
  write_static(run, make_graph(true), graph_hash);

  const std::vector<std::string> pieces = python_pieces(read_bytes(std::string(COLONY_SOURCE_DIR) + "/docs/reading-results.md"));
  const char* expected[] = {"('tick', 'food_remaining', 'carried')\nlast tick 20\n",
                            "foraging tick 10 food 21 in 2 places\nforaging tick 20 food 41 in 2 places\n", "10 11\n20 21\n",
                            "tick 20\n8 ants, 6 of them carry food\n", "4 nodes, 3 stored edges; the largest degree is that of node 3\n"};
  ASSERT_EQ(pieces.size(), std::size(expected));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    write_bytes(folder_.path() + "/piece.py", pieces[i]);
    EXPECT_EQ(output_of("cd " + folder_.path() + " && /usr/bin/python3 piece.py"), expected[i]) << pieces[i];
  }
}

}  // namespace
}  // namespace colony::test
