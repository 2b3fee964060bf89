#include "models/knowledge/collection.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/error.hpp"
#include "engine/text_mark.hpp"
#include "models/knowledge/smart.hpp"
#include "models/knowledge/words.hpp"
#include "models/text_file.hpp"

namespace colony {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_named = 20;  // in one note

struct Listing {
  std::vector<std::string> files;  // names, ascending
  std::vector<std::string> folders;
  std::vector<std::string> others;  // pipes, devices, links to nothing
};

Listing list_folder(const std::string& path) {
  Listing listing;
  std::error_code failure;
  fs::directory_iterator entries(path, failure);
  for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
    std::string name = entries->path().filename().string();
    if (name.starts_with('.')) continue;
    std::error_code no_status;  // a link to nothing has none: one of the others
    const fs::file_status status = entries->status(no_status);
    auto& kind = fs::is_regular_file(status) ? listing.files : fs::is_directory(status) ? listing.folders : listing.others;
    kind.push_back(std::move(name));
  }
  if (failure) throw DataError(path, "can't be listed: " + failure.message());
  for (auto* names : {&listing.files, &listing.folders, &listing.others}) std::sort(names->begin(), names->end());
  return listing;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most_named) text += " and " + std::to_string(names.size() - most_named) + " more";
  return text;
}

/// Adds "3 <what>: a, b, c", or nothing when there are none.
void add_note(std::vector<std::string>& notes, const std::vector<std::string>& names, const std::string& one, const std::string& several) {
  if (!names.empty()) notes.push_back(std::to_string(names.size()) + " " + (names.size() == 1 ? one : several) + ": " + joined(names));
}

Collection read_folder(const std::string& path) {
  const Listing listing = list_folder(path);
  Collection collection;
  std::vector<std::string> not_text;
  for (const std::string& name : listing.files) {
    std::string text = read_file_bytes((fs::path(path) / name).string());
    if (const std::string reason = why_not_text(text); !reason.empty()) {
      not_text.push_back(name + " (" + reason + ")");
    } else {
      take_mark_off(text, name);
      collection.documents.push_back({name, std::move(text)});
    }
  }
  add_note(collection.notes, not_text, "file that is not text was left out", "files that are not text were left out");
  add_note(collection.notes, listing.folders, "folder within was not read", "folders within were not read");
  add_note(collection.notes, listing.others, "entry that is no file was left out", "entries that are no files were left out");
  if (!collection.documents.empty()) return collection;
  std::string found = "holds no text file to digest";
  for (const std::string& note : collection.notes) found += "; " + note;
  throw DataError(path, found);
}

Collection read_smart(const std::string& path) {
  const std::string text = read_text_file(path);
  if (const std::string reason = why_not_text(text); !reason.empty()) {
    throw DataError(path, "is not text (" + reason + "); documents are a folder of text files or a SMART collection");
  }
  Collection collection;
  for (const SmartRecord& record : parse_smart(text, path)) collection.documents.push_back({std::to_string(record.number), record.text()});
  return collection;
}

}  // namespace

Collection read_collection(const std::string& path) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (fs::is_directory(status)) return read_folder(path);
  if (fs::is_regular_file(status)) return read_smart(path);
  if (!fs::exists(status)) throw DataError(path, "no such file or folder");
  throw DataError(path, "is neither a folder of text files nor a SMART collection");
}

std::string why_not_text(std::string_view bytes) {
  if (std::string foreign = foreign_mark(bytes); !foreign.empty()) return foreign;
  if (bytes.find('\0') != std::string_view::npos) return "holds NUL bytes";
  const std::uint64_t invalid = invalid_utf8_bytes(bytes);
  if (invalid <= bytes.size() / 4) return {};
  return std::to_string(100 * invalid / bytes.size()) + " % of its bytes are no UTF-8";
}

}  // namespace colony
