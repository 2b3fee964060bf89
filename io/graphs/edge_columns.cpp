#include "io/graphs/edge_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace colony {
namespace {

constexpr std::array<std::string_view, 10> source_names = {"source", "sourceid", "sourcenode", "src", "from",
                                                           "fromid", "fromnode", "fromnodeid", "u",   "i"};
constexpr std::array<std::string_view, 12> target_names = {"target", "targetid", "targetnode", "dst",      "dest", "destination",
                                                           "to",     "toid",     "tonode",     "tonodeid", "v",    "j"};
constexpr std::array<std::string_view, 3> weight_names = {"weight", "weights", "w"};
constexpr std::array<std::string_view, 5> number_names = {"", "id", "edge", "edgeid",
                                                          "index"};  // what numbers the edges says nothing of them

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Lower case, without blanks, - and _.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return plain;
}

const char* role_name(ColumnRole role) {
  switch (role) {
    case ColumnRole::source: return "from";
    case ColumnRole::target: return "to";
    case ColumnRole::weight: return "weight";
    case ColumnRole::dropped: break;
  }
  return "\"\"";
}

/// The separator of a line: the one that stands in it most, outside quotes. Names may hold others (`Delta, Inc.` between tabs), and with
/// semicolons commas are those of numbers.
char separator_of(std::string_view line) {
  char separator = ' ';
  std::ptrdiff_t most = 0;
  for (const char candidate : {';', ',', '\t'}) {
    bool quoted = false;
    const auto count = std::count_if(line.begin(), line.end(), [&](char c) {
      if (c == '"') quoted = !quoted;
      return c == candidate && !quoted;
    });
    if (count > most) {
      separator = candidate;
      most = count;
    }
  }
  return separator;
}

std::vector<std::string_view> fields_of(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  for (FieldReader reader(line, separator); reader.next();) fields.push_back(reader.field());
  return fields;
}

bool is_digits(std::string_view field) {
  return !field.empty() && std::all_of(field.begin(), field.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_number(std::string_view field) {
  if (field.starts_with('+')) field.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return !field.empty() && end == field.data() + field.size() && error != std::errc::invalid_argument;
}

std::vector<ColumnRole> roles_of(const std::vector<std::string>& columns) {
  std::vector<ColumnRole> roles;
  for (const std::string& name : columns) roles.push_back(column_role(name).value_or(ColumnRole::dropped));
  return roles;
}

std::string how_to_name() { return "; say what the columns are, for example [graph] columns = [\"from\", \"to\", \"\"] (\"\": drop it)"; }

std::vector<ColumnRole> roles_by_names(const std::vector<std::string_view>& names) {
  std::vector<ColumnRole> roles;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::optional<ColumnRole> role = column_role(names[i]);
    if (!role || (names[i].empty() && i > 0)) {
      const std::string which = names[i].empty() ? fmt::format("column {} has no name", i + 1)
                                                 : fmt::format("the column {} is not understood", quoted_bytes(names[i].substr(0, 40)));
      throw ScanFault{names[i].data(), which + "; understood are " + known_columns() + "; ids are whole numbers" + how_to_name()};
    }
    roles.push_back(*role);
  }
  return roles;
}

/// The job's word counts, but it may not turn what the file says into something else.
void check_against_names(const std::vector<ColumnRole>& roles, const std::vector<std::string_view>& names) {
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const std::optional<ColumnRole> said = column_role(names[i]);
    if (!said || *said == ColumnRole::dropped || roles[i] == ColumnRole::dropped || roles[i] == *said) continue;
    throw ScanFault{names[i].data(), fmt::format("column {} is called {} here, and {} in [graph] columns; correct one of them", i + 1,
                                                 quoted_bytes(names[i].substr(0, 40)), role_name(roles[i]))};
  }
}

/// Without any names: two ids, or a third column that can't be an id.
std::vector<ColumnRole> roles_by_place(const std::vector<std::string_view>& fields) {
  if (fields.size() <= 2) return {ColumnRole::source, ColumnRole::target};
  const bool third_is_weight = fields.size() == 3 && is_number(fields[2]) && !is_digits(fields[2]);
  if (third_is_weight) return {ColumnRole::source, ColumnRole::target, ColumnRole::weight};
  throw ScanFault{fields[0].data(),
                  fmt::format("{} columns and no names: which of them are the ends of an edge?", fields.size()) + how_to_name().substr(1)};
}

}  // namespace

std::optional<ColumnRole> column_role(std::string_view name) {
  const std::string plain = plain_name(name);
  if (holds(source_names, plain)) return ColumnRole::source;
  if (holds(target_names, plain)) return ColumnRole::target;
  if (holds(weight_names, plain)) return ColumnRole::weight;
  if (holds(number_names, plain)) return ColumnRole::dropped;
  return std::nullopt;
}

std::string known_columns() {
  return "from (source, src, u, i), to (target, dst, dest, destination, v, j), weight (w), and what only numbers the edges: id, edge, "
         "index, or a first column without a name";
}

std::string column_fault(const std::vector<ColumnRole>& roles) {
  for (const ColumnRole role : {ColumnRole::source, ColumnRole::target, ColumnRole::weight}) {
    const auto count = std::count(roles.begin(), roles.end(), role);
    if (count > 1) return fmt::format("{} columns are \"{}\"; an edge has one", count, role_name(role));
    if (count == 0 && role != ColumnRole::weight)
      return fmt::format("no column is \"{}\"; an edge needs \"from\" and \"to\"", role_name(role));
  }
  return {};
}

void FieldReader::skip_blanks() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\r' || (*at_ == '\t' && separator_ != '\t'))) ++at_;
}

void FieldReader::take_quoted() {
  const char* quote = at_++;
  field_begin_ = at_;
  for (;; ++at_) {
    if (at_ == end_) throw ScanFault{quote, "the quote that begins here is not closed on this line"};
    if (*at_ != '"') continue;
    if (at_ + 1 == end_ || at_[1] != '"') break;
    ++at_;  // two quotes stand for one
  }
  field_end_ = at_++;
  skip_blanks();
  const bool blank_before = separator_ == ' ' && (at_[-1] == ' ' || at_[-1] == '\t');
  if (at_ != end_ && *at_ != separator_ && !blank_before) throw ScanFault{at_, "something follows a closing quote; a separator must"};
}

void FieldReader::take_plain() {
  field_begin_ = at_;
  const auto ends = [&](char c) { return c == separator_ || (separator_ == ' ' && (c == '\t' || c == '\r')); };
  while (at_ != end_ && !ends(*at_)) ++at_;
  field_end_ = at_;
  while (field_end_ != field_begin_ && (field_end_[-1] == ' ' || field_end_[-1] == '\r' || field_end_[-1] == '\t')) --field_end_;
}

bool FieldReader::next() {
  if (!more_) return false;
  skip_blanks();
  if (separator_ == ' ' && at_ == end_) return more_ = false;
  if (at_ != end_ && *at_ == '"') take_quoted();
  else take_plain();
  if (separator_ != ' ') {
    more_ = at_ != end_;
    if (more_) ++at_;
  }
  return true;
}

void check_comment(std::string_view line, const EdgeListOptions& options) {
  const std::size_t begin = line.find_first_not_of(" \t#%");
  if (begin == line.npos) return;
  const std::string_view words = line.substr(begin);
  if (words.starts_with("bip ") && line.find('%') < begin)
    throw ScanFault{
        line.data(),
        "\"bip\" says that the left and the right ids are of two kinds of nodes, which would become one; give them different ids "
        "and remove this line"};
  if (!options.columns.empty() || words.find('"') != words.npos) return;
  std::vector<ColumnRole> roles;
  for (const std::string_view field : fields_of(words, separator_of(words))) {
    const std::optional<ColumnRole> role = field.empty() ? std::nullopt : column_role(field);
    if (!role) return;  // not names of columns
    roles.push_back(*role);
  }
  if (column_fault(roles).empty() &&
      std::find(roles.begin(), roles.end(), ColumnRole::target) < std::find(roles.begin(), roles.end(), ColumnRole::source))
    throw ScanFault{words.data(), "this comment names the target first; if it is right, say [graph] columns = [\"to\", \"from\"]"};
}

EdgeColumns edge_columns(std::string_view first_line, const EdgeListOptions& options) {
  EdgeColumns result;
  result.separator = separator_of(first_line);
  std::vector<std::string_view> fields = fields_of(first_line, result.separator);
  const auto numbers = std::count_if(fields.begin(), fields.end(), is_number);
  result.header = options.header && numbers == 0;
  if (options.header && numbers > 0 && fields[0].empty()) {
    throw ScanFault{first_line.data(),
                    "the first line begins with an empty field before numbers; if these are names of columns, give them "
                    "names that say what they are (from, to)"};
  }
  const auto named = [](std::string_view field) { return !field.empty() && column_role(field).has_value(); };
  if (!options.header && std::all_of(fields.begin(), fields.end(), named))
    throw ScanFault{first_line.data(), "the first line has names of columns; say [graph] format = \"csv\""};
  if (result.separator == '\t' && !result.header) {
    result.separator = ' ';
    fields = fields_of(first_line, ' ');
  }
  if (!options.columns.empty()) {
    result.roles = roles_of(options.columns);
    if (fields.size() != result.roles.size()) {
      throw ScanFault{first_line.data(), fmt::format("{} columns here, and [graph] columns names {}", fields.size(), result.roles.size())};
    }
    if (result.header) check_against_names(result.roles, fields);
  } else {
    result.roles = result.header ? roles_by_names(fields) : roles_by_place(fields);
  }
  if (const std::string fault = column_fault(result.roles); !fault.empty()) throw ScanFault{first_line.data(), fault};
  const auto weight = std::find(result.roles.begin(), result.roles.end(), ColumnRole::weight);
  if (weight != result.roles.end() && options.weights == Weights::refuse) {
    refuse_weights(first_line.data(), fmt::format("column {} holds weights", weight - result.roles.begin() + 1));
  }
  return result;
}

}  // namespace colony
