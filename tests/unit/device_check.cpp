// The checks of scripts/gpu-check, of the rehearsal of a card in place of a card.
#include <gtest/gtest.h>

#include "cuda/check/kernels.hpp"
#include "cuda/check/networks.hpp"

namespace colony::check {
namespace {

const Limits limits{1e9, 1e9};

TEST(GpuCheck, NetworksAreTheSame) {
  for (const OpKind activation : {OpKind::tanh, OpKind::relu}) EXPECT_TRUE(same_bits(network_of({"", {8, 16, 5}, activation})));
  EXPECT_TRUE(same_bits(network_of_everything()));
  const Network network = network_of({"", {8, 16, 5}, OpKind::relu});
  EXPECT_GT(kernel_seconds(network, 1000, 2), 0);
  EXPECT_GT(decide_seconds(network, 1000), 0);
}

TEST(GpuCheck, SelectionsAreTheSame) {
  for (const std::size_t n : {0, 1, 9999}) EXPECT_TRUE(check_keep(n));
}

TEST(GpuCheck, KernelsAreTheSame) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(check_kernels(limits, 20'000));
  EXPECT_EQ(::testing::internal::GetCapturedStdout().find("false"), std::string::npos);
  ::testing::internal::GetCapturedStderr();
}

TEST(GpuCheck, BandwidthIsMeasured) { EXPECT_GT(bytes_per_second(1 << 16), 0); }

}  // namespace
}  // namespace colony::check
