#include "apps/cluster/remote_members.hpp"

#include <chrono>
#include <utility>

namespace colony {

void RemoteMembers::post(ClusterEvent event) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(event));
  posted_.notify_one();
}

bool RemoteMembers::gather(std::vector<ClusterEvent>& events, std::uint64_t most_ns) {
  std::unique_lock lock(mutex_);
  posted_.wait_for(lock, std::chrono::nanoseconds(most_ns), [&] { return !queue_.empty(); });
  events.insert(events.end(), std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.end()));
  queue_.clear();
  return true;
}

}  // namespace colony
