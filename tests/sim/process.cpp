#include "tests/sim/process.hpp"

#include <utility>

#include "engine/error.hpp"
#include "io/checkpoints/static_graph.hpp"
#include "tests/sim/words.hpp"

namespace colony::sim {
namespace {

constexpr std::uint64_t idle_poll_ns = 2 * ms;

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

Process::Process(Scene& scene, Network& network, ProcessPlan plan, Hooks hooks)
    : scene_(scene),
      network_(network),
      plan_(std::move(plan)),
      hooks_(std::move(hooks)),
      storage_(scene, plan_.machine, SimStorage::Of::member),
      link_(scene, network, plan_.machine, plan_.url) {
  storage_.name_later([this](const std::string& staged, const std::string& name) { return name_later(staged, name); });
  Subject& subject = scene.subject;
  MemberParts parts{subject.schema(),
                    subject.model(),
                    subject.schema_hash(),
                    subject.executor(),
                    storage_,
                    scene.timeline.clock(),
                    link_,
                    std::uint64_t{scene.options.frame_timeout_ms} * 1'000'000,
                    [this](const BeginOrder& order) {
                      if (order.checkpoint) ++scene_.tally.loads;
                      const bool from_files = order.checkpoint && storage_.exists(static_folder(order.static_hash));
                      return from_files ? read_static(storage_, order.static_hash) : scene_.subject.graph();
                    },
                    [&subject](std::span<const ShardImage> images, std::uint32_t) { return subject.snapshot(images); }};
  member_ = std::make_unique<Member>(std::move(parts), CheckpointWriter::Runs::at_once);
  link_.start([this](Frame&& frame) { member_->deliver(std::move(frame)); });
}

Process::~Process() = default;

void Process::start() {
  network_.bind(plan_.url, *this);
  JoinReport join = plan_.identity;
  if (plan_.wanted) join.wanted = ShardId(*plan_.wanted);
  join.host = fmt::format("machine-{}", plan_.machine);
  join.pid = plan_.number;
  join.bulk_url = plan_.url;
  join.threads = 1;
  answered_ns_ = scene_.now();
  hooks_.to_lead(join);
  beat();
}

// ---- In ----

void Process::arrive(std::vector<std::byte> wire) {
  if (!alive()) return;
  if (hung_) {
    if (frames_.size() < 200) frames_.push_back(std::move(wire));  // a kernel's buffers are not endless
    return;
  }
  link_.receive(wire);
  wake_at(scene_.now());
}

void Process::take(ToMember&& message) {
  if (!alive()) return;
  if (auto* order = std::get_if<Order>(&message)) orders_.push_back(std::move(*order));
  else if (std::holds_alternative<Answered>(message)) answered_ns_ = scene_.now();
  else connection_closed_ = true;
  wake_at(scene_.now());
}

// ---- The loop of apps/cluster/work.cpp ----

void Process::wake_at(std::uint64_t time_ns) {
  if (!runs()) return;
  time_ns = std::max({time_ns, busy_until_ns_, scene_.now()});
  if (next_step_ns_ != 0 && next_step_ns_ <= time_ns) return;
  next_step_ns_ = time_ns;
  scene_.timeline.at(time_ns, [this, time_ns] {
    if (next_step_ns_ != time_ns || !runs()) return;
    next_step_ns_ = 0;
    step();
  });
}

void Process::step() {
  if (busy_until_ns_ > scene_.now()) return wake_at(busy_until_ns_);
  while (!orders_.empty()) {
    scene_.trace.note("p{} takes {}", plan_.number, scene_.plain(words_of(orders_.front())));
    member_->take(std::move(orders_.front()));
    orders_.pop_front();
  }
  const bool moved = advance();
  if (!alive()) return;
  hand_over(member_->reports());
  place_ = member_->place();
  if (leave_asked_ && !std::exchange(left_, true)) hooks_.to_lead(LeaveReport{});
  if (member_->finish()) return end({false, member_->finish()->status}, true);
  if (lost()) return end({false, static_cast<int>(ExitStatus::cluster)}, true);
  if (moved) {
    busy_until_ns_ = std::max(busy_until_ns_, scene_.now() + work_time());
    return wake_at(busy_until_ns_);
  }
  member_->ask_for_overdue();
  hand_over(member_->reports());
  wake_at(scene_.now() + idle_poll_ns);
}

bool Process::advance() {
  bool moved = false;
  try {
    moved = member_->advance();
  } catch (const Crashed&) {
  } catch (const std::exception& error) {
    scene_.violate(fmt::format("an exception left Member::advance(): {}", error.what()));
  }
  if (!storage_.crashed()) return moved;
  ++scene_.tally.crashes_in_write;
  end({true, 9}, scene_.dice.permille(900));
  return false;
}

std::uint64_t Process::work_time() {
  const Weather::Local& local = scene_.weather.of(plan_.machine);
  const std::uint64_t factor = local.slow_cpu > scene_.now() ? local.cpu_factor : 1;
  return scene_.dice.between(scene_.options.compute_least_ns, scene_.options.compute_most_ns) * factor;
}

void Process::hand_over(std::vector<Report> reports) {
  bool ready = false;
  for (Report& report : reports) {
    scene_.trace.note("p{} says {}", plan_.number, scene_.plain(words_of(report)));
    ready |= std::holds_alternative<ReadyReport>(report);
    if (std::holds_alternative<SuspectReport>(report)) ++scene_.tally.suspects;
    // No time passes in a simulated phase: what blocks cost is drawn, some of them dear and none of them twice the same.
    if (auto* tick = std::get_if<TickReport>(&report))
      for (BlockCost& cost : tick->block_costs) cost.ns = scene_.dice.below(cost.block % 3 == 0 ? 1'000'000 : 50'000);
    if (auto* file = std::get_if<FileReport>(&report); file && !file->records.empty()) {
      const auto late =
          std::find_if(late_.begin(), late_.end(), [&](const auto& l) { return last_part(l->name) == file->records.front().name; });
      if (late != late_.end()) {
        (*late)->report = std::move(*file);
        tell(**late);
        continue;
      }
    }
    hooks_.to_lead(std::move(report));
  }
  if (ready) hooks_.ready();
}

// ---- The connection ----

void Process::beat() {
  if (!alive()) return;
  if (hung_) {
    beat_due_ = true;
    return;
  }
  hooks_.to_lead(place_);
  if (lost()) wake_at(scene_.now());
  scene_.timeline.after(scene_.options.heartbeat_ns, [this] { beat(); });
}

bool Process::lost() {
  return connection_closed_ || scene_.now() - answered_ns_ > scene_.options.heartbeat_ns * (scene_.options.heartbeat_misses + 1);
}

// ---- Files behind the ticks ----

bool Process::name_later(const std::string& staged, const std::string& name) {
  if (name.find("/tick-") == std::string::npos) return false;
  const Weather::Local& local = scene_.weather.of(plan_.machine);
  const bool slow = local.slow_disk > scene_.now();
  if (!slow && !scene_.dice.permille(scene_.options.late_files)) return false;
  const std::uint64_t late_ns = scene_.dice.below(slow ? local.disk_ms * ms : 3 * ms) + 1;
  ++scene_.tally.late_files;
  late_.push_back(std::make_unique<LateFile>(LateFile{staged, name, false, {}, std::nullopt}));
  LateFile* file = late_.back().get();
  // With a thread that writes, the ticks go on meanwhile; without one, or with a disk that holds every process up, they do not.
  if (scene_.dice.permille(300)) busy_until_ns_ = std::max(busy_until_ns_, scene_.now() + late_ns);
  scene_.timeline.after(late_ns, [this, file] { name_now(*file); });
  return true;
}

void Process::name_now(LateFile& file) {
  if (!alive()) return storage_.tear(file.staged);
  if (hung_) {
    scene_.timeline.after(2 * ms, [this, &file] { name_now(file); });
    return;
  }
  file.named = true;
  try {
    storage_.publish_now(file.staged, file.name);
    scene_.trace.note("p{} has named {}", plan_.number, file.name);
  } catch (const StorageError& error) {
    file.error = error.what();
    // Pruned while an epoch that is over still wrote it: no reader needs it. A name that is taken is another matter.
    if (file.error.find("exists already") != std::string::npos) scene_.violate(fmt::format("a name was used twice: {}", error.what()));
  }
  tell(file);
}

void Process::tell(const LateFile& file) {
  if (!file.named || !file.report) return;
  FileReport report = *file.report;
  if (!file.error.empty()) report = {report.epoch, report.tick, {}, file.error};
  hooks_.to_lead(std::move(report));
  std::erase_if(late_, [&](const auto& l) { return l.get() == &file; });
}

// ---- Ends and sleeps ----

void Process::crash(bool noticed) {
  if (!alive()) return;
  ++scene_.tally.crashes;
  scene_.trace.note("p{} crashes", plan_.number);
  end({true, 9}, noticed);
}

void Process::end(ProcessEnd how, bool noticed) {
  scene_.trace.note("p{} ends with {}", plan_.number, how.code);
  const WireTransport::Counts counts = member_->transport().counts();
  scene_.tally.asked += counts.asked;
  scene_.tally.resent += counts.resent;
  scene_.tally.stale += counts.stale;
  network_.unbind(plan_.url, *this);
  link_.stop();
  member_.reset();
  orders_.clear();
  frames_.clear();
  if (noticed) hooks_.closed();
  hooks_.ended(how);
}

void Process::hang(std::uint64_t length_ns) {
  if (!runs()) return;
  ++scene_.tally.hangs;
  scene_.trace.note("p{} hangs for {} us", plan_.number, length_ns / us);
  hung_ = true;
  scene_.timeline.after(length_ns, [this, nth = ++hangs_] {
    if (hung_ && alive() && nth == hangs_) resume();
  });
}

/// Everything goes on at once, in an unpredictable order: what arrived, what was being done, what it should have noticed.
void Process::resume() {
  scene_.trace.note("p{} wakes", plan_.number);
  hung_ = false;
  next_step_ns_ = 0;
  wake_at(scene_.now() + scene_.dice.below(2 * ms));
  scene_.timeline.after(scene_.dice.below(4 * ms), [this] { hooks_.woken(); });
  scene_.timeline.after(scene_.dice.below(2 * ms), [this] {
    for (auto& wire : std::exchange(frames_, {})) arrive(std::move(wire));
  });
  if (std::exchange(beat_due_, false)) scene_.timeline.after(scene_.dice.below(4 * ms), [this] { beat(); });
}

}  // namespace colony::sim
