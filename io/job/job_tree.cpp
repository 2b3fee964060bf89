#include "io/job/job_tree.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace colony {
namespace {

using Kind = JobValue::Kind;

/// Turns toml++ nodes into ours. In an override every value stands at the override, not at the line that toml++ saw.
class Converter {
 public:
  Converter(std::string source, bool in_file) : source_(std::move(source)), in_file_(in_file) {}

  JobPlace place(const toml::source_region& region) const {
    if (!in_file_) return {source_, 0, 0};
    return {source_, region.begin.line, static_cast<std::uint32_t>(region.begin.column)};
  }

  JobValue value(const toml::node& node, const JobPlace& key_place) const {
    JobValue result;
    result.key_place = key_place;
    result.place = place(node.source());
    if (const auto* table = node.as_table()) {
      fill_table(*table, result);
    } else if (const auto* list = node.as_array()) {
      result.kind = Kind::list;
      for (const toml::node& item : *list) result.items.push_back(value(item, place(item.source())));
    } else if (const auto* text = node.as_string()) {
      result.kind = Kind::text;
      result.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
      result.kind = Kind::integer;
      result.integer = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
      result.kind = Kind::real;
      result.real = real->get();
    } else if (const auto* flag = node.as_boolean()) {
      result.kind = Kind::flag;
      result.flag = flag->get();
    } else {
      result.kind = Kind::moment;
    }
    return result;
  }

 private:
  void fill_table(const toml::table& table, JobValue& result) const {
    result.kind = Kind::table;
    for (const auto& [key, item] : table) {
      result.names.emplace_back(key.str());
      result.items.push_back(value(item, place(key.source())));
    }
  }

  std::string source_;
  bool in_file_;
};

/// The value of an override: TOML, or else plain text. False: it begins like a TOML string, list or table and is not one.
bool override_value(const std::string& text, const std::string& source, JobValue& result) {
  const JobPlace place{source, 0, 0};
  try {
    const toml::table table = toml::parse("value = " + text);
    if (table.size() == 1 && table.contains("value")) {
      result = Converter(source, false).value(*table.get("value"), place);
      return true;
    }
  } catch (const toml::parse_error&) {
  }
  if (!text.empty() && std::string_view("\"'[{").find(text.front()) != std::string_view::npos) return false;
  result.kind = Kind::text;
  result.key_place = result.place = place;
  result.text = text;
  return true;
}

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t dot = key.find('.', begin);
    std::string_view part = key.substr(begin, dot == std::string_view::npos ? dot : dot - begin);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    parts.emplace_back(part);
    if (dot == std::string_view::npos) return parts;
    begin = dot + 1;
  }
}

void put(JobValue& table, const std::string& name, JobValue value) {
  const auto found = std::find(table.names.begin(), table.names.end(), name);
  if (found != table.names.end()) {
    table.items[static_cast<std::size_t>(found - table.names.begin())] = std::move(value);
  } else {
    table.names.push_back(name);
    table.items.push_back(std::move(value));
  }
}

/// Descends into the section `name`, made if there is none; null when something else than a section has the name.
JobValue* section_for_override(JobValue& table, const std::string& name, const JobPlace& place) {
  if (!table.find(name)) {
    JobValue made;
    made.key_place = made.place = place;
    put(table, name, std::move(made));
  }
  JobValue& section = table.items[static_cast<std::size_t>(std::find(table.names.begin(), table.names.end(), name) - table.names.begin())];
  return section.kind == Kind::table ? &section : nullptr;
}

void apply_override(JobValue& root, const std::string& text, std::vector<JobMistake>& mistakes) {
  const std::string source = "--set " + text;
  const JobPlace place{source, 0, 0};
  const std::size_t equals = text.find('=');
  const std::vector<std::string> parts = split_key(std::string_view(text).substr(0, equals));
  const bool named = std::none_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
  if (equals == std::string::npos || !named) {
    mistakes.push_back({place, "an override is section.key=value, for example model.recovery=0.2"});
    return;
  }
  std::string written = text.substr(equals + 1);
  written.erase(0, written.find_first_not_of(' '));
  JobValue value;
  if (!override_value(written, source, value)) {
    mistakes.push_back({place,
                        "the value begins like a TOML string, list or table, but is none; are quotes lost to the shell? "
                        "An id of 2^63 or more is written in quotes"});
    return;
  }
  JobValue* table = &root;
  for (std::size_t i = 0; i + 1 < parts.size() && table; ++i) table = section_for_override(*table, parts[i], place);
  if (!table) {
    mistakes.push_back({place, fmt::format("\"{}\" names a value inside something that is no section", text.substr(0, equals))});
    return;
  }
  put(*table, parts.back(), std::move(value));
}

std::string shown_list(const JobValue& value, char open, char close) {
  std::string result(1, open);
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) result += ", ";
    if (result.size() > 40) return result + "..." + close;
    if (value.kind == Kind::table) result += value.names[i] + " = ";
    result += value.items[i].shown();
  }
  return result + close;
}

}  // namespace

const JobValue* JobValue::find(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? nullptr : &items[static_cast<std::size_t>(found - names.begin())];
}

std::string JobValue::kind_name() const {
  switch (kind) {
    case Kind::flag: return "true or false";
    case Kind::integer: return "a whole number";
    case Kind::real: return "a real number";
    case Kind::text: return "text";
    case Kind::list: return "a list";
    case Kind::table: return "a section";
    case Kind::moment: return "a date or time";
  }
  return "";
}

std::string JobValue::shown() const {
  switch (kind) {
    case Kind::flag: return flag ? "true" : "false";
    case Kind::integer: return std::to_string(integer);
    case Kind::real: return toml_real(real);
    case Kind::text: return text.size() > 60 ? toml_quoted(text.substr(0, 60)) + "..." : toml_quoted(text);
    case Kind::list: return shown_list(*this, '[', ']');
    case Kind::table: return shown_list(*this, '{', '}');
    case Kind::moment: return "a date or time";
  }
  return "";
}

JobValue read_job_tree(const JobSource& source, std::vector<JobMistake>& mistakes) {
  JobValue root;
  root.place = root.key_place = {source.path, 1, 1};
  try {
    const toml::table table = toml::parse(source.text);
    root = Converter(source.path, true).value(table, root.place);
    root.place = root.key_place;
  } catch (const toml::parse_error& error) {
    std::string why(error.description());
    if (why.ends_with("not representable in 64 bits")) why += "; an id of 2^63 or more is written in quotes";
    mistakes.push_back({Converter(source.path, true).place(error.source()), std::move(why)});
    return root;
  }
  for (const std::string& text : source.overrides) apply_override(root, text, mistakes);
  return root;
}

std::string toml_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string toml_real(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string result(buffer, end);
  if (result.find_first_of(".e") == std::string::npos) result += ".0";
  return result;
}

}  // namespace colony
