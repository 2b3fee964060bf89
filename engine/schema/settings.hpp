// Settings: parameters that are read anew in each tick, so that nothing which depends on their values is decided when a model declares.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/ids.hpp"
#include "engine/random/random.hpp"
#include "engine/schema/handles.hpp"

namespace colony {

class Declared;

/// A parameter, or a function of one, as declare() asked for it.
struct SettingSpec {
  std::string parameter;
  std::function<double(double)> applied{};  ///< to each number of the job; empty: the number itself
  std::int32_t category = -1;               ///< by whose values the job gives numbers; -1: one number for all
  std::uint32_t first = 0;                  ///< where its numbers stand among those of a tick...
  std::uint32_t count = 1;                  ///< ... and how many there are: one, or one for each value of the category
};

/// A number that a declaration fixes, or a setting that gives it in each tick.
struct Adjustable {
  double fixed = 0;
  std::optional<Setting> setting{};
  Adjustable(double number) : fixed(number) {}
  Adjustable(Setting s) : setting(s) {}
  bool may_be_above_zero() const { return setting.has_value() || fixed > 0; }
};

/// What all settings are in one tick.
struct SettingNumbers {
  std::vector<double> numbers;
  std::vector<Probability> chances;  ///< the same numbers as probabilities

  void begin_tick(const Declared& declared, Tick tick);

 private:
  std::optional<std::uint64_t> changes_;  ///< of the job's parameters, when these numbers were made of them
};

/// The numbers of all settings in a tick, as SettingSpec::first orders them. This is the one place where the job's values become those of a
/// tick. Throws UsageError where a model refuses a value.
std::vector<double> setting_values(const Declared& declared, Tick tick);

}  // namespace colony
