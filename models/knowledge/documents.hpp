// Documents: they wait, call, are claimed, and digest in their own place: text never travels.
#pragma once

#include <cstdint>

#include "engine/effects/emission.hpp"
#include "engine/effects/link.hpp"
#include "engine/effects/relation.hpp"
#include "engine/model/schema.hpp"
#include "models/knowledge/library.hpp"

namespace colony {

/// Of a place: whether a document stands there, and how far it has come. It digests in the tick after it was claimed.
enum : std::uint8_t { empty, waiting, digesting, digested };

/// Act, over waiting documents: call digesters that are out of sight.
struct Call {
  static constexpr Topology topology = Topology::lattice;
  Deposit input;
  Number amount;  ///< in quanta
  template <class Here>
  void operator()(const Here& here) const {
    input(here, amount.whole());
  }
};

/// Act, over digesting documents: each word becomes a concept or strengthens it, each pair is linked. The word that the digester brought
/// counts once more where links compete. On some documents' main words a synthesizer is born.
struct Digestion {
  static constexpr Topology topology = Topology::lattice;
  EmitNode concepts;
  EmitNode documents;
  LinkGroup links;
  Relate holds;
  SpawnNamed synthesizer;
  Read<std::uint64_t> word;
  Read<std::uint16_t> lineage;
  const Library* library;
  Yard yard;
  Number synthesizers;  ///< of all documents

  template <class Here>
  void operator()(const Here& here) const {
    const std::uint32_t document = yard.document_of(here.id());
    const Library::Entry& entry = library->entries()[document];
    const std::uint64_t read = documents.anchored(here, entry.content, entry.words);
    for (const Library::Mention& mention : entry.mentions) {
      concepts(library->content(mention.word), mention.count);
      holds(here, read, library->content(mention.word).id, mention.count);
    }
    const std::uint64_t brought = word(here);
    const std::uint32_t origin = lineage(here);
    links(static_cast<std::uint32_t>(entry.mentions.size()), [&](std::uint32_t i) {
      const Library::Mention& mention = entry.mentions[i];
      const std::uint64_t id = library->content(mention.word).id;
      return GroupMember{id, mention.count + (id == brought ? 1 : 0), origin};
    });
    if (entry.mentions.empty()) return;
    // Spread over the documents by number, as the digesters are.
    const auto all = static_cast<std::uint64_t>(synthesizers.whole());
    const std::uint64_t first = document * all / yard.documents, last = (document + std::uint64_t{1}) * all / yard.documents;
    for (std::uint64_t i = first; i < last; ++i)
      synthesizer(library->content(entry.main_word).id, here.id(), static_cast<std::uint32_t>(i - first), [](const Newborn&) {});
  }
};

/// Decay, over waiting documents: claimed ones begin to digest.
struct Begin {
  static constexpr Topology topology = Topology::lattice;
  Read<std::uint32_t> stock;
  Become become;
  template <class Here>
  void operator()(const Here& here) const {
    if (stock(here) == 0) become(here, digesting);
  }
};

/// Decay, over digesting documents: from now on a digester hears its main word there.
struct End {
  static constexpr Topology topology = Topology::lattice;
  Become become;
  Write<std::uint64_t> word;
  const Library* library;
  Yard yard;
  template <class Here>
  void operator()(const Here& here) const {
    become(here, digested);
    const Library::Entry& entry = library->entries()[yard.document_of(here.id())];
    word(here) = entry.mentions.empty() ? 0 : library->content(entry.main_word).id;
  }
};

}  // namespace colony
