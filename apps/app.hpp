// The program as a library: a main of one's own calls run_app with its models beside the built-in ones.
#pragma once

#include "models/registry.hpp"

namespace colony {

/// Parses the command line, carries the command out, returns the exit status (DESIGN 10). Every colony::Error ends here, as one message on
/// standard error.
int run_app(int argc, char** argv, const ModelRegistry& models);

}  // namespace colony
