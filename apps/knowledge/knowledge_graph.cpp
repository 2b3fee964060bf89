#include "apps/knowledge/knowledge_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "apps/run/command_run_folder.hpp"
#include "engine/error.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"

namespace colony::retrieval {
namespace {

constexpr const char* concept_group = "concepts";
constexpr const char* label_group = "concepts.labels";
constexpr const char* link_group = "concepts.links";
constexpr const char* document_group = "documents";
constexpr const char* name_group = "documents.labels";
constexpr const char* term_group = "documents.concepts";
constexpr const char* all_groups[] = {concept_group, label_group, link_group, document_group, name_group, term_group};

const GroupImage* find_group(const ShardImage& image, std::string_view name) {
  const auto found = std::find_if(image.groups.begin(), image.groups.end(), [&](const GroupImage& group) { return group.name == name; });
  return found == image.groups.end() ? nullptr : &*found;
}

/// One group of one shard's file, whose columns are asked for by name and type.
class Source {
 public:
  Source(const ShardImage& image, const char* group, const std::string& where) : group_(find_group(image, group)), where_(where) {
    if (group_ == nullptr) throw StorageError(where, fmt::format("has no group /{}", group));
  }

  std::uint64_t count() const { return group_->count; }

  template <class T>
  std::span<const T> column(const char* name) const {
    const auto found =
        std::find_if(group_->columns.begin(), group_->columns.end(), [&](const ColumnImage& column) { return column.name == name; });
    if (found == group_->columns.end()) fault(fmt::format("has no column \"{}\"", name));
    if (found->type != scalar_type<T>())
      fault(fmt::format("its column \"{}\" is of type {} and not {}", name, name_of(found->type), name_of(scalar_type<T>())));
    if (found->count != group_->count) fault(fmt::format("its column \"{}\" has {} values and not {}", name, found->count, group_->count));
    return {found->template as<T>(), found->count};
  }

  [[noreturn]] void fault(const std::string& what) const { throw StorageError(where_, fmt::format("/{}: {}", group_->name, what)); }

 private:
  const GroupImage* group_;
  const std::string& where_;
};

/// Cuts the text of a group of labels into the pieces whose lengths the group of their owners gives.
std::vector<std::string> read_labels(const ShardImage& image, const Source& owners, const char* group, const std::string& where) {
  const Source source(image, group, where);
  const std::span<const std::uint8_t> text = source.column<std::uint8_t>("text");
  const std::span<const std::uint32_t> lengths = owners.column<std::uint32_t>("label_bytes");
  std::vector<std::string> labels;
  labels.reserve(lengths.size());
  std::uint64_t at = 0;
  for (const std::uint32_t length : lengths) {
    if (length > text.size() - at) source.fault(fmt::format("has {} bytes, fewer than the labels need", text.size()));
    labels.emplace_back(reinterpret_cast<const char*>(text.data()) + at, length);
    at += length;
  }
  if (at != text.size()) source.fault(fmt::format("has {} bytes, and the labels need {}", text.size(), at));
  return labels;
}

/// id -> index in the canonical order.
using Index = std::unordered_map<std::uint64_t, std::uint32_t>;

template <class T>
Index index_of(const std::vector<T>& all, const char* kind, const std::string& where) {
  Index index;
  index.reserve(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!index.emplace(all[i].id, static_cast<std::uint32_t>(i)).second)
      throw StorageError(where, fmt::format("two {} have the id {:016x}", kind, all[i].id));
  return index;
}

/// Entries of a row each, given in any order: sorted, and the rows' beginnings found.
template <class T, class Key>
Rows<T> rows_of(std::vector<std::pair<std::uint32_t, T>> entries, std::size_t rows, const Key& key) {
  std::sort(entries.begin(), entries.end(),
            [&](const auto& a, const auto& b) { return std::pair(a.first, key(a.second)) < std::pair(b.first, key(b.second)); });
  Rows<T> result;
  result.begin.assign(rows + 1, 0);
  result.entries.reserve(entries.size());
  for (const auto& [row, entry] : entries) {
    ++result.begin[row + 1];
    result.entries.push_back(entry);
  }
  for (std::size_t i = 0; i < rows; ++i) result.begin[i + 1] += result.begin[i];
  return result;
}

class Builder {
 public:
  Builder(std::span<const ShardImage> images, std::span<const std::string> names) : images_(images), names_(names) {
    COLONY_ASSERT(images.size() == names.size() && !images.empty(), "an image without a name, or none at all");
    graph_.tick = images.front().tick.value;
  }

  KnowledgeGraph build() {
    read_concepts();
    read_documents();
    read_links();
    read_terms();
    return std::move(graph_);
  }

 private:
  /// What concerns all files is said of the first.
  const std::string& where() const { return names_.front(); }

  void read_concepts() {
    for (std::size_t s = 0; s < images_.size(); ++s) {
      const Source source(images_[s], concept_group, names_[s]);
      const auto ids = source.column<std::uint64_t>("id");
      const auto born = source.column<std::uint32_t>("born"), documents = source.column<std::uint32_t>("emissions");
      const auto occurrences = source.column<std::uint64_t>("amount");
      std::vector<std::string> labels = read_labels(images_[s], source, label_group, names_[s]);
      for (std::size_t i = 0; i < ids.size(); ++i)
        graph_.concepts.push_back({std::move(labels[i]), ids[i], born[i], documents[i], occurrences[i]});
    }
    std::sort(graph_.concepts.begin(), graph_.concepts.end(),
              [](const Concept& a, const Concept& b) { return std::tie(a.label, a.id) < std::tie(b.label, b.id); });
    const auto twin = std::adjacent_find(graph_.concepts.begin(), graph_.concepts.end(),
                                         [](const Concept& a, const Concept& b) { return a.label == b.label; });
    if (twin != graph_.concepts.end()) throw StorageError(where(), fmt::format("two concepts have the label \"{}\"", twin->label));
    concept_index_ = index_of(graph_.concepts, "concepts", where());
  }

  void read_documents() {
    std::vector<std::pair<Document, std::uint32_t>> documents;
    for (std::size_t s = 0; s < images_.size(); ++s) {
      const Source source(images_[s], document_group, names_[s]);
      const auto ids = source.column<std::uint64_t>("id"), anchors = source.column<std::uint64_t>("anchor");
      const auto born = source.column<std::uint32_t>("born");
      const auto words = source.column<std::uint64_t>("amount");
      std::vector<std::string> labels = read_labels(images_[s], source, name_group, names_[s]);
      for (std::size_t i = 0; i < ids.size(); ++i)
        documents.push_back({{std::move(labels[i]), ids[i], anchors[i], born[i], words[i]}, static_cast<std::uint32_t>(s)});
    }
    std::sort(documents.begin(), documents.end(),
              [](const auto& a, const auto& b) { return std::tie(a.first.name, a.first.id) < std::tie(b.first.name, b.first.id); });
    for (auto& [document, shard] : documents) {
      graph_.documents.push_back(std::move(document));
      graph_.document_shards.push_back(shard);
    }
    document_index_ = index_of(graph_.documents, "documents", where());
  }

  static std::uint32_t look_up(const Index& index, std::uint64_t id, const Source& source, std::uint64_t row, const char* kind) {
    const auto found = index.find(id);
    if (found == index.end()) source.fault(fmt::format("row {} is of the {} {:016x}, which is in no file", row, kind, id));
    return found->second;
  }

  void read_links() {
    std::vector<std::pair<std::uint32_t, ConceptLink>> links;
    for (std::size_t s = 0; s < images_.size(); ++s) {
      const Source source(images_[s], link_group, names_[s]);
      const auto sources = source.column<std::uint64_t>("source"), targets = source.column<std::uint64_t>("target");
      const auto weights = source.column<float>("weight");
      const auto counts = source.column<std::uint32_t>("count"), first = source.column<std::uint32_t>("first"),
                 last = source.column<std::uint32_t>("last");
      for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::uint32_t from = look_up(concept_index_, sources[i], source, i, "concept");
        const std::uint32_t to = look_up(concept_index_, targets[i], source, i, "concept");
        // Written so that a NaN fails it too.
        if (!(weights[i] >= 0 && weights[i] <= 1e6f))
          source.fault(fmt::format("the link of \"{}\" and \"{}\" has the weight {}", label(from), label(to), weights[i]));
        if (from == to) source.fault(fmt::format("\"{}\" is linked to itself", label(from)));
        links.push_back({from, {to, weights[i], counts[i], first[i], last[i]}});
      }
    }
    graph_.links = rows_of(std::move(links), graph_.concepts.size(), [](const ConceptLink& link) { return link.target; });
    check_symmetry();
  }

  const std::string& label(std::uint32_t index) const { return graph_.concepts[index].label; }

  [[noreturn]] void link_fault(std::uint32_t from, std::uint32_t to, const char* what) const {
    throw StorageError(where(), fmt::format("the link of \"{}\" and \"{}\" {}", label(from), label(to), what));
  }

  /// The two halves of a link agree, and none stands twice.
  void check_symmetry() const {
    for (std::uint32_t from = 0; from < graph_.links.size(); ++from) {
      const auto row = graph_.links[from];
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0 && row[i].target == row[i - 1].target) link_fault(from, row[i].target, "stands twice");
        const auto back = graph_.links[row[i].target];
        const auto half =
            std::lower_bound(back.begin(), back.end(), from, [](const ConceptLink& link, std::uint32_t id) { return link.target < id; });
        if (half == back.end() || half->target != from) link_fault(from, row[i].target, "stands at one of its ends only");
        if (half->weight != row[i].weight || half->count != row[i].count) link_fault(from, row[i].target, "differs between its ends");
      }
    }
  }

  void read_terms() {
    std::vector<std::pair<std::uint32_t, Term>> terms;
    std::vector<std::pair<std::uint32_t, Posting>> postings;
    for (std::size_t s = 0; s < images_.size(); ++s) {
      const Source source(images_[s], term_group, names_[s]);
      const auto sources = source.column<std::uint64_t>("source"), targets = source.column<std::uint64_t>("target");
      const auto amounts = source.column<std::uint32_t>("amount");
      for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::uint32_t document = look_up(document_index_, sources[i], source, i, "document");
        const std::uint32_t word = look_up(concept_index_, targets[i], source, i, "concept");
        terms.push_back({document, {word, amounts[i]}});
        postings.push_back({word, {document, amounts[i]}});
      }
    }
    graph_.terms = rows_of(std::move(terms), graph_.documents.size(), [](const Term& term) { return term.concept_index; });
    graph_.postings = rows_of(std::move(postings), graph_.concepts.size(), [](const Posting& posting) { return posting.document; });
    for (std::uint32_t d = 0; d < graph_.documents.size(); ++d) {
      const auto row = graph_.terms[d];
      for (std::size_t i = 1; i < row.size(); ++i)
        if (row[i].concept_index == row[i - 1].concept_index)
          throw StorageError(where(),
                             fmt::format("the document \"{}\" has \"{}\" twice", graph_.documents[d].name, label(row[i].concept_index)));
    }
  }

  std::span<const ShardImage> images_;
  std::span<const std::string> names_;
  KnowledgeGraph graph_;
  Index concept_index_;
  Index document_index_;
};

}  // namespace

std::optional<std::uint32_t> KnowledgeGraph::find_concept(std::string_view label) const {
  const auto found = std::lower_bound(concepts.begin(), concepts.end(), label,
                                      [](const Concept& entry, std::string_view wanted) { return entry.label < wanted; });
  if (found == concepts.end() || found->label != label) return std::nullopt;
  return static_cast<std::uint32_t>(found - concepts.begin());
}

bool holds_knowledge(const ShardImage& image) {
  return std::all_of(std::begin(all_groups), std::end(all_groups), [&](const char* name) { return find_group(image, name) != nullptr; });
}

KnowledgeGraph build_knowledge_graph(std::span<const ShardImage> images, std::span<const std::string> names) {
  return Builder(images, names).build();
}

KnowledgeGraph load_knowledge_graph(const std::string& run, std::optional<std::uint64_t> tick) {
  PosixStorage storage = open_run_folder(run);
  const CheckpointRef ref = find_checkpoint(storage, tick);
  const Manifest manifest = read_manifest(storage, ref);
  std::vector<ShardImage> images;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    images.push_back(read_shard_file(storage, manifest, i));
    names.push_back(storage.path_of(ref.folder + "/" + manifest.files[i].name));
  }
  if (images.empty() || std::none_of(images.begin(), images.end(), holds_knowledge))
    throw DataError(run, fmt::format("is a run of the model \"{}\", which grows no concepts; this command looks at runs of the model "
                                     "\"knowledge\"",
                                     manifest.stamp.model));
  return build_knowledge_graph(images, names);
}

}  // namespace colony::retrieval
