// The members of a kernel, visited one by one: a kernel is a plain struct, and its accessors are bound by walking over them.
//
// Boost.PFR does the same and was used until kernels had a dozen members: it looks for their number from sizeof(T) * 8 downwards, and so
// compiled tours.cpp in 200 s. Counting upwards to a small limit: in 10.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace colony {

namespace detail {

/// Initialises a member of any type; never evaluated.
struct AnyMember {
  template <class T>
  operator T() const;
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyMember{})...}; };
}

inline constexpr std::size_t most_members = 20;

/// The largest number of values that initialise T.
template <class T>
constexpr std::size_t count_members() {
  return []<std::size_t... N>(std::index_sequence<N...>) {
    std::size_t count = 0;
    ((count = takes<T>(std::make_index_sequence<N>()) ? N : count), ...);
    return count;
  }
  (std::make_index_sequence<most_members + 2>());
}

}  // namespace detail

/// Number of members of an aggregate without bases: 1 to 20.
template <class T>
inline constexpr std::size_t member_count = detail::count_members<T>();

/// f(member...) of all of them.
template <class T, class F>
constexpr decltype(auto) with_members(T& v, F&& f) {
  constexpr std::size_t n = member_count<std::remove_const_t<T>>;
  static_assert(n >= 1 && n <= detail::most_members, "a kernel is a plain struct of 1 to 20 members");
#define COLONY_MEMBERS(count, ...)          \
  if constexpr (n == count) {               \
    auto& [__VA_ARGS__] = v;                \
    return std::forward<F>(f)(__VA_ARGS__); \
  } else
  COLONY_MEMBERS(1, a)
  COLONY_MEMBERS(2, a, b)
  COLONY_MEMBERS(3, a, b, c)
  COLONY_MEMBERS(4, a, b, c, d)
  COLONY_MEMBERS(5, a, b, c, d, e)
  COLONY_MEMBERS(6, a, b, c, d, e, g)
  COLONY_MEMBERS(7, a, b, c, d, e, g, h)
  COLONY_MEMBERS(8, a, b, c, d, e, g, h, i)
  COLONY_MEMBERS(9, a, b, c, d, e, g, h, i, j)
  COLONY_MEMBERS(10, a, b, c, d, e, g, h, i, j, k)
  COLONY_MEMBERS(11, a, b, c, d, e, g, h, i, j, k, l)
  COLONY_MEMBERS(12, a, b, c, d, e, g, h, i, j, k, l, m)
  COLONY_MEMBERS(13, a, b, c, d, e, g, h, i, j, k, l, m, o)
  COLONY_MEMBERS(14, a, b, c, d, e, g, h, i, j, k, l, m, o, p)
  COLONY_MEMBERS(15, a, b, c, d, e, g, h, i, j, k, l, m, o, p, q)
  COLONY_MEMBERS(16, a, b, c, d, e, g, h, i, j, k, l, m, o, p, q, r)
  COLONY_MEMBERS(17, a, b, c, d, e, g, h, i, j, k, l, m, o, p, q, r, s)
  COLONY_MEMBERS(18, a, b, c, d, e, g, h, i, j, k, l, m, o, p, q, r, s, t)
  COLONY_MEMBERS(19, a, b, c, d, e, g, h, i, j, k, l, m, o, p, q, r, s, t, u)
  COLONY_MEMBERS(20, a, b, c, d, e, g, h, i, j, k, l, m, o, p, q, r, s, t, u, w) {}
#undef COLONY_MEMBERS
}

/// f(member) of each, in order.
template <class T, class F>
constexpr void for_each_member(T& v, F&& f) {
  with_members(v, [&](auto&... members) { (f(members), ...); });
}

/// How many members are of a type for which Trait<type>::value holds.
template <class T, template <class> class Trait>
inline constexpr std::size_t members_that = decltype(with_members(std::declval<T&>(), [](auto&... members) {
  return std::integral_constant<std::size_t, (0 + ... + std::size_t{Trait<std::remove_cvref_t<decltype(members)>>::value})>();
}))::value;
template <class T, template <class> class Trait>
inline constexpr bool any_member = members_that<T, Trait> != 0;

}  // namespace colony
