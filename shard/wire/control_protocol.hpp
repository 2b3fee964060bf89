// What the two ends of a control connection say to each other beneath reports and orders: the part without sockets and threads, the same at
// both ends.
//
// Each way runs a stream of items (one encoded report or order each, behind its length), cut into parts of at most max_control_part_bytes.
// A request carries the next part of the member's stream, its answer the next part of the coordinator's; both may be empty. So no message
// is long, whoever sends it, and NNG need not take long ones from strangers.
//
//   request:  sequence u64, kind u8 (exchange | beat), part of the stream; a beat carries one whole item instead
//   answer:   sequence u64, request u64 (which it answers), more u8 (there is more to fetch), part of the stream
//
// Numbers are little-endian; each message is sealed under its own sequence number (auth.hpp). Requests are numbered from 1 on, and so are
// answers, in the order in which they are made. NNG's threads may hand them over in another order: InOrder puts that right, and refuses
// what was there before.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shard/wire/auth.hpp"
#include "shard/wire/messages.hpp"

namespace colony {

/// A control connection that can't be made or kept.
struct ControlError : Error {
  explicit ControlError(const std::string& what_) : Error(ExitStatus::cluster, what_) {}
};

inline constexpr std::size_t max_control_part_bytes = 256 * 1024;
/// Longest message on the wire, seal and NNG's own numbers included: what lies above it is not read.
inline constexpr std::size_t max_control_message_bytes = max_control_part_bytes + 1024;
/// Longest report or order, encoded.
inline constexpr std::uint64_t max_control_item_bytes = std::uint64_t{1} << 30;
/// Messages of one connection that can be under way at once, with room to spare: a member has three.
inline constexpr std::uint64_t max_control_outstanding = 16;
inline constexpr const char* control_purpose = "control";

struct ControlRequest {
  enum class Kind : std::uint8_t { exchange, beat };
  std::uint64_t sequence = 0;
  Kind kind = Kind::exchange;
  std::string part;
};

struct ControlAnswer {
  std::uint64_t sequence = 0;
  std::uint64_t request = 0;
  bool more = false;
  std::string part;
};

std::string seal(const MessageSeal& seal, const ControlRequest& request);
std::string seal(const MessageSeal& seal, const ControlAnswer& answer);
/// Throw AuthError when the seal is broken, WireError when the text is none.
ControlRequest open_request(const MessageSeal& seal, std::string_view sealed);
ControlAnswer open_answer(const MessageSeal& seal, std::string_view sealed);

/// Items into parts.
class OutStream {
 public:
  /// Throws WireError when the item is longer than max_control_item_bytes.
  void push(std::string item);
  /// The next bytes, at most `bytes`; empty when there are none.
  std::string take(std::size_t bytes);
  bool empty() const { return items_.empty(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::deque<std::string> items_;  ///< each behind its length
  std::size_t taken_ = 0;          ///< of the first one
  std::uint64_t bytes_ = 0;
};

/// Parts into items. Holds no more than has arrived.
class InStream {
 public:
  /// The items that end in this part. Throws WireError when one is announced to be longer than max_control_item_bytes.
  std::vector<std::string> put(std::string_view part);

 private:
  std::string pending_;  ///< an item's length and what there is of it
};

/// Gives messages out by ascending number, from 1 on, whatever the order in which they come.
template <class Message>
class InOrder {
 public:
  /// Throws WireError when the number was there before, or is further ahead than messages can be under way.
  void put(std::uint64_t sequence, Message message) {
    if (sequence < next_ || waiting_.contains(sequence)) throw WireError("message " + std::to_string(sequence) + " came twice");
    if (sequence - next_ >= max_control_outstanding) {
      throw WireError("message " + std::to_string(sequence) + " came while " + std::to_string(next_) + " was due");
    }
    waiting_.emplace(sequence, std::move(message));
  }
  /// The message whose turn it is, if it has come.
  std::optional<Message> take() {
    const auto first = waiting_.begin();
    if (first == waiting_.end() || first->first != next_) return std::nullopt;
    std::optional<Message> message(std::move(first->second));
    waiting_.erase(first);
    ++next_;
    return message;
  }

 private:
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Message> waiting_;
};

}  // namespace colony
