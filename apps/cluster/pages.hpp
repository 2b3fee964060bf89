// What a coordinator serves over HTTP: /health, /metrics, /status and /shards for whoever can reach it, /drain and /migrate for whoever can
// read the run's secret.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apps/http/http_authorization.hpp"
#include "apps/http/http_server.hpp"
#include "apps/run/session.hpp"
#include "io/run/cluster_status.hpp"

namespace colony {

/// What the pages say of a run besides the view.
struct RunLabel {
  std::string job, model;
  std::uint64_t last_tick = 0;
  std::string host;  ///< of the coordinator
  std::int64_t pid = 0;
  bool fixed_members = false;
};

ClusterStatus status_of(const Session::View& view, const RunLabel& label);
ShardsStatus shards_of(const Session::View& view);
/// In Prometheus' text format, version 0.0.4.
std::string metrics_text(const Session::View& view, const RunLabel& label);
/// 200 while ticks are done, 503 while members are waited for.
HttpResponse health_of(const Session::View& view);

struct PageOptions {
  RunLabel label;
  Secret secret;
  std::string run_nonce;
  std::function<Session::View()> view;     ///< any thread
  std::function<void(ClusterEvent)> post;  ///< any thread
};
HttpRoutes pages_of(PageOptions options);

/// Serves them as [cluster] http says; null for "off". Throws HttpListenError.
std::unique_ptr<HttpServer> serve_pages(const std::string& setting, PageOptions options);
/// The url by which others reach it; "" for none. A wildcard address is replaced by this host's.
std::string pages_url(const HttpServer* server);

}  // namespace colony
