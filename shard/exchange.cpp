// The two rounds of a shard: effects and moving agents to the owners of their targets, then values to those who hold ghosts.
#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/error.hpp"
#include "engine/tick/phase_timer.hpp"
#include "shard/shard.hpp"

namespace colony {

namespace {

/// items[index] of what a frame names; a frame from a peer may name anything.
template <class Items>
auto& named(Items& items, std::size_t index) {
  if (index >= items.size()) throw FrameError("it names a field, species or claim that the model does not have");
  return items[index];
}

struct MaxEffect {
  LocalIndex home;
  std::uint64_t value;
};

}  // namespace

// ---- Round 1 ----

void Shard::send_effects() {
  const LocalIndex owned = part_.geometry.owned;
  const std::size_t peer_count = plan_.peers.size();
  std::vector<Frame*> frames;
  for (const Peer& peer : plan_.peers) frames.push_back(&transport_.open(id_, peer.id, 1));

  std::vector<std::vector<MaxEffect>> effects(peer_count);
  for (std::size_t m = 0; m < part_.maxima.size(); ++m) {
    for (auto& list : effects) list.clear();
    for (const WorkerScratch& worker : part_.workers)
      for (const LocalIndex i : worker.touched[m])
        if (i >= owned) {
          effects[plan_.peer_of(i)].push_back({plan_.home[i - owned], part_.maxima[m][i]});
          part_.maxima[m][i] = 0;
        }
    for (std::size_t p = 0; p < peer_count; ++p) {
      const std::size_t count = effects[p].size();
      auto* index = frames[p]->add<LocalIndex>(SectionKind::max_index, static_cast<std::uint16_t>(m), count);
      for (std::size_t i = 0; i < count; ++i) index[i] = effects[p][i].home;
      auto* value = frames[p]->add<std::uint64_t>(SectionKind::max_value, static_cast<std::uint16_t>(m), count);
      for (std::size_t i = 0; i < count; ++i) value[i] = effects[p][i].value;
      traffic_.remote_maxima += count;
    }
  }

  std::vector<LocalIndex> ghosts;
  for (std::size_t s = 0; s < part_.signals.size(); ++s) {
    Array<std::int64_t>& deposits = part_.signals[s].deposits;
    for (std::size_t p = 0; p < peer_count; ++p) {
      ghosts.clear();
      for (LocalIndex g = plan_.peers[p].ghost_begin; g < plan_.peers[p].ghost_end; ++g)
        if (deposits[g] != 0) ghosts.push_back(g);
      auto* index = frames[p]->add<LocalIndex>(SectionKind::deposit_index, static_cast<std::uint16_t>(s), ghosts.size());
      for (std::size_t i = 0; i < ghosts.size(); ++i) index[i] = plan_.home[ghosts[i] - owned];
      auto* amount = frames[p]->add<std::int64_t>(SectionKind::deposit_amount, static_cast<std::uint16_t>(s), ghosts.size());
      for (std::size_t i = 0; i < ghosts.size(); ++i) amount[i] = std::exchange(deposits[ghosts[i]], 0);
      traffic_.remote_deposits += ghosts.size();
    }
  }

  for (std::size_t t = 0; t < part_.traces.size(); ++t) send_traces(t, frames);

  for (std::size_t s = 0; s < part_.species.size(); ++s) {
    if (part_.schema.species()[s].growing >= 0) {
      send_arrivals(s, frames);
      continue;
    }
    std::vector<std::vector<std::uint32_t>> leavers(peer_count);
    for (WorkerScratch& worker : part_.workers) {
      for_each_leaver(worker.leavers[s], part_.species[s], [&](std::uint32_t slot, LocalIndex node) {
        if (node >= owned) leavers[plan_.peer_of(node)].push_back(slot);
      });
      worker.leavers[s].clear();
    }
    auto& claims = leaving_claims_[s];
    claims.clear();
    for (WorkerScratch& worker : part_.workers)
      for (std::size_t c = 0; c < worker.claims.size(); ++c) {
        auto& list = worker.claims[c];
        std::size_t kept = 0;
        for (const ClaimEntry& entry : list) {
          if (entry.node >= owned && entry.species == s) claims.emplace_back(entry.slot, static_cast<std::uint16_t>(c + 1));
          else list[kept++] = entry;
        }
        list.resize(kept);
      }
    std::sort(claims.begin(), claims.end());
    traffic_.remote_claims += claims.size();
    for (std::size_t p = 0; p < peer_count; ++p) send_migrants(s, leavers, p, *frames[p]);
  }
  for (std::size_t layer = 0; layer < part_.growing.size(); ++layer) send_growth(layer, frames);
  for (const Peer& peer : plan_.peers) transport_.send(id_, peer.id, 1);
}

void Shard::send_traces(std::size_t t, std::vector<Frame*>& frames) {
  const LocalIndex owned = part_.geometry.owned;
  std::vector<std::vector<TraceDeposit>> leaving(frames.size());
  for (WorkerScratch& worker : part_.workers) {
    Array<TraceDeposit>& laid = worker.laid[t];
    std::size_t kept = 0;
    for (const TraceDeposit& deposit : laid) {
      if (deposit.node < owned) laid[kept++] = deposit;
      else leaving[plan_.peer_of(deposit.node)].push_back({plan_.home[deposit.node - owned], deposit.towards, deposit.amount});
    }
    laid.resize(kept);
  }
  for (std::size_t p = 0; p < frames.size(); ++p) {
    auto* out = frames[p]->add<TraceDeposit>(SectionKind::trace_deposit, static_cast<std::uint16_t>(t), leaving[p].size());
    std::copy(leaving[p].begin(), leaving[p].end(), out);
    traffic_.remote_deposits += leaving[p].size();
  }
}

void Shard::take_traces(const Frame& frame, const Frame::Section& section) {
  const std::size_t trace = section.index;
  named(part_.traces, trace);
  const std::uint32_t width = part_.schema.layer().columns[part_.schema.layer().traces[trace].column].width;
  for (const TraceDeposit& deposit : frame.items<TraceDeposit>(section)) {
    if (deposit.node >= part_.geometry.owned || deposit.towards >= width)
      throw FrameError("a trace on an edge that this shard does not own");
    part_.workers[0].laid[trace].push_back(deposit);
  }
}

std::uint16_t Shard::take_claim_of(std::uint32_t slot, std::size_t species) {
  const auto& claims = leaving_claims_[species];
  const auto it = std::lower_bound(claims.begin(), claims.end(), std::pair<std::uint32_t, std::uint16_t>{slot, 0});
  return it != claims.end() && it->first == slot ? it->second : 0;
}

void Shard::send_migrants(std::size_t s, const std::vector<std::vector<std::uint32_t>>& leavers_by_peer, std::size_t p, Frame& frame) {
  const std::vector<std::uint32_t>& leavers = leavers_by_peer[p];
  const SpeciesSpec& spec = part_.schema.species()[s];
  SpeciesPart& species = part_.species[s];
  const auto index = static_cast<std::uint16_t>(s);
  auto* node = frame.add<LocalIndex>(SectionKind::migrant_node, index, leavers.size());
  for (std::size_t i = 0; i < leavers.size(); ++i) node[i] = plan_.home[species.nodes[leavers[i]] - part_.geometry.owned];
  auto* claim = frame.add<std::uint16_t>(SectionKind::migrant_claim, index, leavers.size());
  for (std::size_t i = 0; i < leavers.size(); ++i) claim[i] = take_claim_of(leavers[i], s);
  const std::size_t bytes = agent_record_bytes(spec);
  std::byte* record = frame.add_bytes(SectionKind::migrant_record, index, leavers.size(), bytes);
  for (const std::uint32_t slot : leavers) {
    pack_agent(spec, species, slot, record);
    remove_agent(species, slot);
    record += bytes;
  }
  traffic_.migrants += leavers.size();
}

void Shard::take_effects() {
  WorkerScratch& scratch = part_.workers[0];
  const auto checked = [&](LocalIndex i) {
    if (i >= part_.geometry.owned) throw FrameError("an effect for a node that this shard does not own");
    return i;
  };
  for (std::size_t p = 0; p < plan_.peers.size(); ++p) {
    const Frame& frame = transport_.receive(plan_.peers[p].id, id_, 1);
    for (std::size_t at = 0; at < frame.sections().size(); ++at) {
      const Frame::Section& section = frame.sections()[at];
      switch (section.kind) {
        case SectionKind::max_index: {
          const auto index = frame.items<LocalIndex>(section);
          const auto value = frame.items<std::uint64_t>(frame.partner(at, SectionKind::max_value));
          auto& cells = named(part_.maxima, section.index);
          for (std::size_t i = 0; i < index.size(); ++i) {
            std::uint64_t& cell = cells[checked(index[i])];
            if (cell == 0) scratch.touched[section.index].push_back(index[i]);
            cell = std::max(cell, value[i]);
          }
          break;
        }
        case SectionKind::deposit_index: {
          const auto index = frame.items<LocalIndex>(section);
          const auto amount = frame.items<std::int64_t>(frame.partner(at, SectionKind::deposit_amount));
          auto& cells = named(part_.signals, section.index).deposits;
          for (std::size_t i = 0; i < index.size(); ++i) {
            std::int64_t& cell = cells[checked(index[i])];
            if (__builtin_add_overflow(cell, amount[i], &cell)) cell = std::numeric_limits<std::int64_t>::max();  // Decay refuses it
          }
          break;
        }
        case SectionKind::migrant_node: {
          const auto node = frame.items<LocalIndex>(section);
          const auto claim = frame.items<std::uint16_t>(frame.partner(at, SectionKind::migrant_claim));
          const Frame::Section& records = frame.partner(at + 1, SectionKind::migrant_record);
          const SpeciesSpec& spec = named(part_.schema.species(), section.index);
          if (spec.growing >= 0) throw FrameError("agents of a growing layer that come by local index");
          if (records.item_bytes != agent_record_bytes(spec)) throw FrameError("agents of another schema");
          for (std::size_t i = 0; i < node.size(); ++i) {
            const std::size_t slot =
                insert_agent(spec, part_.species[section.index], frame.bytes(records) + i * records.item_bytes, checked(node[i]));
            if (claim[i] != 0)
              named(scratch.claims, claim[i] - std::size_t{1})
                  .push_back({node[i], static_cast<std::uint32_t>(slot), section.index, static_cast<std::uint16_t>(p + 1)});
          }
          break;
        }
        case SectionKind::arrival_node: take_arrivals(frame, at); break;
        case SectionKind::trace_deposit: take_traces(frame, section); break;
        case SectionKind::emission: take_emissions(frame, at); break;
        case SectionKind::group_size: take_groups(frame, at); break;
        default: break;  // partners, read with their first section
      }
    }
  }
}

// ---- Round 2 ----

void Shard::send_ghosts(bool everything) {
  std::vector<Frame*> frames;
  const std::uint32_t round = everything ? 0 : 2;
  for (const Peer& peer : plan_.peers) frames.push_back(&transport_.open(id_, peer.id, round));
  const auto& specs = part_.schema.layer().columns;
  for (std::size_t c = 0; c < specs.size(); ++c)
    if (specs[c].refresh != Refresh::never && (specs[c].role == Role::state || (everything && specs[c].role == Role::constant)))
      pack_column(static_cast<std::uint16_t>(c), everything, frames);
  for (std::size_t layer = 0; layer < part_.growing.size(); ++layer) {
    if (!everything) send_wishes(layer, frames);
    send_fields(layer, everything, frames);
  }
  for (const Peer& peer : plan_.peers) transport_.send(id_, peer.id, round);
}

void Shard::pack_column(std::uint16_t c, bool everything, std::vector<Frame*>& frames) {
  const ColumnSpec& spec = part_.schema.layer().columns[c];
  with_type(spec.type, [&](auto type) {
    using T = decltype(type);
    const T* values = part_.columns[c].as<T>();
    // A listed change is found, packed and taken at random places, a whole column in order: measured, one costs about sixteen of the other.
    const std::size_t list_worth = part_.geometry.owned / 16;
    if (everything || spec.refresh == Refresh::dense || part_.changed[c].size() > list_worth) {
      for (std::size_t p = 0; p < frames.size(); ++p) {
        const Array<LocalIndex>& exports = plan_.peers[p].exports;
        T* out = frames[p]->add<T>(SectionKind::ghost_dense, c, exports.size());
        for (std::size_t i = 0; i < exports.size(); ++i) out[i] = values[exports[i]];
      }
      return;
    }
    std::vector<std::size_t> counts(frames.size(), 0);
    const auto for_each_target = [&](const auto& f) {
      for (const LocalIndex i : part_.changed[c])
        for (std::uint32_t e = plan_.export_offsets[i]; e < plan_.export_offsets[i + 1]; ++e) f(plan_.export_targets[e], values[i]);
    };
    for_each_target([&](const ExportTarget& target, T) { ++counts[target.peer]; });
    std::vector<LocalIndex*> index(frames.size());
    std::vector<T*> value(frames.size());
    for (std::size_t p = 0; p < frames.size(); ++p) {
      frames[p]->add<LocalIndex>(SectionKind::ghost_index, c, counts[p]);
      value[p] = frames[p]->add<T>(SectionKind::ghost_value, c, counts[p]);
      index[p] = frames[p]->last_but_one<LocalIndex>();  // adding the second may have moved the first
    }
    for_each_target([&](const ExportTarget& target, T v) {
      *index[target.peer]++ = target.ghost;
      *value[target.peer]++ = v;
    });
  });
}

void Shard::refresh_ghosts(std::uint32_t round) {
  if (plan_.peers.empty()) return;
  const TimedStep step(part_.timer, TickStep::take_ghosts);
  for (const Peer& peer : plan_.peers) {
    const Frame& frame = transport_.receive(peer.id, id_, round);
    for (std::size_t at = 0; at < frame.sections().size(); ++at) {
      const Frame::Section& section = frame.sections()[at];
      if (section.kind == SectionKind::wish) take_wishes(frame, section);
      if (section.kind == SectionKind::growing_id) take_fields(frame, at);
      if (section.kind != SectionKind::ghost_dense && section.kind != SectionKind::ghost_index) continue;
      Column& column = named(part_.columns, section.index);
      if (part_.schema.layer().columns[section.index].refresh == Refresh::never) throw FrameError("a value of a field that has no ghosts");
      traffic_.ghost_updates += section.count;
      with_type(column.type, [&](auto type) {
        using T = decltype(type);
        T* values = column.as<T>();
        if (section.kind == SectionKind::ghost_dense) {
          const auto dense = frame.items<T>(section);
          if (dense.size() != peer.ghost_end - peer.ghost_begin) throw FrameError("as many ghost values as ghosts are expected");
          if (!dense.empty()) std::memcpy(values + peer.ghost_begin, dense.data(), dense.size_bytes());
          return;
        }
        const auto index = frame.items<LocalIndex>(section);
        const auto value = frame.items<T>(frame.partner(at, SectionKind::ghost_value));
        for (std::size_t i = 0; i < index.size(); ++i) {
          if (index[i] < peer.ghost_begin || index[i] >= peer.ghost_end)
            throw FrameError("a value for a node that is no ghost of the sender's");
          values[index[i]] = value[i];
        }
      });
    }
  }
}

}  // namespace colony
