// Queries a second over a generated collection of CISI's shape (1,460 documents of about 45 different words, 8,500 concepts, queries of
// 25 words), beside BM25 written the plain way: posting lists, a hash map of scores, a sort. Both must name the same best document.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <unordered_map>

#include "apps/knowledge/ranker.hpp"
#include "tests/support/knowledge.hpp"

namespace colony {
namespace {

using namespace retrieval;

constexpr std::size_t documents = 1460, vocabulary = 8500, words_each = 64, query_words = 25, queries = 256;

/// Words by Zipf's law, a third of them near the document's own topic.
class Zipf {
 public:
  std::string next(std::size_t topic) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    const double share = static_cast<double>(state_ >> 11) * 0x1p-53;
    auto rank = static_cast<std::size_t>(std::pow(static_cast<double>(vocabulary), share)) - 1;
    if (state_ % 3 == 0) rank = (rank * 31 + topic * 101) % vocabulary;
    return fmt::format("w{}", rank);
  }

 private:
  std::uint64_t state_ = 42;
};

struct Collection {
  KnowledgeGraph graph;
  std::vector<std::vector<std::string>> queries;

  Collection() {
    Zipf zipf;
    std::vector<test::GrownDocument> made;
    for (std::size_t d = 0; d < documents; ++d) {
      std::map<std::string, std::uint32_t> words;
      for (std::size_t i = 0; i < words_each; ++i) ++words[zipf.next(d % 40)];
      made.push_back({fmt::format("d{}", d), {words.begin(), words.end()}});
    }
    const std::vector<std::string> names{"generated"};
    graph = build_knowledge_graph(test::knowledge_images(test::grow(std::move(made)), 1), names);
    for (std::size_t q = 0; q < query_count(); ++q) {
      std::vector<std::string> words;
      for (std::size_t i = 0; i < query_words; ++i) words.push_back(zipf.next(q % 40));
      queries.push_back(std::move(words));
    }
  }
  static std::size_t query_count() { return 256; }
};

const Collection& collection() {
  static const Collection made;
  return made;
}

/// The loop that one writes first.
std::vector<std::pair<double, std::uint32_t>> plain_bm25(const KnowledgeGraph& graph, double mean_length,
                                                         const std::vector<std::string>& words) {
  std::unordered_map<std::uint32_t, double> scores;
  for (const std::string& word : words) {
    const auto c = graph.find_concept(word);
    if (!c) continue;
    const auto postings = graph.postings[*c];
    const double found = static_cast<double>(postings.size());
    const double idf = std::log(1 + (static_cast<double>(graph.documents.size()) - found + 0.5) / (found + 0.5));
    for (const Posting& posting : postings) {
      const double frequency = posting.frequency, length = static_cast<double>(graph.documents[posting.document].length);
      scores[posting.document] += idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / mean_length));
    }
  }
  std::vector<std::pair<double, std::uint32_t>> ranked;
  for (const auto& [document, score] : scores) ranked.push_back({-score, document});
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > 10) ranked.resize(10);
  return ranked;
}

double seconds_of(const std::function<void()>& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// how: 0: the words alone, 1: and links, 2: and resonance, which is the default.
void query(benchmark::State& state) {
  const Collection& all = collection();
  RankingOptions options;
  if (state.range(0) < 2) options.resonance = 0;
  if (state.range(0) < 1) options.spread = 0;
  Ranker ranker(all.graph, options);
  double words = 0;
  for (const Document& document : all.graph.documents) words += static_cast<double>(document.length);
  const double mean_length = words / static_cast<double>(all.graph.documents.size());
  if (state.range(0) == 0) {
    for (const auto& asked : all.queries) {
      if (ranker.rank(asked, 10).ranked[0].document != plain_bm25(all.graph, mean_length, asked)[0].second) {
        state.SkipWithError("another document is best than by the plain loop");
        return;
      }
    }
  }
  double best = 1e9, best_plain = 1e9;
  for (auto _ : state) {
    best_plain = std::min(best_plain, seconds_of([&] {
                            for (const auto& asked : all.queries) benchmark::DoNotOptimize(plain_bm25(all.graph, mean_length, asked));
                          }));
    const double time = seconds_of([&] {
      for (const auto& asked : all.queries) benchmark::DoNotOptimize(ranker.rank(asked, 10));
    });
    best = std::min(best, time);
    state.SetIterationTime(time);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * all.queries.size()));
  state.counters["queries_per_second"] = static_cast<double>(all.queries.size()) / best;
  state.counters["ratio"] = best / best_plain;
}

BENCHMARK(query)->Name("BM_query")->Arg(0)->Arg(1)->Arg(2)->UseManualTime()->Unit(benchmark::kMillisecond)->MinTime(2);

}  // namespace
}  // namespace colony

BENCHMARK_MAIN();
