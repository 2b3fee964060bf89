// Accessors of settings: what a parameter is in the tick that is being done, as a number or as a probability, the same for all or by the
// values of a category.
#pragma once

#include <cmath>
#include <cstdint>

#include "engine/schema/field_rules.hpp"
#include "engine/state/binding.hpp"

namespace colony {

/// A setting that is one number for all.
struct Number {
  Setting setting;
  double value = 0;
  std::int64_t whole_value = 0;  ///< of a value within 64 bits
  Number(Setting s) : setting(s) {}
  void note(AccessNotes& n) const { n.add(rules::read_setting, setting.slot); }
  template <class B>
  void bind(const B& b) {
    value = b.number(setting);
    whole_value = std::abs(value) < 0x1p63 ? static_cast<std::int64_t>(value) : 0;
  }
  COLONY_HD double operator()() const { return value; }
  /// Of a setting that is a whole number below 2^63.
  COLONY_HD std::int64_t whole() const { return whole_value; }
};

/// A setting that is one probability for all.
struct Chance {
  Setting setting;
  Probability value{};
  Chance(Setting s) : setting(s) {}
  void note(AccessNotes& n) const { n.add(rules::read_setting, setting.slot); }
  template <class B>
  void bind(const B& b) {
    value = b.chance(setting);
  }
  COLONY_HD const Probability& operator()() const { return value; }
};

/// A setting that the job may give by a category of nodes: the number of the own node.
struct NumberBy {
  Setting setting;
  const double* numbers = nullptr;
  const std::uint8_t* values = nullptr;  ///< of the category; null: one number for all
  NumberBy(Setting s) : setting(s) {}
  void note(AccessNotes& n) const { n.add(rules::read_setting_by, setting.slot); }
  void bind(const Binding& b) {
    numbers = b.numbers(setting);
    values = b.values(setting);
  }
  double operator()(OwnNode here) const { return numbers[values == nullptr ? 0 : values[here.index]]; }
};

/// A setting that the job may give by a category of nodes: the probability of the own node.
struct ChanceBy {
  Setting setting;
  const Probability* chances = nullptr;
  const std::uint8_t* values = nullptr;  ///< of the category; null: one probability for all
  ChanceBy(Setting s) : setting(s) {}
  void note(AccessNotes& n) const { n.add(rules::read_setting_by, setting.slot); }
  void bind(const Binding& b) {
    chances = b.chances(setting);
    values = b.values(setting);
  }
  const Probability& operator()(OwnNode here) const { return chances[values == nullptr ? 0 : values[here.index]]; }
};

}  // namespace colony
