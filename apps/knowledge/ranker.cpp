#include "apps/knowledge/ranker.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "engine/error.hpp"

namespace colony::retrieval {
namespace {

/// Documents stand in the order of their names, so the index decides between equal scores.
constexpr auto better = [](const RankedDocument& a, const RankedDocument& b) {
  return a.score != b.score ? a.score > b.score : a.document < b.document;
};

/// The best of a stream of entries. Where few are wanted of many, most are turned away by one comparison with the worst that is kept.
template <class T, class Better>
class Selection {
 public:
  Selection(std::vector<T>& kept, std::size_t count, Better is_better) : kept_(kept), count_(count), better_(is_better) { kept.clear(); }

  void offer(const T& entry) {
    if (kept_.size() < count_) {
      kept_.push_back(entry);
      if (kept_.size() == count_) std::make_heap(kept_.begin(), kept_.end(), better_);
    } else if (count_ > 0 && better_(entry, kept_.front())) {
      std::pop_heap(kept_.begin(), kept_.end(), better_);
      kept_.back() = entry;
      std::push_heap(kept_.begin(), kept_.end(), better_);
    }
  }
  /// The worst that is kept is kept_.front() then.
  bool full() const { return kept_.size() == count_; }
  void finish() { std::sort(kept_.begin(), kept_.end(), better_); }

 private:
  std::vector<T>& kept_;
  std::size_t count_;
  Better better_;
};

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
    const auto length = static_cast<double>(graph_.documents[documents_[local]].length);
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

void DocumentGroup::clear_scores() { std::fill(scores_.begin(), scores_.end(), 0.0); }

void DocumentGroup::add_scores(std::uint32_t concept_index, double weight) {
  for (std::uint64_t i = begin_[concept_index]; i < begin_[concept_index + 1]; ++i) scores_[local_[i]] += weight * saturation_[i];
}

void DocumentGroup::best(std::size_t count, double floor, std::vector<RankedDocument>& result) const {
  Selection selection(result, count, better);
  for (std::size_t local = 0; local < scores_.size(); ++local) {
    if (scores_[local] < floor) continue;
    selection.offer({documents_[local], scores_[local]});
    if (selection.full()) floor = result.front().score;
  }
  selection.finish();
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
      cells_(graph.concepts.size()),
      wave_(graph.concepts.size()),
      gathered_(graph.concepts.size()),
      marks_((graph.concepts.size() + 63) / 64) {
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
  Cell& cell = cells_[concept_index];
  if (cell.weight == 0) active_.push_back(concept_index);
  cell.weight += weight;
  if (weight > cell.largest) {
    cell.largest = weight;
    cell.source = source;
    cell.from = from;
  }
}

/// A list that is long beside the number of concepts is written anew from a set of marks.
void Ranker::sort(std::vector<std::uint32_t>& concepts) {
  if (concepts.size() < marks_.size()) {
    std::sort(concepts.begin(), concepts.end());
    return;
  }
  for (const std::uint32_t c : concepts) marks_[c / 64] |= std::uint64_t{1} << c % 64;
  concepts.clear();
  for (std::size_t word = 0; word < marks_.size(); ++word)
    for (std::uint64_t& marks = marks_[word]; marks != 0; marks &= marks - 1)
      concepts.push_back(static_cast<std::uint32_t>(64 * word + static_cast<std::size_t>(std::countr_zero(marks))));
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
    sort(next_);
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

std::vector<RankedDocument> Ranker::merged_best(std::size_t count) const {
  std::vector<RankedDocument> merged, best;
  if (count == 0) return merged;
  double floor = std::numeric_limits<double>::min();  // nothing without a score
  Selection selection(merged, count, better);
  for (const DocumentGroup& group : groups_) {
    group.best(count, floor, best);
    for (const RankedDocument& ranked : best) selection.offer(ranked);
    if (selection.full()) floor = merged.front().score;
  }
  selection.finish();
  return merged;
}

/// The best documents activate their concepts, each by its share of their scores and by what the concept means to it.
void Ranker::resonate(Answer& answer) {
  answer.resonant = merged_best(options_.resonant_documents);
  double total = 0;
  for (const RankedDocument& ranked : answer.resonant) total += ranked.score;
  if (total == 0) return;
  for (const RankedDocument& ranked : answer.resonant) {
    const auto terms = graph_.terms[ranked.document];
    const auto saturations = groups_[group_of_document_[ranked.document]].saturations_of(ranked.document);
    const double share = ranked.score / total;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::uint32_t c = terms[i].concept_index;
      const double part = share * idf_[c] * saturations[i];
      if (wave_[c] == 0 && part > 0) next_.push_back(c);
      wave_[c] += part;
    }
  }
  struct Echo {
    std::uint32_t concept_index;
    double weight;
  };
  const auto louder = [](const Echo& a, const Echo& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.concept_index < b.concept_index;
  };
  std::vector<Echo> echoes;
  Selection selection(echoes, options_.resonant_concepts, louder);
  for (const std::uint32_t c : next_) {
    selection.offer({c, wave_[c]});
    wave_[c] = 0;
  }
  next_.clear();
  std::sort(echoes.begin(), echoes.end(), [](const Echo& a, const Echo& b) { return a.concept_index < b.concept_index; });
  double sum = 0;
  for (const Echo& echo : echoes) sum += echo.weight;
  // The echoes together are as loud as the query's words, times `resonance`.
  std::vector<std::uint32_t> concepts;
  std::vector<double> weights;
  for (const Echo& echo : echoes) {
    const double weight = options_.resonance * answer.known * (echo.weight / sum);
    activate(echo.concept_index, weight, ActivationSource::document, 0);
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
  sort(active_);
  front_ = active_;
  for (const std::uint32_t c : front_) {
    wave_[c] = cells_[c].weight;
    cells_[c].largest = std::numeric_limits<double>::infinity();  // a word of the query keeps this source, with any weight
  }
  spread_along_links();

  sort(active_);
  std::vector<double> weights;
  for (const std::uint32_t c : active_) weights.push_back(cells_[c].weight);
  score(active_, weights);
  if (options_.resonance > 0 && options_.resonant_documents > 0 && options_.resonant_concepts > 0) resonate(answer);
  answer.ranked = merged_best(count);

  sort(active_);
  answer.activations.reserve(active_.size());
  for (const std::uint32_t c : active_) {
    answer.activations.push_back({c, cells_[c].weight, cells_[c].source, cells_[c].from});
    cells_[c] = {};
  }
  active_.clear();
  for (DocumentGroup& group : groups_) group.clear_scores();
  return answer;
}

std::uint32_t Ranker::loudest_document(const Answer& answer, std::uint32_t concept_index) const {
  std::uint32_t loudest = 0;
  double largest = -1;
  for (const RankedDocument& ranked : answer.resonant) {
    const auto terms = graph_.terms[ranked.document];
    const auto term = std::lower_bound(terms.begin(), terms.end(), concept_index,
                                       [](const Term& t, std::uint32_t wanted) { return t.concept_index < wanted; });
    if (term == terms.end() || term->concept_index != concept_index) continue;
    const auto saturations = groups_[group_of_document_[ranked.document]].saturations_of(ranked.document);
    const double part = ranked.score * saturations[static_cast<std::size_t>(term - terms.begin())];
    if (part <= largest) continue;
    largest = part;
    loudest = ranked.document;
  }
  return loudest;
}

std::vector<Ranker::Share> Ranker::shares_of(const Answer& answer, std::uint32_t document) const {
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
    Share share{at->weight * idf_[at->concept_index] * saturations[i], {*at}, {}, terms[i].frequency};
    // Links lead back to a word in `depth` steps at most; a concept that brought most to itself by a loop ends there.
    for (std::uint32_t step = 0; step < options_.depth && at->source == ActivationSource::link; ++step) {
      at = find(at->from);
      share.path.insert(share.path.begin(), *at);
    }
    Activation& first = share.path.front();
    if (first.source == ActivationSource::document) first.from = loudest_document(answer, first.concept_index);
    shares.push_back(std::move(share));
  }
  std::stable_sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return a.score > b.score; });
  return shares;
}

std::vector<Ranker::Share> Ranker::explain(const Answer& answer, std::uint32_t document) const {
  std::vector<Share> shares = shares_of(answer, document);
  for (Share& share : shares) {
    if (share.path.front().source != ActivationSource::document) continue;
    for (Share& first : shares_of(answer, share.path.front().from)) {
      if (first.path.front().source != ActivationSource::word) continue;
      share.lead = std::move(first.path);
      break;
    }
  }
  return shares;
}

}  // namespace colony::retrieval
