#include "apps/cluster/member_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "apps/shared/standard_streams.hpp"
#include "engine/error.hpp"
#include "io/run/run_directory.hpp"

namespace colony {
namespace {

constexpr std::uint64_t refusals_apart_ns = 1'000'000'000;

}  // namespace

MemberLog::~MemberLog() {
  if (refused_since_ != 0) say_refused(last_sender_, last_why_);
}

void MemberLog::open(ShardId shard) {
  const std::lock_guard lock(mutex_);
  try {
    log_ = std::make_unique<Log>(LogOptions{storage_.path_of(member_log_name(shard)), false, LogLevel::warning});
  } catch (const StorageError& error) {
    say("colony: member {} goes without a log: {}\n", getpid(), error.what());
  }
}

void MemberLog::write(LogLevel level, std::string_view event, std::string_view message, std::initializer_list<LogField> fields) {
  const std::lock_guard lock(mutex_);
  if (!log_) return;
  log_->write(level, event, message, fields);
  log_->flush();  // lines are few, and the next thing to happen may be the end of this process
}

void MemberLog::note(const Report& report) {
  if (const auto* failure = std::get_if<FailureReport>(&report))
    write(LogLevel::error, "failure", failure->message, {{"epoch", failure->epoch}, {"status", failure->status}});
  if (const auto* suspect = std::get_if<SuspectReport>(&report))
    write(LogLevel::warning, "suspect", fmt::format("frames of shard {} do not come", suspect->peer.value), {{"epoch", suspect->epoch}});
  const auto* file = std::get_if<FileReport>(&report);
  if (file && file->records.empty()) write(LogLevel::error, "checkpoint-failed", file->error, {{"tick", file->tick.value}});
}

void MemberLog::refused(std::string_view sender, std::string_view why) {
  const std::lock_guard lock(mutex_);
  ++refused_since_;
  const std::uint64_t now = clock_.now_ns();
  if (!said_ns_ || now - *said_ns_ >= refusals_apart_ns) {
    said_ns_ = now;
    return say_refused(sender, why);
  }
  last_sender_ = sender;
  last_why_ = why;
}

void MemberLog::say_refused(std::string_view sender, std::string_view why) {
  const std::uint64_t count = std::exchange(refused_since_, 0);
  say("colony: from {}: {}{}\n", sender, why, count > 1 ? fmt::format(" ({} such since the last message)", count) : "");
  if (!log_) return;
  log_->write(LogLevel::warning, "refused", why, {{"sender", sender}, {"count", count}});
  log_->flush();
}

}  // namespace colony
