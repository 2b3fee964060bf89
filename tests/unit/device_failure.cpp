// A device that fails: the processors do again what it was doing, and the state is the same.
#include <gtest/gtest.h>

#include "cuda/device.hpp"
#include "tests/golden/cases.hpp"

namespace colony::testing {
namespace {

struct FailsAfter {
  explicit FailsAfter(std::uint64_t operations) { fail_rehearsals_after(operations); }
  FailsAfter(const FailsAfter&) = delete;
  ~FailsAfter() { fail_rehearsals_after(0); }
};

void expect_fall_back(const Golden& golden) {
  for (const std::uint64_t operations : {1u, 2u, 5u, 9u, 34u, 121u}) {
    const std::shared_ptr<Device> device = device_for("rehearsal");
    Colony colony(golden.what, {3, 2, "range", 16, false, "ring", "rehearsal"});
    const FailsAfter fails(operations);
    ::testing::internal::CaptureStderr();
    colony.run(golden.ticks);
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(device->failed()) << operations;
    EXPECT_EQ(said.find("warning"), said.rfind("warning")) << said;
    EXPECT_NE(said.find("the CPU goes on"), std::string::npos) << said;
    EXPECT_EQ(colony.digest().hex(), golden.digest) << operations;
  }
}

/// Fails at each operation that a small colony asks of its device, in turn.
void expect_fall_back_anywhere(const Case& what, std::uint64_t ticks) {
  const Digest expected = digest_after(what, {}, ticks);
  std::uint64_t operations = 0;
  for (bool failed = true; failed;) {
    const std::shared_ptr<Device> device = device_for("rehearsal");
    Colony colony(what, {2, 1, "range", 4, false, "ring", "rehearsal"});
    const FailsAfter fails(++operations);
    ::testing::internal::CaptureStderr();
    colony.run(ticks);
    failed = device->failed();
    EXPECT_EQ(::testing::internal::GetCapturedStderr().empty(), !failed);
    EXPECT_EQ(colony.digest(), expected) << operations;
  }
  EXPECT_GT(operations, 30u);
}

TEST(DeviceFailure, AtAnyOperation) {
  using Piles = std::vector<std::vector<double>>;
  expect_fall_back_anywhere({"foraging", {{"start", std::string("random")}, {"piles", Piles{{5, 5, 3, 2}}}}, lattice(20, 12), 300}, 4);
  for (const char* direction : {"pull", "push"})
    expect_fall_back_anywhere({"epidemic",
                               {{"direction", std::string(direction)}, {"infection", 0.3}, {"seeds", std::int64_t{9}}},
                               random_graph(80, 400, true, true)},
                              4);
}

TEST(DeviceFailure, Foraging) { expect_fall_back(foraging()); }

TEST(DeviceFailure, Epidemic) {
  for (const char* direction : {"pull", "push", "auto"}) {
    Golden golden = epidemic();
    golden.what.parameters["direction"] = std::string(direction);
    expect_fall_back(golden);
  }
}

TEST(DeviceFailure, PoliciesThatRemember) { expect_fall_back(policy_foraging_recurrent()); }

TEST(Device, IsOneForAllWhoAsk) {
  const auto device = device_for("rehearsal");
  EXPECT_EQ(device_for("rehearsal"), device);
  EXPECT_EQ(device_for("cpu"), nullptr);
  const Colony colony(foraging().what, {2, 1, "range", 16, false, "ring", "rehearsal"});
  EXPECT_EQ(device.use_count(), 2) << "the colony has its own";
}

}  // namespace
}  // namespace colony::testing
