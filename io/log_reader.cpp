#include "io/log_reader.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace colony {
namespace {

/// What reaches a terminal must not steer it.
std::string harmless(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::string text_of(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string log_line_for_people(std::string_view json_line) {
  const auto object = nlohmann::ordered_json::parse(json_line.begin(), json_line.end(), nullptr, false);
  if (!object.is_object() || !object.contains("time") || !object.contains("event")) return harmless(std::string(json_line));
  std::string time = text_of(object["time"]), message, fields;
  if (const std::size_t t = time.find('T'); t != std::string::npos) time[t] = ' ';
  for (const auto& [name, value] : object.items()) {
    if (name == "time" || name == "level" || name == "event") continue;
    if (name == "message") message = text_of(value);
    else fields += (fields.empty() ? "" : ", ") + name + "=" + text_of(value);
  }
  std::string line =
      fmt::format("{}  {:<7}  {:<15}", time, object.contains("level") ? text_of(object["level"]) : "", text_of(object["event"]));
  if (!message.empty()) line += "  " + message;
  if (!fields.empty()) line += "  (" + fields + ")";
  while (line.ends_with(' ')) line.pop_back();
  return harmless(line);
}

LogStep log_step_of(std::string_view json_line) {
  const auto object = nlohmann::ordered_json::parse(json_line.begin(), json_line.end(), nullptr, false);
  const auto text = [&](const char* name) {
    return object.is_object() && object.contains(name) ? harmless(text_of(object[name])) : std::string();
  };
  return {text("event"), text("step")};
}

}  // namespace colony
