#include "engine/schema/rules.hpp"

#include "engine/error.hpp"
#include "engine/schema/declared.hpp"

namespace colony {
namespace {

const std::string& global_name(const Declared& schema, std::uint32_t slot) {
  std::uint32_t end = 0;
  for (const GlobalSpec& spec : schema.globals())
    if (slot < (end += spec.width)) return spec.name;
  return schema.globals().back().name;
}

/// The name of what an access is about; empty for what has none.
std::string item_name(const Access& access, const Declared& schema) {
  switch (access.rule->item) {
    case AccessItem::own_column:
      if (access.species >= 0) return schema.species().at(static_cast<std::size_t>(access.species)).columns.at(access.item).name;
      [[fallthrough]];
    case AccessItem::node_column: return schema.layer().columns.at(access.item).name;
    case AccessItem::species: return schema.species().at(access.item).name;
    case AccessItem::global: return global_name(schema, access.item);
    case AccessItem::event: return schema.event_kinds().at(access.item).name;
    case AccessItem::growing: return schema.growing().at(access.item).name;
    case AccessItem::setting: return schema.settings().at(access.item).parameter;
    case AccessItem::effect: return schema.effects().at(access.item).name;
    case AccessItem::none: break;
  }
  return "";
}

}  // namespace

void refuse(const std::string& what) { throw ModelError(what, ModelError::Shown::by_declaration); }

void AskedAccess::refuse(const std::string& why) const {
  const std::string name = item_name(access, schema);
  colony::refuse(kernel + " has " + access.rule->accessor + (name.empty() ? "" : " of \"" + name + "\"") + why);
}

void check_own_species(const AskedAccess& asked) {
  if (asked.access.species != asked.species) asked.refuse(", and was made with another species than the one that it runs over");
}

}  // namespace colony
