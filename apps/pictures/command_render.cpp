#include "apps/pictures/command_render.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "apps/knowledge/communities.hpp"
#include "apps/pictures/graph_picture.hpp"
#include "apps/run/command_run_folder.hpp"
#include "apps/run/run_results.hpp"
#include "apps/shared/child_program.hpp"
#include "apps/shared/output_file.hpp"
#include "engine/error.hpp"

namespace colony {
namespace {

std::string title_of(const RenderOptions& options, std::uint64_t tick) {
  if (!options.title.empty()) return options.title;
  PosixStorage storage = open_run_folder(options.run);
  std::string job = std::filesystem::path(storage.path_of("")).lexically_normal().filename().string();
  for (const auto& [key, value] : read_report(storage))
    if (key == "job") job = value;
  return fmt::format("{} at tick {}", job, tick);
}

}  // namespace

int render_command(const RenderOptions& options, const ModelRegistry& models) {
  if (!options.out.ends_with(".svg")) throw UsageError("render: --out is an SVG file and ends with .svg, not \"" + options.out + "\"");
  if (const auto drawn = result_of(options.run, options.tick, ".svg", models)) {
    write_output_file(options.out, *drawn);
    fmt::print("{}\n", options.out);
    return 0;
  }
  const retrieval::KnowledgeGraph graph = retrieval::load_knowledge_graph(options.run, options.tick);
  if (graph.concepts.empty()) throw DataError(options.run, fmt::format("has no concepts at tick {}: there is nothing to draw", graph.tick));
  retrieval::Picture picture = retrieval::choose_picture(graph, options.concepts);
  const ChildResult layout = run_program({"sfdp", "-Tplain"}, retrieval::dot_of(picture), "graphviz");
  if (layout.status != 0) throw StorageError("sfdp", "laid out nothing: it " + layout.failure());
  retrieval::take_layout(picture, layout.output);
  write_output_file(options.out, retrieval::svg_of(graph, retrieval::find_communities(graph), picture, title_of(options, graph.tick)));
  fmt::print("{}\n", options.out);
  return 0;
}

}  // namespace colony
