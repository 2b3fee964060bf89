// A model that has declared itself without a job of its own: by its defaults, on a lattice.
#pragma once

#include <memory>
#include <string>

#include "engine/model/model.hpp"
#include "models/registry.hpp"

namespace colony {

class DeclaredModel {
 public:
  /// name: must be in the registry.
  DeclaredModel(const std::string& name, const ModelRegistry& models);
  DeclaredModel(const DeclaredModel&) = delete;
  DeclaredModel& operator=(const DeclaredModel&) = delete;

  /// Null when the model can't declare itself without the job that it is for.
  const Schema* schema() const { return schema_.get(); }

 private:
  std::unique_ptr<Model> model_;
  Job job_;
  std::unique_ptr<Schema> schema_;
};

}  // namespace colony
