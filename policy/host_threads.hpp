// Loops on the threads of the host: Thrust's, on the TBB arena of the caller.
#pragma once

#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/tbb/execution_policy.h>

#include <algorithm>
#include <cstddef>

#ifdef __SANITIZE_THREAD__
#include "engine/plain_threads.hpp"
#endif

namespace colony {

/// f(i) for each i in [0, n), in any order.
template <class F>
void for_each_on_host(std::size_t n, const F& f) {
#ifdef __SANITIZE_THREAD__
  const std::size_t pieces = std::min<std::size_t>(n, 8);  // TBB is not instrumented: engine/plain_threads.hpp
  detail::plain_for_each(pieces, 2, [&](std::size_t piece) {
    for (std::size_t i = piece * n / pieces; i < (piece + 1) * n / pieces; ++i) f(i);
  });
#else
  thrust::for_each(thrust::tbb::par, thrust::counting_iterator<std::size_t>(0), thrust::counting_iterator<std::size_t>(n), f);
#endif
}

}  // namespace colony
