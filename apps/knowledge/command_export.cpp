#include "apps/knowledge/command_export.hpp"

#include <fmt/format.h>

#include "apps/knowledge/graph_export.hpp"
#include "apps/run/run_results.hpp"
#include "apps/shared/output_file.hpp"
#include "engine/error.hpp"
#include "io/storage.hpp"

namespace colony {

int export_command(const ExportOptions& options, const ModelRegistry& models) {
  if (options.format == "tour") {
    const auto tour = result_of(options.run, options.tick, ".tour", models);
    if (!tour) throw DataError(options.run, "is no run of the model \"tours\": it has no tour");
    write_output(options.out, *tour);
    return 0;
  }
  const bool csv = options.format == "csv";
  if (csv && (options.out.empty() || options.out == "-"))
    throw UsageError("export: csv is four files (concepts, links, documents, words); give a folder with --out");
  const retrieval::KnowledgeGraph graph = retrieval::load_knowledge_graph(options.run, options.tick);
  if (csv) {
    PosixStorage folder(options.out);
    folder.make_folder("");
    for (const auto& [name, text] : retrieval::csv_of(graph)) folder.replace(name, text);
  } else {
    write_output(options.out, options.format == "json" ? retrieval::json_of(graph) : retrieval::graphml_of(graph));
  }
  if (!options.out.empty() && options.out != "-")
    fmt::print("{}: {} concepts, {} links, {} documents\n", options.out, graph.concepts.size(), graph.link_count(), graph.documents.size());
  return 0;
}

}  // namespace colony
