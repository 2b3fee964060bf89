// What NngLink keeps out: strangers, floods, rubbish, and peers that break the rules.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "tests/unit/link_conformance.hpp"
#include "tests/unit/link_worlds.hpp"
#include "tests/unit/tls_end.hpp"

namespace colony::testing {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A tcp connection that says what a test makes it say, inside TLS where it has a certificate.
class Raw {
 public:
  explicit Raw(const std::string& url, const TlsIdentity& tls = {}) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("can't connect");
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    end_ = TlsEnd(fd_, tls);
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() { ::close(fd_); }
  void say(const std::string& bytes) { end_.say(bytes); }
  void message(const std::string& text) {
    const std::uint64_t length = text.size();
    say(std::string(reinterpret_cast<const char*>(&length), sizeof length) + text);
  }
  /// The next message, or nothing when the other end has closed.
  std::string hear() {
    std::uint64_t length = 0;
    if (!read(&length, sizeof length)) return "";
    std::string text(length, '\0');
    return read(text.data(), length) ? text : "";
  }
  bool closed() {
    char byte;
    return end_.read(&byte, 1) == 0;
  }

 private:
  bool read(void* to, std::size_t bytes) {
    std::size_t done = 0;
    while (done < bytes) {
      const std::size_t got = end_.read(static_cast<char*>(to) + done, bytes - done);
      if (got == 0) return false;
      done += got;
    }
    return true;
  }
  int fd_;
  TlsEnd end_;
};

std::string introduction(std::uint32_t from, std::uint32_t to, const std::string& url) {
  std::string text(10, '\0');
  const auto length = static_cast<std::uint16_t>(url.size());
  std::memcpy(text.data(), &from, 4);
  std::memcpy(text.data() + 4, &to, 4);
  std::memcpy(text.data() + 8, &length, 2);
  return text + url;
}

std::string wire_of(const Frame& frame) {
  const auto bytes = frame.encode();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class NngHostile : public ::testing::TestWithParam<NngWorld::Wire> {
 protected:
  NngHostile() {
    options.handshake_ms = 300;
    link = std::make_unique<NngLink>(world.clock(), options, world.secret(), [this](std::string_view sender, std::string_view why) {
      const std::lock_guard lock(mutex);
      lines.push_back(std::string(sender) + ": " + std::string(why));
    });
    link->start([this](Frame&& frame) {
      const std::lock_guard lock(mutex);
      senders.push_back(frame.header.from);
    });
  }
  ~NngHostile() override { link->stop(); }

  /// A conversation in which shard 5 has proven itself to shard 1.
  std::unique_ptr<Raw> proven(const std::string& url = "tcp://127.0.0.1:1") {
    auto raw = std::make_unique<Raw>(link->url(), world.tls());
    Handshake handshake(world.secret(), Handshake::Role::dialler, "bulk test run 5 1 " + url);
    raw->message(introduction(5, 1, url) + handshake.hello());
    raw->message(handshake.answer(raw->hear()).value());
    return raw;
  }
  Frame frame(std::uint32_t from) {
    Frame frame;
    frame.header = {1, 1, 0, 0, from, 1};
    frame.add<std::uint64_t>(SectionKind::ghost_value, 0, 3);
    return frame;
  }
  template <class F>
  bool soon(const F& holds) {
    for (int i = 0; i < 500; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  std::size_t received() {
    const std::lock_guard lock(mutex);
    return senders.size();
  }
  std::string log() {
    const std::lock_guard lock(mutex);
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }
  /// A member with the larger id gets through and its frames arrive.
  void expect_in_business() {
    NngLink peer(world.clock(), world.options(), world.secret());
    peer.start([](Frame&&) {});
    const std::vector<MemberAddress> members{{ShardId(1), link->url()}, {ShardId(6), peer.url()}};
    link->connect(ShardId(1), members);
    peer.connect(ShardId(6), members);
    const std::size_t before = received();
    peer.send(frame(6));
    EXPECT_TRUE(soon([&] { return received() > before; })) << log();
    peer.stop();
  }

  NngWorld world{GetParam()};
  NngOptions options = world.options();
  std::mutex mutex;
  std::vector<std::string> lines;
  std::vector<std::uint32_t> senders;
  std::unique_ptr<NngLink> link;
};

TEST_P(NngHostile, RubbishIsClosedAndCounted) {
  std::vector<std::unique_ptr<Raw>> strangers;
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(5000, '\xff'), std::string(200000, '\0'), std::string(3, 'x')}) {
    strangers.push_back(std::make_unique<Raw>(link->url()));
    strangers.back()->say(text);
  }
  for (const auto& stranger : strangers) EXPECT_TRUE(stranger->closed());
  EXPECT_TRUE(soon([&] { return link->traffic().refused >= 4; }));
  EXPECT_THAT(log(), HasSubstr("127.0.0.1:"));
  EXPECT_EQ(received(), 0u);
  expect_in_business();
}

TEST_P(NngHostile, AStrangerCanClaimNoMemory) {
  Raw stranger(link->url(), world.tls());
  const std::uint64_t length = std::uint64_t{1} << 40;
  stranger.say(std::string(reinterpret_cast<const char*>(&length), sizeof length));
  EXPECT_TRUE(stranger.closed());
  EXPECT_THAT(log(), HasSubstr("a message of 1099511627776 bytes"));
}

TEST_P(NngHostile, WhoSaysNothingIsCutOffWhereNothingElseHappens) {
  Raw stranger(link->url());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(stranger.closed());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  EXPECT_THAT(log(), HasSubstr("no handshake in time"));
}

TEST_P(NngHostile, HundredsOfIdleConnectionsKeepNobodyOut) {
  std::vector<std::unique_ptr<Raw>> strangers;
  for (int i = 0; i < 400; ++i) strangers.push_back(std::make_unique<Raw>(link->url()));
  expect_in_business();
  for (const auto& stranger : strangers) EXPECT_TRUE(stranger->closed());
}

TEST_P(NngHostile, AFloodOfConnectionsStarvesNobody) {
  std::atomic<bool> over{false};
  std::thread flood([&] {
    while (!over) {
      std::vector<std::unique_ptr<Raw>> burst;
      try {
        for (int i = 0; i < 50; ++i) {
          burst.push_back(std::make_unique<Raw>(link->url()));
          burst.back()->say("nonsense");
        }
      } catch (const std::exception&) {
      }
    }
  });
  for (int i = 0; i < 3; ++i) expect_in_business();
  over = true;
  flood.join();
}

TEST_P(NngHostile, AnotherSecretOrRunIsRefusedAtBothEnds) {
  const Secret other = Secret::make(world.folder() + "/other");
  for (const bool wrong_secret : {true, false}) {
    NngOptions of_peer = world.options();
    if (!wrong_secret) of_peer.run_nonce = "yesterday's run";
    std::atomic<int> complaints{0};
    NngLink peer(world.clock(), of_peer, wrong_secret ? other : world.secret(), [&](std::string_view sender, std::string_view) {
      EXPECT_EQ(sender, "shard 1");
      ++complaints;
    });
    peer.start([](Frame&&) {});
    const std::vector<MemberAddress> members{{ShardId(1), link->url()}, {ShardId(6), peer.url()}};
    link->connect(ShardId(1), members);
    peer.connect(ShardId(6), members);
    peer.send(frame(6));
    EXPECT_TRUE(soon([&] { return link->traffic().refused > 0 || complaints > 0; }));
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(peer.connected(), 0u);
    EXPECT_EQ(link->connected(), 0u);
    peer.stop();
  }
  EXPECT_EQ(received(), 0u);
}

TEST_P(NngHostile, AHandshakeHeardElsewhereIsWorthNothing) {
  link->connect(ShardId(1), {{ShardId(1), link->url()}, {ShardId(5), "tcp://127.0.0.1:1"}});
  Handshake handshake(world.secret(), Handshake::Role::dialler, "bulk test run 5 1 tcp://127.0.0.1:1");
  const std::string hello = introduction(5, 1, "tcp://127.0.0.1:1") + handshake.hello();
  std::string proof;
  {
    Raw peer(link->url(), world.tls());
    peer.message(hello);
    proof = handshake.answer(peer.hear()).value();
    peer.message(proof);
    peer.message(wire_of(frame(5)));
    EXPECT_TRUE(soon([&] { return received() == 1; }));
  }
  Raw replay(link->url(), world.tls());
  replay.message(hello);
  EXPECT_NE(replay.hear(), "");
  replay.message(proof);
  replay.message(wire_of(frame(5)));
  EXPECT_EQ(replay.hear(), "");
  EXPECT_EQ(received(), 1u);
}

TEST_P(NngHostile, WhoIsNotMeantOrMayNotDialIsRefused) {
  link->connect(ShardId(1), {{ShardId(1), link->url()}, {ShardId(5), "tcp://127.0.0.1:1"}});
  for (const auto& [from, to, what] :
       {std::tuple(5u, 2u, "means shard 2"), std::tuple(1u, 1u, "larger id dials"), std::tuple(0u, 1u, "larger id dials")}) {
    Raw stranger(link->url(), world.tls());
    Handshake handshake(world.secret(), Handshake::Role::dialler, fmt::format("bulk test run {} {} u", from, to));
    stranger.message(introduction(from, to, "u") + handshake.hello());
    EXPECT_EQ(stranger.hear(), "") << what;
  }
  Raw stranger(link->url(), world.tls());
  stranger.message(introduction(5, 1, std::string(400, 'u')) + "hello");
  EXPECT_TRUE(stranger.closed());
  Raw bell(link->url(), world.tls());
  bell.message(introduction(5, 1, "tcp://\a\n") + "hello");
  EXPECT_TRUE(bell.closed());
}

TEST_P(NngHostile, TheProcessThatWasReplacedStaysOut) {
  link->connect(ShardId(1), {{ShardId(1), link->url()}, {ShardId(5), "tcp://127.0.0.1:2"}});
  const auto old = proven("tcp://127.0.0.1:1");
  old->message(wire_of(frame(5)));
  EXPECT_TRUE(old->closed());
  EXPECT_EQ(received(), 0u);
  EXPECT_THAT(log(), HasSubstr("not that of the member"));
}

TEST_P(NngHostile, BadFramesOfAPeerAreDroppedWithItsName) {
  link->connect(ShardId(1), {{ShardId(1), link->url()}, {ShardId(5), "tcp://127.0.0.1:1"}});
  const auto peer = proven();
  std::string spoilt = wire_of(frame(5));
  spoilt.back() ^= 1;
  peer->message("no frame at all");
  peer->message(spoilt);
  peer->message("");
  peer->message(wire_of(frame(4)));  // another's name
  peer->message(wire_of(frame(5)));
  EXPECT_TRUE(soon([&] { return received() == 1; }));
  EXPECT_EQ(link->traffic().refused, 4u);
  EXPECT_THAT(log(), HasSubstr("shard 5: "));
  const std::uint64_t too_long = options.max_frame_bytes + 1;
  peer->say(std::string(reinterpret_cast<const char*>(&too_long), sizeof too_long));
  EXPECT_TRUE(peer->closed());
  EXPECT_EQ(received(), 1u);
  expect_in_business();
}

TEST_P(NngHostile, FramesBeforeTheEpochOfTheirSenderAreDelivered) {
  const auto newcomer = proven();
  newcomer->message(wire_of(frame(5)));
  EXPECT_TRUE(soon([&] { return received() == 1; }));
  EXPECT_EQ(link->connected(), 0u);
  link->connect(ShardId(1), {{ShardId(1), link->url()}, {ShardId(5), "tcp://127.0.0.1:1"}});
  EXPECT_EQ(link->connected(), 1u) << "the connection is kept";
  Frame reply = frame(1);
  reply.header.to = 5;
  link->send(reply);
  EXPECT_EQ(newcomer->hear(), wire_of(reply));
  link->connect(ShardId(1), {{ShardId(1), link->url()}});
  EXPECT_TRUE(newcomer->closed());
}

TEST_P(NngHostile, AFrameThatIsTooLargeIsNotSent) {
  NngOptions small = world.options();
  small.max_frame_bytes = 1000;
  NngLink other(world.clock(), small, world.secret());
  Frame large;
  large.add<std::uint64_t>(SectionKind::ghost_value, 0, 1000);
  EXPECT_THROW(other.send(large), FrameError);
}

INSTANTIATE_TEST_SUITE_P(, NngHostile, ::testing::Values(NngWorld::Wire::tcp, NngWorld::Wire::tls),
                         [](const auto& wire) { return wire.param == NngWorld::Wire::tls ? "Tls" : "Tcp"; });

class NngTls : public NngHostile {};
INSTANTIATE_TEST_SUITE_P(, NngTls, ::testing::Values(NngWorld::Wire::tls), [](const auto&) { return "Tls"; });

TEST_P(NngTls, AnotherCertificateIsRefusedAndTheDiallerIsTold) {
  const TlsIdentity other = TlsIdentity::make(world.folder() + "/other");
  for (const TlsIdentity& wrong : {other, TlsIdentity()}) {
    NngOptions of_peer = world.options();
    of_peer.tls = wrong;
    std::string told;
    NngLink peer(world.clock(), of_peer, world.secret(), [&](std::string_view, std::string_view why) {
      const std::lock_guard lock(mutex);
      told = why;
    });
    peer.start([](Frame&&) {});
    const std::vector<MemberAddress> members{{ShardId(1), link->url()}, {ShardId(6), peer.url()}};
    link->connect(ShardId(1), members);
    peer.connect(ShardId(6), members);
    peer.send(frame(6));
    if (wrong.none()) {
      EXPECT_TRUE(soon([&] { return link->traffic().refused > 0; }));
      EXPECT_THAT(log(), HasSubstr("does not speak TLS"));
    } else {
      EXPECT_TRUE(soon([&] {
        const std::lock_guard lock(mutex);
        return !told.empty();
      }));
      EXPECT_THAT(told, HasSubstr("another certificate than this run's"));
    }
    peer.stop();
    EXPECT_EQ(link->connected(), 0u);
  }
  EXPECT_EQ(received(), 0u);
  expect_in_business();
}

TEST_P(NngTls, AHandshakeThatStopsInTheMiddleIsCutOff) {
  std::vector<std::unique_ptr<Raw>> strangers;
  TlsSession session(world.tls(), Handshake::Role::dialler);
  session.handshake();
  std::vector<std::byte> hello;
  session.take_output(hello);
  const std::string text(reinterpret_cast<const char*>(hello.data()), hello.size());
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{50}, text.size()}) {
    strangers.push_back(std::make_unique<Raw>(link->url()));
    strangers.back()->say(text.substr(0, bytes));
  }
  // One that has the certificate and does not know the secret has no more time.
  strangers.push_back(std::make_unique<Raw>(link->url(), world.tls()));
  for (const auto& stranger : strangers)
    while (!stranger->closed()) continue;
  EXPECT_TRUE(soon([&] { return link->traffic().refused >= 4; })) << log();
  EXPECT_THAT(log(), HasSubstr("no handshake in time"));
  expect_in_business();
}

TEST(NngAddress, IsRefusedWithItsReason) {
  NngWorld world(NngWorld::Wire::tcp);
  const auto refusal = [&](const std::string& listen, const std::string& host = "") -> std::string {
    NngOptions options = world.options();
    options.listen = listen;
    options.advertised_host = host;
    try {
      return NngLink(world.clock(), options, world.secret()).url();
    } catch (const LinkError& error) {
      return error.what();
    }
  };
  EXPECT_THAT(refusal("http://127.0.0.1:0"), HasSubstr("tcp:// or ipc://"));
  EXPECT_THAT(refusal("tcp://0.0.0.0:0"), HasSubstr("wildcard"));
  EXPECT_THAT(refusal("tcp://0.0.0.0:0", "node7"), ::testing::StartsWith("tcp://node7:"));
  EXPECT_THAT(refusal("ipc:///no/such/folder/socket"), HasSubstr("can't be listened at"));
  EXPECT_THAT(refusal("ipc://" + world.folder() + "/" + std::string(200, 'x')), HasSubstr("can't be listened at"));
  NngLink first(world.clock(), world.options(), world.secret());
  EXPECT_THAT(refusal(first.url()), HasSubstr("in use"));
}

}  // namespace
}  // namespace colony::testing
