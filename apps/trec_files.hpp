// Files of judged retrieval: queries, runs and judgements, in the formats of SMART and of TREC. Everything throws DataError with file and
// line for what is malformed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace colony::retrieval {

struct NumberedQuery {
  std::string number;
  std::string text;
};

/// SMART (ascending by number) where the first line begins with ".I"; else lines `number<TAB>text`, blank lines passed over. Refuses a
/// number that stands twice.
std::vector<NumberedQuery> parse_queries(std::string_view text, const std::string& where);

/// One line of a TREC run: `query Q0 document rank score tag`.
struct RunLine {
  std::string query;
  std::string document;
  std::uint32_t rank;  ///< from 1
  double score;
};

/// Fields that a reader would take apart at blanks (names of documents with blanks in them) have these written as %20.
std::string run_line_text(const RunLine& line, std::string_view tag);

struct RankedName {
  std::string document;
  double score;
};
/// By query, in the order of the file. Refuses a document that a query has twice.
using TrecRun = std::map<std::string, std::vector<RankedName>>;
TrecRun parse_run(std::string_view text, const std::string& where);

/// Grade of each judged document, by query; 0: not relevant.
using Grades = std::map<std::string, std::map<std::string, int>>;
/// TREC qrels, `query 0 document grade`, where the second field of every line is 0 or Q0; else SMART, `query document` and two numbers that
/// are ignored: each line names a relevant document.
Grades parse_grades(std::string_view text, const std::string& where);

}  // namespace colony::retrieval
