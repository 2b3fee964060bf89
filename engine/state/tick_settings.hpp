// What settings are on a part in the tick that is being done.
#pragma once

#include <algorithm>

#include "engine/state/part.hpp"

namespace colony {

/// Of a setting that is one number for all.
inline double number_of(const Part& part, const Adjustable& number) {
  return number.setting ? part.settings.numbers[part.schema.settings()[number.setting->slot].first] : number.fixed;
}

/// Whether it is 0, for every value of its category.
inline bool is_zero(const Part& part, Setting setting) {
  const SettingSpec& spec = part.schema.settings()[setting.slot];
  const auto first = part.settings.numbers.begin() + spec.first;
  return std::all_of(first, first + spec.count, [](double number) { return number == 0; });
}

}  // namespace colony
