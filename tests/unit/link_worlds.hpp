// Where links live in tests: a network of this process that loses, delays, doubles and reorders by a seed, and NNG's.
#pragma once

#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "shard/links/nng_link.hpp"

namespace colony::testing {

/// Makes links as processes would.
class World {
 public:
  virtual ~World() = default;
  virtual std::unique_ptr<FrameLink> open() = 0;
};

struct Weather {
  double loss = 0, doubled = 0;
  std::uint32_t max_delay_us = 0;  ///< delays differ, so frames overtake each other
};

/// Links of one process, reached as "lossy:<n>".
class LossyWorld final : public World {
 public:
  LossyWorld(std::uint64_t seed, Weather weather) : weather_(weather), random_(seed), thread_([this] { deliver(); }) {}
  ~LossyWorld() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  std::unique_ptr<FrameLink> open() override {
    const std::lock_guard lock(mutex_);
    return std::make_unique<Link>(*this, "lossy:" + std::to_string(next_++));
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Letter {
    Time due;
    std::uint64_t number;
    std::string to;
    std::shared_ptr<std::vector<std::byte>> bytes;
    bool operator<(const Letter& other) const { return std::pair(due, number) > std::pair(other.due, other.number); }
  };

  class Link final : public FrameLink {
   public:
    Link(LossyWorld& world, std::string url) : world_(world), url_(std::move(url)) {}
    ~Link() override { stop(); }
    void start(Sink sink) override {
      const std::lock_guard lock(world_.mutex_);
      world_.sinks_[url_] = std::move(sink);
    }
    void stop() override {
      std::unique_lock lock(world_.mutex_);
      world_.sinks_.erase(url_);
      world_.idle_.wait(lock, [&] { return world_.delivering_to_ != url_; });
    }
    std::string url() const override { return url_; }
    void connect(ShardId, const std::vector<MemberAddress>& members) override {
      const std::lock_guard lock(world_.mutex_);
      members_.clear();
      for (const MemberAddress& member : members) members_[member.shard.value] = member.url;
    }
    void send(const Frame& frame) override {
      auto bytes = std::make_shared<std::vector<std::byte>>(frame.encode());
      const std::lock_guard lock(world_.mutex_);
      ++traffic_.frames_sent;
      if (const auto it = members_.find(frame.header.to); it != members_.end()) world_.post(it->second, std::move(bytes));
    }
    LinkTraffic traffic() const override { return traffic_; }

   private:
    LossyWorld& world_;
    std::string url_;
    std::map<std::uint32_t, std::string> members_;
    LinkTraffic traffic_;
  };

  void post(const std::string& to, std::shared_ptr<std::vector<std::byte>> bytes) {
    std::uniform_real_distribution<double> chance;
    if (chance(random_) < weather_.loss) return;
    for (int copies = chance(random_) < weather_.doubled ? 2 : 1; copies > 0; --copies) {
      const std::chrono::microseconds delay(weather_.max_delay_us == 0 ? 0 : random_() % weather_.max_delay_us);
      letters_.push({std::chrono::steady_clock::now() + delay, posted_++, to, bytes});
    }
    wake_.notify_all();
  }
  void deliver() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      if (letters_.empty()) {
        wake_.wait(lock);
        continue;
      }
      const Letter letter = letters_.top();
      if (letter.due > std::chrono::steady_clock::now()) {
        wake_.wait_until(lock, letter.due);
        continue;
      }
      letters_.pop();
      const auto it = sinks_.find(letter.to);
      if (it == sinks_.end()) continue;
      const FrameLink::Sink sink = it->second;
      delivering_to_ = letter.to;
      lock.unlock();
      sink(Frame::decode(*letter.bytes));
      lock.lock();
      delivering_to_.clear();
      idle_.notify_all();
    }
  }

  const Weather weather_;
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::mt19937_64 random_;
  std::map<std::string, FrameLink::Sink> sinks_;
  std::priority_queue<Letter> letters_;
  std::string delivering_to_;
  std::uint64_t posted_ = 0, next_ = 0;
  bool over_ = false;
  std::thread thread_;
};

/// NNG's links on this machine, with a secret.
class NngWorld final : public World {
 public:
  enum class Wire { ipc, tcp, tls };
  explicit NngWorld(Wire wire) : wire_(wire) {
    std::string name = (std::filesystem::temp_directory_path() / "colony_link_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    secret_ = Secret::make(folder_ + "/secret");
    if (wire_ == Wire::tls) tls_ = TlsIdentity::make(folder_ + "/certificate");
  }
  ~NngWorld() override { std::filesystem::remove_all(folder_); }
  NngOptions options() {
    NngOptions options;
    options.listen = wire_ == Wire::ipc ? "ipc://" + folder_ + "/" + std::to_string(next_++) : "tcp://127.0.0.1:0";
    options.run_nonce = "test run";
    options.tls = tls_;
    return options;
  }
  std::unique_ptr<FrameLink> open() override { return std::make_unique<NngLink>(clock_, options(), secret_); }
  const Secret& secret() const { return secret_; }
  Clock& clock() { return clock_; }
  const TlsIdentity& tls() const { return tls_; }
  const std::string& folder() const { return folder_; }

 private:
  Wire wire_;
  std::string folder_;
  Secret secret_;
  SystemClock clock_;
  TlsIdentity tls_;
  int next_ = 0;
};

}  // namespace colony::testing
