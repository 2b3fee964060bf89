#include "models/registry.hpp"

#include "models/epidemic/epidemic.hpp"
#include "models/foraging/foraging.hpp"
#include "models/knowledge/knowledge.hpp"
#include "models/life/life.hpp"
#include "models/opinion/opinion.hpp"
#include "models/policy_foraging/policy_foraging.hpp"
#include "models/tours/tours.hpp"

namespace colony {

ModelRegistry builtin_models() {
  return {
      {"epidemic", [] { return std::make_unique<Epidemic>(); }},   {"foraging", [] { return std::make_unique<Foraging>(); }},
      {"knowledge", [] { return std::make_unique<Knowledge>(); }}, {"life", [] { return std::make_unique<Life>(); }},
      {"opinion", [] { return std::make_unique<Opinion>(); }},     {"policy-foraging", [] { return std::make_unique<PolicyForaging>(); }},
      {"tours", [] { return std::make_unique<Tours>(); }},
  };
}

}  // namespace colony
