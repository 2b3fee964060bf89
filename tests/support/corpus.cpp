#include "tests/support/corpus.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <tuple>

#include "engine/random/random.hpp"

namespace colony::testing {
namespace {

/// Word number n: a pronounceable one.
std::string word(std::uint32_t n) {
  static const char* const syllables[] = {"ba", "ke", "li", "mo", "nu", "ra", "se", "ti"};
  std::string text;
  for (int i = 0; i < 4; ++i, n /= 8) text += syllables[n % 8];
  return text;
}

std::string document(std::uint32_t number, std::uint32_t words, RandomKey key) {
  std::string text;
  const std::uint32_t length = number % 17 == 3 ? 0 : number % 23 == 5 ? words * 8 : words;
  for (std::uint32_t w = 0; w < length; ++w) {
    const Random4 draw = draw_entity(key, number, w);
    const bool common = (draw[0] & 3) == 0;
    text += word(common ? below(draw[1], 40) : 100 + number % 5 * 300 + below(draw[1], 300));
    text += w % 9 == 8 ? ".\n" : " ";
  }
  return text;
}

/// Folders by what is in them, gone when the process ends.
class Folders {
 public:
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;
  ~Folders() {
    for (const auto& [key, path] : paths_) {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  }
  std::string& operator[](const Key& key) { return paths_[key]; }

 private:
  std::map<Key, std::string> paths_;
};

}  // namespace

std::string corpus_folder(std::uint32_t documents, std::uint32_t words, std::uint64_t seed) {
  static Folders folders;
  std::string& path = folders[{documents, words, seed}];
  if (!path.empty()) return path;
  std::string name = (std::filesystem::temp_directory_path() / "colony-corpus-XXXXXX").string();
  path = mkdtemp(name.data());
  const RandomKey key = random_key(seed, Stream::populate, 0);
  for (std::uint32_t d = 0; d < documents; ++d) {
    char file[32];
    std::snprintf(file, sizeof file, "doc-%03u.txt", d);
    std::ofstream(std::filesystem::path(path) / file) << document(d, words, key);
  }
  return path;
}

}  // namespace colony::testing
