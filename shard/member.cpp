#include "shard/member.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/fail_point.hpp"
#include "engine/globals/reduce.hpp"
#include "engine/state/digest.hpp"
#include "io/checkpoints/checkpoint.hpp"
#include "io/checkpoints/checkpoint_catalog.hpp"
#include "io/checkpoints/static_graph.hpp"

namespace colony {
namespace {

/// Frames carry both in 32 bits; a run starts and its membership changes far less often.
std::uint32_t narrow(std::uint64_t number) {
  COLONY_ASSERT(number <= 0xffffffffu, "an incarnation or epoch beyond 32 bits");
  return static_cast<std::uint32_t>(number);
}

}  // namespace

Member::Member(MemberParts parts, CheckpointWriter::Runs writes)
    : parts_(std::move(parts)), transport_(parts_.link, parts_.clock, parts_.frame_timeout_ns), writer_(parts_.storage, writes) {}

void Member::take(Order order) {
  // What was ordered before the end of an epoch is void; so is what is being waited for.
  if (std::holds_alternative<BeginOrder>(order) || std::holds_alternative<AbandonOrder>(order) ||
      std::holds_alternative<FinishOrder>(order))
    std::erase_if(orders_, [](const Order& o) { return !std::holds_alternative<WelcomeOrder>(o); });
  orders_.push_back(std::move(order));
}

std::vector<Report> Member::reports() { return std::exchange(reports_, {}); }

BeatReport Member::place() const {
  const std::uint32_t phase = step_ == Step::idle ? 0 : step_ == Step::effects ? 1 : step_ == Step::acted ? 3 : 2;
  return {epoch_, tick_, phase, 0, 0};
}

bool Member::advance() {
  if (finish_) return false;
  if (writer_.in_flight())
    if (auto written = writer_.poll()) {
      take_written(std::move(*written));
      return true;
    }
  const bool interrupted =
      !orders_.empty() && (std::holds_alternative<BeginOrder>(orders_.front()) || std::holds_alternative<AbandonOrder>(orders_.front()) ||
                           std::holds_alternative<FinishOrder>(orders_.front()));
  try {
    if (step_ != Step::idle && step_ != Step::acted && !interrupted) return on_round();
    return follow_orders();
  } catch (const Error& error) {
    // Another process in this one's place would meet the same: the coordinator decides what becomes of the run.
    reports_.emplace_back(FailureReport{epoch_, static_cast<std::int32_t>(error.status()), error.what()});
    abandon();
    return true;
  }
}

bool Member::follow_orders() {
  if (orders_.empty()) return false;
  const Order order = std::move(orders_.front());
  orders_.pop_front();
  std::visit([this](const auto& o) { on(o); }, order);
  return true;
}

void Member::on(const WelcomeOrder& order) { self_ = order.shard; }
void Member::on(const RefuseOrder& order) { finish_ = FinishOrder{order.status, order.reason}; }
void Member::on(const FinishOrder& order) {
  if (writer_.in_flight()) writer_.wait();
  finish_ = order;
}

// ---- An epoch ----

void Member::on(const AbandonOrder& order) {
  if (current(order.epoch)) abandon();
}

void Member::abandon() {
  writer_.abort();
  writer_.wait();
  left_at_ = host_ && step_ == Step::idle ? std::optional(tick_) : std::nullopt;
  host_.reset();
  held_report_.reset();
  spare_images_.clear();  // a shard of the same number and size may have other nodes next, and ids are filled in once
  step_ = Step::idle;
}

void Member::on(const BeginOrder& order) {
  COLONY_ASSERT(self_, "an epoch begins for a process that was not welcomed");
  abandon();
  incarnation_ = order.incarnation;
  epoch_ = order.epoch;
  tick_ = order.checkpoint ? order.checkpoint->tick : Tick(0);
  step_since_ns_ = parts_.clock.now_ns();
  cost_ = {};
  unmeasured_ns_ = unmeasured_ticks_ = 0;
  parts_.executor.run([&] { set_up(order); });
}

void Member::set_up(const BeginOrder& order) {
  const auto step = [this](const std::string& what) {
    if (parts_.set_up_step) parts_.set_up_step(what);
  };
  HostPlan plan;
  for (const MemberAddress& member : order.members)
    for (std::uint32_t k = 0; k < order.shards_each; ++k) {
      if (member.shard == *self_) plan.choice.locals.push_back(static_cast<std::uint32_t>(plan.choice.members.size()));
      plan.choice.members.push_back(ShardId(member.shard.value * order.shards_each + k));
    }
  COLONY_ASSERT(plan.choice.locals.size() == order.shards_each, "an epoch without its own member");
  const bool alone = order.members.size() == 1;
  plan.pins = order.pins;
  plan.transport = alone ? nullptr : &transport_;
  parts_.link.connect(*self_, order.members);
  Graph graph = parts_.graph(order);
  if (order.writes_static) write_static(parts_.storage, graph, topology_hash(graph, parts_.executor));
  step(fmt::format("laying out {} nodes, {} edges", graph.node_count, graph.edge_count()));
  host_ = std::make_unique<Host>(parts_.schema, std::move(graph), parts_.executor, plan);
  host_->want_events(parts_.schema.job().output.events);
  transport_.begin_epoch(narrow(incarnation_), narrow(epoch_), *self_, alone ? std::vector<ShardId>() : host_->peers(), tick_);
  step(order.checkpoint ? fmt::format("loading the checkpoint of tick {}", tick_.value) : "filling tick 0");
  if (order.checkpoint) load(*order.checkpoint);
  else host_->populate(parts_.model);
  if (parts_.profile != nullptr) host_->profile_into(parts_.profile);
  if (left_at_ && left_at_ == tick_) fail_point("in-migration");
  step_ = Step::start_ghosts;
}

/// The shares of its shards as one.
Globals Member::tallied() const {
  std::vector<Globals> shares = host_->tally();
  for (std::size_t s = 1; s < shares.size(); ++s) reduce_globals(shares.front(), shares[s], parts_.schema.globals());
  return std::move(shares.front());
}

void Member::load(const CheckpointStamp& stamp) {
  const CheckpointRef checkpoint{stamp.tick, stamp.incarnation, stamp.epoch, checkpoint_folder(stamp.tick), manifest_name(stamp)};
  const Manifest manifest = read_manifest(parts_.storage, checkpoint);
  host_->load(parts_.model, [&](const std::function<void(const ShardImage&)>& take) {
    for (std::size_t i = 0; i < manifest.files.size(); ++i) take(read_shard_file(parts_.storage, manifest, i));
  });
}

void Member::ready() {
  bytes_before_ = parts_.link.traffic().bytes_sent;  // the ghosts that an epoch begins with count for no tick
  ReadyReport report;
  report.epoch = epoch_;
  report.tick = tick_;
  report.partial = tallied();
  report.digest = host_->digest_sum();
  report.placement_hash = host_->placement_hash();
  report.topology_hash = host_->topology_hash();
  report.nodes = host_->node_count();
  report.edges = host_->edge_count();
  report.agents = host_->agent_count();
  report.block_sizes = host_->block_sizes();
  report.events = host_->events();
  reports_.emplace_back(std::move(report));
  step_ = Step::idle;
}

// ---- A tick ----

void Member::on(const TickOrder& order) {
  if (!current(order.epoch) || !host_ || order.tick != tick_) return;  // of an epoch that is over
  order_ = order;
  meter_.reset();
  if (order.measure) meter_.emplace(parts_.clock);
  if (meter_) host_->shards().front()->part().timer = &*meter_;
  const std::uint64_t begin = parts_.clock.now_ns();
  parts_.executor.run([&] { host_->sense_and_act(tick_, order_.globals); });
  step_ = order_.by_phase ? Step::acted : Step::effects;
  if (order_.by_phase) reports_.emplace_back(PhaseReport{epoch_, tick_});
  step_since_ns_ = parts_.clock.now_ns();
  cost_ = {step_since_ns_ - begin, 0, 0};
}

void Member::on(const PhaseOrder& order) {
  if (current(order.epoch) && step_ == Step::acted && order.tick == tick_) step_ = Step::effects;
}

/// The next step of a tick, when the frames that it needs are there.
bool Member::on_round() {
  if (!transport_.arrived()) return false;
  const std::uint64_t begin = parts_.clock.now_ns();
  cost_.wait_ns += begin - step_since_ns_;
  const std::uint64_t t = tick_.value;
  parts_.executor.run([&] {
    switch (step_) {
      case Step::start_ghosts:
        if (!host_->whole()) host_->refresh_ghosts(0);
        transport_.next({t, 1});
        ready();
        break;
      case Step::effects: finish_tick(); break;
      case Step::ghosts:
        host_->refresh_ghosts();
        transport_.next({t, 1});
        step_ = Step::idle;
        if (held_report_) report_digest();
        break;
      case Step::acted:
      case Step::idle: break;
    }
  });
  step_since_ns_ = parts_.clock.now_ns();
  return true;
}

/// The coordinator hears of S(t + 1) while its ghosts are still on their way; when it asks for the digest, behind them: the wishes of other
/// shards for their halves of links are state.
void Member::finish_tick() {
  const std::uint64_t begin = parts_.clock.now_ns();
  const std::vector<const Globals*>& partials = host_->decay_and_advance(order_.observe);
  transport_.next({tick_.value, 2});
  tick_ = Tick(tick_.value + 1);
  step_ = Step::ghosts;
  TickReport report;
  report.epoch = epoch_;
  report.tick = tick_;
  report.partial = *partials.front();
  for (std::size_t s = 1; s < partials.size(); ++s) reduce_globals(report.partial, *partials[s], parts_.schema.globals());
  report.events = host_->events();
  report.agents = host_->agent_count();
  cost_.compute_ns += parts_.clock.now_ns() - begin;
  // Since the last report: what links send in their own time, such as the ghosts of a tick, is of some tick's report.
  cost_.bytes_sent = parts_.link.traffic().bytes_sent - bytes_before_;
  bytes_before_ += cost_.bytes_sent;
  report.cost = cost_;
  measure(report);
  if (order_.digest) held_report_ = std::move(report);
  else reports_.emplace_back(std::move(report));
}

void Member::report_digest() {
  held_report_->digest = host_->digest_sum();
  reports_.emplace_back(*std::exchange(held_report_, std::nullopt));
}

/// One tick says where the time goes, all since the last time how much there is: a single tick may have been disturbed.
void Member::measure(TickReport& report) {
  unmeasured_ns_ += cost_.compute_ns;
  ++unmeasured_ticks_;
  if (!meter_) return;
  Part& part = host_->shards().front()->part();
  report.block_costs = block_costs(part, *meter_, unmeasured_ns_ / unmeasured_ticks_);
  part.timer = nullptr;
  unmeasured_ns_ = unmeasured_ticks_ = 0;
}

void Member::ask_for_overdue() {
  if (step_ == Step::idle) return;
  for (const ShardId peer : transport_.ask_for_overdue()) reports_.emplace_back(SuspectReport{epoch_, peer});
}

// ---- What is kept of a state ----

void Member::on(const CheckpointOrder& order) {
  if (!current(order.epoch) || !host_ || order.tick != tick_) return;
  if (writer_.in_flight()) take_written(*writer_.wait());
  timed(parts_.profile, "copy snapshot", [&] {
    parts_.executor.run([&] {
      spare_images_ = host_->images(tick_, std::move(spare_images_));
      Digest digest;
      for (const ShardImage& image : spare_images_) digest += image.digest;
      reports_.emplace_back(ImageReport{epoch_, tick_, digest, tallied()});
    });
  });
  writer_.start({parts_.schema.job().model, parts_.schema_hash, parts_.schema.job().seed, tick_, incarnation_, epoch_},
                std::move(spare_images_));
  spare_images_.clear();
}

void Member::take_written(WrittenCheckpoint written) {
  if (written.stamp.epoch == epoch_) {
    FileReport report{epoch_, written.stamp.tick, {}, {}};
    for (const ShardFileResult& file : written.shards)
      if (file.record) report.records.push_back(*file.record);
      else if (report.error.empty()) report.error = file.error;
    if (!written.complete()) report.records.clear();
    reports_.emplace_back(std::move(report));
  }
  spare_images_ = std::move(written.images);
}

void Member::await_files() {
  timed(parts_.profile, "wait for checkpoint", [&] {
    if (auto written = writer_.wait()) take_written(std::move(*written));
  });
}

void Member::on(const SnapshotOrder& order) {
  if (!current(order.epoch) || !host_ || order.tick != tick_) return;
  const std::vector<ShardImage> images = parts_.executor.run([&] { return host_->images(tick_); });
  reports_.emplace_back(SnapshotReport{epoch_, tick_, order.series, parts_.snapshot(images, order.series)});
}

}  // namespace colony
