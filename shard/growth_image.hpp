// The layers that grow, in and out of images.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/state/image.hpp"
#include "engine/state/part.hpp"
#include "shard/image_filler.hpp"

namespace colony {

/// Columns of the nodes' group that every layer has; all others are the model's fields.
inline constexpr const char* growing_columns[] = {"id", "anchor", "check", "label_bytes", "born", "emissions", "amount"};

/// Groups that the growing layers of a schema take in an image.
std::size_t growing_groups(const Declared& schema);
/// Name of the group of a layer's relations; it must have some.
std::string relation_group(const Declared& schema, const GrowingSpec& spec);

/// Adds the groups of one layer. block_count: blocks of the colony. blocks: where the block index of the image is continued.
void fill_growth(const Part& part, std::size_t layer, std::size_t block_count, ImageFiller& filler, std::vector<BlockRows>& blocks);

/// Adds the group of a species that stands on a growing layer; it must have no holes. Call in the order of the species, before any
/// fill_growth.
void fill_growing_agents(const Part& part, std::size_t species, std::size_t block_count, ImageFiller& filler,
                         std::vector<BlockRows>& blocks);

/// Takes what the part owns of one layer of an image: nodes named by content as owns(id) says, anchored ones as locate(anchor) does.
/// Links are gathered in `links`, to be assigned when all images have been taken. Throws StorageError for groups that do not fit together.
void load_growth(Part& part, std::size_t layer, const ShardImage& image, const std::function<bool(std::uint64_t)>& owns,
                 const std::function<LocalIndex(std::uint64_t)>& locate, Array<RowLink>& links);

}  // namespace colony
