// A round between two members over NngLink, from packed to received buffer, beside a bare pair of NNG's sockets over the same kind of
// address. Two threads of one process; what travels goes through the kernel all the same.
//
// The bare pair is given its best: it sends back the message that it got, so that it copies nothing, but it has no checksum, no check of
// who speaks, no order of rounds. `copied` is the pair that sends a packed buffer, which it must copy into a message.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/link_round.hpp"
#include "shard/links/nng_link.hpp"

namespace colony::bench {
namespace {

constexpr ShardId low(0), high(1);

/// A folder for sockets.
class Folder {
 public:
  Folder() : name_((std::filesystem::temp_directory_path() / "colony_bench_XXXXXX").string()) {
    if (mkdtemp(name_.data()) == nullptr) throw std::runtime_error("no temporary folder");
  }
  ~Folder() { std::filesystem::remove_all(name_); }
  std::string path(const std::string& name) const { return name_ + "/" + name; }
  std::string url(bool ipc, const std::string& name) const { return ipc ? fmt::format("ipc://{}/{}", name_, name) : "tcp://127.0.0.1:0"; }

 private:
  std::string name_;
};

/// What the links run over; the bare pair beside TLS is over tcp.
enum Wire : std::int64_t { tcp = 0, ipc = 1, tls = 2 };

class LinkPair {
 public:
  LinkPair(const Folder& folder, Wire wire)
      : tls_(wire == tls ? TlsIdentity::make(folder.path("certificate")) : TlsIdentity()),
        a_link_(clock_, options(folder.url(wire == ipc, "a")), {}),
        b_link_(clock_, options(folder.url(wire == ipc, "b")), {}),
        a_(a_link_, low, high),
        b_(b_link_, high, low) {
    const std::vector<MemberAddress> members{{low, a_link_.url()}, {high, b_link_.url()}};
    std::thread other([&] { b_.begin(members); });
    a_.begin(members);
    other.join();
  }
  void rounds(std::size_t count, std::size_t bytes) {
    std::thread other([&] { b_.rounds(count, bytes); });
    a_.rounds(count, bytes);
    other.join();
  }
  bool good() const { return a_.good() && b_.good(); }

 private:
  NngOptions options(const std::string& listen) const {
    NngOptions options;
    options.listen = listen;
    options.run_nonce = "bench";
    options.tls = tls_;
    return options;
  }
  TlsIdentity tls_;
  SystemClock clock_;
  NngLink a_link_, b_link_;
  RoundMember a_, b_;
};

class BarePair {
 public:
  BarePair(const Folder& folder, bool ipc) {
    nng_pair0_open(&a_);
    nng_pair0_open(&b_);
    for (const nng_socket socket : {a_, b_}) nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, 0);
    nng_listener listener;
    nng_listen(a_, folder.url(ipc, "bare").c_str(), &listener, 0);
    char* url = nullptr;
    nng_listener_get_string(listener, NNG_OPT_URL, &url);
    good_ = nng_dial(b_, url, nullptr, 0) == 0;
    nng_strfree(url);
  }
  ~BarePair() {
    nng_close(a_);
    nng_close(b_);
  }
  void rounds(std::size_t count, std::size_t bytes, bool copy) {
    if (packed_.size() < bytes) packed_.assign(bytes, std::byte{1});
    std::thread other([&] { side(b_, count, bytes, copy); });
    side(a_, count, bytes, copy);
    other.join();
  }
  bool good() const { return good_; }

 private:
  void side(nng_socket socket, std::size_t count, std::size_t bytes, bool copy) {
    nng_msg* message = nullptr;
    for (std::size_t i = 0; i < count; ++i) {
      if (message == nullptr) {
        nng_msg_alloc(&message, bytes);
        if (bytes > 0) std::memcpy(nng_msg_body(message), packed_.data(), bytes);
      }
      if (nng_sendmsg(socket, message, 0) != 0 || nng_recvmsg(socket, &message, 0) != 0 || nng_msg_len(message) != bytes) {
        good_ = false;
        return;
      }
      if (copy) {
        nng_msg_free(message);
        message = nullptr;
      }
    }
    if (message != nullptr) nng_msg_free(message);
  }
  nng_socket a_ = NNG_SOCKET_INITIALIZER, b_ = NNG_SOCKET_INITIALIZER;
  std::vector<std::byte> packed_;
  std::atomic<bool> good_{true};
};

template <class F>
double seconds_of(const F& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void run(benchmark::State& state, Wire wire, std::size_t bytes, std::size_t rounds) {
  const Folder folder;
  LinkPair link(folder, wire);
  BarePair bare(folder, wire == ipc);
  link.rounds(rounds, bytes);  // buffers, connections
  bare.rounds(rounds, bytes, false);
  std::vector<double> ours, theirs, copied, ratios, copied_ratios;
  for (auto _ : state) {
    ours.push_back(seconds_of([&] { link.rounds(rounds, bytes); }));
    theirs.push_back(seconds_of([&] { bare.rounds(rounds, bytes, false); }));
    copied.push_back(seconds_of([&] { bare.rounds(rounds, bytes, true); }));
    ratios.push_back(theirs.back() / ours.back());
    copied_ratios.push_back(copied.back() / ours.back());
    state.SetIterationTime(ours.back());
  }
  if (!link.good() || !bare.good()) return state.SkipWithError("a frame of another size, or none");
  const auto per_round_us = [&](const std::vector<double>& times) { return median(times) / static_cast<double>(rounds) * 1e6; };
  state.counters["round_us"] = per_round_us(ours);
  state.counters["bare_us"] = per_round_us(theirs);
  state.counters["ratio"] = *std::min_element(theirs.begin(), theirs.end()) / *std::min_element(ours.begin(), ours.end());
  state.counters["ratio_median"] = median(ratios);
  state.counters["copied_median"] = median(copied_ratios);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * rounds * 2 * bytes));
}

/// Arguments: 1 for ipc, 0 for tcp, 2 for tls; bytes each way. ratio: speed of the link over that of the bare pair.
void BM_link_round(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(1));
  run(state, Wire{state.range(0)}, bytes, std::max<std::size_t>(8, (std::size_t{64} << 20) / std::max<std::size_t>(bytes, 65536) / 2));
}
BENCHMARK(BM_link_round)
    ->ArgsProduct({{1, 0, 2}, {64 << 10, 1 << 20, 16 << 20}})
    ->Iterations(15)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// Argument: as above.
void BM_link_empty_round(benchmark::State& state) { run(state, Wire{state.range(0)}, 0, 400); }
BENCHMARK(BM_link_empty_round)->Arg(1)->Arg(0)->Arg(2)->Iterations(15)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace colony::bench
