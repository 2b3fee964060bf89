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

constexpr std::size_t request_head = 8 + 1, answer_head = 8 + 8 + 1;

/// The text of a sealed message. Its number stands in the open, for nobody else knows which one is due; the seal covers it twice.
std::string_view open_text(const MessageSeal& seal, std::string_view sealed, std::size_t head) {
  if (sealed.size() < head) throw WireError("a control message of " + std::to_string(sealed.size()) + " bytes");
  const std::string_view text = seal.open(number_at(sealed, 0), sealed);
  if (text.size() < head) throw WireError("a control message of " + std::to_string(text.size()) + " bytes");
  return text;
}

}  // namespace

std::string seal(const MessageSeal& seal, const ControlRequest& request) {
  std::string text;
  text.reserve(request_head + request.part.size());
  append_number(text, request.sequence);
  text += static_cast<char>(request.kind);
  text += request.part;
  return seal.seal(request.sequence, text);
}

std::string seal(const MessageSeal& seal, const ControlAnswer& answer) {
  std::string text;
  text.reserve(answer_head + answer.part.size());
  append_number(text, answer.sequence);
  append_number(text, answer.request);
  text += answer.more ? '\1' : '\0';
  text += answer.part;
  return seal.seal(answer.sequence, text);
}

ControlRequest open_request(const MessageSeal& seal, std::string_view sealed) {
  const std::string_view text = open_text(seal, sealed, request_head);
  const auto kind = static_cast<unsigned char>(text[8]);
  if (kind > static_cast<unsigned char>(ControlRequest::Kind::beat)) throw WireError("a control request of kind " + std::to_string(kind));
  return {number_at(text, 0), static_cast<ControlRequest::Kind>(kind), std::string(text.substr(request_head))};
}

ControlAnswer open_answer(const MessageSeal& seal, std::string_view sealed) {
  const std::string_view text = open_text(seal, sealed, answer_head);
  return {number_at(text, 0), number_at(text, 8), text[16] != '\0', std::string(text.substr(answer_head))};
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
