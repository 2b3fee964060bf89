// The effects of a model, as declared: one for each thing that its kernels may ask something of.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace colony {

class Effect;
class Part;

/// The order in which effects travel and are carried out: the dead are gone and agents land before claims are decided, nodes are there
/// before links join them, and all is done before the kernels of Decay look at it.
enum class EffectStage : std::uint8_t {
  deaths,
  moves,
  births,
  emissions,
  relations,
  claims,
  additions,
  unlinks,
  links,
  fields,
  signals,
  gathered
};

struct EffectSpec {
  std::string verb;  ///< what it does; what went to other shards is counted by it
  std::string name;  ///< of what it is asked: a field, species, claim or layer; may be empty
  EffectStage stage;
  std::function<std::unique_ptr<Effect>(const Part&, std::size_t workers)> make;
  std::uint32_t node_bytes = 0;  ///< of memory, on each node
};

}  // namespace colony
