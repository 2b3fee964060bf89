#include "engine/graph/here.hpp"

#include <stdexcept>

namespace colony {

void rows_not_asked_for() {
  throw std::logic_error(
      "it walks rows of the graph that the model did not ask for: declare() needs pull_rows() for sources, push_rows() for targets");
}

}  // namespace colony
