#include "apps/commands/command_models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/commands/command_declared.hpp"
#include "engine/error.hpp"
#include "engine/names.hpp"

namespace colony {
namespace {

struct ValueText {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(std::uint64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return fmt::format("\"{}\"", value); }
  std::string operator()(const NumbersBy& by) const { return "by " + by.category; }
  template <class T>
  std::string operator()(const std::vector<T>& values) const {
    std::vector<std::string> parts;
    for (const auto& value : values) parts.push_back((*this)(value));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
};

std::string_view type_text(const ParameterSpec& spec) {
  constexpr std::string_view names[] = {"flag", "whole", "number", "text", "path", "whole numbers", "numbers", "rows", "ids"};
  return names[static_cast<std::size_t>(spec.type)];
}

std::string default_text(const ParameterSpec& spec) {
  if (spec.fallback) return std::visit(ValueText{}, *spec.fallback);
  return spec.required ? "required" : "not given";
}

std::string range_text(const ParameterSpec& spec) {
  if (!spec.choices.empty()) return fmt::format("{}", fmt::join(spec.choices, " | "));
  std::string text;
  if (spec.type == ParameterType::rows && spec.row_width != 0) text = fmt::format("rows of {}", spec.row_width);
  const bool low = std::isfinite(spec.least), high = std::isfinite(spec.most) && spec.most < 9e18;
  const std::string range = low && high ? fmt::format("{} to {}", spec.least, spec.most)
                            : low       ? fmt::format("from {}", spec.least)
                            : high      ? fmt::format("up to {}", spec.most)
                                        : "";
  return text.empty() || range.empty() ? text + range : text + ", each " + range;
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t c = 0; c < row.size(); ++c) line += c + 1 == row.size() ? " " + row[c] : fmt::format(" {:<{}} ", row[c], widths[c]);
    fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

std::string fields_text(const std::string& group, const std::vector<ColumnSpec>& columns, const std::vector<CategorySpec>& categories) {
  std::vector<std::string> names;
  for (std::uint32_t c = 0; c < columns.size(); ++c) {
    if (columns[c].role != Role::state) continue;
    std::string name = fmt::format("{}.{} ({})", group, columns[c].name, name_of(columns[c].type));
    for (const CategorySpec& category : categories) {
      std::vector<std::string> values;
      for (std::size_t v = 0; category.column == c && v < category.values.size(); ++v)
        values.push_back(fmt::format("{} {}", v, category.values[v]));
      if (!values.empty()) name.insert(name.size() - 1, fmt::format(": {}", fmt::join(values, ", ")));
    }
    names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The parameters that are settings, each once.
std::string settings_text(const Schema& schema) {
  std::vector<std::string> names;
  for (const SettingSpec& setting : schema.settings())
    if (std::find(names.begin(), names.end(), setting.parameter) == names.end()) names.push_back(setting.parameter);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

void print_declaration(const Schema& schema) {
  fmt::print("\nSettings (parameters that are read in each tick):\n  {}\n", settings_text(schema));
  std::vector<std::string> names;
  for (const ObservableSpec& observable : schema.observables()) names.push_back(observable.name);
  fmt::print("\nObservables (columns of observables.csv, names for stop_when):\n  {}\n", fmt::join(names, ", "));
  fmt::print("\nFields (for [[snapshot]]; columns of checkpoints):\n  nodes   {}\n",
             fields_text(schema.layer().name, schema.layer().columns, schema.layer().categories));
  for (const SpeciesSpec& species : schema.species()) {
    std::string fields = fields_text(species.name, species.columns, {});
    fmt::print("  agents  {}{}{}\n", species.name + ".node (u64)", fields.empty() ? "" : ", ", fields);
  }
}

void print_model(const std::string& name, const ModelRegistry& models) {
  const auto model = models.at(name)();
  fmt::print("{}: {}\n", name, model->summary());
  std::vector<std::vector<std::string>> rows{{"parameter", "type", "default", "range", "what it does"}};
  for (const ParameterSpec& spec : model->parameters())
    rows.push_back({spec.name, std::string(type_text(spec)), default_text(spec), range_text(spec), spec.help});
  fmt::print("\nParameters ([model] of the job file; or --set model.NAME=VALUE):\n");
  if (rows.size() > 1) print_table(rows);
  else fmt::print("  none\n");
  if (model->takes_population()) fmt::print("\nAgents: [population] count, {} unless given.\n", model->default_population());
  const DeclaredModel declared(name, models);
  if (declared.schema()) print_declaration(*declared.schema());
  else fmt::print("\nIts observables and fields depend on the job: see `colony validate JOB`.\n");
}

}  // namespace

int models_command(const ModelsOptions& options, const ModelRegistry& models) {
  if (options.name.empty()) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, make] : models) rows.push_back({name, make()->summary()});
    if (rows.empty()) fmt::print("there are none\n");
    else print_table(rows);
    return 0;
  }
  if (!models.contains(options.name)) {
    std::vector<std::string> names;
    for (const auto& [name, make] : models) names.push_back(name);
    throw UsageError(fmt::format("there is no model \"{}\"{}", options.name, name_hint(options.name, names)));
  }
  print_model(options.name, models);
  return 0;
}

}  // namespace colony
