// What the two ends of a control connection say to each other beneath reports and orders: the part without sockets and threads, the same at
// both ends.
//
// Each way runs a stream of items (one encoded report or order each, behind its length), cut into parts of at most max_control_part_bytes,
// so that no message is long and heartbeats find their way between the parts of what is. After the handshake (auth.hpp), a message is
//
//   sequence u64, kind u8, text, seal
//
//   part    the next bytes of the stream
//   ask     wants an echo; its text is one whole item (a heartbeat) or nothing
//   echo    text: the sequence of the ask that it answers, u64; everything before that has been taken
//
// Numbers are little-endian. Each end numbers its messages from 1 on (the coordinator's first one, an echo of 0, ends the handshake) and
// seals them under their numbers: one that comes twice, is missing or comes from elsewhere ends the connection.
#pragma once

#include <cstdint>
#include <deque>
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
/// Longest message after the handshake, with its seal.
inline constexpr std::size_t max_control_message_bytes = max_control_part_bytes + 1024;
/// Longest report or order, encoded.
inline constexpr std::uint64_t max_control_item_bytes = std::uint64_t{1} << 30;
inline constexpr const char* control_purpose = "control";

struct ControlMessage {
  enum class Kind : std::uint8_t { part, ask, echo };
  Kind kind = Kind::part;
  std::string text;
};

ControlMessage echo_of(std::uint64_t sequence);
/// The number that an echo carries. Throws WireError.
std::uint64_t echoed(const ControlMessage& echo);

/// Numbers and seals what one end says, and checks what the other one says.
class ControlVoice {
 public:
  explicit ControlVoice(MessageSeal seal) : seal_(std::move(seal)) {}
  /// sequence: the number that the message gets.
  std::string say(const ControlMessage& message, std::uint64_t* sequence = nullptr);
  /// Throws AuthError when the seal is broken; WireError when the number is not the one that is due, or the text is not a message.
  ControlMessage hear(std::string_view sealed);
  /// Of the message heard last.
  std::uint64_t heard() const { return next_in_ - 1; }

 private:
  MessageSeal seal_;
  std::uint64_t next_out_ = 1, next_in_ = 1;
};

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

}  // namespace colony
