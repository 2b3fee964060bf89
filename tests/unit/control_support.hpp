// What the tests of the control connections share: a server that writes down what it hears, waiting, and ends of the connection that
// keep to no rule.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "coordinator/control_server.hpp"
#include "shard/wire/control_client.hpp"
#include "shard/wire/control_stream.hpp"
#include "tests/unit/tls_end.hpp"

namespace colony {

inline constexpr std::uint64_t ms = 1'000'000;

/// True as soon as f() is; false when it is not within the time.
inline bool eventually(const std::function<bool()>& f, std::uint64_t limit_ms = 10'000) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
  while (!f()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

inline std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "colony-control-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

/// A server and what its handlers were told, beats apart.
struct Office {
  explicit Office(ControlServerOptions options, std::function<void(Office&, ConnectionId, const Report&)> answer = {})
      : react(std::move(answer)) {
    options.handlers.received = [this](ConnectionId connection, Report&& report) { take(connection, std::move(report)); };
    options.handlers.disconnected = [this](ConnectionId connection, const std::string& reason) {
      const std::lock_guard lock(mutex);
      gone.emplace(connection, reason);
    };
    server = std::make_unique<ControlServer>(clock, std::move(options));
    ready = true;
  }
  void take(ConnectionId connection, Report&& report) {
    if (react && ready) react(*this, connection, report);
    const std::lock_guard lock(mutex);
    if (!busy.insert({connection, 0}).second && gone.contains(connection)) late = true;
    last = connection;
    if (const auto* beat = std::get_if<BeatReport>(&report)) beats.push_back(*beat);
    else reports[connection].push_back(std::move(report));
  }
  std::size_t count(ConnectionId connection) {
    const std::lock_guard lock(mutex);
    return reports[connection].size();
  }
  std::size_t total() {
    const std::lock_guard lock(mutex);
    std::size_t sum = 0;
    for (const auto& [connection, list] : reports) sum += list.size();
    return sum;
  }
  std::string reason_gone(ConnectionId connection) {
    const std::lock_guard lock(mutex);
    return gone.contains(connection) ? gone.at(connection) : "";
  }
  ConnectionId newest() {
    const std::lock_guard lock(mutex);
    return last;
  }

  SystemClock clock;
  std::function<void(Office&, ConnectionId, const Report&)> react;
  std::atomic<bool> ready = false;
  std::mutex mutex;
  std::map<ConnectionId, std::vector<Report>> reports;
  std::map<ConnectionId, std::string> gone;
  std::map<ConnectionId, int> busy;
  std::vector<BeatReport> beats;
  ConnectionId last;
  bool late = false;                      ///< something was heard of a connection after its end
  std::unique_ptr<ControlServer> server;  ///< last: its handlers use the rest
};

inline TickReport tick_report(std::uint64_t tick, std::uint64_t epoch = 1) {
  TickReport report;
  report.epoch = epoch;
  report.tick = Tick(tick);
  report.partial = {static_cast<std::int64_t>(tick), 7};
  return report;
}
inline TickOrder tick_order(std::uint64_t tick, std::uint64_t epoch = 1) { return {epoch, Tick(tick), {static_cast<std::int64_t>(tick)}}; }

/// The next order, waited for.
inline std::optional<Order> next_order(ControlClient& client, std::uint64_t limit_ms = 10'000) {
  std::optional<Order> order;
  eventually([&] { return (order = client.poll()).has_value() || client.lost(); }, limit_ms);
  return order;
}

/// A TCP connection that says what the test wants, inside TLS where it has a certificate.
class Wild {
 public:
  explicit Wild(const std::string& url, const TlsIdentity& tls = {}) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    end_ = TlsEnd(fd_, tls);
  }
  Wild(Wild&& other) noexcept : fd_(std::exchange(other.fd_, -1)), end_(std::move(other.end_)) {}
  ~Wild() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool send(const std::string& bytes) { return end_.say(bytes); }
  bool say(const std::string& message) { return send(framed(message)); }
  /// The next message; empty when the connection ended.
  std::string hear() {
    const std::string head = read(4);
    if (head.size() < 4) return {};
    std::size_t bytes = 0;
    for (int i = 3; i >= 0; --i) bytes = bytes << 8 | static_cast<unsigned char>(head[static_cast<std::size_t>(i)]);
    return read(bytes);
  }
  /// Everything up to the handshake's end.
  ControlVoice shake_hands(const Secret& secret, std::string* session_key = nullptr) {
    Handshake handshake(secret, Handshake::Role::dialler, control_purpose);
    say(handshake.hello());
    say(handshake.answer(hear()).value());
    if (session_key != nullptr) *session_key = handshake.session_key();
    ControlVoice voice(MessageSeal(handshake.session_key(), Handshake::Role::dialler));
    voice.hear(hear());
    return voice;
  }
  /// The other end closed within the time.
  bool closed(int limit_ms = 5'000) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
    while (std::chrono::steady_clock::now() < deadline) {
      pollfd wait{fd_, POLLIN, 0};
      if (::poll(&wait, 1, 50) <= 0) continue;
      char rest[4096];
      if (::recv(fd_, rest, sizeof rest, 0) <= 0) return true;
    }
    return false;
  }
  std::string read(std::size_t bytes) {
    std::string got(bytes, '\0');
    std::size_t done = 0;
    while (done < bytes) {
      const std::size_t now = end_.read(got.data() + done, bytes - done);
      if (now == 0) break;
      done += now;
    }
    got.resize(done);
    return got;
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  TlsEnd end_;
};

/// Carries bytes between a client and a server until it is frozen: a cut line, of which neither end is told.
class Relay {
 public:
  explicit Relay(std::string target) : target_(std::move(target)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    url = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { carry(); });
  }
  ~Relay() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }
  void freeze() { frozen_ = true; }
  std::string url;

 private:
  void carry() {
    int near = -1;
    std::unique_ptr<Wild> far;
    while (!stop_) {
      pollfd waits[3] = {{listener_, POLLIN, 0}, {near, POLLIN, 0}, {far ? far->fd() : -1, POLLIN, 0}};
      if (::poll(waits, 3, 10) <= 0 || frozen_) continue;
      if (near < 0 && waits[0].revents != 0) {
        near = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        far = std::make_unique<Wild>(target_);
      }
      if (far) pass(waits[1], far->fd());
      if (far) pass(waits[2], near);
    }
    if (near >= 0) ::close(near);
  }
  static void pass(const pollfd& from, int to) {
    char piece[65536];
    if (from.revents == 0) return;
    const ssize_t count = ::recv(from.fd, piece, sizeof piece, 0);
    if (count > 0 && ::send(to, piece, static_cast<std::size_t>(count), MSG_NOSIGNAL) != count) return;
  }
  std::string target_;
  int listener_ = -1;
  std::atomic<bool> stop_ = false, frozen_ = false;
  std::thread thread_;
};

}  // namespace colony
