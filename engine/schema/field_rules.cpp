#include "engine/schema/field_rules.hpp"

#include "engine/schema/declared.hpp"

namespace colony::rules {
namespace {

/// The column of an access of Item::own_column.
const ColumnSpec& column_of(const AskedAccess& asked) {
  const Access& access = asked.access;
  if (access.species < 0) return asked.schema.layer().columns.at(access.item);
  return asked.schema.species().at(static_cast<std::size_t>(access.species)).columns.at(access.item);
}

/// Whose own it is.
void check_own(const AskedAccess& asked) {
  if (asked.access.species < 0 && asked.species >= 0)
    asked.refuse(": a kernel of agents reads the fields of nodes with Near or FieldHere; Read and Write are for the agent's own");
  if (asked.access.species >= 0 && asked.access.species != asked.species) asked.refuse(", a field of agents that it does not run over");
}

}  // namespace

void check_read(const AskedAccess& asked) {
  check_own(asked);
  const Role role = column_of(asked).role;
  if (asked.access.species >= 0) {
    if (asked.phase == Phase::advance && role == Role::intent) asked.refuse(": an intent lives from Sense to Act");
    return;
  }
  if (asked.phase == Phase::sense && role == Role::next) asked.refuse(": a next() is made in Sense, and read after it");
}

void check_write(const AskedAccess& asked) {
  check_own(asked);
  const ColumnSpec& spec = column_of(asked);
  if (asked.access.species >= 0) {
    if (asked.phase == Phase::sense && spec.role != Role::intent) asked.refuse(": in Sense an agent writes its intents alone");
    if (asked.phase == Phase::advance && spec.role == Role::intent) asked.refuse(": an intent lives from Sense to Act");
    return;
  }
  const LayerSpec& layer = asked.schema.layer();
  const std::uint32_t column = asked.access.item;
  if (layer.is_category(column)) asked.refuse(": a category is followed by change; a kernel changes it with Become, not with Write");
  if (layer.has_next(column)) asked.refuse(": it has a next(), which takes its place in Decay; what a Write says would be lost");
  if (spec.role == Role::constant) asked.refuse(": it is a constant, which populate() fills and nothing changes");
  if (asked.phase == Phase::sense) asked.refuse(": in Sense a node's kernel writes nothing in place; it returns a next()");
  if (layer.is_signal(column)) asked.refuse(": a signal changes by what is dropped on it, and by itself");
  if (asked.phase == Phase::decay) return;
  if (spec.refresh != Refresh::never) asked.refuse(": the field is read from neighbours and written before Decay; give it a next()");
}

void check_leave(const AskedAccess& asked) {
  const LayerSpec& layer = asked.schema.layer();
  const ColumnSpec& spec = layer.columns[asked.access.item];
  if (spec.refresh != Refresh::never) asked.refuse(": the field is read from neighbours, and winners write it");
  if (!layer.is_plain_state(asked.access.item)) asked.refuse(": winners leave what is a plain field");
}

}  // namespace colony::rules
