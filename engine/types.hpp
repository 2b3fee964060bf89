// The scalar types that a column of state can hold, and their names in schemas and files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace colony {

enum class ScalarType : std::uint8_t { u8, i32, u32, i64, u64, f32, f64, u16 };
inline constexpr ScalarType last_scalar_type = ScalarType::u16;

constexpr std::size_t bytes_of(ScalarType type) {
  switch (type) {
    case ScalarType::u8: return 1;
    case ScalarType::u16: return 2;
    case ScalarType::i32:
    case ScalarType::u32:
    case ScalarType::f32: return 4;
    default: return 8;
  }
}

constexpr std::string_view name_of(ScalarType type) {
  constexpr std::string_view names[] = {"u8", "i32", "u32", "i64", "u64", "f32", "f64", "u16"};
  return names[static_cast<std::size_t>(type)];
}

template <class T>
constexpr ScalarType scalar_type() {
  if constexpr (std::is_same_v<T, std::uint8_t>) return ScalarType::u8;
  else if constexpr (std::is_same_v<T, std::uint16_t>) return ScalarType::u16;
  else if constexpr (std::is_same_v<T, std::int32_t>) return ScalarType::i32;
  else if constexpr (std::is_same_v<T, std::uint32_t>) return ScalarType::u32;
  else if constexpr (std::is_same_v<T, std::int64_t>) return ScalarType::i64;
  else if constexpr (std::is_same_v<T, std::uint64_t>) return ScalarType::u64;
  else if constexpr (std::is_same_v<T, float>) return ScalarType::f32;
  else {
    static_assert(std::is_same_v<T, double>, "a column holds u8, u16, i32, u32, i64, u64, f32 or f64");
    return ScalarType::f64;
  }
}

/// An array field has at most this many values an entity.
inline constexpr std::uint32_t most_width = 1u << 20;

/// Calls f(T{}) with the C++ type of `type`.
template <class F>
decltype(auto) with_type(ScalarType type, F&& f) {
  switch (type) {
    case ScalarType::u8: return f(std::uint8_t{});
    case ScalarType::u16: return f(std::uint16_t{});
    case ScalarType::i32: return f(std::int32_t{});
    case ScalarType::u32: return f(std::uint32_t{});
    case ScalarType::i64: return f(std::int64_t{});
    case ScalarType::u64: return f(std::uint64_t{});
    case ScalarType::f32: return f(float{});
    default: return f(double{});
  }
}

}  // namespace colony
