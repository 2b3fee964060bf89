#include "tests/sim/words.hpp"

#include <fmt/format.h>

namespace colony::sim {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

std::string words_of(const Report& report) {
  return std::visit(
      Overloaded{
          [](const JoinReport& r) {
            return fmt::format("join (wants {}, {})", r.wanted ? static_cast<int>(r.wanted->value) : -1, r.bulk_url);
          },
          [](const ReadyReport& r) { return fmt::format("ready epoch {} tick {} digest {:x}", r.epoch, r.tick.value, r.digest.low); },
          [](const TickReport& r) {
            return fmt::format("tick epoch {} reached {} digest {:x} events {} bytes {}", r.epoch, r.tick.value,
                               r.digest ? r.digest->low : 0, r.events.size(), r.cost.bytes_sent);
          },
          [](const PhaseReport& r) { return fmt::format("phase epoch {} of {}", r.epoch, r.tick.value); },
          [](const SnapshotReport& r) { return fmt::format("snapshot epoch {} tick {}", r.epoch, r.tick.value); },
          [](const ImageReport& r) { return fmt::format("image epoch {} tick {} digest {:x}", r.epoch, r.tick.value, r.digest.low); },
          [](const FileReport& r) {
            return fmt::format("file epoch {} tick {} {}", r.epoch, r.tick.value,
                               r.records.empty() ? "failed" : hex(r.records.front().stored.xxh3));
          },
          [](const SuspectReport& r) { return fmt::format("suspect epoch {} peer {}", r.epoch, r.peer.value); },
          [](const BeatReport& r) { return fmt::format("beat epoch {} tick {} phase {}", r.epoch, r.tick.value, r.phase); },
          [](const LeaveReport&) { return std::string("leave"); },
          [](const FailureReport& r) { return fmt::format("failure epoch {} status {}: {}", r.epoch, r.status, r.message); },
      },
      report);
}

std::string words_of(const Order& order) {
  return std::visit(Overloaded{
                        [](const WelcomeOrder& o) { return fmt::format("welcome as {}", o.shard.value); },
                        [](const RefuseOrder& o) { return fmt::format("refuse {}: {}", o.status, o.reason); },
                        [](const BeginOrder& o) {
                          return fmt::format("begin r{} e{} from {} with {} members", o.incarnation, o.epoch,
                                             o.checkpoint ? static_cast<long>(o.checkpoint->tick.value) : -1, o.members.size());
                        },
                        [](const TickOrder& o) { return fmt::format("tick epoch {} of {}", o.epoch, o.tick.value); },
                        [](const PhaseOrder& o) { return fmt::format("phase epoch {} of {}", o.epoch, o.tick.value); },
                        [](const CheckpointOrder& o) { return fmt::format("checkpoint epoch {} tick {}", o.epoch, o.tick.value); },
                        [](const SnapshotOrder& o) { return fmt::format("snapshot epoch {} tick {}", o.epoch, o.tick.value); },
                        [](const AbandonOrder& o) { return fmt::format("abandon epoch {}", o.epoch); },
                        [](const FinishOrder& o) { return fmt::format("finish {} {}", o.status, o.reason); },
                    },
                    order);
}

}  // namespace colony::sim
