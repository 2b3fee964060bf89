// configs/: every ready job is valid for the models that there are.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "io/job_file.hpp"
#include "models/registry.hpp"

namespace colony {
namespace {

TEST(JobConfigs, EveryReadyJobIsValidAndEveryModelHasOne) {
  const ModelRegistry registry = builtin_models();
  std::map<std::string, ModelInfo> infos;
  KnownModels known;
  for (const auto& [name, make] : registry) {
    const auto model = make();
    infos[name] = {name, model->parameters(), true, model->takes_population(), model->default_population()};
    known.names.push_back(name);
  }
  known.find = [&](const std::string& name) -> const ModelInfo* { return infos.contains(name) ? &infos.at(name) : nullptr; };

  std::set<std::string> used;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(COLONY_SOURCE_DIR) / "configs")) {
    if (entry.path().extension() != ".toml") continue;
    ++count;
    SCOPED_TRACE(entry.path().string());
    const Job job = parse_job(load_job_source(entry.path().string()), known);
    EXPECT_EQ(job.name, entry.path().stem().string());
    EXPECT_GT(job.ticks, 0u);
    used.insert(job.model);
  }
  EXPECT_GE(count, 5u);
  EXPECT_EQ(used, std::set<std::string>(known.names.begin(), known.names.end()));
}

}  // namespace
}  // namespace colony
