// The control connections over real NNG: what is promised of order, completeness, ends and fences.
#include <gmock/gmock.h>

#include "tests/support/sanitized.hpp"
#include "tests/unit/control_support.hpp"

namespace colony {
namespace {

using ::testing::HasSubstr;

class Control : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    secret = Secret::make(folder.path + "/secret");
    if (std::string(GetParam()) != "tcp") tls = TlsIdentity::make(folder.path + "/certificate");  // with ipc it is passed over
  }
  ControlServerOptions server_options(const std::string& name = "control") {
    const std::string kind = GetParam();
    return {.url = kind == "ipc" ? "ipc://" + folder.path + "/" + name : "tcp://127.0.0.1:0", .secret = secret, .tls = tls};
  }
  ControlClientOptions client_options(const Office& office) { return {.url = office.server->url(), .secret = secret, .tls = tls}; }

  SystemClock clock;
  Folder folder;
  Secret secret;
  TlsIdentity tls;
};
INSTANTIATE_TEST_SUITE_P(, Control, ::testing::Values("ipc", "tcp", "tls"), [](const auto& kind) { return std::string(kind.param); });

constexpr std::uint64_t many = testing::sanitized ? 400 : 3000;

TEST_P(Control, EverythingArrivesOnceAndInOrder) {
  // Each report is answered by two orders, one of them later and from another thread.
  std::mutex later_mutex;
  std::vector<std::pair<ConnectionId, TickOrder>> later;
  Office office(server_options(), [&](Office& self, ConnectionId connection, const Report& report) {
    const auto* tick = std::get_if<TickReport>(&report);
    if (tick == nullptr) return;
    self.server->send(connection, tick_order(tick->tick.value, 1));
    const std::lock_guard lock(later_mutex);
    later.emplace_back(connection, tick_order(tick->tick.value, 2));
  });
  std::atomic<bool> stop = false;
  std::thread second([&] {
    while (!stop) {
      std::vector<std::pair<ConnectionId, TickOrder>> now;
      {
        const std::lock_guard lock(later_mutex);
        now.swap(later);
      }
      for (const auto& [connection, order] : now) office.server->send(connection, order);
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  });

  const auto member = [&](bool in_step) {
    ControlClientOptions options = client_options(office);
    options.heartbeat_ns = 20 * ms;  // beats between everything else
    options.heartbeat_misses = 500;
    ControlClient client(clock, std::move(options));
    std::uint64_t due[3] = {0, 0, 0}, sent = 0;
    const auto finished = [&] { return due[1] == many && due[2] == many; };
    while (!finished()) {
      if (sent < many && (!in_step || sent == due[1])) client.send(tick_report(sent++));
      while (const auto order = client.poll()) {
        const auto& tick = std::get<TickOrder>(*order);
        ASSERT_EQ(tick.tick.value, due[tick.epoch]++);
      }
      ASSERT_FALSE(client.lost()) << client.lost_reason();
      if (sent == many || in_step) std::this_thread::yield();
    }
    EXPECT_FALSE(client.poll().has_value());
  };
  std::vector<std::thread> members;
  for (const bool in_step : {true, true, false, false}) members.emplace_back(member, in_step);
  for (std::thread& thread : members) thread.join();
  stop = true;
  second.join();

  ASSERT_EQ(office.reports.size(), 4u);
  for (const auto& [connection, reports] : office.reports) {
    ASSERT_EQ(reports.size(), many);
    for (std::uint64_t i = 0; i < many; ++i) ASSERT_EQ(std::get<TickReport>(reports[i]), tick_report(i));
  }
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(office.mutex);
    return office.gone.size() == 4;
  }));
  EXPECT_FALSE(office.late);
  EXPECT_EQ(office.server->refusals().members, 0u);
}

TEST_P(Control, ReportsFromManyThreadsKeepTheOrderOfEach) {
  Office office(server_options());
  ControlClient client(clock, client_options(office));
  std::vector<std::thread> threads;
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
    threads.emplace_back([&client, epoch] {
      for (std::uint64_t i = 0; i < many; ++i) client.send(tick_report(i, epoch));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(client.flush(20'000 * ms));
  ASSERT_TRUE(eventually([&] { return office.total() == 3 * many; }));
  std::uint64_t due[3] = {0, 0, 0};
  for (const Report& report : office.reports.begin()->second) {
    const auto& tick = std::get<TickReport>(report);
    ASSERT_EQ(tick.tick.value, due[tick.epoch]++);
  }
}

TEST_P(Control, OrdersComeWhenTheyAreSentAndTogetherInABatch) {
  Office office(server_options());
  std::atomic<int> woken = 0;
  ControlClientOptions options = client_options(office);
  options.wake = [&] { ++woken; };
  ControlClient client(clock, std::move(options));
  client.send(JoinReport{});
  ASSERT_TRUE(eventually([&] { return office.total() == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(client.poll().has_value());
  EXPECT_EQ(woken, 0);
  {
    const ControlServer::Batch batch(*office.server);
    office.server->send(office.newest(), WelcomeOrder{ShardId(3)});
    office.server->send(office.newest(), AbandonOrder{1});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(woken, 0) << "orders of a batch go together";
  }
  ASSERT_TRUE(eventually([&] { return woken > 0; }));
  EXPECT_EQ(client.poll(), Order(WelcomeOrder{ShardId(3)}));
  EXPECT_EQ(client.poll(), Order(AbandonOrder{1})) << "both in one message";
  const std::uint64_t begun = now_ms();
  office.server->send(office.newest(), AbandonOrder{2});
  EXPECT_EQ(next_order(client), Order(AbandonOrder{2}));
  EXPECT_LT(now_ms() - begun, 2'000u);
  office.server->send(ConnectionId(77), AbandonOrder{3});  // no such connection
}

TEST_P(Control, WhatIsLongTravelsInPartsAndBeatsGoBetween) {
  Office office(server_options());
  ControlClientOptions options = client_options(office);
  options.heartbeat_ns = 5 * ms;
  options.heartbeat_misses = 4'000;  // 20 s: under the thread sanitizer, on a busy machine, what is long is under way for seconds
  ControlClient client(clock, std::move(options));
  SnapshotReport snapshot;
  snapshot.groups.resize(1);
  snapshot.groups[0] = {"places", 3'000'000, {}};
  ColumnImage ids{"id", ScalarType::u64, 3'000'000, Array<std::byte>(24'000'000, std::byte{7})};
  snapshot.groups[0].columns.push_back(std::move(ids));
  client.send(Report(std::move(snapshot)));
  client.send(tick_report(1));
  ASSERT_TRUE(eventually([&] { return office.total() == 2; }, 60'000));
  const auto& reports = office.reports.begin()->second;
  EXPECT_EQ(std::get<SnapshotReport>(reports[0]).groups.at(0).columns.at(0).bytes.size(), 24'000'000u);
  EXPECT_EQ(std::get<TickReport>(reports[1]), tick_report(1));

  TickOrder order = tick_order(5);
  order.globals.assign(500'000, -3);
  office.server->send(office.newest(), order);
  office.server->send(office.newest(), tick_order(6));
  EXPECT_EQ(next_order(client), Order(order));
  EXPECT_EQ(next_order(client), Order(tick_order(6)));
}

TEST_P(Control, BeatsSayWhereTheMemberIs) {
  Office office(server_options());
  ControlClientOptions options = client_options(office);
  options.heartbeat_ns = 10 * ms;
  ControlClient client(clock, std::move(options));
  client.set_place(4, Tick(99), 2);
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(office.mutex);
    return office.beats.size() >= 3 && office.beats.back().epoch == 4;
  }));
  const std::lock_guard lock(office.mutex);
  const BeatReport& beat = office.beats.back();
  EXPECT_EQ(beat.tick, Tick(99));
  EXPECT_EQ(beat.phase, 2u);
  EXPECT_GT(beat.cpu_ns, 0u);
  EXPECT_GT(beat.resident_bytes, 1u << 20);
}

TEST_P(Control, TheAddressInUseIsKnownWhereThereIsOne) {
  Office office(server_options());
  const ControlClient client(clock, client_options(office));
  EXPECT_EQ(client.host_in_use(), GetParam() == std::string("ipc") ? "" : "127.0.0.1");
  EXPECT_FALSE(client.lost());
  EXPECT_EQ(client.lost_reason(), "");
}

TEST_P(Control, TheLastWordsOfAMemberArrive) {
  Office office(server_options());
  for (std::uint64_t round = 1; round <= 20; ++round) {
    ControlClient client(clock, client_options(office));
    for (std::uint64_t i = 0; i < 50; ++i) client.send(tick_report(i));
    client.send(FailureReport{1, 3, "no such file"});
    EXPECT_TRUE(client.flush(10'000 * ms));
    // The coordinator has it, though its handler may not have come to it yet.
  }
  EXPECT_TRUE(eventually([&] { return office.total() == 20 * 51; }));
}

TEST_P(Control, AMemberThatGoesIsMissedAtOnce) {
  Office office(server_options());
  auto client = std::make_unique<ControlClient>(clock, client_options(office));
  client->send(JoinReport{});
  ASSERT_TRUE(eventually([&] { return office.total() == 1; }));
  EXPECT_EQ(office.server->connections(), 1u);
  const ConnectionId connection = office.newest();
  const std::uint64_t begun = now_ms();
  client.reset();
  ASSERT_TRUE(eventually([&] { return !office.reason_gone(connection).empty(); }));
  EXPECT_LT(now_ms() - begun, 1'000u);
  EXPECT_THAT(office.reason_gone(connection), HasSubstr("closed the connection"));
  EXPECT_EQ(office.server->connections(), 0u);
  EXPECT_EQ(office.server->refusals().members, 0u);
}

TEST_P(Control, AClientWhoseServerGoesIsLost) {
  auto office = std::make_unique<Office>(server_options());
  std::atomic<int> woken = 0;
  ControlClientOptions options = client_options(*office);
  options.wake = [&] { ++woken; };
  ControlClient client(clock, std::move(options));
  client.send(JoinReport{});
  ASSERT_TRUE(eventually([&] { return office->total() == 1; }));
  office->server->send(office->newest(), AbandonOrder{1});
  ASSERT_TRUE(eventually([&] { return woken > 0; }));
  office.reset();
  ASSERT_TRUE(eventually([&] { return client.lost(); }, 2'000));
  EXPECT_NE(client.lost_reason(), "");
  EXPECT_EQ(client.poll(), Order(AbandonOrder{1})) << "what came before counts";
  client.send(JoinReport{});
  EXPECT_FALSE(client.flush(50 * ms));
}

TEST_P(Control, AClientWaitsForItsServer) {
  const std::string url = "ipc://" + folder.path + "/late";
  std::unique_ptr<Office> office;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    office = std::make_unique<Office>(ControlServerOptions{.url = url, .secret = secret});
  });
  {
    ControlClient client(clock, {.url = url, .secret = secret, .connect_timeout_ns = 10'000 * ms});
    EXPECT_FALSE(client.lost());
  }
  later.join();
  office.reset();

  const std::uint64_t begun = now_ms();
  try {
    ControlClient(clock, {.url = "ipc://" + folder.path + "/never", .secret = secret, .connect_timeout_ns = 200 * ms});
    FAIL();
  } catch (const ControlError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no coordinator at ipc://"));
    EXPECT_EQ(error.status(), ExitStatus::cluster);
  }
  EXPECT_LT(now_ms() - begun, 3'000u);
  EXPECT_THROW(ControlClient(clock, {.url = "nonsense", .secret = secret}), ControlError);
}

TEST_P(Control, CloseFences) {
  Office office(server_options());
  std::atomic<bool> stop = false;
  ControlClient client(clock, client_options(office));
  ControlClient other(clock, client_options(office));
  other.send(JoinReport{});
  ASSERT_TRUE(eventually([&] { return office.total() == 1; }));
  const ConnectionId stays = office.newest();
  std::thread chatter([&] {
    for (std::uint64_t i = 0; !stop; ++i) {
      client.send(tick_report(i));
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  });
  ASSERT_TRUE(eventually([&] { return office.total() > 200; }));
  ConnectionId closed = ConnectionId(3 - stays.value);
  office.server->close(closed);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the call that was under way
  const std::size_t heard = office.count(closed);
  EXPECT_TRUE(eventually([&] { return client.lost(); }, 2'000));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  stop = true;
  chatter.join();
  EXPECT_EQ(office.count(closed), heard);
  EXPECT_EQ(office.reason_gone(closed), "") << "whoever closes needs not be told";
  office.server->send(closed, AbandonOrder{1});
  office.server->close(closed);
  office.server->send(stays, AbandonOrder{1});
  EXPECT_EQ(next_order(other), Order(AbandonOrder{1}));
}

TEST_P(Control, AServerMayEndUnderTraffic) {
  for (int round = 0; round < 10; ++round) {
    auto office = std::make_unique<Office>(server_options("round" + std::to_string(round)));
    std::vector<std::unique_ptr<ControlClient>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<ControlClient>(clock, client_options(*office)));
    std::atomic<bool> stop = false;
    std::thread chatter([&] {
      for (std::uint64_t i = 0; !stop; ++i) clients[0]->send(tick_report(i));
    });
    clients[1]->send(JoinReport{});
    std::this_thread::sleep_for(std::chrono::milliseconds(5 * (round % 4)));
    office.reset();
    for (const auto& client : clients) EXPECT_TRUE(eventually([&] { return client->lost(); }, 5'000));
    stop = true;
    chatter.join();
  }
}

}  // namespace
}  // namespace colony
