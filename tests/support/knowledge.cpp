#include "tests/support/knowledge.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include "io/checkpoints/checkpoint.hpp"
#include "io/run/run_directory.hpp"

namespace colony::test {
namespace {

using Pair = std::pair<std::string, std::string>;

template <class T>
ColumnImage column(const std::string& name, const std::vector<T>& values) {
  ColumnImage image{name, scalar_type<T>(), values.size(), {}};
  image.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(image.bytes.data(), values.data(), values.size() * sizeof(T));
  return image;
}

template <class... T>
GroupImage group(const std::string& name, std::initializer_list<const char*> names, const std::vector<T>&... values) {
  GroupImage image{name, 0, {}};
  const auto* at = names.begin();
  (image.columns.push_back(column(*at++, values)), ...);
  image.count = image.columns.front().count;
  return image;
}

struct Owner {
  std::string label;
  std::uint64_t id;
  std::uint32_t documents = 0;
  std::uint64_t occurrences = 0;
};

/// The owners of a shard in its order.
std::vector<Owner> owners_of(const std::map<std::string, Owner>& all, std::uint32_t shard, std::uint32_t shards) {
  std::vector<Owner> owners;
  for (const auto& [label, owner] : all)
    if (owner.id % shards == shard) owners.push_back(owner);
  std::sort(owners.begin(), owners.end(), [&](const Owner& a, const Owner& b) { return shard % 2 == 1 ? a.id < b.id : a.id > b.id; });
  return owners;
}

void add_owners(ShardImage& image, const std::string& name, const std::vector<Owner>& owners, bool anchored) {
  std::vector<std::uint64_t> ids, anchors;
  std::vector<std::uint32_t> bytes, born, documents;
  std::vector<std::uint64_t> occurrences;
  std::vector<std::uint8_t> text;
  for (const Owner& owner : owners) {
    ids.push_back(owner.id);
    anchors.push_back(5 * (owner.id % 1000));
    bytes.push_back(static_cast<std::uint32_t>(owner.label.size()));
    born.push_back(static_cast<std::uint32_t>(owner.id % 50));
    documents.push_back(owner.documents);
    occurrences.push_back(owner.occurrences);
    text.insert(text.end(), owner.label.begin(), owner.label.end());
  }
  if (anchored)
    image.groups.push_back(
        group(name, {"id", "anchor", "label_bytes", "born", "emissions", "amount"}, ids, anchors, bytes, born, documents, occurrences));
  else image.groups.push_back(group(name, {"id", "label_bytes", "born", "emissions", "amount"}, ids, bytes, born, documents, occurrences));
  image.groups.push_back(group(name + ".labels", {"text"}, text));
}

struct LinkColumns {
  std::vector<std::uint64_t> source, target;
  std::vector<float> weight;
  std::vector<std::uint32_t> count, first, last, tie;

  void add(const std::string& from, const std::string& to, const GrownLink& link) {
    source.push_back(label_id(from));
    target.push_back(label_id(to));
    weight.push_back(link.weight);
    count.push_back(link.count);
    first.push_back(3);
    last.push_back(3 + link.count);
    tie.push_back(0);
  }
};

}  // namespace

Growth grow(std::vector<GrownDocument> documents, std::size_t max_degree) {
  std::map<Pair, std::uint32_t> counts;
  for (const GrownDocument& document : documents)
    for (const auto& [a, frequency_a] : document.words)
      for (const auto& [b, frequency_b] : document.words)
        if (a < b) ++counts[{a, b}];
  std::map<std::string, std::vector<std::pair<std::uint32_t, Pair>>> rows;
  for (const auto& [pair, count] : counts)
    for (const std::string& end : {pair.first, pair.second}) rows[end].push_back({count, pair});
  std::set<Pair> wanted;
  for (auto& [label, row] : rows) {
    std::stable_sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (std::size_t i = 0; i < std::min(row.size(), max_degree); ++i) wanted.insert(row[i].second);
  }
  Growth growth{std::move(documents), {}};
  for (const Pair& pair : wanted) {
    const std::uint32_t count = counts[pair];
    growth.links.push_back({pair.first, pair.second, std::min(1.0f, 0.1f * static_cast<float>(count)), count});
  }
  return growth;
}

std::vector<GrownDocument> planted_topics(std::size_t topics, std::size_t documents_each) {
  constexpr const char* themes[] = {"alga", "basalt", "comet", "dune", "ember", "fjord", "glacier", "harbour"};
  constexpr const char* sides[] = {"",        " bloom", " core", " drift", " edge",   " field",
                                   " growth", " heat",  " ice",  " layer", " motion", " origin"};
  constexpr const char* common[] = {"study", "result", "method"};
  std::uint32_t state = 12345;
  const auto next = [&](std::uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
  };
  std::vector<GrownDocument> documents;
  for (std::size_t t = 0; t < topics; ++t) {
    for (std::size_t d = 0; d < documents_each; ++d) {
      std::map<std::string, std::uint32_t> words;
      for (int i = 0; i < 18; ++i) {
        std::string word = themes[t % std::size(themes)];
        word += sides[next(std::min<std::uint32_t>(12, 1 + next(24)))];
        word.erase(std::remove(word.begin(), word.end(), ' '), word.end());
        ++words[word];
      }
      ++words[common[next(3)]];
      if (next(6) == 0) ++words[themes[next(static_cast<std::uint32_t>(topics))]];
      documents.push_back(
          {std::string(themes[t % std::size(themes)]) + "_" + std::to_string(d + 10) + ".txt", {words.begin(), words.end()}});
    }
  }
  return documents;
}

std::vector<GrownDocument> parse_documents(const std::string& text) {
  std::vector<GrownDocument> documents;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    std::map<std::string, std::uint32_t> words;
    std::istringstream rest(line.substr(tab + 1));
    for (std::string word; rest >> word;) ++words[word];
    documents.push_back({line.substr(0, tab), {words.begin(), words.end()}});
  }
  return documents;
}

std::uint64_t label_id(const std::string& label) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : label) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash ^ hash >> 29;
}

std::vector<ShardImage> knowledge_images(const Growth& growth, std::uint32_t shards, Tick tick) {
  std::map<std::string, Owner> concepts, documents;
  for (const GrownDocument& document : growth.documents) {
    Owner& owner = documents[document.name];
    owner = {document.name, label_id("document " + document.name), static_cast<std::uint32_t>(document.words.size()), 0};
    for (const auto& [word, frequency] : document.words) {
      owner.occurrences += frequency;
      Owner& entry = concepts.try_emplace(word, Owner{word, label_id(word)}).first->second;
      ++entry.documents;
      entry.occurrences += frequency;
    }
  }
  std::vector<LinkColumns> links(shards);
  for (const GrownLink& link : growth.links) {
    links[label_id(link.a) % shards].add(link.a, link.b, link);
    links[label_id(link.b) % shards].add(link.b, link.a, link);
  }
  struct Terms {
    std::vector<std::uint64_t> source, target;
    std::vector<std::uint32_t> amount;
  };
  std::vector<Terms> terms(shards);
  for (const GrownDocument& document : growth.documents) {
    const std::uint64_t id = documents[document.name].id;
    Terms& own = terms[id % shards];
    for (const auto& [word, frequency] : document.words) {
      own.source.push_back(id);
      own.target.push_back(label_id(word));
      own.amount.push_back(frequency);
    }
  }
  std::vector<ShardImage> images(shards);
  for (std::uint32_t s = 0; s < shards; ++s) {
    ShardImage& image = images[s];
    image.shard = ShardId(s);
    image.tick = tick;
    image.groups.push_back(group("places", {"id"}, std::vector<std::uint64_t>{s}));
    add_owners(image, "documents", owners_of(documents, s, shards), true);
    add_owners(image, "concepts", owners_of(concepts, s, shards), false);
    const LinkColumns& l = links[s];
    image.groups.push_back(group("concepts.links", {"source", "target", "weight", "count", "first", "last", "tie"}, l.source, l.target,
                                 l.weight, l.count, l.first, l.last, l.tie));
    image.groups.push_back(group("documents.concepts", {"source", "target", "amount"}, terms[s].source, terms[s].target, terms[s].amount));
  }
  return images;
}

void write_knowledge_run(const std::string& folder, const std::vector<ShardImage>& images, const std::string& model) {
  PosixStorage storage(folder);
  storage.write_new(job_file_name, "[job]\nname = \"grown\"\nticks = 100\n[model]\nname = \"" + model + "\"\n");
  Manifest manifest;
  manifest.stamp = {model, 0xabcdef, 42, images.front().tick, 1, 1};
  manifest.block_sizes.assign(images.size(), 1);
  for (const ShardImage& image : images) manifest.files.push_back(write_shard_file(storage, manifest.stamp, image));
  commit_checkpoint(storage, manifest);
}

}  // namespace colony::test
