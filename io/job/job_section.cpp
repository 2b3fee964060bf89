#include "io/job/job_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "engine/names.hpp"

namespace colony {
namespace {

using Kind = JobValue::Kind;

/// 9.2e18 as a bound means "any": the message then has no number that is too long to read.
bool is_bound(double value) { return std::isfinite(value) && std::abs(value) < 9.2e18; }

std::string bound_text(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15 ? fmt::format("{}", static_cast<std::int64_t>(value)) : toml_real(value);
}

}  // namespace

std::string range_text(double least, double most) {
  if (is_bound(least) && is_bound(most)) return fmt::format(" from {} to {}", bound_text(least), bound_text(most));
  if (is_bound(least)) return fmt::format(" of at least {}", bound_text(least));
  return is_bound(most) ? fmt::format(" of at most {}", bound_text(most)) : "";
}

JobSection::JobSection(const JobValue* table, std::string title, std::string folder, JobPlace file, std::vector<JobMistake>& mistakes)
    : table_(table), title_(std::move(title)), folder_(std::move(folder)), file_(std::move(file)), mistakes_(mistakes) {
  if (table_ && table_->kind != Kind::table) {
    mistakes_.push_back({table_->place, fmt::format("{} must be a section, and is {}", title_, table_->kind_name())});
    table_ = nullptr;
  }
}

const JobValue* JobSection::take(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  return table_ ? table_->find(key) : nullptr;
}

void JobSection::wrong_type(const JobValue& value, const std::string& name, const std::string& wanted) {
  mistake(value, fmt::format("{} {} must be {}, and is {} ({})", title_, name, wanted, value.shown(), value.kind_name()));
}

bool JobSection::check_integer(const JobValue& value, const std::string& name, double least, double most, std::int64_t& result) {
  const std::string wanted = "a whole number" + range_text(least, most);
  if (value.kind != Kind::integer) {
    wrong_type(value, name, wanted);
    return false;
  }
  if (static_cast<double>(value.integer) < least || static_cast<double>(value.integer) > most) {
    mistake(value, fmt::format("{} {} must be {}, and is {}", title_, name, wanted, value.integer));
    return false;
  }
  result = value.integer;
  return true;
}

bool JobSection::check_real(const JobValue& value, const std::string& name, double least, double most, double& result) {
  const std::string wanted = "a number" + range_text(least, most);
  if (value.kind != Kind::real && value.kind != Kind::integer) {
    wrong_type(value, name, wanted);
    return false;
  }
  const double number = value.kind == Kind::real ? value.real : static_cast<double>(value.integer);
  if (!std::isfinite(number) || number < least || number > most) {
    mistake(value, fmt::format("{} {} must be {}, and is {}", title_, name, wanted, value.shown()));
    return false;
  }
  result = number;
  return true;
}

bool JobSection::check_path(const JobValue& value, const std::string& name, PathUse use, std::string& result) {
  if (value.kind != Kind::text || value.text.empty()) {
    wrong_type(value, name, "a path");
    return false;
  }
  if (value.text.find('\0') != std::string::npos) {
    mistake(value, fmt::format("{} {} is no path: it holds a zero byte", title_, name));
    return false;
  }
  const std::string absolute = (std::filesystem::path(folder_) / value.text).lexically_normal().string();
  std::error_code error;
  const auto status = std::filesystem::status(absolute, error);
  if (use != PathUse::any && !files_may_be_gone_ && !std::filesystem::exists(status)) {
    mistake(value, fmt::format("{} {}: there is no {} {}; paths are relative to the job file", title_, name,
                               use == PathUse::existing ? "file or folder" : "file", absolute));
    return false;
  }
  if (use == PathUse::existing_file && std::filesystem::is_directory(status)) {
    mistake(value, fmt::format("{} {}: {} is a folder, and a file is wanted", title_, name, absolute));
    return false;
  }
  result = absolute;
  return true;
}

template <class T, class Check>
bool JobSection::check_list(const JobValue& value, const std::string& name, const char* of, std::vector<T>& result, const Check& check) {
  if (value.kind != Kind::list) {
    wrong_type(value, name, fmt::format("a list of {}", of));
    return false;
  }
  bool good = true;
  for (const JobValue& item : value.items) {
    T element{};
    good = check(item, element) && good;
    result.push_back(std::move(element));
  }
  return good;
}

/// TOML's whole numbers end at 2^63 - 1: an id beyond is written as text.
bool JobSection::check_ids(const JobValue& value, const std::string& name, std::vector<std::uint64_t>& result) {
  return check_list(value, name, "ids (those of 2^63 and more in quotes)", result, [&](const JobValue& item, std::uint64_t& id) {
    if (item.kind == Kind::integer && item.integer >= 0) {
      id = static_cast<std::uint64_t>(item.integer);
      return true;
    }
    const char *const begin = item.text.data(), *const end = begin + item.text.size();
    const auto [last, error] = std::from_chars(begin, end, id);
    if (item.kind == Kind::text && error == std::errc() && last == end) return true;
    wrong_type(item, name, "a node's id: a whole number from 0, of 2^63 or more in quotes");
    return false;
  });
}

/// `{ by = "state", exposed = 0.2, ... }`. Whether there are such a category and values is known when the model has declared.
bool JobSection::check_numbers_by(const JobValue& table, const ParameterSpec& spec, NumbersBy& result) {
  const JobValue* by = table.find("by");
  if (by == nullptr || by->kind != Kind::text) {
    mistake(by == nullptr ? table : *by,
            fmt::format("{} {} has numbers by a category, and \"by\" names it: {{ by = \"state\", ... }}", title_, spec.name));
    return false;
  }
  result.category = by->text;
  result.place = by->place.text();
  bool good = true;
  for (std::size_t i = 0; i < table.names.size(); ++i) {
    const JobValue& value = table.items[i];
    if (&value == by) continue;
    const std::string name = spec.name + "." + table.names[i];
    double number = 0;
    if (std::int64_t whole = 0; spec.type == ParameterType::integer) {
      good = check_integer(value, name, spec.least, spec.most, whole) && good;
      number = static_cast<double>(whole);
      if (std::abs(number) > 0x1p53) {
        mistake(value, fmt::format("{} {} is a whole number up to 2^53 where it differs by a category", title_, name));
        good = false;
      }
    } else {
      good = check_real(value, name, spec.least, spec.most, number) && good;
    }
    result.numbers.push_back({table.names[i], number, value.key_place.text()});
  }
  std::sort(result.numbers.begin(), result.numbers.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return good;
}

bool JobSection::whole_number(const std::string& key, std::int64_t& target, std::int64_t least, std::int64_t most) {
  const JobValue* value = take(key);
  return value && check_integer(*value, key, static_cast<double>(least), static_cast<double>(most), target);
}

bool JobSection::flag(const std::string& key, bool& target) {
  const JobValue* value = take(key);
  if (!value) return false;
  if (value->kind != Kind::flag) {
    wrong_type(*value, key, "true or false");
    return false;
  }
  target = value->flag;
  return true;
}

bool JobSection::real(const std::string& key, double& target, double least, double most) {
  const JobValue* value = take(key);
  return value && check_real(*value, key, least, most, target);
}

bool JobSection::text(const std::string& key, std::string& target) {
  const JobValue* value = take(key);
  if (!value) return false;
  if (value->kind != Kind::text) {
    wrong_type(*value, key, "text");
    return false;
  }
  target = value->text;
  return true;
}

bool JobSection::choice(const std::string& key, std::string& target, const std::vector<std::string>& choices) {
  const JobValue* value = take(key);
  if (!value) return false;
  const std::string list = fmt::format("\"{}\"", fmt::join(choices, "\", \""));
  if (value->kind != Kind::text) {
    wrong_type(*value, key, (choices.size() > 1 ? "one of " : "") + list);
    return false;
  }
  if (std::find(choices.begin(), choices.end(), value->text) == choices.end()) {
    const std::string nearest = nearest_name(value->text, choices);
    const std::string hint = nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest);
    mistake(*value, fmt::format("{} {} must be one of {}, and is {}{}", title_, key, list, value->shown(), hint));
    return false;
  }
  target = value->text;
  return true;
}

bool JobSection::path(const std::string& key, std::string& target, PathUse use) {
  const JobValue* value = take(key);
  return value && check_path(*value, key, use, target);
}

bool JobSection::parameter(const JobValue& value, const ParameterSpec& spec, ParameterValue& result) {
  const auto as_integer = [&](const JobValue& v, std::int64_t& out) { return check_integer(v, spec.name, spec.least, spec.most, out); };
  const auto as_real = [&](const JobValue& v, double& out) { return check_real(v, spec.name, spec.least, spec.most, out); };
  const auto as_row = [&](const JobValue& v, std::vector<double>& out) {
    if (!check_list(v, spec.name, "rows of numbers", out, as_real)) return false;
    if (spec.row_width == 0 || out.size() == spec.row_width) return true;
    mistake(v, fmt::format("{} {}: each row has {} numbers, and this one {}", title_, spec.name, spec.row_width, out.size()));
    return false;
  };
  const bool is_number = spec.type == ParameterType::integer || spec.type == ParameterType::real;
  if (is_number && value.kind == Kind::table) return check_numbers_by(value, spec, result.emplace<NumbersBy>());
  switch (spec.type) {
    case ParameterType::flag: return flag(spec.name, result.emplace<bool>());
    case ParameterType::integer: return as_integer(value, result.emplace<std::int64_t>());
    case ParameterType::real: return as_real(value, result.emplace<double>());
    case ParameterType::text:
      if (spec.choices.empty()) return text(spec.name, result.emplace<std::string>());
      return choice(spec.name, result.emplace<std::string>(), spec.choices);
    case ParameterType::path:
      // A path whose default is "" may be written so: to_toml does.
      if (value.kind == Kind::text && value.text.empty() && spec.fallback == ParameterValue(std::string())) {
        result = std::string();
        return true;
      }
      return check_path(value, spec.name, spec.folder_too ? PathUse::existing : PathUse::existing_file, result.emplace<std::string>());
    case ParameterType::integers:
      return check_list(value, spec.name, "whole numbers", result.emplace<std::vector<std::int64_t>>(), as_integer);
    case ParameterType::reals: return check_list(value, spec.name, "numbers", result.emplace<std::vector<double>>(), as_real);
    case ParameterType::ids: return check_ids(value, spec.name, result.emplace<std::vector<std::uint64_t>>());
    case ParameterType::rows:
      return check_list(value, spec.name, "rows of numbers", result.emplace<std::vector<std::vector<double>>>(), as_row);
  }
  return false;
}

void JobSection::missing(const std::string& key, const std::string& hint) {
  const std::string why =
      present() ? fmt::format("{} {} is missing", title_, key) : fmt::format("{} is missing, and with it {}", title_, key);
  mistakes_.push_back({present() ? table_->key_place : file_, hint.empty() ? why : why + "; " + hint});
}

void JobSection::finish(const std::vector<std::string>& other_keys) {
  if (!table_) return;
  for (std::size_t i = 0; i < table_->names.size(); ++i) {
    const std::string& name = table_->names[i];
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    const auto elsewhere =
        std::find_if(other_keys.begin(), other_keys.end(), [&](const std::string& key) { return key.ends_with("] " + name); });
    const std::string hint = elsewhere != other_keys.end() ? fmt::format("; did you mean {}?", *elsewhere) : name_hint(name, known_);
    mistakes_.push_back({table_->items[i].key_place, fmt::format("{} has no key {}{}", title_, toml_quoted(name), hint)});
  }
}

}  // namespace colony
