#include "apps/run/profile_report.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"

namespace colony {

namespace {

void print_table(const Profile& profile) {
  const auto lines = profile.lines();
  double all = 0;
  for (const Profile::Line& line : lines) all += static_cast<double>(line.total.ns);
  say("{:<28} {:>10} {:>12} {:>8}\n", "step", "times", "seconds", "share");
  for (const auto& [name, total] : lines)
    say("{:<28} {:>10} {:>12.6f} {:>7.1f}%\n", name, total.count, static_cast<double>(total.ns) * 1e-9,
        all > 0 ? 100 * static_cast<double>(total.ns) / all : 0);
  if (profile.shard_count() > 1) say("seconds are summed over {} shards\n", profile.shard_count());
}

/// A track of the viewer: its name, then its spans.
void write_track(std::ofstream& file, std::size_t track, const std::string& name, const std::vector<ProfileSpan>& spans) {
  file << fmt::format("{}\n{{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":{},\"ts\":0,\"args\":{{\"name\":\"{}\"}}}}",
                      track == 1 ? "" : ",", track, name);
  for (const ProfileSpan& span : spans)
    file << fmt::format(",\n{{\"name\":\"{}\",\"ph\":\"X\",\"pid\":1,\"tid\":{},\"ts\":{:.3f},\"dur\":{:.3f}}}", span.name, track,
                        static_cast<double>(span.begin_ns) * 1e-3, static_cast<double>(span.end_ns - span.begin_ns) * 1e-3);
}

}  // namespace

void print_profile(const Profile& profile, const std::string& path) {
  print_table(profile);
  std::ofstream file(path, std::ios::trunc);
  file << "{\"traceEvents\":[";
  write_track(file, 1, "run", profile.spans());
  for (std::size_t s = 0; s < profile.shard_count(); ++s) write_track(file, s + 2, fmt::format("shard {}", s), profile.shard(s).spans());
  file << "\n]}\n";
  if (!file.flush()) throw StorageError(path, "can't be written");
  say("trace of the first ticks: {}\n", path);
}

}  // namespace colony
