// A small HTTP/1.1 server with a thread of its own: method and path -> handler. It is meant for a few requests a second, and against
// strangers: connections, the bytes and the seconds of each are bounded, one request a connection, and its thread gives way to all others.
// When there are too many connections the oldest is closed: who wants an answer needs a moment, who only fills the places loses them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/error.hpp"

namespace colony {

/// An address that can't be listened at.
struct HttpListenError : ClusterError {
  HttpListenError(const std::string& address_, const std::string& why)
      : ClusterError("the pages can't be served at " + address_ + ": " + why + "; choose another [cluster] http, or \"off\""),
        address(address_) {}
  std::string address;
};

struct HttpRequest {
  std::string method;         ///< "GET"
  std::string target;         ///< as it came: "/drain?shard=3"
  std::string authorization;  ///< the header; "" without one

  std::string path() const { return target.substr(0, target.find('?')); }
};

struct HttpResponse {
  unsigned status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";
};

/// Called on the server's thread, one at a time. What it throws becomes status 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;
/// (method, path) -> handler. A path that is not there is answered with 404, another method with 405.
using HttpRoutes = std::map<std::pair<std::string, std::string>, HttpHandler>;

struct HttpServerOptions {
  std::string address = "127.0.0.1";  ///< a numeric one
  std::uint16_t port = 0;             ///< 0: any free one
  HttpRoutes routes;
  std::uint32_t max_connections = 32;
  std::uint32_t max_header_bytes = 8192, max_body_bytes = 4096;
  std::uint32_t timeout_ms = 5000;  ///< of a connection, from accept to close
};

struct HttpCounts {
  std::uint64_t answered = 0;  ///< requests, with any status
  std::uint64_t crowded = 0;   ///< connections closed for later ones
  std::uint64_t late = 0;      ///< connections that took too long
  std::uint64_t broken = 0;    ///< connections that ended otherwise without a request: rubbish, too long, given up
};

class HttpServer {
 public:
  /// Listens from here on. Throws HttpListenError.
  explicit HttpServer(HttpServerOptions options);
  /// Closes all connections; no handler is called after this.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string address() const;
  std::uint16_t port() const;  ///< the one in use
  HttpCounts counts() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace colony
