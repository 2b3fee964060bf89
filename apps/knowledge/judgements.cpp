#include "apps/knowledge/judgements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "apps/knowledge/fields.hpp"
#include "apps/knowledge/trec_files.hpp"
#include "engine/error.hpp"
#include "models/text_file.hpp"

namespace colony::retrieval {
namespace {

/// Sums of gains stay exact to the digits that are printed.
constexpr double most_grade = 1e9;

constexpr std::array beir_names{std::string_view("query-id"), std::string_view("corpus-id"), std::string_view("score")};

constexpr const char* formats_text =
    "a line is TREC's `query iteration document grade`, SMART's `query document`, `query document code` or `query document 0 0.0`, or the "
    "file has BEIR's header (query-id, corpus-id, score) and tabs";

struct Line {
  std::string_view text;
  std::vector<std::string_view> fields;
  std::uint64_t number;
};

[[noreturn]] void fault(const std::string& where, const Line& line, const std::string& what) {
  throw DataError(fmt::format("{}:{}", where, line.number), what);
}

std::vector<Line> lines_of(std::string_view text, const std::string& where) {
  std::vector<Line> lines;
  LineReader reader(text);
  while (reader.next()) {
    auto fields = fields_of(reader.line());
    if (!fields.empty() && !is_comment(fields[0])) lines.push_back({reader.line(), std::move(fields), reader.number()});
  }
  if (lines.empty()) throw DataError(where, "holds no judgement");
  return lines;
}

/// A line with the name of an id is a header, with any separators between its names: a header with a mistake is then reported as one.
bool is_header(const Line& line) {
  return std::any_of(line.fields.begin(), line.fields.end(), [](std::string_view field) {
    while (!field.empty()) {
      const std::size_t end = std::min(field.find_first_of(",;\""), field.size());
      if (field.substr(0, end) == beir_names[0] || field.substr(0, end) == beir_names[1]) return true;
      field.remove_prefix(std::min(end + 1, field.size()));
    }
    return false;
  });
}

double grade_of(std::string_view field, const std::string& where, const Line& line) {
  const auto grade = number_of<double>(field);
  if (!grade || !(std::abs(*grade) <= most_grade)) fault(where, line, fmt::format("\"{}\" is no grade", field));
  return *grade;
}

/// False when the document was judged before.
bool add(Grades& grades, std::string query, std::string document, double grade, const std::string& where, const Line& line) {
  const auto [entry, fresh] = grades[std::move(query)].emplace(std::move(document), grade);
  if (!fresh && entry->second != grade) fault(where, line, fmt::format("document {} is judged twice, and differently", entry->first));
  return fresh;
}

// ---- TREC ----

Grades read_trec(const std::vector<Line>& lines, const std::string& where) {
  Grades grades;
  for (const Line& line : lines) {
    const auto& f = line.fields;
    if (f.size() != 4)
      fault(where, line, fmt::format("{} fields where TREC's judgements have four: query iteration document grade", f.size()));
    if (!add(grades, std::string(f[0]), std::string(f[2]), grade_of(f[3], where, line), where, line))
      fault(where, line, fmt::format("document {} is judged twice; trec_eval refuses that too", f[2]));
  }
  return grades;
}

// ---- SMART ----

bool is_zero(std::string_view field) { return number_of<double>(field) == 0.0; }

std::string smart_number(std::string_view field, const std::string& where, const Line& line) {
  const auto number = number_of<std::uint32_t>(field);
  if (!number)
    fault(where, line,
          fmt::format("\"{}\" is no whole number below 2^32, as SMART's queries and documents are; judgements by name are TREC's (four "
                      "fields) or have BEIR's header (query-id, corpus-id, score)",
                      field));
  return fmt::format("{}", *number);
}

Grades read_smart(const std::vector<Line>& lines, const std::string& where, bool& levels_dropped) {
  Grades grades;
  std::optional<double> level;
  for (const Line& line : lines) {
    const auto& f = line.fields;
    if (f.size() < 2 || f.size() > 4)
      fault(where, line, fmt::format("{} fields where SMART's judgements have two (query document), three (and a code) or four", f.size()));
    if (f.size() != lines.front().fields.size())
      fault(where, line, fmt::format("{} fields, and {} in the first line", f.size(), lines.front().fields.size()));
    if (f.size() == 4 && !(is_zero(f[2]) && is_zero(f[3])))
      fault(where, line, fmt::format("\"{} {}\" behind query and document; SMART's files have two zeros there", f[2], f[3]));
    double grade = 1;
    if (f.size() == 3) {
      const double code = grade_of(f[2], where, line);
      if (code <= 0) grade = code;
      else levels_dropped = levels_dropped || code != level.value_or(code);
      if (code > 0) level = code;
    }
    add(grades, smart_number(f[0], where, line), smart_number(f[1], where, line), grade, where, line);
  }
  return grades;
}

// ---- BEIR ----

/// Between tabs, without blanks at either end; blanks inside are written as runs have them.
std::vector<std::string> columns_of(std::string_view line) {
  std::vector<std::string> columns;
  for (;;) {
    const std::size_t tab = std::min(line.find('\t'), line.size());
    std::string_view column = line.substr(0, tab);
    while (!column.empty() && is_blank(column.front())) column.remove_prefix(1);
    while (!column.empty() && is_blank(column.back())) column.remove_suffix(1);
    columns.push_back(without_blanks(column));
    if (tab == line.size()) return columns;
    line.remove_prefix(tab + 1);
  }
}

Grades read_beir(const std::vector<Line>& lines, const std::string& where) {
  const std::vector<std::string> header = columns_of(lines.front().text);
  std::array<std::size_t, 3> at{};
  for (std::size_t name = 0; name < beir_names.size(); ++name) {
    const auto found = std::find(header.begin(), header.end(), beir_names[name]);
    if (header.size() != beir_names.size() || found == header.end())
      fault(where, lines.front(),
            fmt::format("BEIR's header is {}, with tabs between; here it is \"{}\"", fmt::join(beir_names, ", "),
                        fmt::join(header, "\", \"")));
    at[name] = static_cast<std::size_t>(found - header.begin());
  }
  Grades grades;
  for (const Line& line : std::span(lines).subspan(1)) {
    std::vector<std::string> columns = columns_of(line.text);
    if (columns.size() != header.size() || columns[at[0]].empty() || columns[at[1]].empty())
      fault(where, line, fmt::format("not the {} columns that the header names, with tabs between", header.size()));
    add(grades, columns[at[0]], columns[at[1]], grade_of(columns[at[2]], where, line), where, line);
  }
  if (grades.empty()) throw DataError(where, "holds no judgement");
  return grades;
}

// ---- Which it is ----

/// Four fields are TREC's, unless all lines have SMART's numbers and zeros. Read as TREC's, those would be judgements of a document "0"
/// that is relevant nowhere; a query that has two of them, or a zero with a point, can't be TREC's. What is left can be either.
JudgementFormat format_of_four(const std::vector<Line>& lines, const std::string& where) {
  std::set<std::string_view> queries;
  bool only_smart = false;
  for (const Line& line : lines) {
    const auto& f = line.fields;
    if (f.size() != 4 || !number_of<std::uint32_t>(f[0]) || !number_of<std::uint32_t>(f[1]) || !is_zero(f[2]) || !is_zero(f[3]))
      return JudgementFormat::trec;
    only_smart = only_smart || !queries.insert(f[0]).second || f[3].find('.') != f[3].npos;
  }
  if (only_smart) return JudgementFormat::smart;
  throw DataError(
      where,
      "can be TREC's judgements (query iteration document grade, none relevant) and SMART's (query document and two zeros): say "
      "which, with --qrels-format trec or smart");
}

JudgementFormat format_of(const std::vector<Line>& lines, const std::string& where) {
  if (is_header(lines.front())) return JudgementFormat::beir;
  switch (lines.front().fields.size()) {
    case 2:
    case 3: return JudgementFormat::smart;
    case 4: return format_of_four(lines, where);
    default: fault(where, lines.front(), fmt::format("{} fields; {}", lines.front().fields.size(), formats_text));
  }
}

constexpr std::array formats{std::pair(JudgementFormat::automatic, "auto"), std::pair(JudgementFormat::trec, "trec"),
                             std::pair(JudgementFormat::smart, "smart"), std::pair(JudgementFormat::beir, "beir")};

}  // namespace

const char* name_of(JudgementFormat format) {
  return std::find_if(formats.begin(), formats.end(), [&](const auto& entry) { return entry.first == format; })->second;
}

JudgementFormat judgement_format(const std::string& name) {
  const auto found = std::find_if(formats.begin(), formats.end(), [&](const auto& entry) { return entry.second == name; });
  if (found == formats.end()) throw UsageError(fmt::format("\"{}\" is no format of judgements; there are auto, trec, smart, beir", name));
  return found->first;
}

Judgements parse_judgements(std::string_view text, const std::string& where, JudgementFormat format) {
  check_line_ends(text, where);
  const std::vector<Line> lines = lines_of(text, where);
  Judgements result;
  result.format = format == JudgementFormat::automatic ? format_of(lines, where) : format;
  switch (result.format) {
    case JudgementFormat::smart: result.grades = read_smart(lines, where, result.levels_dropped); break;
    case JudgementFormat::beir: result.grades = read_beir(lines, where); break;
    default: result.grades = read_trec(lines, where);
  }
  return result;
}

}  // namespace colony::retrieval
