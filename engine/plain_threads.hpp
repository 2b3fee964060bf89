// Loops on plain threads, in place of TBB's under ThreadSanitizer: Debian's libtbb is not instrumented, so that the order its scheduler
// makes could not be seen, and hiding its false reports would hide the real ones too.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace colony::detail {

inline thread_local std::size_t plain_worker = 0;
inline thread_local bool inside_plain_loop = false;

/// f(i) for i in [0, n) on up to `threads` threads; inline when already inside such a loop.
template <class F>
void plain_for_each(std::size_t n, std::size_t threads, const F& f) {
  if (n < 2 || threads < 2 || inside_plain_loop) {
    for (std::size_t i = 0; i < n; ++i) f(i);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr error;
  const auto work = [&](std::size_t worker) {
    plain_worker = worker;
    inside_plain_loop = true;
    try {
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < n;) f(i);
    } catch (...) {
      if (!failed.exchange(true)) error = std::current_exception();
      next.store(n, std::memory_order_relaxed);
    }
    inside_plain_loop = false;
    plain_worker = 0;
  };
  std::vector<std::thread> others;
  for (std::size_t w = 1; w < std::min(n, threads); ++w) others.emplace_back(work, w);
  work(0);
  for (std::thread& thread : others) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace colony::detail
