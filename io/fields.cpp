#include "io/fields.hpp"

#include <xxhash.h>

#include <nlohmann/json.hpp>

#include "engine/error.hpp"

namespace colony {

std::string fields_to_json(const std::map<std::string, std::string>& fields) { return nlohmann::json(fields).dump(2) + "\n"; }

std::map<std::string, std::string> fields_from_json(std::string_view text, const std::string& where) {
  const auto object = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (!object.is_object()) throw StorageError(where, "is not one whole JSON object");
  std::map<std::string, std::string> fields;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) throw StorageError(where, "\"" + key + "\" is not text");
    fields[key] = value.get<std::string>();
  }
  return fields;
}

std::uint64_t hash_text(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

}  // namespace colony
