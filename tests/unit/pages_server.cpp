// apps/http/http_server and apps/http/http_client: one answers the other, and strangers are few at a time, short of bytes and of time.
#include "apps/http/http_server.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "apps/http/http_client.hpp"

namespace colony {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A plain socket, connected to the server.
class Stranger {
 public:
  explicit Stranger(const HttpServer& server) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    inet_pton(AF_INET, server.address().c_str(), &address.sin_addr);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Stranger(Stranger&& from) noexcept : fd_(std::exchange(from.fd_, -1)), connected_(from.connected_) {}
  ~Stranger() {
    if (fd_ >= 0) ::close(fd_);
  }
  void say(const std::string& text) { EXPECT_GE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL), 0); }
  /// What comes until the server closes.
  std::string hear() {
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;) text.append(buffer, static_cast<std::size_t>(got));
    return text;
  }
  bool connected() const { return connected_; }

 private:
  int fd_;
  bool connected_ = false;
};

HttpServerOptions options() {
  HttpServerOptions options;
  options.routes[{"GET", "/hello"}] = [](const HttpRequest& request) { return HttpResponse{200, "hello " + request.target}; };
  options.routes[{"POST", "/take"}] = [](const HttpRequest& request) { return HttpResponse{202, request.authorization}; };
  options.routes[{"GET", "/fails"}] = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("on purpose"); };
  options.max_connections = 4;
  options.timeout_ms = 300;
  return options;
}

std::string url(const HttpServer& server) { return "http://" + server.address() + ":" + std::to_string(server.port()); }

TEST(HttpServer, AnswersByMethodAndPath) {
  const HttpServer server(options());
  const auto ask = [&](const char* method, const char* target) { return http_ask(url(server), {method, target, "proof"}); };
  EXPECT_EQ(ask("GET", "/hello?a=1").body, "hello /hello?a=1");
  EXPECT_EQ(ask("GET", "/hello").status, 200u);
  EXPECT_EQ(ask("POST", "/take").status, 202u);
  EXPECT_EQ(ask("POST", "/take").body, "proof");
  EXPECT_EQ(ask("GET", "/take").status, 405u);
  EXPECT_EQ(ask("BREW", "/hello").status, 405u);
  EXPECT_EQ(ask("GET", "/nothing").status, 404u);
  EXPECT_THAT(ask("GET", "/nothing").body, HasSubstr("GET /hello, POST /take"));
  EXPECT_EQ(ask("GET", "/fails").status, 500u);
  EXPECT_EQ(ask("GET", "/hello").status, 200u) << "it goes on after a handler that throws";
  EXPECT_EQ(server.counts().answered, 10u);
}

TEST(HttpServer, RubbishIsToldSoAndClosed) {
  const HttpServer server(options());
  for (const std::string& text : {std::string("rubbish\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"), std::string(200, '\0'),
                                  std::string("GET /hello HTTP/1.1\r\nbad header\r\n\r\n")}) {
    Stranger stranger(server);
    stranger.say(text);
    EXPECT_THAT(stranger.hear(), StartsWith("HTTP/1.1 400"));
  }
  Stranger long_header(server);
  long_header.say("GET /hello HTTP/1.1\r\nX: " + std::string(8300, 'x'));
  EXPECT_THAT(long_header.hear(), StartsWith("HTTP/1.1 413"));
  Stranger long_body(server);
  long_body.say("POST /take HTTP/1.1\r\nContent-Length: 5000\r\n\r\n");
  EXPECT_THAT(long_body.hear(), StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(server.counts().answered, 0u);
  EXPECT_EQ(server.counts().broken, 6u);
}

TEST(HttpServer, WhoSaysNothingOrLittleIsClosedInTime) {
  const HttpServer server(options());
  const auto begin = std::chrono::steady_clock::now();
  Stranger silent(server), slow(server);
  slow.say("GET /hel");
  EXPECT_EQ(silent.hear(), "");
  EXPECT_EQ(slow.hear(), "");
  const auto passed = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(passed, std::chrono::milliseconds(250));
  EXPECT_LT(passed, std::chrono::seconds(5));
  // A connection is closed first, and counted then.
  while (server.counts().late < 2 && std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)) std::this_thread::yield();
  EXPECT_EQ(server.counts().late, 2u);
}

TEST(HttpServer, TheOldestGivesWayWhenTheyAreTooMany) {
  HttpServerOptions patient = options();
  patient.timeout_ms = 60'000;
  const HttpServer server(std::move(patient));
  std::vector<Stranger> strangers;
  for (int i = 0; i < 20; ++i) {
    strangers.emplace_back(server);
    EXPECT_TRUE(strangers.back().connected());
  }
  EXPECT_EQ(strangers[0].hear(), "");
  EXPECT_EQ(strangers[15].hear(), "");
  EXPECT_EQ(http_ask(url(server), {"GET", "/hello", ""}).status, 200u);
  EXPECT_EQ(strangers[16].hear(), "");
  EXPECT_EQ(server.counts().crowded, 17u);
}

TEST(HttpServer, EndsWithConnectionsOpen) {
  std::vector<Stranger> strangers;
  {
    HttpServerOptions patient = options();
    patient.timeout_ms = 60'000;
    const HttpServer server(std::move(patient));
    for (int i = 0; i < 3; ++i) strangers.emplace_back(server);
    strangers[0].say("GET /hel");
    EXPECT_EQ(http_ask(url(server), {"GET", "/hello", ""}).status, 200u);
  }
  for (Stranger& stranger : strangers) EXPECT_EQ(stranger.hear(), "");
}

TEST(HttpServer, AnAddressThatCannotBeHadIsNamed) {
  const HttpServer first(options());
  for (const auto& [address, port] :
       {std::pair<std::string, std::uint16_t>("127.0.0.1", first.port()), {"nowhere.invalid", 0}, {"203.0.113.7", 0}}) {
    HttpServerOptions second = options();
    second.address = address;
    second.port = port;
    try {
      const HttpServer server(std::move(second));
      ADD_FAILURE() << address;
    } catch (const HttpListenError& error) {
      EXPECT_THAT(error.what(), HasSubstr(address));
      EXPECT_THAT(error.what(), HasSubstr("[cluster] http"));
      EXPECT_EQ(error.status(), ExitStatus::cluster);
    }
  }
}

TEST(HttpClient, SaysWhyThereIsNoAnswer) {
  std::string gone;
  {
    const HttpServer server(options());
    gone = url(server);
  }
  EXPECT_THROW(http_ask(gone, {"GET", "/", ""}), HttpError);
  for (const char* bad : {"", "http://", "127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1:", "http://127.0.0.1:65536", "http://:80",
                          "http://name:80", "https://127.0.0.1:80", "http://127.0.0.1:8x"})
    EXPECT_THROW(http_ask(bad, {"GET", "/", ""}), HttpError) << bad;
}

TEST(HttpClient, DoesNotWaitForEver) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::string silent = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  EXPECT_THROW(http_ask(silent, {"GET", "/", ""}, 100), HttpError);
  ::close(listener);
}

}  // namespace
}  // namespace colony
