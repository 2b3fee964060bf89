// The random streams of the models of this tree. A number is part of every result that was drawn with it.
#pragma once

#include "engine/random/random.hpp"

namespace colony::streams {

inline constexpr auto infection = static_cast<Stream>(6);
inline constexpr auto recovery = static_cast<Stream>(7);
inline constexpr auto incubation = static_cast<Stream>(8);
inline constexpr auto waning = static_cast<Stream>(9);
inline constexpr auto ant_step = static_cast<Stream>(10);
inline constexpr auto digester_step = static_cast<Stream>(11);
inline constexpr auto concept_group = static_cast<Stream>(12);
inline constexpr auto tour_step = static_cast<Stream>(13);
inline constexpr auto tour_start = static_cast<Stream>(14);
inline constexpr auto synthesizer_step = static_cast<Stream>(15);
inline constexpr auto brood = static_cast<Stream>(16);
inline constexpr auto infector = static_cast<Stream>(18);

}  // namespace colony::streams
