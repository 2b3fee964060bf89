#include "apps/shared/signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace colony {
namespace {

std::atomic<int> exit_status{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int signal) {
  const int status = 128 + signal;
  if (exit_status.exchange(status) != 0) _exit(status);
}

}  // namespace

SignalWatch::SignalWatch() {
  exit_status = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

SignalWatch::~SignalWatch() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

int SignalWatch::requested() { return exit_status.load(std::memory_order_relaxed); }

}  // namespace colony
