#include "apps/trec_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "engine/error.hpp"
#include "models/knowledge/smart.hpp"

namespace colony::retrieval {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at < line.size();) {
    while (at < line.size() && is_blank(line[at])) ++at;
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    if (at > begin) fields.push_back(line.substr(begin, at - begin));
  }
  return fields;
}

/// Calls f(line, number) for each line; numbers from 1.
template <class F>
void for_each_line(std::string_view text, const F& f) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    f(text.substr(0, end), ++number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

[[noreturn]] void fault(const std::string& where, std::size_t line, const std::string& what) {
  throw DataError(fmt::format("{}:{}", where, line), what);
}

template <class T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<NumberedQuery> parse_smart_queries(std::string_view text, const std::string& where) {
  std::vector<NumberedQuery> queries;
  for (const SmartRecord& record : parse_smart(text, where)) queries.push_back({fmt::format("{}", record.number), record.text()});
  return queries;
}

std::vector<NumberedQuery> parse_lines(std::string_view text, const std::string& where) {
  std::vector<NumberedQuery> queries;
  for_each_line(text, [&](std::string_view line, std::size_t number) {
    if (fields_of(line).empty()) return;
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos || fields_of(line.substr(0, tab)).size() != 1)
      fault(where, number, "a line is the query's number, a tab, and its words");
    queries.push_back({std::string(fields_of(line.substr(0, tab))[0]), std::string(line.substr(tab + 1))});
  });
  return queries;
}

std::string without_blanks(const std::string& field) {
  std::string text;
  for (const char c : field) {
    if (is_blank(c) || c == '\n') text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else text += c;
  }
  return text;
}

}  // namespace

std::vector<NumberedQuery> parse_queries(std::string_view text, const std::string& where) {
  const std::size_t begin = text.find_first_not_of("\r\n \t");
  const bool smart = begin != std::string_view::npos && text.substr(begin).starts_with(".I");
  std::vector<NumberedQuery> queries = smart ? parse_smart_queries(text, where) : parse_lines(text, where);
  if (queries.empty()) throw DataError(where, "holds no query");
  std::set<std::string_view> numbers;
  for (const NumberedQuery& query : queries)
    if (!numbers.insert(query.number).second) throw DataError(where, fmt::format("has the query {} twice", query.number));
  return queries;
}

std::string run_line_text(const RunLine& line, std::string_view tag) {
  return fmt::format("{} Q0 {} {} {} {}\n", without_blanks(line.query), without_blanks(line.document), line.rank, line.score, tag);
}

TrecRun parse_run(std::string_view text, const std::string& where) {
  TrecRun run;
  std::set<std::pair<std::string, std::string>> seen;
  for_each_line(text, [&](std::string_view line, std::size_t number) {
    const auto fields = fields_of(line);
    if (fields.empty()) return;
    if (fields.size() != 6) fault(where, number, "a line of a run is: query Q0 document rank score tag");
    const auto score = number_of<double>(fields[4]);
    if (!score || !std::isfinite(*score)) fault(where, number, fmt::format("\"{}\" is no score", fields[4]));
    std::string query(fields[0]), document(fields[2]);
    if (!seen.emplace(query, document).second) fault(where, number, fmt::format("query {} has document {} twice", query, document));
    run[query].push_back({std::move(document), *score});
  });
  if (run.empty()) throw DataError(where, "holds no line of a run");
  return run;
}

Grades parse_grades(std::string_view text, const std::string& where) {
  struct Line {
    std::vector<std::string_view> fields;
    std::size_t number;
  };
  std::vector<Line> lines;
  bool qrels = true;
  for_each_line(text, [&](std::string_view line, std::size_t number) {
    auto fields = fields_of(line);
    if (fields.empty()) return;
    qrels = qrels && fields.size() > 1 && (fields[1] == "0" || fields[1] == "Q0");
    lines.push_back({std::move(fields), number});
  });
  if (lines.empty()) throw DataError(where, "holds no judgement");
  Grades judgements;
  if (!qrels) {
    for (const Judgement& judgement : parse_judgements(text, where))
      judgements[fmt::format("{}", judgement.query)][fmt::format("{}", judgement.document)] = 1;
    return judgements;
  }
  for (const auto& [fields, number] : lines) {
    if (fields.size() != 4) fault(where, number, "a line of judgements is: query 0 document grade");
    const auto grade = number_of<int>(fields[3]);
    if (!grade) fault(where, number, fmt::format("\"{}\" is no grade", fields[3]));
    const auto [entry, fresh] = judgements[std::string(fields[0])].emplace(fields[2], *grade);
    if (!fresh && entry->second != *grade) fault(where, number, fmt::format("document {} is judged twice, and differently", fields[2]));
  }
  return judgements;
}

}  // namespace colony::retrieval
