#include "apps/http/http_authorization.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <string_view>
#include <system_error>

namespace colony {
namespace {

constexpr std::string_view scheme = "Colony ";

}  // namespace

std::uint64_t unix_time_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

std::string authorization_of(const Secret& secret, const std::string& run_nonce, const std::string& method, const std::string& target,
                             std::uint64_t time_ns) {
  return fmt::format("{}{} {}", scheme, time_ns, request_proof(secret, run_nonce, method, target, time_ns));
}

std::string HttpAuthorization::refusal(const HttpRequest& request) {
  if (secret_.none()) return "this run has no secret, without which no request can prove that it may change the run";
  std::string_view header = request.authorization;
  if (!header.starts_with(scheme)) return "this needs a header \"Authorization: Colony <time> <proof>\" under the run's secret";
  header.remove_prefix(scheme.size());
  std::uint64_t time_ns = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), time_ns);
  const std::string_view rest = header.substr(static_cast<std::size_t>(end - header.data()));
  if (error != std::errc{} || !rest.starts_with(' ')) return "its authorization has no time";
  if (!same_proof(rest.substr(1), request_proof(secret_, run_nonce_, request.method, request.target, time_ns)))
    return "its authorization is not made with this run's secret";
  const std::uint64_t now = now_ns_();
  if (time_ns + window_ns < now || now + window_ns < time_ns)
    return "its authorization is of more than a minute ago or ahead; are the clocks of both machines right?";
  while (!used_.empty() && *used_.begin() + window_ns < now) used_.erase(used_.begin());
  if (!used_.insert(time_ns).second) return "its authorization was used before";
  return {};
}

}  // namespace colony
