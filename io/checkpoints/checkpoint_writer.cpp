#include "io/checkpoints/checkpoint_writer.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "engine/error.hpp"

namespace colony {

bool WrittenCheckpoint::complete() const {
  return std::all_of(shards.begin(), shards.end(), [](const ShardFileResult& shard) { return shard.record.has_value(); });
}

CheckpointWriter::~CheckpointWriter() = default;  // the thread is joined, and so ends first

void CheckpointWriter::start(CheckpointStamp stamp, std::vector<ShardImage> images) {
  COLONY_ASSERT(!in_flight(), "one checkpoint at most is in flight");
  aborted_ = false;
  auto task = std::packaged_task<WrittenCheckpoint()>(
      [this, stamp = std::move(stamp), images = std::move(images)]() mutable { return write(std::move(stamp), std::move(images)); });
  result_ = task.get_future();
  if (runs_ == Runs::at_once) task();
  else thread_ = std::jthread(std::move(task));
}

std::optional<WrittenCheckpoint> CheckpointWriter::poll() {
  if (!result_.valid() || result_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
  return result_.get();
}

std::optional<WrittenCheckpoint> CheckpointWriter::wait() {
  if (!result_.valid()) return std::nullopt;
  return result_.get();
}

WrittenCheckpoint CheckpointWriter::write(CheckpointStamp stamp, std::vector<ShardImage> images) {
  WrittenCheckpoint written;
  for (const ShardImage& image : images) {
    ShardFileResult result{image.shard, std::nullopt, {}};
    try {
      if (aborted_) result.error = "aborted";
      else result.record = write_shard_file(storage_, stamp, image);
    } catch (const std::exception& error) {
      result.error = error.what();
    }
    written.shards.push_back(std::move(result));
  }
  written.stamp = std::move(stamp);
  written.images = std::move(images);
  return written;
}

}  // namespace colony
