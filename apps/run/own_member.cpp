#include "apps/run/own_member.hpp"

#include <utility>
#include <variant>

namespace colony {

bool OwnMember::gather(std::vector<ClusterEvent>& events, std::uint64_t) {
  if (!std::exchange(joined_, true)) {
    events.emplace_back(Received{connection, identity_, clock_.now_ns()});
    return true;
  }
  bool moved = true;
  while (events.empty() && moved) {
    moved = member_.advance();
    if (!moved && member_.writing()) {
      member_.await_files();
      moved = true;
    }
    for (Report& report : member_.reports()) events.emplace_back(Received{connection, std::move(report), clock_.now_ns()});
  }
  return moved;
}

void OwnMember::send(ConnectionId, Order order) {
  const bool end = std::holds_alternative<FinishOrder>(order);
  member_.take(std::move(order));
  while (end && member_.advance()) {
  }
}

}  // namespace colony
