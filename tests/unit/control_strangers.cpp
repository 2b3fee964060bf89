// Who does not know the secret, does not speak the protocol, or has stopped speaking: none of them can stop the others, or be believed.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "tests/unit/control_support.hpp"

namespace colony {
namespace {

using ::testing::HasSubstr;

/// bool: with TLS.
class Strangers : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    secret = Secret::make(folder.path + "/secret");
    other = Secret::make(folder.path + "/other");
    if (GetParam()) tls = TlsIdentity::make(folder.path + "/certificate");
  }
  ControlServerOptions options() { return {.url = "tcp://127.0.0.1:0", .secret = secret, .tls = tls}; }
  SystemClock clock;
  Folder folder;
  Secret secret, other, none;
  TlsIdentity tls;
};
INSTANTIATE_TEST_SUITE_P(, Strangers, ::testing::Bool(), [](const auto& tls) { return tls.param ? "tls" : "tcp"; });

/// A member that does ticks as fast as it can, and the coordinator that drives it.
struct Course {
  Course(ControlServerOptions options, const Secret& secret, const TlsIdentity& tls)
      : office(std::move(options),
               [](Office& self, ConnectionId connection, const Report& report) {
                 if (const auto* tick = std::get_if<TickReport>(&report)) self.server->send(connection, tick_order(tick->tick.value));
               }),
        client(clock, {.url = office.server->url(), .secret = secret, .tls = tls, .heartbeat_ns = 50 * ms}) {
    thread = std::thread([this] {
      while (!stop && !client.lost()) {
        client.send(tick_report(done));
        const auto order = next_order(client);
        if (!order || std::get<TickOrder>(*order).tick.value != done) return;
        ++done;
      }
    });
  }
  ~Course() {
    stop = true;
    thread.join();
  }
  /// It makes progress, and it is the same run as ever.
  bool goes_on() {
    const std::uint64_t before = done;
    return eventually([&] { return done > before + 20; }) && !client.lost();
  }
  SystemClock clock;
  Office office;
  ControlClient client;
  std::atomic<std::uint64_t> done = 0;
  std::atomic<bool> stop = false;
  std::thread thread;
};

TEST_P(Strangers, AnotherSecretIsRefusedWithItsReason) {
  Office office(options());
  for (const Secret* wrong : {&other, &none}) {
    try {
      ControlClient(clock, {.url = office.server->url(), .secret = *wrong, .tls = tls, .connect_timeout_ns = 5'000 * ms});
      FAIL();
    } catch (const AuthError& error) {
      EXPECT_THAT(error.what(), HasSubstr("does not know this run's secret, or has another one"));
    }
  }
  EXPECT_TRUE(eventually([&] { return office.server->refusals().handshakes == 2; }));
  EXPECT_EQ(office.server->connections(), 0u);
  EXPECT_TRUE(office.gone.empty()) << "they never counted";
}

TEST_P(Strangers, WithoutASecretOnlyThisMachineIsListenedTo) {
  for (const char* url : {"tcp://0.0.0.0:0", "tcp://*:0", "tcp://:0", "tcp://127.evil.example:0", "tcp://10.0.0.1:5000", "tcp://[::]:0"}) {
    try {
      ControlServer(clock, {.url = url});
      FAIL() << url;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("cluster.secret_file")) << url;
    }
  }
  for (const char* url : {"ws://127.0.0.1:0/", "inproc://x", "tcp:/127.0.0.1:0", "", "tcp://127.0.0.1"}) {
    EXPECT_THROW(ControlServer(clock, {.url = url}), UsageError) << url;
  }
  for (const std::string& url : {std::string("tcp://127.0.0.1:0"), std::string("tcp://localhost:0"), "ipc://" + folder.path + "/x"}) {
    Office office({.url = url});
    ControlClient client(clock, {.url = office.server->url()});
    client.send(LeaveReport{});
    EXPECT_TRUE(eventually([&] { return office.total() == 1; })) << url;
  }
  Office office({.url = "tcp://0.0.0.0:0", .secret = secret});
  EXPECT_THAT(office.server->url(), HasSubstr("tcp://0.0.0.0:"));
  try {
    ControlServer(clock, {.url = "ipc:///nowhere/at/all/socket", .secret = secret});
    FAIL();
  } catch (const ControlError& error) {
    EXPECT_THAT(error.what(), HasSubstr("can't listen on"));
  }
}

TEST_P(Strangers, RubbishClosesItsOwnConnectionOnly) {
  ControlServerOptions server = options();
  server.handshake_timeout_ns = 1'000 * ms;  // four bytes alone may be the beginning of TLS
  Course run(std::move(server), secret, tls);
  const std::string url = run.office.server->url();
  const std::vector<std::string> rubbish = {"GET / HTTP/1.1\r\nHost: colony\r\n\r\n",
                                            std::string(4, '\0'),  // a message of no bytes
                                            framed("hello"),
                                            framed(std::string(max_handshake_bytes, 'x')),
                                            framed(std::string(max_handshake_bytes + 1, 'x')),
                                            framed(std::string(1'000'000, 'x')),
                                            std::string(4, '\xff')};  // four gigabytes are announced
  for (const std::string& bytes : rubbish) {
    Wild wild(url);
    wild.send(bytes);
    EXPECT_TRUE(wild.closed()) << bytes.substr(0, 40);
  }
  std::uint64_t inside = 0;
  for (const std::string& bytes : rubbish) {
    if (tls.none()) break;
    Wild wild(url, tls);
    wild.send(bytes);
    EXPECT_TRUE(wild.closed()) << bytes.substr(0, 40);
    ++inside;
  }
  {
    Wild wild(url, tls);  // a good hello, and a spoilt proof
    Handshake handshake(secret, Handshake::Role::dialler, control_purpose);
    wild.say(handshake.hello());
    std::string proof = handshake.answer(wild.hear()).value();
    proof.back() = static_cast<char>(proof.back() ^ 1);
    wild.say(proof);
    EXPECT_TRUE(wild.closed());
  }
  EXPECT_TRUE(run.goes_on());
  EXPECT_TRUE(eventually([&] {
    const ControlRefusals refusals = run.office.server->refusals();
    return refusals.handshakes + refusals.late == rubbish.size() + inside + 1;
  }));
  EXPECT_EQ(run.office.server->connections(), 1u);
}

TEST_P(Strangers, AFloodLeavesTheRunAlone) {
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  ControlServerOptions server = options();
  server.max_strangers = 16;
  server.handshake_timeout_ns = 500 * ms;
  Course run(std::move(server), secret, tls);
  const std::string url = run.office.server->url();
  std::vector<Wild> idle, unfinished;
  for (int i = 0; i < 40; ++i) {
    idle.emplace_back(url);             // says nothing at all
    unfinished.emplace_back(url, tls);  // says hello, and never proves itself
    Handshake handshake(other, Handshake::Role::dialler, control_purpose);
    unfinished.back().say(handshake.hello());
  }
  std::atomic<bool> stop = false;
  std::uint64_t floods = 0;
  std::thread flood([&] {
    const std::string rubbish = framed(std::string(100'000, 'x'));
    for (; !stop; ++floods) {
      Wild wild(url);
      for (int k = 0; k < 20 && wild.send(rubbish); ++k) continue;
    }
  });
  EXPECT_TRUE(run.goes_on());
  {
    ControlClient newcomer(clock, {.url = url, .secret = secret, .tls = tls});  // joins all the same
    newcomer.send(LeaveReport{});
    EXPECT_TRUE(newcomer.flush(10'000 * ms));
  }
  EXPECT_TRUE(run.goes_on());
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  stop = true;
  flood.join();
  for (Wild& wild : idle) EXPECT_TRUE(wild.closed()) << "time is short for strangers";
  for (Wild& wild : unfinished) EXPECT_TRUE(wild.closed());
  EXPECT_TRUE(eventually([&] {
    const ControlRefusals now = run.office.server->refusals();
    return now.crowded + now.late + now.handshakes >= 80 + floods;
  })) << "each is accounted for";
  const ControlRefusals refusals = run.office.server->refusals();
  EXPECT_GE(refusals.crowded, 40u);
  EXPECT_GT(floods, 20u);
  EXPECT_EQ(refusals.members, 0u);
  EXPECT_TRUE(run.goes_on());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024) << "kilobytes";
#endif
}

TEST_P(Strangers, AHandshakeIsLateByTheServersClock) {
  struct HandClock final : Clock {
    std::uint64_t now_ns() override { return now; }
    std::atomic<std::uint64_t> now = 0;
  } hand;
  ControlServerOptions patient = options();
  patient.handshake_timeout_ns = 100 * ms;
  const ControlServer server(hand, std::move(patient));
  Wild idle(server.url());
  EXPECT_FALSE(idle.closed(400)) << "no time has passed";
  EXPECT_EQ(server.refusals().late, 0u);
  hand.now += 100 * ms;
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(server.refusals().late, 1u);
}

TEST_P(Strangers, ALateHandshakeIsCutOff) {
  ControlServerOptions server = options();
  server.handshake_timeout_ns = 200 * ms;
  Office office(std::move(server));
  Wild wild(office.server->url());
  const std::uint64_t begun = now_ms();
  EXPECT_TRUE(wild.closed());
  EXPECT_GE(now_ms() - begun, 150u);
  EXPECT_EQ(office.server->refusals().late, 1u);
}

TEST_P(Strangers, WhoShowsAnotherCertificateIsOut) {
  if (tls.none()) return;
  Course run(options(), secret, tls);
  const std::string url = run.office.server->url();
  const TlsIdentity another = TlsIdentity::make(folder.path + "/another");
  try {
    ControlClient(clock, {.url = url, .secret = secret, .tls = another, .connect_timeout_ns = 5'000 * ms});
    FAIL();
  } catch (const AuthError& error) {
    EXPECT_THAT(error.what(), HasSubstr("another certificate than this run's"));
  }
  try {
    ControlClient(clock, {.url = url, .secret = secret, .connect_timeout_ns = 300 * ms});
    FAIL();
  } catch (const ControlError& error) {
    EXPECT_THAT(error.what(), HasSubstr("closes the connection before it is made"));
  }
  {
    Wild wild(url);  // nothing comes that TLS does not wrap
    Handshake handshake(secret, Handshake::Role::dialler, control_purpose);
    wild.say(handshake.hello());
    EXPECT_THAT(wild.read(1000), ::testing::Not(HasSubstr("colony")));
  }
  EXPECT_TRUE(run.goes_on());
  EXPECT_EQ(run.office.server->connections(), 1u);
  // And the other way round: a coordinator that has no TLS.
  Office plain({.url = "tcp://127.0.0.1:0", .secret = secret});
  EXPECT_THROW(ControlClient(clock, {.url = plain.server->url(), .secret = secret, .tls = tls, .connect_timeout_ns = 300 * ms}),
               ControlError);
}

std::string item(const std::string& encoded) {
  OutStream stream;
  stream.push(encoded);
  return stream.take(encoded.size() + 8);
}
std::string bare_report(const Report& report) { return encode(std::span(&report, 1)); }
std::string one_report(const Report& report) { return item(bare_report(report)); }

/// A member that knows the secret, and need not keep to the rules.
struct Rogue {
  using Kind = ControlMessage::Kind;
  Rogue(Office& office, const Secret& secret, const TlsIdentity& tls) : wild(office.server->url(), tls) {
    std::string key;
    wild.shake_hands(secret, &key);
    seal.emplace(key, Handshake::Role::dialler);
  }
  void say(std::uint64_t sequence, const std::string& text, Kind kind = Kind::part) {
    std::string whole = echo_of(sequence).text;  // the number, as it stands in front
    whole += static_cast<char>(kind);
    last = seal->seal(sequence, whole + text);
    wild.say(last);
  }
  Wild wild;
  std::optional<MessageSeal> seal;
  std::string last;
};

TEST_P(Strangers, AMemberThatBreaksTheRulesIsOut) {
  Office office(options());
  const auto reason = [&](const std::function<void(Rogue&)>& act, std::size_t reports = 1) {
    const std::size_t before = office.total();
    Rogue rogue(office, secret, tls);
    rogue.say(1, one_report(LeaveReport{}));
    EXPECT_TRUE(eventually([&] { return office.total() == before + 1; }));
    const ConnectionId connection = office.newest();
    act(rogue);
    EXPECT_TRUE(rogue.wild.closed());
    EXPECT_TRUE(eventually([&] { return !office.reason_gone(connection).empty(); }));
    EXPECT_EQ(office.count(connection), reports);
    return office.reason_gone(connection);
  };
  using Kind = ControlMessage::Kind;
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.wild.say(rogue.last); }), HasSubstr("message 1 where 2 was due")) << "a replay";
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.say(3, ""); }), HasSubstr("message 3 where 2 was due")) << "one was left out";
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.say(2, item("rubbish")); }), HasSubstr("begin with its version"));
  const std::string rubbish_between = one_report(LeaveReport{}) + item("rubbish") + one_report(LeaveReport{});
  EXPECT_THAT(reason([&](Rogue& rogue) { rogue.say(2, rubbish_between); }, 2), HasSubstr("begin with its version"));
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.say(2, std::string(8, '\xff')); }), HasSubstr("is announced"));
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.say(2, "", Kind{5}); }), HasSubstr("of kind 5"));
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.say(2, "12345678", Kind::echo); }), HasSubstr("never asked"));
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.say(2, "short", Kind::ask); }), HasSubstr("begin with its version"));
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.wild.say(std::string(200, 'x')); }), HasSubstr("seal is broken"));
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.wild.say("x"); }), HasSubstr("1 bytes"));
  EXPECT_THAT(reason([&](Rogue& rogue) {
                Rogue twin(office, secret, tls);  // sealed well, for another connection
                twin.say(2, one_report(LeaveReport{}));
                rogue.wild.say(twin.last);
              }),
              HasSubstr("seal is broken"));
  EXPECT_THAT(reason([](Rogue& rogue) { rogue.wild.send(std::string(4, '\x7f')); }), HasSubstr("bytes is announced"));
  EXPECT_GE(office.server->refusals().members, 12u);
  EXPECT_EQ(office.server->refusals().handshakes, 0u);
}

TEST_P(Strangers, OrdersThatNobodyReadsAreBounded) {
  ControlServerOptions server = options();
  server.max_queued_bytes = 100'000;
  Office office(std::move(server));
  Rogue rogue(office, secret, tls);
  rogue.say(1, bare_report(LeaveReport{}), ControlMessage::Kind::ask);
  ASSERT_TRUE(eventually([&] { return office.newest() != ConnectionId(); }));
  // Besides the queue, what the kernel takes: tens of megabytes at most, and this is 200.
  for (int i = 0; i < 20'000 && office.reason_gone(office.newest()).empty(); ++i) {
    TickOrder order = tick_order(1);
    order.globals.assign(10'000, 1);
    office.server->send(office.newest(), order);
  }
  EXPECT_TRUE(eventually([&] { return !office.reason_gone(office.newest()).empty(); }));
  EXPECT_THAT(office.reason_gone(office.newest()), HasSubstr("does not read its orders"));
}

TEST_P(Strangers, QuestionsWithoutEndAreAnsweredWithoutQueueing) {
  Office office(options());
  Rogue rogue(office, secret, tls);
  for (std::uint64_t i = 1; i <= 20'000; ++i) rogue.say(i, "", ControlMessage::Kind::ask);  // and no echo is read
  rogue.say(20'001, one_report(LeaveReport{}));
  EXPECT_TRUE(eventually([&] { return office.total() == 1; }));
}

TEST_P(Strangers, ACutLineIsNoticedByTheMissingAnswers) {
  Office office(options());
  Relay relay(office.server->url());
  ControlClient client(clock, {.url = relay.url, .secret = secret, .tls = tls, .heartbeat_ns = 50 * ms, .heartbeat_misses = 3});
  client.send(LeaveReport{});
  ASSERT_TRUE(eventually([&] { return office.total() == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_FALSE(client.lost()) << client.lost_reason();
  const std::uint64_t begun = now_ms();
  relay.freeze();
  ASSERT_TRUE(eventually([&] { return client.lost(); }));
  EXPECT_GE(now_ms() - begun, 120u);
  EXPECT_LT(now_ms() - begun, 2'000u);
  EXPECT_THAT(client.lost_reason(), HasSubstr("not answered for 3 heartbeats"));
}

}  // namespace
}  // namespace colony
