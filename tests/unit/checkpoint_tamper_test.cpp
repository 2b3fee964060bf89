// A bad, torn or foreign file is refused with its name and the reason, and the checkpoint before it is offered.
#include <gmock/gmock.h>
#include <xxhash.h>

#include "checkpoint_support.hpp"

namespace colony::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class TamperTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  PosixStorage storage_{folder_.path()};
  std::string shard_ = folder_.path() + "/checkpoints/tick-000000000200/shard-0001.r1.e1.h5";
  std::string manifest_ = folder_.path() + "/checkpoints/tick-000000000200/manifest.r1.e1.json";

  void SetUp() override {
    write_checkpoint(storage_, make_stamp(100));
    write_checkpoint(storage_, make_stamp(200));
  }

  /// What is said of the newest checkpoint, which must be refused; the one before it must be offered, and taken when asked for.
  std::string refusal() {
    const std::string said = storage_error_of([&] { latest_usable(storage_, make_owner()); });
    EXPECT_THAT(said, HasSubstr("the checkpoint of tick 100 before it is whole: add --fallback"));
    std::vector<std::string> warnings;
    RecoveryOptions options;
    options.fallback = true;
    options.warn = [&](const std::string& warning) { warnings.push_back(warning); };
    const std::optional<CommittedCheckpoint> previous = latest_usable(storage_, make_owner(), options);
    EXPECT_TRUE(previous && previous->manifest.stamp.tick == Tick(100));
    EXPECT_EQ(warnings.size(), 1u);
    return said;
  }

  void edit_manifest(const std::string& from, const std::string& to) {
    std::string text = read_bytes(manifest_);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_bytes(manifest_, text.replace(at, from.size(), to));
  }
};

TEST_F(TamperTest, TruncatedFile) {
  std::filesystem::resize_file(shard_, std::filesystem::file_size(shard_) - 1);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(shard_), HasSubstr("is torn")));
}

TEST_F(TamperTest, LongerFile) {
  std::filesystem::resize_file(shard_, std::filesystem::file_size(shard_) + 1);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(shard_), HasSubstr("was altered: it has")));
}

TEST_F(TamperTest, EveryTenthPartOfAFileIsCovered) {
  const std::string original = read_bytes(shard_);
  for (std::size_t i = 0; i < 10; ++i) {
    std::string bytes = original;
    bytes[i * (bytes.size() - 1) / 9] ^= 0x10;
    write_bytes(shard_, bytes);
    EXPECT_THAT(refusal(), AllOf(HasSubstr(shard_), HasSubstr("was altered: its checksum"))) << i;
  }
  write_bytes(shard_, original);
  EXPECT_EQ(latest_usable(storage_, make_owner())->manifest.stamp.tick, Tick(200));
}

TEST_F(TamperTest, MissingFile) {
  std::filesystem::remove(shard_);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(shard_), HasSubstr("is missing")));
}

TEST_F(TamperTest, FileOfAnotherTick) {
  write_bytes(shard_, read_bytes(folder_.path() + "/checkpoints/tick-000000000100/shard-0001.r1.e1.h5"));
  EXPECT_THAT(refusal(), AllOf(HasSubstr(shard_), HasSubstr("its checksum is")));
}

TEST_F(TamperTest, FileOfAnotherIncarnation) {
  write_shard_file(storage_, make_stamp(200, 2), make_image(1, Tick(200)));
  std::filesystem::rename(folder_.path() + "/checkpoints/tick-000000000200/shard-0001.r2.e1.h5", shard_);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(shard_), HasSubstr("its checksum is")));
}

TEST_F(TamperTest, ManifestRenamedToAnotherIncarnation) {
  std::filesystem::rename(manifest_, folder_.path() + "/checkpoints/tick-000000000200/manifest.r2.e1.json");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("manifest.r2.e1.json"), HasSubstr("is the manifest of tick 200, incarnation 1")));
}

TEST_F(TamperTest, ManifestEdited) {
  edit_manifest("\"observables_bytes\": 1234", "\"observables_bytes\": 1235");
  EXPECT_THAT(refusal(), AllOf(HasSubstr(manifest_), HasSubstr("was altered")));
}

TEST_F(TamperTest, ManifestTorn) {
  const std::string text = read_bytes(manifest_);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size() - 2}) {
    write_bytes(manifest_, text.substr(0, size));
    EXPECT_THAT(refusal(), AllOf(HasSubstr(manifest_), HasSubstr("is torn"))) << size;
  }
}

TEST_F(TamperTest, ManifestWithoutChecksum) {
  edit_manifest("\"checksum\"", "\"checksun\"");
  EXPECT_THAT(refusal(), AllOf(HasSubstr(manifest_), HasSubstr("has no checksum")));
}

TEST_F(TamperTest, NothingUsableIsSaidSo) {
  std::filesystem::remove(shard_);
  std::filesystem::remove_all(folder_.path() + "/checkpoints/tick-000000000100");
  RecoveryOptions options;
  for (const bool fallback : {false, true}) {
    options.fallback = fallback;
    EXPECT_THAT(storage_error_of([&] { latest_usable(storage_, make_owner(), options); }),
                AllOf(HasSubstr(shard_), HasSubstr("no checkpoint before it can be used")));
  }
}

TEST_F(TamperTest, CheckpointOfAnotherRun) {
  const auto refused = [&](CheckpointOwner owner, const std::string& reason) {
    EXPECT_THAT(storage_error_of([&] { latest_usable(storage_, owner); }), AllOf(HasSubstr(manifest_), HasSubstr(reason)));
  };
  CheckpointOwner owner = make_owner();
  owner.model = "life";
  refused(owner, "its model is foraging and the job's is life");
  owner = make_owner();
  owner.schema_hash = 1;
  refused(owner, "its schema hash is 0000000000abcdef and the job's is 0000000000000001");
  owner = make_owner();
  owner.seed = 43;
  refused(owner, "its seed is 42 and the job's is 43");
  owner = make_owner();
  owner.static_hash = 0;
  refused(owner, "its topology hash is");
}

/// A file whose length and checksum the manifest vouches for and which is foreign all the same.
TEST_F(TamperTest, ForeignFileUnderAManifestThatVouchesForIt) {
  const auto refused = [&](const CheckpointStamp& written, const ShardImage& image, const std::string& reason) {
    PosixStorage other(folder_.path() + "/other" + reason);
    Manifest manifest = make_manifest(make_stamp(300));
    FileRecord record = write_shard_file(other, written, image);
    const std::string wrong = other.path_of(checkpoint_folder(written.tick) + "/" + record.name);
    record.name = shard_file_name(manifest.stamp, ShardId(0));
    record.shard = ShardId(0);
    record.digest = make_image(0, Tick(300)).digest;
    manifest.files.push_back(record);
    storage_.make_folder(checkpoint_folder(Tick(300)));
    const std::string path = storage_.path_of(checkpoint_folder(Tick(300)) + "/" + record.name);
    std::filesystem::copy_file(wrong, path, std::filesystem::copy_options::overwrite_existing);
    EXPECT_THAT(storage_error_of([&] { read_shard_file(storage_, manifest, 0); }),
                AllOf(HasSubstr(path), HasSubstr("its " + reason + " is")));
  };
  CheckpointStamp stamp = make_stamp(300);
  stamp.model = "life";
  refused(stamp, make_image(0, Tick(300)), "model");
  stamp = make_stamp(300);
  stamp.schema_hash = 5;
  refused(stamp, make_image(0, Tick(300)), "schema hash");
  stamp = make_stamp(300);
  stamp.seed = 5;
  refused(stamp, make_image(0, Tick(300)), "seed");
  refused(make_stamp(301), make_image(0, Tick(301)), "tick");
  refused(make_stamp(300), make_image(1, Tick(300)), "shard");
  ShardImage image = make_image(0, Tick(300));
  image.digest.low ^= 1;
  refused(make_stamp(300), image, "digest");
}

TEST_F(TamperTest, FileThatIsNoHdf5UnderAManifestThatVouchesForIt) {
  Manifest manifest = make_manifest(make_stamp(200));
  const std::string bytes(5000, 'x');
  manifest.files.push_back({"shard-0001.r1.e1.h5", ShardId(1), {bytes.size(), XXH3_64bits(bytes.data(), bytes.size())}, {}});
  write_bytes(shard_, bytes);
  EXPECT_THAT(storage_error_of([&] { read_shard_file(storage_, manifest, 0); }), AllOf(HasSubstr(shard_), HasSubstr("opening: HDF5:")));
}

TEST(ManifestTest, GivesBackEverything) {
  Manifest manifest = make_manifest({"model \"x\"", ~std::uint64_t{0}, ~std::uint64_t{0}, Tick(12), 3, 4});
  manifest.rows.events = {99, 7};
  manifest.snapshots = {{"snapshots/food/tick-000000000010.h5", {5, 6}}, {"snapshots/1/tick-000000000012.h5", {7, 8}}};
  manifest.globals.push_back({"extremes", {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}});
  manifest.files = {{"shard-0000.r3.e4.h5", ShardId(0), {10, 20}, {30, 40}}, {"shard-12345.r3.e4.h5", ShardId(12345), {1, 2}, {3, 4}}};
  EXPECT_EQ(parse_manifest(to_json(manifest), "m"), manifest);
}

TEST(ManifestTest, IsReadStrictly) {
  Manifest manifest = make_manifest(make_stamp(12));
  manifest.files = {{"shard-0000.r1.e1.h5", ShardId(0), {10, 20}, {30, 40}}};
  manifest.snapshots = {{"snapshots/food/tick-000000000010.h5", {5, 6}}};
  const std::string good = open_sealed(to_json(manifest), "m");
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& reason) {
    std::string text = good;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    EXPECT_THAT(storage_error_of([&] { parse_manifest(seal(text), "m"); }), HasSubstr("m: " + reason));
  };
  refused("\"epoch\":1,", "", "the manifest has no \"epoch\"");
  refused("\"epoch\":1,", "\"epoch\":1,\"extra\":0,", "the manifest has an unknown \"extra\"");
  refused("\"epoch\":1", "\"epoch\":-1", "the manifest \"epoch\" is not a number of 0 or more");
  refused("\"epoch\":1", "\"epoch\":1.5", "the manifest \"epoch\" is not a number of 0 or more");
  refused("\"seed\":42", "\"seed\":99999999999999999999", "the manifest \"seed\" is not a number of 0 or more");
  refused("\"format_version\":2", "\"format_version\":3", "the manifest is of format version 3, and this program reads version 2");
  refused("\"format_version\":2", "\"format_version\":1", "the manifest is of format version 1, and this program reads version 2");
  refused("\"last_row\":7", "\"last_row\":13", "the manifest has a \"last_row\" after its tick");
  refused("\"counts\":[{\"name\":\"new\",\"values\":[3]}],", "", "the manifest has no \"counts\"");
  refused("colony-checkpoint", "other", "the manifest is not that of a checkpoint");
  refused("\"count\":3", "\"count\":4", "\"blocks\" has a count of 4 and 3 sizes");
  refused("shard-0000.r1.e1.h5", "../../secret.h5", "an entry of \"files\" names \"../../secret.h5\"");
  for (const char* name : {"snapshots/../tick-000000000010.h5", "snapshots/food/tick-000000000013.h5", "snapshots//tick-000000000010.h5",
                           "snapshots/food/tick-10.h5", "job.toml"})
    refused("snapshots/food/tick-000000000010.h5", name, std::string("an entry of \"snapshots\" names \"") + name);
  refused("0000000000000077", "77", "the manifest \"static_hash\" is not 16 hexadecimal digits");
  refused("\"values\":[1]", "\"values\":[1.5]", "an entry of \"globals\" \"values\" holds something that is not an integer");
  refused("\"model\":\"foraging\"", "\"model\":7", "the manifest \"model\" is not text");
}

TEST(ManifestTest, NamesSayTickIncarnationAndEpoch) {
  EXPECT_EQ(checkpoint_folder(Tick(100)), "checkpoints/tick-000000000100");
  EXPECT_EQ(shard_file_name(make_stamp(1, 2, 3), ShardId(7)), "shard-0007.r2.e3.h5");
  EXPECT_EQ(manifest_name(make_stamp(1, 2, 3)), "manifest.r2.e3.json");
  EXPECT_EQ(tick_of_folder("tick-000000000100"), Tick(100));
  EXPECT_EQ(tick_of_folder("tick-1234567890123"), Tick(1234567890123));
  for (const char* wrong : {"tick-100", "tick-00000000010x", "static-000000000100", "tick-", "tick--00000000100"})
    EXPECT_FALSE(tick_of_folder(wrong));
  const std::optional<FileName> shard = parse_file_name("shard-0007.r2.e3.h5");
  ASSERT_TRUE(shard.has_value());
  EXPECT_EQ(shard->incarnation, 2u);
  EXPECT_EQ(shard->epoch, 3u);
  EXPECT_FALSE(shard->manifest);
  EXPECT_TRUE(parse_file_name("manifest.r12.e3.json")->manifest);
  EXPECT_FALSE(parse_file_name(".manifest.r12.e3.json.77-0.tmp")->manifest) << "not committed yet";
  for (const char* wrong :
       {"manifest.json", "manifest.r1.json", "manifest.r1.e1.json.bak", "shard-x.r1.e1.h5", "notes.r1.e1.h5", "shard-1.r.e1.h5", ""})
    EXPECT_FALSE(parse_file_name(wrong)) << wrong;
}

TEST(DigestTest, HexGoesBothWays) {
  const Digest digest{0x0123456789abcdefu, 0xfedcba9876543210u};
  EXPECT_EQ(digest.hex(), "fedcba98765432100123456789abcdef");
  EXPECT_EQ(Digest::parse(digest.hex()), digest);
  EXPECT_EQ(Digest::parse(std::string(32, '0')), Digest{});
  for (const std::string& wrong : {std::string(), std::string(31, '0'), std::string(33, '0'), std::string(31, '0') + "g",
                                   std::string("FEDCBA98765432100123456789ABCDEF"), "+" + std::string(31, '1')})
    EXPECT_THROW(Digest::parse(wrong), DataError) << wrong;
}

}  // namespace
}  // namespace colony::test
