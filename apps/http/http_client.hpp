// One HTTP request to a coordinator's pages.
#pragma once

#include <cstdint>
#include <string>

#include "apps/http/http_server.hpp"
#include "engine/error.hpp"

namespace colony {

/// No server answers at the url, or not in time, or its answer is not HTTP.
struct HttpError : ClusterError {
  HttpError(const std::string& url_, const std::string& why) : ClusterError(url_ + ": " + why), url(url_) {}
  std::string url;
};

/// url: "http://address:port". Throws HttpError. An answer of any status is returned.
HttpResponse http_ask(const std::string& url, const HttpRequest& request, std::uint32_t timeout_ms = 5000);

}  // namespace colony
