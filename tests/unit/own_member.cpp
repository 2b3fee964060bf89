// A cluster whose one member is a part of the process, without a run folder's records around it: the state after some ticks is what the
// same colony comes to when its host is driven by hand.
#include "apps/run/own_member.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "coordinator/cluster.hpp"
#include "coordinator/globals.hpp"
#include "engine/error.hpp"
#include "engine/globals/runs.hpp"
#include "engine/kernels/access.hpp"
#include "engine/model/seeder.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "tests/support/bazaar.hpp"
#include "tests/support/colony.hpp"
#include "tests/support/graphs.hpp"
#include "tests/unit/storage_support.hpp"

namespace colony::testing {
namespace {

constexpr std::uint64_t last = 12;

struct Went {
  Digest digest;
  Globals globals;
  std::vector<Tick> rows;
  std::vector<Manifest> committed;
  ClusterFinish finish;
};

/// Sessions' own shell, in few lines.
class InProcess {
 public:
  InProcess(const Case& what, const Shape& shape, std::uint64_t observe_every, std::uint64_t checkpoint_every = 0)
      : executor_(shape.threads), model_(what.make ? what.make() : throw std::logic_error("a case that makes no model")), schema_(job_) {
    Graph graph = executor_.run([&] { return what.graph(executor_); });
    job_ = job_of(what, shape, *model_, graph);
    model_->setup(job_);
    model_->declare(schema_);
    schema_.finish();
    graph_ = what.graph;
    plan_.course.globals = schema_.globals();
    plan_.course.happenings = happening_slots(schema_);
    plan_.course.last = Tick(last);
    plan_.course.observe_every = observe_every;
    plan_.course.checkpoint_every = checkpoint_every;
    plan_.schema = &schema_;
    plan_.model = job_.model;
    plan_.seed = job_.seed;
    plan_.shards_each = shape.shards;
    plan_.one_process = true;
    plan_.fixed_members = true;
    plan_.heartbeat_ns = 0;
  }

  Went go(std::optional<Manifest> from = std::nullopt) {
    plan_.incarnation = from ? 2 : 1;
    OwnMember member(parts(), {});
    Cluster cluster(plan_, std::move(from), 0);
    Went went{};
    std::vector<ClusterEvent> events;
    bool over = false;
    const std::function<void(ClusterEvent)> step = [&](ClusterEvent event) {
      for (ClusterAction& action : cluster.step(std::move(event))) {
        if (auto* order = std::get_if<SendOrder>(&action)) member.send(order->connection, std::move(order->order));
        else if (const auto* row = std::get_if<WriteRow>(&action)) went.rows.push_back(row->tick);
        else if (std::holds_alternative<NoteLengths>(action)) cluster.note_lengths({});
        else if (const auto* commit = std::get_if<Commit>(&action)) {
          commit_checkpoint(storage_, commit->manifest);
          went.committed.push_back(commit->manifest);
          commits_.push_back(commit->manifest.stamp.tick);
        } else if (const auto* finish = std::get_if<ClusterFinish>(&action)) {
          went.finish = *finish;
          over = true;
        }
      }
    };
    executor_.run([&] {
      while (!over) {
        const bool more = member.gather(events, 0);
        EXPECT_TRUE(more || !commits_.empty()) << "nothing is waited for";
        for (ClusterEvent& event : events) step(std::move(event));
        events.clear();
        for (const Tick tick : std::exchange(commits_, {}))
          if (!over) step(CommitDone{tick, true, {}, 0});
      }
    });
    went.digest = cluster.digest().value_or(Digest{});
    went.globals = cluster.globals();
    return went;
  }

 private:
  MemberParts parts() {
    return {.schema = schema_,
            .model = *model_,
            .schema_hash = 0,
            .executor = executor_,
            .storage = storage_,
            .clock = clock_,
            .link = link_,
            .frame_timeout_ns = 0,
            .graph = [this](const BeginOrder&) { return graph_(executor_); },
            .snapshot = [](std::span<const ShardImage>, std::uint32_t) { return std::vector<GroupImage>(); }};
  }

  Executor executor_;
  SystemClock clock_;
  test::TemporaryFolder folder_;
  PosixStorage storage_{folder_.path()};
  NoLink link_;
  Job job_;
  std::unique_ptr<Model> model_;
  Schema schema_;
  std::function<Graph(Executor&)> graph_;
  ClusterPlan plan_;
  std::vector<Tick> commits_;
};

/// Half of the nodes come nearer to the others as long as there are two camps.
class Camps final : public Model {
 public:
  std::string summary() const override { return "two camps"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  void setup(const Job&) override {}
  void declare(Schema& s) override {
    s.layer("people");
    place_ = s.field<double>("place");
    const GlobalRuns camps = s.runs(place_, 0x1p-10, 1 << 10);
    s.decay(Approach{.place = place_}, {.when = [camps](const Globals& g) { return runs_of(g, camps).size() > 1; }});
    s.observe_sum("places", place_);
  }
  void populate(Seeder& seeder) const override {
    seeder.nodes([&](std::uint64_t id, LocalIndex i) { seeder.set(place_, i, id % 2 == 0 ? 0.0 : 3.0); });
  }

 private:
  struct Approach {
    Write<double> place;
    template <class Here>
    void operator()(const Here& here) const {
      if (here.id() % 2 == 0) place(here) += 0.25;
    }
  };
  NodeField<double> place_{};
};

Case of(std::function<std::unique_ptr<Model>()> make) {
  Case what;
  what.model = "test";
  what.make = std::move(make);
  what.graph = random_graph(60, 200, false);
  what.population = 40;
  return what;
}
const Case camps = of([] { return std::make_unique<Camps>(); });

const Case bazaar = of([] { return std::make_unique<Bazaar>(0.0); });

Digest by_hand(const Case& what) {
  Colony colony(what, {});
  colony.run(last);
  return colony.digest();
}

TEST(OwnMember, ComesToWhatAHostDrivenByHandDoes) {
  const Digest expected = by_hand(bazaar);
  for (const Shape& shape : {Shape{}, Shape{.shards = 3, .threads = 2}, Shape{.shards = 2, .through_bytes = true}}) {
    const Went went = InProcess(bazaar, shape, 5).go();
    EXPECT_EQ(went.digest, expected) << shape;
    EXPECT_THAT(went.rows, ::testing::ElementsAre(Tick(0), Tick(5), Tick(10), Tick(12))) << shape;
    EXPECT_TRUE(went.finish.checkpointed);
    EXPECT_EQ(went.finish.error, "");
  }
}

TEST(OwnMember, WritesAFileAShardAndGoesOnFromThem) {
  InProcess run(bazaar, {.shards = 3, .threads = 2}, 1, 5);
  const Went whole = run.go();
  ASSERT_EQ(whole.committed.size(), 3u);
  const Manifest& middle = whole.committed[1];
  EXPECT_EQ(middle.stamp.tick, Tick(10));
  EXPECT_EQ(middle.files.size(), 3u);
  const Went rest = run.go(middle);
  EXPECT_EQ(rest.digest, whole.digest);
  EXPECT_THAT(rest.rows, ::testing::ElementsAre(Tick(11), Tick(12)));
}

/// Members were not sent the runs: a kernel that looked at them ended a run on many processes.
TEST(OwnMember, KernelsSeeRunsHoweverSeldomRowsAreWritten) {
  const Digest expected = by_hand(camps);
  for (const std::uint64_t every : {1, 5, 100})
    for (const std::uint32_t shards : {1, 3}) {
      const Went went = InProcess(camps, {.shards = shards}, every).go();
      EXPECT_EQ(went.digest, expected) << every << " " << shards;
    }
}

class Broken final : public Model {
 public:
  std::string summary() const override { return "breaks"; }
  std::vector<ParameterSpec> parameters() const override { return {}; }
  void setup(const Job&) override {}
  void declare(Schema& s) override {
    s.layer("people");
    s.decay(Throw{.tick = {}, .seen = s.field<std::uint64_t>("seen")});
  }
  void populate(Seeder&) const override {}

 private:
  struct Throw {
    TickNumber tick;
    Write<std::uint64_t> seen;
    template <class Here>
    void operator()(const Here& here) const {
      if (tick() == 3 && here.id() == 7) throw std::runtime_error("seven");
      seen(here) = tick();
    }
  };
};

TEST(OwnMember, ItsErrorIsTheRunsInItsOwnWords) {
  const Went went = InProcess(of([] { return std::make_unique<Broken>(); }), {.shards = 2}, 1).go();
  EXPECT_EQ(went.finish.exit_status, static_cast<int>(ExitStatus::bad_data));
  EXPECT_THAT(went.finish.error, ::testing::StartsWith("your model: "));
  EXPECT_THAT(went.finish.error, ::testing::EndsWith("seven"));
}

}  // namespace
}  // namespace colony::testing
