#include "io/checkpoints/course.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/error.hpp"
#include "engine/fail_point.hpp"
#include "io/checkpoints/manifest.hpp"

namespace colony {
namespace {

constexpr const char* format_name = "colony-course";
constexpr std::string_view prefix = "course.r", ending = ".json";
constexpr std::size_t turns_kept = 64;
constexpr int max_attempts = 50;

std::string record_name(std::uint64_t incarnation) { return fmt::format("{}/{}{}{}", checkpoints_folder, prefix, incarnation, ending); }

std::string to_json(const Course& course) {
  nlohmann::json turns = nlohmann::json::array();
  for (const Turn& turn : course.turns) {
    nlohmann::json entry = {{"incarnation", turn.incarnation}, {"from", nullptr}};
    if (turn.base) entry["from"] = {turn.base->tick.value, turn.base->incarnation, turn.base->epoch};
    turns.push_back(std::move(entry));
  }
  return seal(nlohmann::json{{"format", format_name}, {"format_version", 1}, {"turns", std::move(turns)}}.dump());
}

Course parse_course(std::string_view text, const std::string& where) {
  const nlohmann::json object = nlohmann::json::parse(open_sealed(text, where));
  Course course;
  try {
    if (object.at("format") != format_name || object.at("format_version") != 1)
      throw StorageError(where, "is not a record of courses that this program reads; use the program that wrote it");
    for (const nlohmann::json& entry : object.at("turns")) {
      Turn turn{entry.at("incarnation").get<std::uint64_t>(), std::nullopt};
      const nlohmann::json& from = entry.at("from");
      if (!from.is_null()) turn.base = CheckpointKey{Tick(from.at(0)), from.at(1), from.at(2)};
      if (!course.turns.empty() && course.turns.back().incarnation >= turn.incarnation)
        throw StorageError(where, "does not list its turns by ascending incarnation");
      course.turns.push_back(turn);
    }
  } catch (const nlohmann::json::exception& error) {
    throw StorageError(where, fmt::format("is no record of courses: {}", error.what()));
  }
  return course;
}

/// The newest record's incarnation, 0 when there is none.
std::uint64_t newest_record(Storage& storage) {
  std::uint64_t newest = 0;
  for (const std::string& name : storage.list(checkpoints_folder)) newest = std::max(newest, incarnation_of_record(name).value_or(0));
  return newest;
}

/// Turns that say nothing any more: what they leave behind is left behind by the next one too, or was removed long ago.
void drop_spent_turns(Storage& storage, std::vector<Turn>& turns, const Turn& next) {
  std::erase_if(turns, [&](const Turn& turn) { return turn.base >= next.base; });
  if (turns.size() < turns_kept) return;
  const std::vector<CheckpointRef> all = list_manifests(storage);
  const auto spent = [&](const Turn& turn) {
    return std::none_of(all.begin(), all.end(), [&](const CheckpointRef& ref) { return Course{{turn}}.left_behind(ref.key()); });
  };
  const auto recent = turns.end() - static_cast<std::ptrdiff_t>(turns_kept);
  turns.erase(std::remove_if(turns.begin(), recent, spent), recent);
}

}  // namespace

bool Course::left_behind(const CheckpointKey& checkpoint) const {
  return std::any_of(turns.begin(), turns.end(), [&](const Turn& turn) {
    return checkpoint.incarnation < turn.incarnation && (!turn.base || checkpoint > *turn.base);
  });
}

std::optional<std::uint64_t> incarnation_of_record(std::string_view name) {
  if (!name.starts_with(prefix) || !name.ends_with(ending) || name.size() <= prefix.size() + ending.size()) return std::nullopt;
  const std::string_view digits = name.substr(prefix.size(), name.size() - prefix.size() - ending.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number == 0) return std::nullopt;
  return number;
}

bool is_course_file(std::string_view name) {
  const bool unfinished = is_temporary(name) && name.substr(1).starts_with(prefix);
  return unfinished || incarnation_of_record(name).has_value();
}

Course read_course(Storage& storage) {
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t newest = newest_record(storage);
    if (newest == 0) return {};
    const std::string name = record_name(newest);
    try {
      return parse_course(storage.read(name), storage.path_of(name));
    } catch (const StorageError& error) {
      if (attempt < max_attempts && !storage.exists(name)) continue;  // cleared away by a newer start since we looked
      throw StorageError(error.path, std::string(error.what()).substr(error.path.size() + 2) +
                                         "; it says which checkpoints the run has left behind: put it back, or start over with --force");
    }
  }
}

void begin_course(Storage& storage, std::uint64_t incarnation, const std::optional<CheckpointKey>& base) {
  if (incarnation == 1) return;
  Course course = read_course(storage);
  const Turn turn{incarnation, base};
  drop_spent_turns(storage, course.turns, turn);
  course.turns.push_back(turn);
  storage.make_folder(checkpoints_folder);
  fail_point("before-course");
  storage.write_new(record_name(incarnation), to_json(course));
  fail_point("in-course");
  std::vector<std::string> old;
  for (const std::string& name : storage.list(checkpoints_folder))
    if (is_course_file(name) && incarnation_of_record(name).value_or(0) < incarnation)
      old.push_back(std::string(checkpoints_folder) + "/" + name);
  storage.remove(old);
}

}  // namespace colony
