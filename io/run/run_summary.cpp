#include "io/run/run_summary.hpp"

#include <nlohmann/json.hpp>

namespace colony {

std::string to_json_line(const RunSummary& s) {
  nlohmann::ordered_json observables = nlohmann::ordered_json::object();
  for (const auto& [name, value] : s.observables) std::visit([&, key = name](auto number) { observables[key] = number; }, value);
  const nlohmann::ordered_json json = {{"job", s.job},
                                       {"model", s.model},
                                       {"directory", s.directory},
                                       {"tick", s.tick},
                                       {"digest", s.digest},
                                       {"setup_seconds", s.setup_seconds},
                                       {"seconds", s.seconds},
                                       {"ticks_per_second", s.ticks_per_second},
                                       {"nodes", s.nodes},
                                       {"edges", s.edges},
                                       {"agents", s.agents},
                                       {"shards", s.shards},
                                       {"threads", s.threads},
                                       {"observables", std::move(observables)},
                                       {"exit", s.exit}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace colony
