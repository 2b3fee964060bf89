// What it costs a tick to ask the coordinator: a report there, an order back, both ends woken, beside the ping-pong of NNG's own REQ and
// REP sockets with as many bytes and nothing around them.
#include <benchmark/benchmark.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/control_server.hpp"
#include "shard/wire/control_client.hpp"

namespace {

using namespace colony;

std::string url_of(const std::string& kind) {
  return kind != "ipc" ? "tcp://127.0.0.1:0" : "ipc:///tmp/colony-bench-" + std::to_string(::getpid());
}

/// None but for "tls".
TlsIdentity identity_of(const std::string& kind) {
  if (kind != "tls") return {};
  const std::string path = "/tmp/colony-bench-" + std::to_string(::getpid()) + ".pem";
  const TlsIdentity identity = TlsIdentity::make(path);
  ::unlink(path.c_str());
  return identity;
}

/// All members report and wait for the coordinator's answer, which comes when all have: a tick of no work.
void BM_exchange(benchmark::State& state, const std::string& kind) {
  const auto members = static_cast<std::size_t>(state.range(0));
  ControlServer* address = nullptr;
  std::mutex mutex;
  std::vector<ConnectionId> waiting;
  const TlsIdentity tls = identity_of(kind);
  ControlServerOptions options{.url = url_of(kind), .tls = tls};
  options.handlers.disconnected = [](ConnectionId, const std::string&) {};
  options.handlers.received = [&](ConnectionId connection, Report&& report) {
    if (!std::holds_alternative<TickReport>(report)) return;
    const std::lock_guard lock(mutex);
    waiting.push_back(connection);
    if (waiting.size() < members) return;
    const TickOrder order{1, Tick(1), Globals(8, 3)};
    for (const ConnectionId each : waiting) address->send(each, order);
    waiting.clear();
  };
  SystemClock clock;
  ControlServer server(clock, std::move(options));
  address = &server;

  std::counting_semaphore<> orders(0);
  std::vector<std::unique_ptr<ControlClient>> clients;
  for (std::size_t i = 0; i < members; ++i) {
    clients.push_back(
        std::make_unique<ControlClient>(clock, ControlClientOptions{.url = server.url(), .tls = tls, .wake = [&] { orders.release(); }}));
  }
  TickReport report;
  report.partial = Globals(8, 3);
  for (auto step : state) {
    for (const auto& client : clients) client->send(report);
    for (std::size_t i = 0; i < members; ++i) orders.acquire();
    for (const auto& client : clients) {
      if (!client->poll()) state.SkipWithError("woken without an order");
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * members));
}

void BM_bare_req_rep(benchmark::State& state, const std::string& kind) {
  constexpr std::size_t bytes = 200;  // about what a report of eight globals takes
  nng_socket server = NNG_SOCKET_INITIALIZER, client = NNG_SOCKET_INITIALIZER;
  nng_listener listener = NNG_LISTENER_INITIALIZER;
  nng_rep0_open(&server);
  nng_req0_open(&client);
  nng_listen(server, url_of(kind).c_str(), &listener, 0);
  char* url = nullptr;
  nng_listener_get_string(listener, NNG_OPT_URL, &url);
  nng_dial(client, url, nullptr, 0);
  nng_strfree(url);
  std::thread echo([server] {
    nng_msg* message = nullptr;
    while (nng_recvmsg(server, &message, 0) == 0 && nng_msg_len(message) == bytes) nng_sendmsg(server, message, 0);
  });
  const auto call = [&](std::size_t length) {
    nng_msg* message = nullptr;
    nng_msg_alloc(&message, length);
    nng_sendmsg(client, message, 0);
    return message;
  };
  for (auto step : state) {
    nng_msg* answer = nullptr;
    call(bytes);
    if (nng_recvmsg(client, &answer, 0) != 0) {
      state.SkipWithError("no answer");
      break;
    }
    nng_msg_free(answer);
  }
  call(1);  // and it ends, with nothing under way when the sockets are closed
  echo.join();
  nng_close(client);
  nng_close(server);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

BENCHMARK_CAPTURE(BM_bare_req_rep, ipc, "ipc")->UseRealTime();
BENCHMARK_CAPTURE(BM_exchange, ipc, "ipc")->Arg(1)->Arg(4)->UseRealTime();
BENCHMARK_CAPTURE(BM_bare_req_rep, tcp, "tcp")->UseRealTime();
BENCHMARK_CAPTURE(BM_exchange, tcp, "tcp")->Arg(1)->Arg(4)->UseRealTime();
BENCHMARK_CAPTURE(BM_exchange, tls, "tls")->Arg(1)->Arg(4)->UseRealTime();

}  // namespace
