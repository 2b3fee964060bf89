#include "apps/run/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "apps/shared/standard_streams.hpp"

namespace colony {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t bar_interval_ns = second_ns / 10;
constexpr std::uint64_t line_interval_ns = 10 * second_ns;
constexpr std::uint64_t bar_width = 30;

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

Progress::Progress(const std::string& wanted, std::uint64_t first, std::uint64_t last, std::uint64_t now_ns)
    : style_(wanted == "never"       ? Style::none
             : isatty(STDERR_FILENO) ? Style::bar
                                     : Style::lines),
      first_(first),
      last_(last),
      start_ns_(now_ns),
      next_ns_(now_ns + (style_ == Style::bar ? bar_interval_ns : line_interval_ns)) {}

Progress::~Progress() { clear(); }

void Progress::update(std::uint64_t tick, std::uint64_t now_ns) {
  if (style_ == Style::none || now_ns < next_ns_) return;
  next_ns_ = now_ns + (style_ == Style::bar ? bar_interval_ns : line_interval_ns);
  draw(tick, now_ns);
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Progress::draw(std::uint64_t tick, std::uint64_t now_ns) {
  const double seconds = static_cast<double>(now_ns - start_ns_) / second_ns;
  const double rate = static_cast<double>(tick - first_) / seconds;
  const std::string left = rate > 0 ? duration(static_cast<double>(last_ - tick) / rate) : "?";
  const std::string text = fmt::format("tick {}/{}  {:.4g} ticks/s  {} left", tick, last_, rate, left);
  if (style_ == Style::lines) {
    say("{}\n", text);
    return;
  }
  const std::uint64_t filled = last_ == 0 ? bar_width : tick * bar_width / last_;
  say("\r\033[K[{}{}] {}", std::string(filled, '='), std::string(bar_width - filled, ' '), text);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace colony
