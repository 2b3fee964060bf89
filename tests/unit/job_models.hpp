// Two made-up models for the tests of the job reader: one with a parameter of each type, one with nothing.
#pragma once

#include "io/job/job_file.hpp"

namespace colony {

inline const KnownModels& job_test_models() {
  using Type = ParameterType;
  static const ModelInfo spread{
      "spread",
      {{.name = "infection", .type = Type::real, .fallback = 0.25, .least = 0, .most = 1, .choices = {}, .help = "probability"},
       {.name = "recovery",
        .type = Type::real,
        .fallback = {},
        .required = true,
        .least = 0,
        .most = 1,
        .choices = {},
        .help = "probability"},
       {.name = "seeds", .type = Type::integer, .fallback = std::int64_t{1}, .least = 0, .choices = {}, .help = "count"},
       {.name = "seed_nodes", .type = Type::integers, .fallback = {}, .least = 0, .choices = {}, .help = "ids"},
       {.name = "direction", .type = Type::text, .fallback = "auto", .choices = {"auto", "pull", "push"}, .help = ""},
       {.name = "weights", .type = Type::reals, .fallback = std::vector<double>{1, 2.5}, .choices = {}, .help = ""},
       {.name = "piles", .type = Type::rows, .fallback = {}, .choices = {}, .row_width = 3, .help = ""},
       {.name = "twice", .type = Type::flag, .fallback = false, .choices = {}, .help = ""},
       {.name = "label", .type = Type::text, .fallback = "", .choices = {}, .help = ""},
       {.name = "table", .type = Type::path, .fallback = "", .choices = {}, .help = ""},
       {.name = "far", .type = Type::ids, .fallback = {}, .choices = {}, .help = ""},
       {.name = "near", .type = Type::real, .fallback = 0.5, .choices = {}, .unless = "far", .help = ""},
       {.name = "how_far", .type = Type::real, .fallback = 1.0, .choices = {}, .needs = "far", .help = ""}},
      true,
      true,
      100};
  static const ModelInfo still{"still", {}, false, false, 0};
  static const KnownModels models{[](const std::string& name) -> const ModelInfo* {
                                    return name == "spread" ? &spread : name == "still" ? &still : nullptr;
                                  },
                                  {"spread", "still"}};
  return models;
}

}  // namespace colony
