// knowledge_run FOLDER SHARDS [FILE [MODEL]]: writes a run folder with a knowledge graph, planted or grown from the lines of a file
// (name, tab, words), for end-to-end tests of the commands that look at one.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/knowledge.hpp"

int main(int argc, char** argv) {
  using namespace colony::test;
  if (argc < 3) {
    std::fprintf(stderr, "usage: knowledge_run FOLDER SHARDS [FILE [MODEL]]\n");
    return 2;
  }
  std::vector<GrownDocument> documents = planted_topics(6, 20);
  if (argc > 3) {
    std::ostringstream text;
    text << std::ifstream(argv[3]).rdbuf();
    documents = parse_documents(text.str());
  }
  std::filesystem::create_directories(argv[1]);
  const auto shards = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
  write_knowledge_run(argv[1], knowledge_images(grow(std::move(documents)), shards), argc > 4 ? argv[4] : "knowledge");
  return 0;
}
