// A control connection: reports one way, orders the other, in order and whole for as long as it stands. A cut holds messages back; so does
// a process that does not run.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <variant>

#include "coordinator/cluster.hpp"
#include "tests/sim/scene.hpp"

namespace colony::sim {

/// The other end is closed: last in its direction.
struct Closed {};
/// The coordinator's answer to a beat.
struct Answered {};

using ToLead = std::variant<Report, Closed>;
using ToMember = std::variant<Order, Answered, Closed>;

/// What is sent goes through its wire form, as between processes, and into the trace.
ToLead through_bytes(Scene& scene, ToLead&& message);
ToMember through_bytes(Scene& scene, ToMember&& message);

/// One direction. Messages wait in it until they are due, the machine can be reached, and the receiver runs.
template <class Message>
class Lane {
 public:
  using Take = std::function<void(Message&&)>;
  using Runs = std::function<bool()>;
  Lane(Scene& scene, std::uint32_t machine, Runs runs, Take take)
      : scene_(scene), machine_(machine), runs_(std::move(runs)), take_(std::move(take)) {}

  void put(Message message) {
    ready_ns_ = std::max(ready_ns_, scene_.now() + scene_.delay());
    waiting_.push_back({ready_ns_, through_bytes(scene_, std::move(message))});
    pump();
  }
  /// Gives out what is due; call when the receiver runs again.
  void pump() {
    while (!waiting_.empty() && runs_()) {
      const std::uint64_t due = std::max(waiting_.front().ready_ns, scene_.weather.control_clear_at(machine_));
      if (due > scene_.now()) return come_back(due);
      Message message = std::move(waiting_.front().message);
      waiting_.pop_front();
      take_(std::move(message));
    }
  }

 private:
  struct Waiting {
    std::uint64_t ready_ns;
    Message message;
  };
  void come_back(std::uint64_t due) {
    if (coming_back_ns_ == due) return;
    coming_back_ns_ = due;
    scene_.timeline.at(due, [this, due] {
      if (coming_back_ns_ == due) coming_back_ns_ = 0;
      pump();
    });
  }

  Scene& scene_;
  std::uint32_t machine_;
  Runs runs_;
  Take take_;
  std::deque<Waiting> waiting_;
  std::uint64_t ready_ns_ = 0, coming_back_ns_ = 0;
};

}  // namespace colony::sim
