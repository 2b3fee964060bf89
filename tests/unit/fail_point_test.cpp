// Fail points kill the process at the n-th pass through the place that was named, and nowhere else.
#include "engine/fail_point.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace colony {
namespace {

/// Passes a child made before it died (9 when it was not killed).
int passes_before_death(const char* specification, int passes) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    if (!arm_fail_point(specification)) _exit(3);
    for (int i = 0; i < passes; ++i) {
      fail_point("before-rename");
      fail_point("in-snapshot");
      if (write(ends[1], "x", 1) != 1) _exit(4);
    }
    _exit(0);
  }
  close(ends[1]);
  int status = 0;
  waitpid(child, &status, 0);
  char buffer[16];
  const ssize_t made = read(ends[0], buffer, sizeof buffer);
  close(ends[0]);
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? 9 : -1;
  return WTERMSIG(status) == SIGKILL ? static_cast<int>(made) : -1;
}

TEST(FailPoint, KillsAtTheNamedPass) {
  EXPECT_EQ(passes_before_death("before-rename", 5), 0);
  EXPECT_EQ(passes_before_death("before-rename:1", 5), 0);
  EXPECT_EQ(passes_before_death("in-snapshot:4", 5), 3);
  EXPECT_EQ(passes_before_death("in-snapshot:6", 5), 9);
  EXPECT_EQ(passes_before_death("in-recovery", 5), 9);
  EXPECT_EQ(passes_before_death("", 5), 9);
}

TEST(FailPoint, ReportsWhatItDoesNotKnow) {
  for (const char* wrong : {"befor-rename", "before-rename:", "before-rename:0", "before-rename:-1", "before-rename:2x", ":1"}) {
    testing::internal::CaptureStderr();
    EXPECT_FALSE(arm_fail_point(wrong)) << wrong;
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find(wrong), std::string::npos);
    EXPECT_NE(said.find("after-round-1"), std::string::npos) << "the names are listed";
  }
  fail_point("before-rename");  // nothing is armed after a mistake: this test goes on
}

TEST(FailPoint, ReadsTheEnvironmentAtStart) {
  // The test program itself is started again with a bad name and with a good one; it lists its tests and passes no fail point.
  const std::string program = "exe=$(readlink /proc/" + std::to_string(getpid()) + "/exe); ";
  const auto output = [&](const std::string& value) {
    std::string text;
    FILE* stream = popen((program + "COLONY_FAIL_POINT=" + value + " $exe --gtest_list_tests 2>&1").c_str(), "r");
    if (stream == nullptr) return text;
    char buffer[512];
    while (fgets(buffer, sizeof buffer, stream) != nullptr) text += buffer;
    pclose(stream);
    return text;
  };
  EXPECT_NE(output("nonsense").find("COLONY_FAIL_POINT: \"nonsense\" is ignored"), std::string::npos);
  EXPECT_EQ(output("in-recovery:2").find("ignored"), std::string::npos);
}

}  // namespace
}  // namespace colony
