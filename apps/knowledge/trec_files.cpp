#include "apps/knowledge/trec_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "apps/knowledge/fields.hpp"
#include "engine/error.hpp"
#include "models/knowledge/smart.hpp"

namespace colony::retrieval {
namespace {

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
    if (is_comment(fields_of(line)[0])) fault(where, number, "a number that begins with # would make the lines of a run comments");
    queries.push_back({std::string(fields_of(line.substr(0, tab))[0]), std::string(line.substr(tab + 1))});
  });
  return queries;
}

}  // namespace

std::vector<NumberedQuery> parse_queries(std::string_view text, const std::string& where) {
  check_line_ends(text, where);
  const std::size_t begin = text.find_first_not_of("\r\n \t");
  const bool smart = begin != std::string_view::npos && text.substr(begin).starts_with(".I");
  std::vector<NumberedQuery> queries = smart ? parse_smart_queries(text, where) : parse_lines(text, where);
  if (queries.empty()) throw DataError(where, "holds no query");
  std::set<std::string_view> numbers;
  for (const NumberedQuery& query : queries)
    if (!numbers.insert(query.number).second) throw DataError(where, fmt::format("has the query {} twice", query.number));
  return queries;
}

std::string without_blanks(std::string_view field) {
  std::string text;
  for (const char c : field) {
    if (is_blank(c) || c == '\n') text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else text += c;
  }
  return text;
}

std::string run_line_text(const RunLine& line, std::string_view tag) {
  return fmt::format("{} Q0 {} {} {} {}\n", without_blanks(line.query), without_blanks(line.document), line.rank, line.score, tag);
}

TrecRun parse_run(std::string_view text, const std::string& where) {
  check_line_ends(text, where);
  TrecRun run;
  std::set<std::pair<std::string, std::string>> seen;
  for_each_line(text, [&](std::string_view line, std::size_t number) {
    const auto fields = fields_of(line);
    if (fields.empty() || is_comment(fields[0])) return;
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

}  // namespace colony::retrieval
