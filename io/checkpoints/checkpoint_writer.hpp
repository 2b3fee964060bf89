// Writes the files of a checkpoint behind the ticks that follow it, from images that were copied out of the state. One at most is in
// flight. A write that fails is reported, and the run goes on: the next checkpoint tries again.
#pragma once

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/state/image.hpp"
#include "io/checkpoints/checkpoint.hpp"

namespace colony {

/// What became of one image.
struct ShardFileResult {
  ShardId shard;
  std::optional<FileRecord> record;  ///< there when the file is on disk under its name
  std::string error;                 ///< otherwise, why not
};

struct WrittenCheckpoint {
  CheckpointStamp stamp;
  std::vector<ShardFileResult> shards;  ///< in the order of the images
  std::vector<ShardImage> images;       ///< given back, so that the next snapshot finds its memory allocated and touched
  bool complete() const;                ///< every shard has a record
};

/// Used from one thread; its own writing happens on another.
class CheckpointWriter {
 public:
  /// behind: on another thread, beside the ticks. at_once: in start(), for a simulation in one thread.
  enum class Runs : std::uint8_t { behind, at_once };
  explicit CheckpointWriter(Storage& storage, Runs runs = Runs::behind) : storage_(storage), runs_(runs) {}
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;
  ~CheckpointWriter();  ///< waits for what is in flight

  bool in_flight() const { return result_.valid(); }
  /// Begins; nothing may be in flight: wait() or poll() first.
  void start(CheckpointStamp stamp, std::vector<ShardImage> images);
  /// The result when it is there; none while it is being written or when nothing is in flight. Does not block.
  std::optional<WrittenCheckpoint> poll();
  /// The result, waiting for it; none when nothing is in flight.
  std::optional<WrittenCheckpoint> wait();
  /// Lets the images that have not been begun report "aborted"; wait() or poll() still gives the result.
  void abort() { aborted_ = true; }

 private:
  WrittenCheckpoint write(CheckpointStamp stamp, std::vector<ShardImage> images);

  Storage& storage_;
  Runs runs_;
  std::atomic<bool> aborted_{false};
  std::future<WrittenCheckpoint> result_;
  std::jthread thread_;  ///< of the last start; joined before the next
};

}  // namespace colony
