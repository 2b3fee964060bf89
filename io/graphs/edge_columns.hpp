// What the columns of an edge list are: by the names in its first line, by [graph] columns, or, where there are neither, two ids.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/graphs/text_scan.hpp"

namespace colony {

enum class ColumnRole : std::uint8_t { source, target, weight, dropped };

/// What a name of [graph] columns or of a file's first line stands for: upper and lower case, blanks, - and _ make no difference. "" is a
/// column to drop. Nothing where the name is not understood.
std::optional<ColumnRole> column_role(std::string_view name);

/// The names that are understood, for messages.
std::string known_columns();

/// Why such roles don't make edges (two columns are the source, ...), or "".
std::string column_fault(const std::vector<ColumnRole>& roles);

/// Takes a line apart. Fields are without the blanks around them and without their quotes.
class FieldReader {
 public:
  /// separator: ',', ';', a tab, or a blank for any number of blanks and tabs.
  FieldReader(std::string_view line, char separator) : at_(line.data()), end_(line.data() + line.size()), separator_(separator) {}
  /// False at the end of the line. Throws ScanFault where a quote is not closed, or something follows it.
  bool next();
  std::string_view field() const { return {field_begin_, field_end_}; }

 private:
  void skip_blanks();
  void take_quoted();
  void take_plain();

  const char* at_;
  const char* end_;
  char separator_;
  bool more_ = true;  ///< a field follows, empty perhaps
  const char* field_begin_ = nullptr;
  const char* field_end_ = nullptr;
};

struct EdgeColumns {
  std::vector<ColumnRole> roles;
  char separator = ' ';  ///< as in FieldReader
  bool header = false;   ///< the first line holds names
};

struct EdgeListOptions {
  bool header = false;               ///< csv: a line of column names may come before the edges
  std::vector<std::string> columns;  ///< [graph] columns, each of them understood, or none
  Weights weights = Weights::refuse;
};

/// Decides by the first line that is neither empty nor a comment. Throws ScanFault: names that are not understood or say no edge, three or
/// more columns without names, weights that are not to be dropped.
EdgeColumns edge_columns(std::string_view first_line, const EdgeListOptions& options);

/// A comment before the first edge. Throws ScanFault where it says that the edges are other than they would be read: that the target comes
/// first, when [graph] columns says nothing, or KONECT's `bip`, two kinds of nodes with ids of their own.
void check_comment(std::string_view line, const EdgeListOptions& options);

}  // namespace colony
