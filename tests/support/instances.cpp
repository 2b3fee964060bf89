#include "tests/support/instances.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "engine/random/random.hpp"

namespace colony::testing {
namespace {

/// Files by what is in them, gone when the process ends.
class Files {
 public:
  ~Files() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  std::filesystem::path folder() {
    if (folder_.empty()) {
      std::string name = (std::filesystem::temp_directory_path() / "colony-instances-XXXXXX").string();
      folder_ = mkdtemp(name.data());
    }
    return folder_;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace

std::string instance_file(std::uint32_t cities, std::uint64_t seed) {
  static Files files;
  const std::string name = fmt::format("random-{}-{}", cities, seed);
  const std::filesystem::path path = files.folder() / (name + ".tsp");
  if (std::filesystem::exists(path)) return path.string();
  std::ofstream out(path);
  out << fmt::format("NAME : {}\nTYPE : TSP\nDIMENSION : {}\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n", name, cities);
  const RandomKey key = random_key(seed, Stream::populate, 0);
  for (std::uint32_t city = 0; city < cities; ++city) {
    const Random4 draw = draw_entity(key, city % 23 == 22 ? city - 1 : city);
    out << fmt::format("{} {} {}\n", city + 1, below(draw[0], 1000), below(draw[1], 1000));
  }
  out << "EOF\n";
  return path.string();
}

}  // namespace colony::testing
