#include "apps/profile_report.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "engine/error.hpp"

namespace colony {

void print_profile(const Profile& profile, const std::string& path) {
  double all = 0;
  for (const auto& [name, total] : profile.totals()) all += static_cast<double>(total.ns);
  fmt::print(stderr, "{:<28} {:>10} {:>12} {:>8}\n", "step", "times", "seconds", "share");
  for (const auto& [name, total] : profile.totals())
    fmt::print(stderr, "{:<28} {:>10} {:>12.6f} {:>7.1f}%\n", name, total.count, static_cast<double>(total.ns) * 1e-9,
               all > 0 ? 100 * static_cast<double>(total.ns) / all : 0);
  std::ofstream file(path, std::ios::trunc);
  file << "{\"traceEvents\":[";
  const char* separator = "";
  for (const Profile::Span& span : profile.spans()) {
    file << fmt::format("{}\n{{\"name\":\"{}\",\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":{:.3f},\"dur\":{:.3f}}}", separator, span.name,
                        static_cast<double>(span.begin_ns) * 1e-3, static_cast<double>(span.end_ns - span.begin_ns) * 1e-3);
    separator = ",";
  }
  file << "\n]}\n";
  if (!file.flush()) throw StorageError(path, "can't be written");
  fmt::print(stderr, "trace of the first ticks: {}\n", path);
}

}  // namespace colony
