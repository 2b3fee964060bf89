// The mutual challenge with which every connection begins, control and bulk ones alike: both ends prove that they know the run's secret
// before anything else is read. HMAC-SHA256 (RFC 2104, OpenSSL) over both ends' nonces and what the connection is for. Bytes in, bytes out:
// the connections are whoever's.
//
//   dialler                                          listener
//   hello: magic, version, purpose, nonce d   ---->
//                                             <----  challenge: nonce l, HMAC(secret, "l" purpose d l)
//   proof: HMAC(secret, "d" purpose d l)      ---->  accepted
//
// Without a secret (loopback and ipc only) the same messages travel with an HMAC under the empty key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/error.hpp"

namespace colony {

/// The peer does not know the secret, or speaks something else.
struct AuthError : Error {
  explicit AuthError(const std::string& what_) : Error(ExitStatus::cluster, "connection refused: " + what_) {}
};

class Secret {
 public:
  Secret() = default;  ///< none
  /// Of a file's bytes. Throws StorageError when it can't be read, is empty, or is readable by others than its owner.
  static Secret load(const std::string& path);
  /// A new one of 32 random bytes in hexadecimal, written to a new file of mode 0600. Throws StorageError.
  static Secret make(const std::string& path);
  bool none() const { return key_.empty(); }

 private:
  friend class Handshake;
  friend class MessageSeal;
  friend std::string request_proof(const Secret& secret, std::string_view run_nonce, std::string_view method, std::string_view target,
                                   std::uint64_t time_ns);
  std::string key_;
};

/// Longest message of a handshake, in bytes: a longer one is refused unread.
inline constexpr std::size_t max_handshake_bytes = 512;

class Handshake {
 public:
  enum class Role : std::uint8_t { dialler, listener };
  /// purpose: what the connection is for, the same at both ends ("control", "bulk 3 1 2"): a proof for one is worth nothing for another.
  Handshake(const Secret& secret, Role role, std::string purpose);

  /// The dialler's first message.
  std::string hello();
  /// The other end's message in; the answer to it out, if there is one. Throws AuthError; after that every further message is refused.
  std::optional<std::string> answer(std::string_view message);
  /// Both ends are proven; what session_key() gives is theirs alone.
  bool accepted() const { return accepted_; }
  /// 32 bytes derived from the secret and both nonces.
  std::string session_key() const;

 private:
  std::string proof_of(Role role) const;
  std::string key_, purpose_, own_, other_;  ///< own_, other_: the nonces
  Role role_;
  bool accepted_ = false, failed_ = false;
};

/// Seals messages of an accepted connection: HMAC-SHA256 under the session key over direction, sequence number and text.
class MessageSeal {
 public:
  MessageSeal(std::string session_key, Handshake::Role self) : key_(std::move(session_key)), self_(self) {}
  /// text with its seal behind it.
  std::string seal(std::uint64_t sequence, std::string_view text) const;
  /// The text, a part of `sealed`. Throws AuthError.
  std::string_view open(std::uint64_t sequence, std::string_view sealed) const;

 private:
  std::string mac(Handshake::Role from, std::uint64_t sequence, std::string_view text) const;
  std::string key_;
  Handshake::Role self_;
};

/// For a request outside of such a connection, to the coordinator's pages: HMAC-SHA256 under the secret itself over what is asked
/// of which start of which run and when, in hexadecimal. The receiver must see to it that a time is used once.
std::string request_proof(const Secret& secret, std::string_view run_nonce, std::string_view method, std::string_view target,
                          std::uint64_t time_ns);
/// Compares in a time that does not say where they differ.
bool same_proof(std::string_view a, std::string_view b);

}  // namespace colony
