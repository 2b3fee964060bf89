#include "shard/wire/control_protocol.hpp"

#include <algorithm>

namespace colony {
namespace {

void append_number(std::string& text, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) text += static_cast<char>(value >> (8 * i));
}

std::uint64_t number_at(std::string_view text, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
  return value;
}

constexpr std::size_t head_bytes = 8 + 1;

}  // namespace

ControlMessage echo_of(std::uint64_t sequence) {
  ControlMessage echo{ControlMessage::Kind::echo, {}};
  append_number(echo.text, sequence);
  return echo;
}

std::uint64_t echoed(const ControlMessage& echo) {
  if (echo.text.size() != 8) throw WireError("an echo of " + std::to_string(echo.text.size()) + " bytes");
  return number_at(echo.text, 0);
}

std::string ControlVoice::say(const ControlMessage& message, std::uint64_t* sequence) {
  std::string text;
  text.reserve(head_bytes + message.text.size());
  append_number(text, next_out_);
  text += static_cast<char>(message.kind);
  text += message.text;
  if (sequence != nullptr) *sequence = next_out_;
  return seal_.seal(next_out_++, text);
}

ControlMessage ControlVoice::hear(std::string_view sealed) {
  // The number stands in the open so that a message of another place can be told from one that was altered.
  if (sealed.size() < head_bytes) throw WireError("a control message of " + std::to_string(sealed.size()) + " bytes");
  const std::uint64_t sequence = number_at(sealed, 0);
  const std::string_view text = seal_.open(sequence, sealed);
  if (sequence != next_in_) throw WireError("message " + std::to_string(sequence) + " where " + std::to_string(next_in_) + " was due");
  if (text.size() < head_bytes) throw WireError("a control message of " + std::to_string(text.size()) + " bytes");
  const auto kind = static_cast<unsigned char>(text[8]);
  if (kind > static_cast<unsigned char>(ControlMessage::Kind::echo)) throw WireError("a control message of kind " + std::to_string(kind));
  ++next_in_;
  return {static_cast<ControlMessage::Kind>(kind), std::string(text.substr(head_bytes))};
}

void OutStream::push(std::string item) {
  if (item.size() > max_control_item_bytes) {
    throw WireError("it has " + std::to_string(item.size()) + " bytes, " + std::to_string(max_control_item_bytes) + " are allowed");
  }
  std::string length;
  append_number(length, item.size());
  item.insert(0, length);
  bytes_ += item.size();
  items_.push_back(std::move(item));
}

std::string OutStream::take(std::size_t bytes) {
  std::string part;
  while (part.size() < bytes && !items_.empty()) {
    const std::string& first = items_.front();
    const std::size_t piece = std::min(bytes - part.size(), first.size() - taken_);
    part.append(first, taken_, piece);
    taken_ += piece;
    if (taken_ == first.size()) {
      items_.pop_front();
      taken_ = 0;
    }
  }
  bytes_ -= part.size();
  return part;
}

std::vector<std::string> InStream::put(std::string_view part) {
  std::vector<std::string> items;
  pending_.append(part);
  std::size_t at = 0;
  while (pending_.size() - at >= 8) {
    const std::uint64_t length = number_at(pending_, at);
    if (length > max_control_item_bytes) throw WireError("one of " + std::to_string(length) + " bytes is announced");
    if (pending_.size() - at - 8 < length) break;
    items.push_back(pending_.substr(at + 8, length));
    at += 8 + length;
  }
  pending_.erase(0, at);
  return items;
}

}  // namespace colony
