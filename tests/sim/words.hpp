// Reports and orders in a few words, for traces.
#pragma once

#include <string>

#include "shard/wire/messages.hpp"

namespace colony::sim {

std::string words_of(const Report& report);
std::string words_of(const Order& order);

}  // namespace colony::sim
