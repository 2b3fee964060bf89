// What --profile leaves: a table on standard error, and a file for trace viewers (chrome://tracing, Perfetto).
#pragma once

#include <string>

#include "shard/profile.hpp"

namespace colony {

void print_profile(const Profile& profile, const std::string& path);

}  // namespace colony
