#include "tests/sim/control.hpp"

#include <utility>

namespace colony::sim {

ToLead through_bytes(Scene& scene, ToLead&& message) {
  auto* report = std::get_if<Report>(&message);
  if (report == nullptr) return std::move(message);
  const std::string bytes = encode(std::span<const Report>(report, 1));
  // An error's words may hold the folder's name, which differs from run to run.
  if (!std::holds_alternative<FailureReport>(*report) && !std::holds_alternative<FileReport>(*report)) scene.trace.mix(bytes);
  return std::move(decode_reports(bytes).at(0));
}

ToMember through_bytes(Scene& scene, ToMember&& message) {
  auto* order = std::get_if<Order>(&message);
  if (order == nullptr) return std::move(message);
  const std::string bytes = encode(std::span<const Order>(order, 1));
  if (!std::holds_alternative<FinishOrder>(*order)) scene.trace.mix(bytes);
  return std::move(decode_orders(bytes).at(0));
}

}  // namespace colony::sim
