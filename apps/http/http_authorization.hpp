// Who may change a run by its pages: who can read its secret. A request carries `Authorization: Colony <time> <proof>`: the time is in
// nanoseconds since 1970, the proof an HMAC-SHA256 over method, target and time, for one start of one run (shard/wire/auth.hpp). A time
// counts for a minute, once.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "apps/http/http_server.hpp"
#include "shard/wire/auth.hpp"

namespace colony {

/// Nanoseconds since 1970, by the machine's clock.
std::uint64_t unix_time_ns();

/// The header's value for a request.
std::string authorization_of(const Secret& secret, const std::string& run_nonce, const std::string& method, const std::string& target,
                             std::uint64_t time_ns);

class HttpAuthorization {
 public:
  static constexpr std::uint64_t window_ns = 60'000'000'000;

  HttpAuthorization(Secret secret, std::string run_nonce, std::function<std::uint64_t()> now_ns = unix_time_ns)
      : secret_(std::move(secret)), run_nonce_(std::move(run_nonce)), now_ns_(std::move(now_ns)) {}

  /// Why the request is refused; empty when it may be carried out. One thread.
  std::string refusal(const HttpRequest& request);

 private:
  Secret secret_;
  std::string run_nonce_;
  std::function<std::uint64_t()> now_ns_;
  std::set<std::uint64_t> used_;  ///< times of the last minute; only proven ones come in here
};

}  // namespace colony
