// A member's process: the production Member, and around it what apps/cluster/work.cpp does, on simulated time. It crashes, hangs and wakes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shard/member.hpp"
#include "tests/sim/control.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/scene.hpp"

namespace colony::sim {

struct ProcessPlan {
  std::uint32_t number = 0;  ///< of the world's processes; its pid
  std::uint32_t machine = 0;
  std::optional<std::uint32_t> wanted;  ///< the place that it was started for
  std::string url;
  JoinReport identity;
  std::uint64_t incarnation = 0;  ///< of the run that it was started for
};

/// How a process ended, as its parent sees it.
struct ProcessEnd {
  bool by_signal = false;
  int code = 0;
};

class Process final : public Port {
 public:
  struct Hooks {
    std::function<void(Report&&)> to_lead;  ///< puts a message on the connection's lane
    std::function<void()> closed;           ///< this end is closed, and the other will hear of it
    std::function<void(ProcessEnd)> ended;
    std::function<void()> ready;  ///< it holds the state of its epoch
    std::function<void()> woken;  ///< it runs again: lanes go on
  };

  Process(Scene& scene, Network& network, ProcessPlan plan, Hooks hooks);
  ~Process() override;

  /// Connects and joins.
  void start();
  std::uint32_t machine() const override { return plan_.machine; }
  void arrive(std::vector<std::byte> wire) override;
  void take(ToMember&& message);

  void crash(bool noticed);
  void crash_in_write(std::uint64_t operation) { storage_.crash_at(operation); }
  void hang(std::uint64_t length_ns);
  void ask_to_leave() { leave_asked_ = true; }

  bool alive() const { return member_ != nullptr; }
  bool runs() const { return alive() && !hung_; }
  bool hung() const { return hung_; }
  const ProcessPlan& plan() const { return plan_; }
  const Member& member() const { return *member_; }

 private:
  struct LateFile {
    std::string staged, name;
    bool named = false;
    std::string error;
    std::optional<FileReport> report;
  };

  void wake_at(std::uint64_t time_ns);
  void step();
  bool advance();
  void hand_over(std::vector<Report> reports);
  void beat();
  bool lost();
  void end(ProcessEnd how, bool noticed);
  void resume();
  bool name_later(const std::string& staged, const std::string& name);
  void name_now(LateFile& file);
  void tell(const LateFile& file);
  std::uint64_t work_time();

  Scene& scene_;
  Network& network_;
  ProcessPlan plan_;
  Hooks hooks_;
  SimStorage storage_;
  SimLink link_;
  std::unique_ptr<Member> member_;
  std::deque<Order> orders_;
  std::deque<std::vector<std::byte>> frames_;  ///< arrived while it hung
  std::vector<std::unique_ptr<LateFile>> late_;
  BeatReport place_;
  bool hung_ = false, beat_due_ = false, connection_closed_ = false, leave_asked_ = false, left_ = false;
  std::uint64_t hangs_ = 0, busy_until_ns_ = 0, next_step_ns_ = 0, answered_ns_ = 0;
};

}  // namespace colony::sim
