// Who found which document relevant: files of judgements in the formats of TREC, SMART and BEIR, and how they are told apart.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace colony::retrieval {

/// Grade of each judged document, by query. One above 0 says that the document is relevant, any other that it is not.
using Grades = std::map<std::string, std::map<std::string, double>>;

enum class JudgementFormat {
  /// The one that the file can only be of; refused where it can be of two.
  automatic,
  /// `query iteration document grade`: the second field can be anything and does not count. A document that is judged twice is refused,
  /// as trec_eval does.
  trec,
  /// Whole numbers: `query document`; `query document 0 0.000000`; or Cranfield's `query document code`, where a code above 0 is a
  /// degree of relevance, which differs in direction between copies of the collection, and -1 says that there is none. Relevant
  /// documents have the grade 1.
  smart,
  /// A header with the names query-id, corpus-id and score in any order; tabs between the columns.
  beir,
};

/// "trec", ...; of automatic "auto".
const char* name_of(JudgementFormat format);
/// Throws UsageError with the list of names.
JudgementFormat judgement_format(const std::string& name);

struct Judgements {
  JudgementFormat format = JudgementFormat::trec;  ///< never automatic
  Grades grades;
  /// Cranfield's codes above 0 differ, so the file could be of grades without a header.
  bool levels_dropped = false;
};

/// Lines that begin with # are comments. Throws DataError with file and line for what is malformed, of another format than asked for, or
/// of no single format.
Judgements parse_judgements(std::string_view text, const std::string& where, JudgementFormat format = JudgementFormat::automatic);

}  // namespace colony::retrieval
