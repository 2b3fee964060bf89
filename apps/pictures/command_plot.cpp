#include "apps/pictures/command_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

#include "apps/commands/command_table.hpp"
#include "apps/pictures/command_gnuplot.hpp"
#include "apps/run/command_run_folder.hpp"
#include "engine/error.hpp"
#include "engine/names.hpp"
#include "io/run/run_directory.hpp"

namespace colony {
namespace {

constexpr std::size_t most_points = 4000;  ///< a curve; more can't be told apart on the picture
constexpr double same_panel = 30;          ///< columns whose largest values differ by no more share a panel
constexpr const char* colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F3C8D", "#444444"};

struct Curve {
  std::string name;
  std::size_t column;
  double largest;
};

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::vector<Curve> chosen_curves(const Table& table, const std::vector<std::string>& wanted) {
  std::vector<std::string> known;
  for (std::size_t c = 1; c < table.names.size(); ++c)
    if (table.names[c] != "digest") known.push_back(table.names[c]);
  for (const std::string& name : wanted)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError(fmt::format("--columns: the run has no observable \"{}\"{}", name, name_hint(name, known)));
  std::vector<Curve> curves;
  for (std::size_t c = 1; c < table.names.size(); ++c) {
    const std::string& name = table.names[c];
    if (name == "digest" || (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end())) continue;
    double largest = 0;
    for (const auto& row : table.rows) largest = std::max(largest, std::abs(number(row[c]).value_or(0)));
    curves.push_back({name, c, largest});
  }
  return curves;
}

/// Curves of like size share a panel, the largest first; at most three panels, the last of which takes what is left.
std::vector<std::vector<Curve>> panels_of(std::vector<Curve> curves) {
  std::stable_sort(curves.begin(), curves.end(), [](const Curve& a, const Curve& b) { return a.largest > b.largest; });
  std::vector<std::vector<Curve>> panels;
  for (Curve& curve : curves) {
    const bool fits =
        !panels.empty() && (panels.size() == 3 || curve.largest == 0 || panels.back().front().largest <= same_panel * curve.largest);
    if (!fits) panels.emplace_back();
    panels.back().push_back(std::move(curve));
  }
  for (auto& panel : panels) std::sort(panel.begin(), panel.end(), [](const Curve& a, const Curve& b) { return a.column < b.column; });
  return panels;
}

std::string data_block(const Table& table, const std::vector<Curve>& curves) {
  std::string text = "$data << COLONY_END\n";
  const std::size_t step = std::max<std::size_t>(1, (table.rows.size() + most_points - 1) / most_points);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (r % step != 0 && r + 1 != table.rows.size()) continue;
    text += fmt::format("{}", table.tick(r));
    for (const Curve& curve : curves) {
      const auto value = number(table.rows[r][curve.column]);
      text += value ? fmt::format(" {}", *value) : " NaN";
    }
    text += '\n';
  }
  return text + "COLONY_END\n";
}

/// Thousands are written as such.
std::pair<double, const char*> unit_of(double largest) {
  if (largest >= 2e9) return {1e9, "×10⁹"};
  if (largest >= 2e6) return {1e6, "million"};
  return {1, ""};
}

std::string panel_script(const std::vector<Curve>& panel, const std::vector<Curve>& all, std::uint64_t first, std::uint64_t last) {
  double largest = 0;
  for (const Curve& curve : panel) largest = std::max(largest, curve.largest);
  const auto [scale, unit] = unit_of(largest);
  std::string text = fmt::format("set ylabel {} noenhanced\nset xrange [{}:{}]\nset yrange [*<0:{}]\nplot ", gnuplot_quote(unit), first,
                                 std::max(last, first + 1), largest == 0 ? "1" : "*");
  for (std::size_t i = 0; i < panel.size(); ++i) {
    const auto index = static_cast<std::size_t>(
        std::find_if(all.begin(), all.end(), [&](const Curve& curve) { return curve.column == panel[i].column; }) - all.begin());
    text += fmt::format("{}$data using 1:(${}/{}) with lines lw 2.2 lc rgb '{}' title {} noenhanced", i == 0 ? "" : ", ", index + 2, scale,
                        colours[index % std::size(colours)], gnuplot_quote(panel[i].name));
  }
  return text + "\n";
}

std::string script_of(const Table& table, const std::vector<Curve>& curves, const std::string& title) {
  const auto panels = panels_of(curves);
  const std::size_t height = panels.size() == 1 ? 640 : 120 + 330 * panels.size();
  std::string text = fmt::format(
      "set terminal pngcairo size 1120,{} font 'DejaVu Sans,12' background rgb 'white'\n"
      "set encoding utf8\nset grid lc rgb '#d8d8d8' lt 1 lw 1\nset border 3 lc rgb '#666666'\nset tics nomirror textcolor rgb '#333333'\n"
      "set format x '%.0f'\nset format y '%.10g'\nset key outside right top Left reverse samplen 2 spacing 1.3 width 1\n"
      "set lmargin 12\nset rmargin 24\nset datafile missing 'NaN'\n",
      height);
  text += data_block(table, curves);
  text += fmt::format("set multiplot layout {},1 title {} noenhanced font 'DejaVu Sans,15'\n", panels.size(), gnuplot_quote(title));
  for (std::size_t p = 0; p < panels.size(); ++p) {
    if (p + 1 == panels.size()) text += "set xlabel 'tick'\n";
    text += panel_script(panels[p], curves, table.tick(0), table.tick(table.rows.size() - 1));
  }
  return text + "unset multiplot\n";
}

std::string title_of(Storage& storage, const std::string& run) {
  std::string job = std::filesystem::path(run).lexically_normal().filename().string(), model, seed;
  for (const auto& [key, value] : read_report(storage)) {
    if (key == "job") job = value;
    if (key == "model") model = value;
    if (key == "seed") seed = value;
  }
  if (model.empty()) return job;
  return fmt::format("{}{}, seed {}", job, job == model ? "" : ": " + model, seed);
}

}  // namespace

int plot_command(const PlotOptions& options) {
  PosixStorage storage = open_run_folder(options.run);
  if (!storage.exists(observables_file_name))
    throw StorageError(storage.path_of(observables_file_name), "is missing: there is nothing to plot");
  const Table table = read_table(storage.path_of(observables_file_name));
  if (table.rows.empty()) throw StorageError(storage.path_of(observables_file_name), "has no row yet: there is nothing to plot");
  const std::vector<Curve> curves = chosen_curves(table, options.columns);
  if (curves.empty()) throw StorageError(storage.path_of(observables_file_name), "has no observable to plot");
  const std::string out = options.out.empty() ? storage.path_of("observables.png") : options.out;
  run_gnuplot(script_of(table, curves, title_of(storage, options.run)), out);
  fmt::print("{}\n", out);
  return 0;
}

}  // namespace colony
