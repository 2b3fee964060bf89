// apps/cluster/pages: what a coordinator says of its run, and what it does when it is asked to change it.
#include "apps/cluster/pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "apps/commands/command_status.hpp"
#include "engine/error.hpp"

namespace colony {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

Session::View view_of_two() {
  Session::View view;
  view.phase = "running";
  view.epoch = 3;
  view.incarnation = 2;
  view.now_ns = 10'000'000'000;
  view.tick = Tick(150);
  view.epoch_start = Tick(100);
  view.ticks_per_second = 12.5;
  view.committed = Tick(100);
  view.committed_ns = 7'000'000'000;
  view.coordinator_us_per_tick = 9.5;
  view.bytes_sent = 70'000;
  view.wait_ns = 3'000'000'000;
  view.blocks = 5;
  view.nodes = 50;
  view.edges = 200;
  view.agents = 30;
  for (std::uint32_t shard : {0u, 2u}) {
    MemberView member;
    member.shard = ShardId(shard);
    member.host = "host \"a\"";
    member.pid = 100 + shard;
    member.state = "running";
    member.tick = Tick(150);
    member.blocks = shard == 0 ? 3 : 2;
    member.nodes = member.blocks * 10;
    member.agents = 10 + 5 * shard;
    member.cpu_ns = 2'500'000'000;
    member.resident_bytes = 1 << 20;
    member.cost.wait_ns = 1'000'000;
    member.cost.bytes_sent = 5'000;
    member.last_beat_ns = 9'500'000'000;
    view.members.push_back(member);
  }
  const std::vector<std::uint64_t> sizes(5, 10);
  view.placement = std::make_shared<const Placement>(std::vector{ShardId(0), ShardId(2)}, std::vector<std::uint32_t>{0, 0, 1, 1, 0}, sizes,
                                                     std::vector<Pin>{});
  return view;
}

RunLabel label() { return {"flu", "epidemic", 1000, "head", 77, false}; }

TEST(Pages, StatusIsTheViewInUnitsForReaders) {
  const ClusterStatus status = status_of(view_of_two(), label());
  EXPECT_EQ(status.tick, 150u);
  EXPECT_EQ(status.last_tick, 1000u);
  EXPECT_EQ(status.committed_tick, 100u);
  EXPECT_DOUBLE_EQ(status.committed_seconds_ago.value(), 3);
  EXPECT_DOUBLE_EQ(status.round_us_per_tick, 20) << "1 ms in 50 ticks, the mean of the members";
  EXPECT_DOUBLE_EQ(status.bytes_per_tick, 200) << "10000 bytes in 50 ticks, of all members";
  ASSERT_EQ(status.members.size(), 2u);
  EXPECT_EQ(status.members[1].shard, 2u);
  EXPECT_DOUBLE_EQ(status.members[1].cpu_seconds, 2.5);
  EXPECT_DOUBLE_EQ(status.members[1].silent_seconds, 0.5);
  EXPECT_EQ(cluster_status_from_json(to_json(status), "here"), status);
  EXPECT_THAT(to_json(status), Not(HasSubstr("\n")));
}

TEST(Pages, BeforeTheFirstTickNothingIsDividedByNothing) {
  const ClusterStatus status = status_of({}, label());
  EXPECT_EQ(status.round_us_per_tick, 0);
  EXPECT_EQ(status.bytes_per_tick, 0);
  EXPECT_FALSE(status.committed_tick);
  EXPECT_FALSE(status.agents);
  EXPECT_EQ(cluster_status_from_json(to_json(status), "here"), status);
  EXPECT_THAT(status_text(status, "runs/flu"), AllOf(HasSubstr("none committed"), HasSubstr("agents not known yet")));
  for (const char* unknown : {"committed_tick", "colony_agents"}) EXPECT_THAT(metrics_text({}, label()), Not(HasSubstr(unknown)));
}

TEST(Pages, ShardsListTheirBlocksAsRanges) {
  const ShardsStatus shards = shards_of(view_of_two());
  ASSERT_EQ(shards.shards.size(), 2u);
  EXPECT_THAT(shards.shards[0].ranges, ElementsAre(Pair(0u, 1u), Pair(4u, 4u)));
  EXPECT_THAT(shards.shards[1].ranges, ElementsAre(Pair(2u, 3u)));
  EXPECT_EQ(shards_status_from_json(to_json(shards), "here"), shards);
  EXPECT_THAT(shards_text(shards), HasSubstr("0-1,4"));
}

TEST(Pages, WhatIsNoStatusIsRefusedByItsPlace) {
  for (const char* text : {"", "{", "[]", "{}", "nonsense", "{\"job\":3}"}) {
    try {
      cluster_status_from_json(text, "http://there");
      ADD_FAILURE() << text;
    } catch (const ClusterError& error) {
      EXPECT_THAT(error.what(), HasSubstr("http://there answers with something"));
    }
    EXPECT_THROW(shards_status_from_json(text, "there"), ClusterError);
  }
}

TEST(Pages, MetricsAreDescribedAndLabelled) {
  const std::string text = metrics_text(view_of_two(), label());
  for (const char* line :
       {"# HELP colony_tick The tick that the colony has reached.\n# TYPE colony_tick gauge\ncolony_tick 150\n", "colony_epoch 3\n",
        "colony_members 2\n", "colony_committed_tick 100\n", "# TYPE colony_bytes_sent_total counter\ncolony_bytes_sent_total 70000\n",
        "colony_ticks_per_second 12.5\n", "colony_round_seconds_total 3\n", "colony_coordinator_seconds_per_tick 9.5e-06\n",
        "colony_member_agents{shard=\"2\",host=\"host \\\"a\\\"\"} 20\n", "colony_member_cpu_seconds_total{shard=\"0\",host=",
        "colony_member_resident_bytes{shard=\"0\",host=\"host \\\"a\\\"\"} 1048576\n", "colony_info{name=\"flu\",model=\"epidemic\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(Pages, HealthIsGoodWhileTicksAreDone) {
  Session::View view;
  for (const auto& [phase, status] :
       {std::pair("gathering", 503u), {"beginning", 503u}, {"running", 200u}, {"ending", 200u}, {"finished", 200u}}) {
    view.phase = phase;
    EXPECT_EQ(health_of(view).status, status) << phase;
  }
}

class PagesChange : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "colony-pages-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    secret = Secret::make(folder + "/secret");
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  unsigned ask(const std::string& target, bool proven = true) {
    const HttpRoutes routes =
        pages_of({run, secret, "nonce", [this] { return view; }, [this](ClusterEvent e) { posted.push_back(std::move(e)); }});
    HttpRequest request{"POST", target, proven ? authorization_of(secret, "nonce", "POST", target, unix_time_ns()) : ""};
    const HttpResponse answer = routes.at({"POST", request.path()})(request);
    said = answer.body;
    return answer.status;
  }

  std::string folder, said;
  Secret secret;
  RunLabel run = label();
  Session::View view = view_of_two();
  std::vector<ClusterEvent> posted;
};

TEST_F(PagesChange, WhatIsProvenAndPossibleGoesToTheLead) {
  EXPECT_EQ(ask("/drain?shard=2"), 202u) << said;
  EXPECT_EQ(ask("/migrate?block=4&shard=2"), 202u) << said;
  EXPECT_EQ(ask("/migrate?shard=0&block=1"), 202u) << said;
  ASSERT_EQ(posted.size(), 3u);
  EXPECT_EQ(std::get<DrainAsked>(posted[0]).shard, ShardId(2));
  EXPECT_EQ(std::get<PinAsked>(posted[1]).pin, (PinSpec{4, 2}));
  EXPECT_EQ(std::get<PinAsked>(posted[2]).pin, (PinSpec{1, 0}));
}

TEST_F(PagesChange, WhatIsNotChangesNothing) {
  EXPECT_EQ(ask("/drain?shard=2", false), 403u);
  EXPECT_EQ(ask("/migrate?block=4&shard=2", false), 403u);
  for (const char* bad : {"/drain", "/drain?", "/drain?shard", "/drain?shard=", "/drain?shard=x", "/drain?shard=1x", "/drain?shard=-1",
                          "/drain?shard=4294967296", "/drain?shard=0&shard=0", "/drain?block=0", "/drain?shard=0&a=1", "/migrate?block=1",
                          "/migrate?shard=1", "/migrate?block=1&shard="})
    EXPECT_EQ(ask(bad), 400u) << bad;
  EXPECT_EQ(ask("/drain?shard=1"), 404u);
  EXPECT_THAT(said, HasSubstr("there is no shard 1; there are 0, 2"));
  EXPECT_EQ(ask("/migrate?block=5&shard=0"), 404u);
  EXPECT_THAT(said, HasSubstr("blocks are 0 to 4"));
  EXPECT_EQ(ask("/migrate?block=4&shard=1"), 404u);
  view.members[0].state = "leaving";
  EXPECT_EQ(ask("/drain?shard=2"), 409u);
  EXPECT_THAT(said, HasSubstr("no other member would be left"));
  view.blocks = 0;
  EXPECT_EQ(ask("/migrate?block=0&shard=2"), 409u);
  view = view_of_two();
  run.fixed_members = true;
  EXPECT_EQ(ask("/drain?shard=2"), 409u);
  EXPECT_TRUE(posted.empty());
}

}  // namespace
}  // namespace colony
