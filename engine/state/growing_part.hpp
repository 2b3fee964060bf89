// A layer that grows while the colony runs, as one shard holds it: its nodes are named by content, its links come and go. docs/adr/0010.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/array.hpp"
#include "engine/graph/link_rows.hpp"
#include "engine/ids.hpp"

namespace colony {

struct GrowingSpec;

/// A node is asked for: made if it is not there, and told of once more if it is.
struct NodeEmission {
  std::uint64_t id, check;
  std::uint64_t anchor;  ///< id of the node of the job's graph that an anchored node lives with; 0 otherwise
  LocalIndex home;       ///< ... and its local index; no_index otherwise
  std::uint32_t amount;
  std::uint32_t label_bytes;
  const char* label;
};

/// One member of a group of nodes that are to be linked pair by pair. The tie of a new link is the product of the two amounts, its origin
/// the smaller one of the two.
struct GroupMember {
  std::uint64_t id;
  std::uint32_t amount;
  std::uint32_t origin = 0;  ///< below 2^16
};

/// A node of this layer refers to one of the layer that it relates to.
struct Relation {
  std::uint64_t source, target;  ///< ids
  std::uint32_t amount;
  std::uint32_t unused = 0;
};

/// What a wish does to a half that another shard has, by ids: it comes to the owner of `node`.
struct RemoteWish {
  std::uint64_t node, other;
  std::uint64_t wished;
};

/// A field of an owned node becomes another in Decay.
struct FieldWrite {
  LocalIndex node;
  std::uint32_t field;
  std::uint64_t value;
};

/// id -> local index. Ids are hashes already: their low bits are the place to look.
class NameTable {
 public:
  /// no_index when the id is not there.
  LocalIndex find(std::uint64_t id) const;
  void insert(std::uint64_t id, LocalIndex index);
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t id;
    LocalIndex index;  ///< no_index: free
  };
  std::size_t start(std::uint64_t id) const { return static_cast<std::size_t>(id) & (slots_.size() - 1); }
  void rehash(std::size_t slots);
  Array<Slot> slots_;
  std::size_t size_ = 0;
};

/// Nodes are known by local index, in the order in which this shard heard of them: those that it owns, and those elsewhere that a link
/// leads to. Only of the first it has more than the id.
struct GrowingPart {
  NameTable names;
  Array<std::uint64_t> ids;              ///< [known]
  Array<std::uint8_t> owned;             ///< [known] 1: this shard's
  Array<std::uint64_t> checks, anchors;  ///< [known] of the owned, as are all columns below
  Array<LocalIndex> homes;
  Array<std::uint64_t> label_at;  ///< offset of the label in `labels`
  Array<std::uint32_t> label_bytes;
  Array<std::uint32_t> born;       ///< tick of the first emission
  Array<std::uint32_t> emissions;  ///< how many there were
  Array<std::uint64_t> amounts;    ///< their amounts added up
  Array<char> labels;
  std::uint64_t owned_count = 0;
  std::vector<Array<std::uint64_t>> fields;  ///< [field][known], of nodes elsewhere too: ghosts
  Array<LocalIndex> told;                    ///< owned nodes whose fields round 2 tells to where their links lead; each once

  LinkRows links;
  std::vector<Array<WishChange>> wish_changes;  ///< of this tick by worker; those of ends elsewhere are what round 2 sends
  Array<Relation> relations;                    ///< of owned sources, in any order

  std::string_view label(LocalIndex index) const { return {labels.data() + label_at[index], label_bytes[index]}; }
  /// The local index of an id, made known if it was not.
  LocalIndex know(std::uint64_t id);
  /// Makes a node this shard's own, with the emission's names and no emissions counted; it must not be yet.
  LocalIndex own(const NodeEmission& emission);
};

}  // namespace colony
