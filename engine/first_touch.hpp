// Fresh memory, touched in parallel: its first touch is slow and belongs to set-up.
#pragma once

#include <cstddef>
#include <cstring>

#include "engine/array.hpp"
#include "engine/executor.hpp"

namespace colony {

template <class T>
void zero_in_parallel(Array<T>& array, Executor& executor) {
  auto* data = reinterpret_cast<std::byte*>(array.data());
  executor.for_range(array.size() * sizeof(T), std::size_t{1} << 20,
                     [&](std::size_t begin, std::size_t end) { std::memset(data + begin, 0, end - begin); });
}

}  // namespace colony
