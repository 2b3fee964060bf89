// The network between members: frames go as bytes, and get lost, doubled, late, damaged, or cut off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shard/links/frame_link.hpp"
#include "tests/sim/scene.hpp"

namespace colony::sim {

/// Where frames arrive: a process.
class Port {
 public:
  virtual ~Port() = default;
  virtual std::uint32_t machine() const = 0;
  virtual void arrive(std::vector<std::byte> wire) = 0;
};

class Network {
 public:
  explicit Network(Scene& scene) : scene_(scene) {}

  void bind(const std::string& url, Port& port) { ports_[url] = &port; }
  /// Unless another has bound the address since.
  void unbind(const std::string& url, Port& port) {
    const auto it = ports_.find(url);
    if (it != ports_.end() && it->second == &port) ports_.erase(it);
  }
  void send(std::uint32_t from_machine, const std::string& url, const Frame& frame);

 private:
  void post(std::uint32_t from_machine, const std::string& url, std::vector<std::byte> wire, std::uint64_t delay);

  Scene& scene_;
  std::map<std::string, Port*> ports_;
};

/// One process's end. As NngLink does, it may read a kept frame after send_kept() has returned: one that is filled anew meanwhile shows.
class SimLink final : public FrameLink {
 public:
  SimLink(Scene& scene, Network& network, std::uint32_t machine, std::string url)
      : scene_(scene), network_(network), machine_(machine), url_(std::move(url)) {}

  void start(Sink sink) override { sink_ = std::move(sink); }
  void stop() override { ++stops_; }
  std::string url() const override { return url_; }
  void connect(ShardId self, const std::vector<MemberAddress>& members) override;
  void send(const Frame& frame) override;
  void send_kept(KeptFrame& kept) override;
  LinkTraffic traffic() const override { return traffic_; }

  /// Delivers the frame of what arrived, unless it was damaged on the way. Damage that goes unnoticed breaks a promise.
  void receive(const std::vector<std::byte>& wire);

 private:
  Scene& scene_;
  Network& network_;
  std::uint32_t machine_;
  std::string url_;
  std::map<std::uint32_t, std::string> peers_;
  LinkTraffic traffic_;
  Sink sink_;
  std::uint64_t stops_ = 0;  ///< what was begun before a stop is not carried out
};

}  // namespace colony::sim
