// How a shard writes its state into an image.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "engine/executor.hpp"
#include "engine/model/model.hpp"
#include "engine/state/image.hpp"
#include "engine/state/part.hpp"

namespace colony {

/// Writes an image group by group, column by column, into the memory that an earlier image left in it.
class ImageFiller {
 public:
  ImageFiller(ShardImage& image, Executor& executor) : image_(image), executor_(executor) { image_.blocks.clear(); }
  ~ImageFiller() { image_.groups.resize(groups_); }

  void begin_group(const std::string& name, std::uint64_t count) {
    if (image_.groups.size() == groups_) image_.groups.emplace_back();
    group_ = &image_.groups[groups_++];
    group_->name = name;
    group_->count = count;
    columns_ = 0;
  }
  /// Ids of nodes never change while a shard has its blocks: an image that holds them already keeps them.
  enum class Ids : bool { change, stay };
  template <class F>
  void add_ids(const std::string& name, Ids ids_do, const F& id_at) {
    const bool held = ids_do == Ids::stay && group_->columns.size() > columns_ && group_->columns[columns_].count == group_->count;
    auto* ids = reinterpret_cast<std::uint64_t*>(add(name, ScalarType::u64));
    if (held) return;
    executor_.for_range(group_->count, 65536, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ids[i] = id_at(i);
    });
  }
  /// A column of values at hand: value(i) for each of the group's.
  template <class T, class F>
  void add_values(const std::string& name, const F& value) {
    T* values = reinterpret_cast<T*>(add(name, scalar_type<T>()));
    for (std::size_t i = 0; i < group_->count; ++i) values[i] = value(i);
  }
  /// After the last column of a group.
  void end_group() { group_->columns.resize(columns_); }
  void add_state(const std::vector<ColumnSpec>& specs, const std::vector<Column>& columns) {
    for (std::size_t c = 0; c < specs.size(); ++c) {
      if (specs[c].role != Role::state) continue;
      std::byte* bytes = add(specs[c].name, specs[c].type, specs[c].width);
      if (group_->count != 0) std::memcpy(bytes, columns[c].bytes.data(), group_->count * specs[c].bytes());
    }
    end_group();
  }
  /// ... of the entities `order` names, in that order.
  void add_state(const std::vector<ColumnSpec>& specs, const std::vector<Column>& columns, const std::vector<std::uint32_t>& order) {
    for (std::size_t c = 0; c < specs.size(); ++c) {
      if (specs[c].role != Role::state) continue;
      std::byte* bytes = add(specs[c].name, specs[c].type, specs[c].width);
      const std::size_t item = specs[c].bytes();
      for (std::size_t i = 0; i < order.size(); ++i) std::memcpy(bytes + i * item, columns[c].bytes.data() + order[i] * item, item);
    }
    end_group();
  }
  /// Index of the group that is being filled.
  std::uint32_t group() const { return static_cast<std::uint32_t>(groups_ - 1); }

 private:
  std::byte* add(const std::string& name, ScalarType type, std::uint32_t width = 1) {
    if (group_->columns.size() == columns_) group_->columns.emplace_back();
    ColumnImage& column = group_->columns[columns_++];
    column.name = name;
    column.type = type;
    column.width = width;
    column.count = group_->count;
    column.bytes.clear();
    column.bytes.resize(group_->count * column.item_bytes());
    return column.bytes.data();
  }

  ShardImage& image_;
  Executor& executor_;
  GroupImage* group_ = nullptr;
  std::size_t groups_ = 0;
  std::size_t columns_ = 0;
};

}  // namespace colony
