#include "apps/http/http_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <list>
#include <optional>
#include <thread>

namespace colony {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds accept_pause{100};

/// A launcher starts processes: they must not keep our sockets open, or a port would outlive who served it.
template <class Socket>
void keep_from_children(Socket& socket) {
  fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

struct Counters {
  std::atomic<std::uint64_t> answered{0}, crowded{0}, late{0}, broken{0};
};

HttpResponse plain(http::status status, std::string text) { return {static_cast<unsigned>(status), std::move(text) + "\n"}; }

HttpResponse answer_of(const HttpRoutes& routes, const HttpRequest& request) {
  const std::string path = request.path();
  if (const auto route = routes.find({request.method, path}); route != routes.end()) {
    try {
      return route->second(request);
    } catch (const std::exception& error) {
      return plain(http::status::internal_server_error, error.what());
    }
  }
  for (const auto& [key, handler] : routes)
    if (key.second == path) return plain(http::status::method_not_allowed, path + " is for " + key.first);
  std::string known;
  for (const auto& [key, handler] : routes) known += (known.empty() ? "" : ", ") + key.first + " " + key.second;
  return plain(http::status::not_found, "there is no such page; there are " + known);
}

}  // namespace

class HttpServer::Core {
 public:
  explicit Core(HttpServerOptions options) : options_(std::move(options)), acceptor_(io_), pause_(io_) {
    listen();
    accept();
    thread_ = std::thread([this] { run(); });
  }
  ~Core() {
    io_.stop();
    thread_.join();
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  HttpCounts counts() const { return {counters_.answered, counters_.crowded, counters_.late, counters_.broken}; }

 private:
  /// One connection: a request in, an answer out, within one deadline. It lives as long as one of its operations is under way.
  class Connection : public std::enable_shared_from_this<Connection> {
   public:
    Connection(Core& core, tcp::socket&& socket) : core_(core), stream_(std::move(socket)), buffer_(core.options_.max_header_bytes) {
      parser_.header_limit(core.options_.max_header_bytes);
      parser_.body_limit(core.options_.max_body_bytes);
    }

    void start() {
      stream_.expires_after(std::chrono::milliseconds(core_.options_.timeout_ms));
      http::async_read(stream_, buffer_, parser_, [self = shared_from_this()](beast::error_code error, std::size_t) { self->read(error); });
    }
    void crowd_out() {
      ++core_.counters_.crowded;
      counted_ = true;
      close();
    }

   private:
    void read(beast::error_code error) {
      if (!error) {
        const auto& message = parser_.get();
        ++core_.counters_.answered;
        counted_ = true;
        return write(answer_of(core_.options_.routes, {std::string(message.method_string()), std::string(message.target()),
                                                       std::string(message[http::field::authorization])}));
      }
      if (!std::exchange(counted_, true)) ++(error == beast::error::timeout ? core_.counters_.late : core_.counters_.broken);
      // A client that began a request hears what was wrong with it; any other connection is just closed.
      const bool too_long = error == http::error::header_limit || error == http::error::body_limit || error == http::error::buffer_overflow;
      if (too_long) return write(plain(http::status::payload_too_large, "the request is too long"));
      if (error.category() == http::make_error_code(http::error::bad_method).category() && error != http::error::end_of_stream)
        return write(plain(http::status::bad_request, "this is no HTTP request: " + error.message()));
      close();
    }

    void write(HttpResponse answer) {
      response_.version(11);
      response_.result(answer.status);
      response_.set(http::field::content_type, answer.type);
      response_.set(http::field::cache_control, "no-store");
      response_.keep_alive(false);
      response_.body() = std::move(answer.body);
      response_.prepare_payload();
      http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code, std::size_t) { self->close(); });
    }

    /// Shut down, not only closed: a process that was being started just now may have the socket too.
    void close() {
      beast::error_code ignored;
      stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
      stream_.close();
    }

    Core& core_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::request_parser<http::string_body> parser_;
    http::response<http::string_body> response_;
    bool counted_ = false;
  };

  void listen() {
    const std::string where = fmt::format("{}:{}", options_.address, options_.port);
    beast::error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error) throw HttpListenError(where, "\"" + options_.address + "\" is no numeric address");
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) keep_from_children(acceptor_);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(static_cast<int>(options_.max_connections), error);
    if (error) throw HttpListenError(where, error.message());
  }

  void accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error) {  // out of descriptors, most likely: that passes, and asking again at once would only burn time
        pause_.expires_after(accept_pause);
        pause_.async_wait([this](beast::error_code) { accept(); });
        return;
      }
      keep_from_children(socket);
      try {
        take(std::move(socket));
      } catch (const std::exception&) {  // no memory for this one: it is closed, and the next may find some
      }
      accept();
    });
  }

  void take(tcp::socket&& socket) {
    connections_.remove_if([](const auto& connection) { return connection.expired(); });
    if (connections_.size() >= options_.max_connections) {
      if (const auto oldest = connections_.front().lock()) oldest->crowd_out();
      connections_.pop_front();
    }
    const auto connection = std::make_shared<Connection>(*this, std::move(socket));
    connections_.push_back(connection);
    connection->start();
  }

  /// Signals are other threads' business, and a flood of requests costs idle time only.
  void run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    setpriority(PRIO_PROCESS, 0, 19);  // of this thread, on Linux
    while (!io_.stopped()) {
      try {
        io_.run();
      } catch (const std::exception&) {  // no memory for an answer: that connection ends, the others go on
      }
    }
  }

  HttpServerOptions options_;
  Counters counters_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::list<std::weak_ptr<Connection>> connections_;  ///< oldest first
  std::thread thread_;
};

HttpServer::HttpServer(HttpServerOptions options) : core_(std::make_unique<Core>(std::move(options))) {}

HttpServer::~HttpServer() = default;

std::string HttpServer::address() const { return core_->endpoint().address().to_string(); }
std::uint16_t HttpServer::port() const { return core_->endpoint().port(); }
HttpCounts HttpServer::counts() const { return core_->counts(); }

}  // namespace colony
