// configs/: every ready job is valid for the models that there are.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "io/job/job_file.hpp"
#include "models/registry.hpp"

namespace colony {
namespace {

TEST(JobConfigs, EveryReadyJobIsValidAndEveryModelHasOne) {
  const ModelRegistry registry = builtin_models();
  std::map<std::string, ModelInfo> infos;
  KnownModels known;
  for (const auto& [name, make] : registry) {
    const auto model = make();
    infos[name] = {name, model->parameters(), model->needs_graph(), model->takes_population(), model->default_population()};
    known.names.push_back(name);
  }
  known.find = [&](const std::string& name) -> const ModelInfo* { return infos.contains(name) ? &infos.at(name) : nullptr; };

  std::set<std::string> used;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(COLONY_SOURCE_DIR) / "configs")) {
    if (entry.path().extension() != ".toml") continue;
    ++count;
    SCOPED_TRACE(entry.path().string());
    const RunJob job = parse_job(load_job_source(entry.path().string()), known);
    EXPECT_EQ(job.name, entry.path().stem().string());
    EXPECT_GT(job.ticks, 0u);
    used.insert(job.model);
  }
  EXPECT_GE(count, 5u);
  EXPECT_EQ(used, std::set<std::string>(known.names.begin(), known.names.end()));
}

/// The page that explains the job file names every key that a resolved job has, and every parameter of every model.
TEST(JobConfigs, TheDocumentationHasEveryKey) {
  std::ifstream file(std::filesystem::path(COLONY_SOURCE_DIR) / "docs" / "job-file.md");
  std::ostringstream page;
  page << file.rdbuf();
  RunJob job;
  job.output.snapshots.resize(1);
  std::istringstream lines(to_toml(job));
  std::vector<std::string> keys = {"count",  "source",     "path",   "format", "directed", "width",
                                   "height", "neighbours", "torus",  "kind",   "nodes",    "mean_degree",
                                   "degree", "degrees",    "rewire", "a",      "b",        "c"};  // of [graph] and [population]
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" = ") != std::string::npos) keys.push_back(line.substr(0, line.find(' ')));
  }
  EXPECT_GT(keys.size(), 40u);
  for (const auto& [name, make] : builtin_models()) {
    keys.push_back("**" + name + "**");
    for (const ParameterSpec& spec : make()->parameters()) keys.push_back(spec.name);
  }
  for (const std::string& key : keys) {
    const bool found = page.str().find("`" + key + "`") != std::string::npos || page.str().find("`" + key + " ") != std::string::npos;
    EXPECT_TRUE(found || (key.starts_with("*") && page.str().find(key) != std::string::npos)) << key;
  }
}

}  // namespace
}  // namespace colony
