// Uses the installed package the way a model outside the tree does.
#include <cstdio>

#include "engine/error.hpp"
#include "engine/ids.hpp"
#include "engine/random.hpp"

int main() {
  COLONY_ASSERT(colony::NodeId{7} < colony::NodeId{8}, "ids are ordered");
  std::puts("ok");
}
