// Files of judged retrieval: queries and runs, in the formats of SMART and of TREC. Everything throws DataError with file and
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

/// Each blank as %20 and the like.
std::string without_blanks(std::string_view field);

/// Fields that a reader would take apart at blanks (names of documents with blanks in them) have these written as %20.
std::string run_line_text(const RunLine& line, std::string_view tag);

struct RankedName {
  std::string document;
  double score;
};
/// By query, in the order of the file. Lines that begin with # are comments. Refuses a document that a query has twice.
using TrecRun = std::map<std::string, std::vector<RankedName>>;
TrecRun parse_run(std::string_view text, const std::string& where);

}  // namespace colony::retrieval
