#include "apps/ranker.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/error.hpp"

namespace colony::retrieval {
namespace {

/// Documents stand in the order of their names, so the index decides between equal scores.
bool better(const RankedDocument& a, const RankedDocument& b) { return a.score != b.score ? a.score > b.score : a.document < b.document; }

void keep_best(std::vector<RankedDocument>& ranked, std::size_t count) {
  if (ranked.size() > count) {
    std::nth_element(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(count), ranked.end(), better);
    ranked.resize(count);
  }
  std::sort(ranked.begin(), ranked.end(), better);
}

}  // namespace

DocumentGroup::DocumentGroup(const KnowledgeGraph& graph, std::vector<std::uint32_t> documents)
    : graph_(graph), documents_(std::move(documents)), begin_(graph.concepts.size() + 1), scores_(documents_.size()) {
  term_begin_.push_back(0);
  for (const std::uint32_t document : documents_) {
    const auto terms = graph.terms[document];
    for (const Term& term : terms) ++begin_[term.concept_index + 1];
    term_begin_.push_back(term_begin_.back() + terms.size());
  }
  for (std::size_t c = 0; c + 1 < begin_.size(); ++c) begin_[c + 1] += begin_[c];
  local_.resize(term_begin_.back());
  saturation_.resize(term_begin_.back());
  term_saturation_.resize(term_begin_.back());
}

std::uint64_t DocumentGroup::words() const {
  std::uint64_t sum = 0;
  for (const std::uint32_t document : documents_) sum += graph_.documents[document].length;
  return sum;
}

void DocumentGroup::add_counts(std::span<std::uint32_t> counts) const {
  for (std::size_t c = 0; c < counts.size(); ++c) counts[c] += static_cast<std::uint32_t>(begin_[c + 1] - begin_[c]);
}

void DocumentGroup::prepare(const RankingOptions& options, double mean_length) {
  std::vector<std::uint64_t> at(begin_.begin(), begin_.end() - 1);
  std::uint64_t term_at = 0;
  for (std::uint32_t local = 0; local < documents_.size(); ++local) {
    const double length = graph_.documents[documents_[local]].length;
    const double slack = options.k1 * (1 - options.b + options.b * (mean_length > 0 ? length / mean_length : 1));
    for (const Term& term : graph_.terms[documents_[local]]) {
      const double frequency = term.frequency;
      const double saturation = frequency > 0 ? frequency * (options.k1 + 1) / (frequency + slack) : 0;
      const std::uint64_t posting = at[term.concept_index]++;
      local_[posting] = local;
      saturation_[posting] = saturation;
      term_saturation_[term_at++] = saturation;
    }
  }
}

void DocumentGroup::clear_scores() {
  for (const std::uint32_t local : touched_) scores_[local] = 0;
  touched_.clear();
}

void DocumentGroup::add_scores(std::uint32_t concept_index, double weight) {
  for (std::uint64_t i = begin_[concept_index]; i < begin_[concept_index + 1]; ++i) {
    double& score = scores_[local_[i]];
    if (score == 0) touched_.push_back(local_[i]);
    score += weight * saturation_[i];
  }
}

void DocumentGroup::best(std::size_t count, std::vector<RankedDocument>& result) {
  result.clear();
  for (const std::uint32_t local : touched_)
    if (scores_[local] > 0) result.push_back({documents_[local], scores_[local]});
  keep_best(result, count);
}

std::span<const double> DocumentGroup::saturations_of(std::uint32_t document) const {
  const auto found = std::lower_bound(documents_.begin(), documents_.end(), document);
  COLONY_ASSERT(found != documents_.end() && *found == document, "a document of another group");
  const auto local = static_cast<std::size_t>(found - documents_.begin());
  return std::span(term_saturation_).subspan(term_begin_[local], term_begin_[local + 1] - term_begin_[local]);
}

Ranker::Ranker(const KnowledgeGraph& graph, const RankingOptions& options, std::span<const std::uint32_t> group_of_document)
    : graph_(graph),
      options_(options),
      group_of_document_(graph.documents.size()),
      containing_(graph.concepts.size()),
      weight_(graph.concepts.size()),
      largest_(graph.concepts.size()),
      source_(graph.concepts.size()),
      from_(graph.concepts.size()),
      wave_(graph.concepts.size()),
      gathered_(graph.concepts.size()),
      echo_from_(graph.concepts.size()) {
  COLONY_ASSERT(group_of_document.empty() || group_of_document.size() == graph.documents.size(), "a group for each document");
  std::map<std::uint32_t, std::vector<std::uint32_t>> members;
  for (std::uint32_t d = 0; d < graph.documents.size(); ++d) members[group_of_document.empty() ? 0 : group_of_document[d]].push_back(d);
  for (auto& [number, documents] : members) {
    for (const std::uint32_t d : documents) group_of_document_[d] = static_cast<std::uint32_t>(groups_.size());
    groups_.emplace_back(graph, std::move(documents));
  }
  // What all groups must know: whole numbers, whose sums no grouping changes.
  std::uint64_t documents = 0, words = 0;
  for (const DocumentGroup& group : groups_) {
    documents += group.size();
    words += group.words();
    group.add_counts(containing_);
  }
  const auto total = static_cast<double>(documents);
  for (DocumentGroup& group : groups_) group.prepare(options, documents == 0 ? 0 : static_cast<double>(words) / total);
  for (const std::uint32_t count : containing_) idf_.push_back(std::log(1 + (total - count + 0.5) / (count + 0.5)));
  for (std::uint32_t c = 0; c < graph.concepts.size(); ++c) index_.emplace(graph.concepts[c].label, c);
  choose_neighbours();
}

void Ranker::choose_neighbours() {
  std::vector<Neighbour> row;
  for (std::uint32_t c = 0; c < graph_.concepts.size(); ++c) {
    row.clear();
    for (const ConceptLink& link : graph_.links[c]) {
      const double both = static_cast<double>(containing_[c]) * containing_[link.target];
      if (both > 0 && link.weight > 0) row.push_back({link.target, std::min(1.0, link.count / std::sqrt(both))});
    }
    const std::size_t kept = std::min<std::size_t>(row.size(), options_.fan);
    std::partial_sort(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(kept), row.end(), [](const Neighbour& a, const Neighbour& b) {
      return a.strength != b.strength ? a.strength > b.strength : a.target < b.target;
    });
    neighbours_.entries.insert(neighbours_.entries.end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(kept));
    neighbours_.begin.push_back(neighbours_.entries.size());
  }
}

void Ranker::activate(std::uint32_t concept_index, double weight, ActivationSource source, std::uint32_t from) {
  if (weight_[concept_index] == 0) active_.push_back(concept_index);
  weight_[concept_index] += weight;
  if (weight > largest_[concept_index]) {
    largest_[concept_index] = weight;
    source_[concept_index] = source;
    from_[concept_index] = from;
  }
}

/// Wave by wave from the concepts of front_, whose activation stands in wave_. Each wave is walked in the order of concepts.
void Ranker::spread_along_links() {
  for (std::uint32_t step = 0; step < options_.depth && options_.spread > 0; ++step) {
    for (const std::uint32_t c : front_) {
      for (const Neighbour& neighbour : neighbours_[c]) {
        const double passed = wave_[c] * options_.spread * neighbour.strength;
        if (passed == 0) continue;
        if (gathered_[neighbour.target] == 0) next_.push_back(neighbour.target);
        gathered_[neighbour.target] += passed;
        activate(neighbour.target, passed, ActivationSource::link, c);
      }
      wave_[c] = 0;
    }
    std::sort(next_.begin(), next_.end());
    front_.swap(next_);
    wave_.swap(gathered_);
    next_.clear();
  }
  for (const std::uint32_t c : front_) wave_[c] = 0;
}

void Ranker::score(std::span<const std::uint32_t> concepts, std::span<const double> weights) {
  for (DocumentGroup& group : groups_)
    for (std::size_t i = 0; i < concepts.size(); ++i) group.add_scores(concepts[i], weights[i] * idf_[concepts[i]]);
}

std::vector<RankedDocument> Ranker::merged_best(std::size_t count) {
  std::vector<RankedDocument> merged, best;
  for (DocumentGroup& group : groups_) {
    group.best(count, best);
    merged.insert(merged.end(), best.begin(), best.end());
  }
  if (groups_.size() > 1) keep_best(merged, count);
  return merged;
}

/// The best documents activate their concepts, each by its share of their scores and by what the concept means to it.
void Ranker::resonate(std::uint32_t known_words) {
  const std::vector<RankedDocument> best = merged_best(options_.resonant_documents);
  double total = 0;
  for (const RankedDocument& ranked : best) total += ranked.score;
  if (total == 0) return;
  // wave_ takes the sum that reaches a concept, gathered_ the largest part of it.
  std::vector<Activation> echoes;
  for (const RankedDocument& ranked : best) {
    const auto terms = graph_.terms[ranked.document];
    const auto saturations = groups_[group_of_document_[ranked.document]].saturations_of(ranked.document);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::uint32_t c = terms[i].concept_index;
      const double part = ranked.score / total * idf_[c] * saturations[i];
      if (part == 0) continue;
      if (wave_[c] == 0) next_.push_back(c);
      wave_[c] += part;
      if (part <= gathered_[c]) continue;
      gathered_[c] = part;
      echo_from_[c] = ranked.document;
    }
  }
  for (const std::uint32_t c : next_) {
    echoes.push_back({c, wave_[c], ActivationSource::document, echo_from_[c]});
    wave_[c] = gathered_[c] = 0;
  }
  next_.clear();
  const auto louder = [](const Activation& a, const Activation& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.concept_index < b.concept_index;
  };
  if (echoes.size() > options_.resonant_concepts) {
    std::nth_element(echoes.begin(), echoes.begin() + options_.resonant_concepts, echoes.end(), louder);
    echoes.resize(options_.resonant_concepts);
  }
  std::sort(echoes.begin(), echoes.end(), [](const Activation& a, const Activation& b) { return a.concept_index < b.concept_index; });
  double sum = 0;
  for (const Activation& echo : echoes) sum += echo.weight;
  // The echoes together are as loud as the query's words, times `resonance`.
  std::vector<std::uint32_t> concepts;
  std::vector<double> weights;
  for (const Activation& echo : echoes) {
    const double weight = options_.resonance * known_words * (echo.weight / sum);
    activate(echo.concept_index, weight, ActivationSource::document, echo.from);
    concepts.push_back(echo.concept_index);
    weights.push_back(weight);
  }
  score(concepts, weights);
}

Answer Ranker::rank(std::span<const std::string> words, std::size_t count) {
  Answer answer;
  for (const std::string& word : words) {
    const auto found = index_.find(word);
    if (found == index_.end()) {
      if (std::find(answer.unknown.begin(), answer.unknown.end(), word) == answer.unknown.end()) answer.unknown.push_back(word);
      continue;
    }
    ++answer.known;
    activate(found->second, 1, ActivationSource::word, 0);
  }
  std::sort(active_.begin(), active_.end());
  front_ = active_;
  for (const std::uint32_t c : front_) {
    wave_[c] = weight_[c];
    largest_[c] = weight_[c];  // a word that stands there twice brought both
  }
  spread_along_links();

  std::sort(active_.begin(), active_.end());
  std::vector<double> weights;
  for (const std::uint32_t c : active_) weights.push_back(weight_[c]);
  score(active_, weights);
  if (options_.resonance > 0 && options_.resonant_documents > 0 && options_.resonant_concepts > 0) resonate(answer.known);
  answer.ranked = merged_best(count);

  std::sort(active_.begin(), active_.end());
  for (const std::uint32_t c : active_) {
    answer.activations.push_back({c, weight_[c], source_[c], from_[c]});
    weight_[c] = largest_[c] = 0;
  }
  active_.clear();
  for (DocumentGroup& group : groups_) group.clear_scores();
  return answer;
}

std::vector<Ranker::Share> Ranker::explain(const Answer& answer, std::uint32_t document) const {
  const auto find = [&](std::uint32_t concept_index) {
    const auto found = std::lower_bound(answer.activations.begin(), answer.activations.end(), concept_index,
                                        [](const Activation& a, std::uint32_t wanted) { return a.concept_index < wanted; });
    return found != answer.activations.end() && found->concept_index == concept_index ? &*found : nullptr;
  };
  std::vector<Share> shares;
  const auto terms = graph_.terms[document];
  const auto saturations = groups_[group_of_document_[document]].saturations_of(document);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const Activation* at = find(terms[i].concept_index);
    if (at == nullptr) continue;
    Share share{at->weight * idf_[at->concept_index] * saturations[i], {*at}, terms[i].frequency};
    // Links lead back to a word in `depth` steps at most; a concept that brought most to itself by a loop ends there.
    for (std::uint32_t step = 0; step < options_.depth && at->source == ActivationSource::link; ++step) {
      at = find(at->from);
      share.path.insert(share.path.begin(), *at);
    }
    shares.push_back(std::move(share));
  }
  std::stable_sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return a.score > b.score; });
  return shares;
}

}  // namespace colony::retrieval
