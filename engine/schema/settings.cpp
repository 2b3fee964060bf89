#include "engine/schema/settings.hpp"

#include <algorithm>

#include "engine/schema/declared.hpp"

namespace colony {

std::vector<double> setting_values(const Declared& declared, Tick) {  // without a schedule each tick has the job's values
  std::vector<double> values;
  for (const SettingSpec& spec : declared.settings()) {
    const auto applied = [&](double number) { return spec.applied ? spec.applied(number) : number; };
    if (spec.category < 0) {
      values.push_back(applied(declared.job().parameters.get<double>(spec.parameter)));
      continue;
    }
    const auto by = declared.job().parameters.get<NumbersBy>(spec.parameter);
    for (const std::string& name : declared.layer().categories[static_cast<std::size_t>(spec.category)].values) {
      const auto found = std::find_if(by.numbers.begin(), by.numbers.end(), [&](const auto& number) { return number.name == name; });
      values.push_back(found == by.numbers.end() ? 0 : applied(found->number));  // a value that the job may leave out is not read
    }
  }
  return values;
}

void SettingNumbers::begin_tick(const Declared& declared, Tick tick) {
  const std::uint64_t changes = declared.job().parameters.changes();
  if (changes_ == changes) return;  // without a schedule, nothing else makes one tick differ from the one before
  numbers = setting_values(declared, tick);
  chances.clear();
  for (const double number : numbers) chances.emplace_back(number);
  changes_ = changes;
}

}  // namespace colony
