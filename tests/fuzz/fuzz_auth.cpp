// fuzz-sources: shard/wire/auth.cpp shard/wire/private_file.cpp shard/wire/control_protocol.cpp engine/error.cpp
// Bytes from whoever connects: without the secret, no sequence of messages is accepted by either end of a handshake, and none is taken for
// a sealed one afterwards. Input: messages, each behind a byte with its length. And as a stream that comes in parts it gives the same items
// for any parts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shard/wire/auth.hpp"
#include "shard/wire/control_protocol.hpp"

namespace {

using colony::Handshake;

/// False once a message was refused.
bool hear(Handshake& handshake, std::string_view message, std::string* answer = nullptr) {
  try {
    const std::optional<std::string> said = handshake.answer(message);
    if (said && answer != nullptr) *answer = *said;
    return true;
  } catch (const colony::AuthError&) {
    return false;
  }
}

/// A session whose key the input can't know.
colony::ControlVoice session() {
  const colony::Secret none;
  Handshake dialler(none, Handshake::Role::dialler, "fuzz"), listener(none, Handshake::Role::listener, "fuzz");
  std::string challenge, proof;
  hear(listener, dialler.hello(), &challenge);
  hear(dialler, challenge, &proof);
  if (!hear(listener, proof) || !listener.accepted()) std::abort();
  return colony::ControlVoice(colony::MessageSeal(listener.session_key(), Handshake::Role::listener));
}

std::vector<std::string> items(std::string_view bytes, std::size_t part) {
  std::vector<std::string> all;
  colony::InStream stream;
  try {
    for (std::size_t at = 0; at < bytes.size(); at += part) {
      for (std::string& item : stream.put(bytes.substr(at, part))) all.push_back(std::move(item));
    }
  } catch (const colony::WireError&) {
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const colony::Secret none;
  Handshake listener(none, Handshake::Role::listener, "control"), dialler(none, Handshake::Role::dialler, "control");
  colony::ControlVoice voice = session();
  dialler.hello();
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = data[at++];
    const std::string_view message = bytes.substr(at, length);
    at += length;
    hear(listener, message);
    hear(dialler, message);
    // Its nonce is new each time, so that no input knows what a good answer to it would be.
    if (listener.accepted() || dialler.accepted()) std::abort();
    try {
      voice.hear(message);
      std::abort();
    } catch (const colony::AuthError&) {
    } catch (const colony::WireError&) {
    }
  }
  const std::vector<std::string> by_bytes = items(bytes, 1);
  if (items(bytes, 7) != by_bytes || items(bytes, size + 1).size() > by_bytes.size()) std::abort();
  return 0;
}
