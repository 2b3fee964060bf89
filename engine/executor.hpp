// Threads. One TBB arena a process; code that runs inside Executor::run may call for_range, also nested (shards, then chunks).
#pragma once

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#ifdef __SANITIZE_THREAD__
#include "engine/plain_threads.hpp"
#endif

namespace colony {

class Executor {
 public:
  /// threads: 0 = all that the machine has.
  explicit Executor(int threads = 0) : arena_(threads > 0 ? threads : tbb::task_arena::automatic) {}

  int threads() { return arena_.max_concurrency(); }

  /// Runs f() inside the arena and returns what it returns. (Under ThreadSanitizer outside: what TBB calls is not looked at.)
  template <class F>
  decltype(auto) run(F&& f) {
#ifdef __SANITIZE_THREAD__
    return std::forward<F>(f)();
#else
    return arena_.execute(std::forward<F>(f));
#endif
  }

  /// f(begin, end) over [0, n) in pieces of at least `grain`; inline when that makes one piece, or with one thread.
  /// Call inside run().
  template <class F>
  void for_range(std::size_t n, std::size_t grain, const F& f) {
    if (n == 0) return;
    if (n <= grain || threads() == 1) {
      f(std::size_t{0}, n);
      return;
    }
#ifdef __SANITIZE_THREAD__
    const std::size_t pieces = (n + grain - 1) / grain;
    detail::plain_for_each(pieces, static_cast<std::size_t>(threads()), [&](std::size_t p) { f(p * grain, std::min(n, (p + 1) * grain)); });
#else
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, n, grain),
                      [&](const tbb::blocked_range<std::size_t>& r) { f(r.begin(), r.end()); });
#endif
  }

  /// f(i) for each i in [0, n), one task each.
  template <class F>
  void for_each(std::size_t n, const F& f) {
    if (n == 1 || threads() == 1) {
      for (std::size_t i = 0; i < n; ++i) f(i);
      return;
    }
#ifdef __SANITIZE_THREAD__
    detail::plain_for_each(n, static_cast<std::size_t>(threads()), f);
#else
    tbb::parallel_for(
        std::size_t{0}, n, [&](std::size_t i) { f(i); }, tbb::simple_partitioner{});
#endif
  }

  /// Index of the calling thread in [0, threads()): for scratch memory only, never for results.
  static std::size_t worker() {
#ifdef __SANITIZE_THREAD__
    return detail::plain_worker;
#else
    const int index = tbb::this_task_arena::current_thread_index();
    return index < 0 ? 0 : static_cast<std::size_t>(index);
#endif
  }

 private:
  tbb::task_arena arena_;
};

}  // namespace colony
