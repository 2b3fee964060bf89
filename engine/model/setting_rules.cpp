#include "engine/model/setting_rules.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/model/mistakes.hpp"
#include "engine/model/phase_rules.hpp"
#include "engine/names.hpp"
#include "engine/schema/field_rules.hpp"
#include "engine/schema/settings.hpp"

namespace colony {
namespace {

/// Who reads a parameter's settings: `plain` takes one number for all ("" where there is no such reader), kernels over nodes of these
/// values take it by a category.
struct Readers {
  std::string plain;
  std::set<std::uint8_t> values;
};

/// Whether a slot's setting is of that parameter.
bool is_of(const Declared& declared, std::uint32_t slot, const std::string& parameter) {
  return declared.settings()[slot].parameter == parameter;
}

Readers readers_of(const Declared& declared, const std::string& parameter, std::uint32_t category, std::size_t value_count) {
  Readers readers;
  const auto note = [&](const auto& kernel, const Domain& domain) {
    for (const Access& access : kernel.notes.accesses) {
      if (access.rule != &rules::read_setting && access.rule != &rules::read_setting_by) continue;
      if (!is_of(declared, access.item, parameter)) continue;
      if (access.rule == &rules::read_setting) readers.plain = name_of(kernel);
      else if (domain.kind == Domain::Kind::category_value && domain.index == category) readers.values.insert(domain.value);
      else
        for (std::size_t v = 0; v < value_count; ++v) readers.values.insert(static_cast<std::uint8_t>(v));
    }
  };
  for (const KernelSpec& kernel : declared.kernels()) note(kernel, kernel.domain);
  for (const GrowingKernelSpec& kernel : declared.growing_kernels()) note(kernel, {});
  const auto note_signal = [&](const Adjustable& number, const std::string& signal) {
    if (number.setting && is_of(declared, number.setting->slot, parameter)) readers.plain = "the signal \"" + signal + "\"";
  };
  for (const SignalSpec& signal : declared.layer().signals)
    for (const Adjustable* number : {&signal.options.evaporation, &signal.options.diffusion})
      note_signal(*number, declared.layer().columns[signal.column].name);
  for (const GrowingSpec& growing : declared.growing())
    for (const GrowingSignalSpec& signal : growing.signals) note_signal(signal.evaporation, growing.fields[signal.field]);
  return readers;
}

/// The mistakes of one table of the job.
class TableCheck {
 public:
  TableCheck(const Declared& declared, const std::string& parameter, const NumbersBy& table, std::vector<std::string>& mistakes)
      : declared_(declared), parameter_(parameter), table_(table), mistakes_(mistakes) {}

  void run() {
    const auto& settings = declared_.settings();
    if (std::none_of(settings.begin(), settings.end(), [&](const SettingSpec& spec) { return spec.parameter == parameter_; })) {
      mistake(table_.place, "takes one number: the model has no setting of it, and so it can't differ by a category");
      return;
    }
    const LayerSpec& layer = declared_.layer();
    std::vector<std::string> names;
    for (const CategorySpec& category : layer.categories) names.push_back(layer.columns[category.column].name);
    const auto found = std::find(names.begin(), names.end(), table_.category);
    if (found == names.end()) {
      mistake(table_.place,
              fmt::format("the {} have no category \"{}\"{}", layer.name, table_.category, name_hint(table_.category, names)));
      return;
    }
    check_numbers(static_cast<std::uint32_t>(found - names.begin()));
  }

 private:
  void check_numbers(std::uint32_t category) {
    const std::vector<std::string>& values = declared_.layer().categories[category].values;
    const Readers readers = readers_of(declared_, parameter_, category, values.size());
    if (!readers.plain.empty()) {
      mistake(table_.place, readers.plain + " takes one number for all, which can't differ by a category");
      return;
    }
    if (readers.values.empty()) {
      mistake(table_.place, "no kernel asks for it by a category");
      return;
    }
    std::set<std::uint8_t> given;
    for (const NumbersBy::Number& number : table_.numbers) {
      const auto value = std::find(values.begin(), values.end(), number.name);
      const auto index = static_cast<std::uint8_t>(value - values.begin());
      given.insert(index);
      if (value == values.end())
        mistake(number.place, fmt::format("\"{}\" has no value \"{}\"{}", table_.category, number.name, name_hint(number.name, values)));
      else if (!readers.values.contains(index)) mistake(number.place, unread(number.name, values, readers));
    }
    for (const std::uint8_t value : readers.values)
      if (!given.contains(value))
        mistake(table_.place, fmt::format("there is no number for \"{}\", a value of \"{}\"", values[value], table_.category));
  }

  static std::string unread(const std::string& name, const std::vector<std::string>& values, const Readers& readers) {
    std::vector<std::string> read;
    for (const std::uint8_t value : readers.values) read.push_back("\"" + values[value] + "\"");
    return fmt::format("the number for \"{}\" would not be used: the model asks for it where nodes are {} alone", name,
                       fmt::join(read, " or "));
  }

  void mistake(const std::string& place, const std::string& what) {
    mistakes_.push_back(fmt::format("{}{}[model] {}: {}", place, place.empty() ? "" : ": ", parameter_, what));
  }

  const Declared& declared_;
  const std::string& parameter_;
  const NumbersBy& table_;
  std::vector<std::string>& mistakes_;
};

}  // namespace

double whole_quanta(const std::string& parameter, double value, double quantum) {
  const double quanta = value / quantum;
  if (!(std::abs(quanta) <= 0x1p62))
    refuse("the parameter \"" + parameter + "\" may be beyond what its quantum can count: declare a least and a most");
  const std::int64_t whole = std::llround(quanta);
  if (whole == 0 && value != 0)
    throw UsageError(fmt::format("[model] {} = {} is less than half of its unit, {}, and would be 0: say 0, or at least {}", parameter,
                                 value, quantum, quantum));
  return static_cast<double>(whole);  // exact: a double of 2^52 quanta or more is whole as it is
}

void settle_settings(const Declared& declared, std::vector<SettingSpec>& settings) {
  std::vector<std::string> mistakes;
  for (const auto& [name, value] : declared.job().parameters.values)
    if (const auto* table = std::get_if<NumbersBy>(&value)) TableCheck(declared, name, *table, mistakes).run();
  if (!mistakes.empty()) throw UsageError(fmt::format("{}", fmt::join(mistakes, "\n")));
  const LayerSpec& layer = declared.layer();
  std::uint32_t end = 0;
  for (SettingSpec& spec : settings) {
    spec.first = end;
    if (const auto* table = std::get_if<NumbersBy>(&declared.job().parameters.value_of(spec.parameter))) {
      const auto named = [&](const CategorySpec& category) { return layer.columns[category.column].name == table->category; };
      const auto category = std::find_if(layer.categories.begin(), layer.categories.end(), named);
      spec.category = static_cast<std::int32_t>(category - layer.categories.begin());
      spec.count = static_cast<std::uint32_t>(category->values.size());
    }
    end += spec.count;
  }
}

void check_setting_values(const Declared& declared) {
  const std::vector<double> numbers = setting_values(declared, Tick(0));
  const auto check_share = [&](const Adjustable& number, const std::string& signal) {
    if (!number.setting) return;
    const SettingSpec& spec = declared.settings()[number.setting->slot];
    if (!(numbers[spec.first] >= 0 && numbers[spec.first] <= 1))
      refuse(
          fmt::format("the signal \"{}\" has an evaporation or diffusion that is no fraction: declare for \"{}\" a least of 0 and a "
                      "most of 1",
                      signal, spec.parameter));
  };
  for (const SignalSpec& signal : declared.layer().signals)
    for (const Adjustable* number : {&signal.options.evaporation, &signal.options.diffusion})
      check_share(*number, declared.layer().columns[signal.column].name);
  for (const GrowingSpec& growing : declared.growing())
    for (const GrowingSignalSpec& signal : growing.signals) check_share(signal.evaporation, growing.fields[signal.field]);
}

}  // namespace colony
