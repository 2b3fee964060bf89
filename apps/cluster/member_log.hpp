// What a member of a cluster notes for itself: log-shard-NNNN.jsonl in the run folder. The run's own log is the coordinator's.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/ids.hpp"
#include "io/clock.hpp"
#include "io/log.hpp"
#include "io/storage.hpp"
#include "shard/wire/messages.hpp"

namespace colony {

/// Thread-safe. Does nothing before open(), when the file can't be opened, or as long as the disk is full: no member fails for its log.
class MemberLog {
 public:
  MemberLog(Storage& storage, Clock& clock) : storage_(storage), clock_(clock) {}
  ~MemberLog();
  MemberLog(const MemberLog&) = delete;
  MemberLog& operator=(const MemberLog&) = delete;

  /// The process has a shard by now. Says once on stderr when there can be no log.
  void open(ShardId shard);
  void write(LogLevel level, std::string_view event, std::string_view message, std::initializer_list<LogField> fields = {});
  /// What of a report others will want to read here: failures and suspicions.
  void note(const Report& report);
  /// Something arrived that no peer sent. Strangers decide how often: it is said once a second at most, here and on stderr, and counted.
  void refused(std::string_view sender, std::string_view why);

 private:
  void say_refused(std::string_view sender, std::string_view why);

  Storage& storage_;
  Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<Log> log_;
  std::optional<std::uint64_t> said_ns_;
  std::uint64_t refused_since_ = 0;
  std::string last_sender_, last_why_;
};

}  // namespace colony
