#include "shard/wire/auth.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <utility>

#include "shard/wire/private_file.hpp"

namespace colony {
namespace {

constexpr std::size_t nonce_bytes = 32, mac_bytes = 32;
constexpr std::size_t max_secret_bytes = 64 * 1024;
constexpr std::string_view magic = "colony auth";
constexpr char version = 1;
constexpr std::size_t prefix_bytes = magic.size() + 2;  // magic, version, kind

enum Kind : char { hello_kind = 'h', challenge_kind = 'c', proof_kind = 'p' };

/// HMAC-SHA256 over fields, each behind its length: no two lists of fields are the same bytes. Fields are read in place, since a sealed
/// message can be megabytes long.
std::string hmac(const std::string& key, std::initializer_list<std::string_view> fields) {
  // Fetched once; looking an algorithm up takes longer than hashing a message.
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  COLONY_ASSERT(algorithm != nullptr, "OpenSSL has no HMAC");
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(algorithm), &EVP_MAC_CTX_free);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  // A key of no bytes needs a pointer all the same: OpenSSL takes a null one for "the key of last time".
  const auto* const key_at = reinterpret_cast<const unsigned char*>(key.c_str());
  bool good = context != nullptr && EVP_MAC_init(context.get(), key_at, key.size(), parameters) == 1;
  for (const std::string_view field : fields) {
    std::array<unsigned char, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<unsigned char>(std::uint64_t{field.size()} >> (8 * i));
    good = good && EVP_MAC_update(context.get(), length.data(), length.size()) == 1;
    good = good && EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(field.data()), field.size()) == 1;
  }
  std::string mac(mac_bytes, '\0');
  std::size_t written = 0;
  good = good && EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(mac.data()), &written, mac.size()) == 1;
  COLONY_ASSERT(good && written == mac_bytes, "OpenSSL can't compute HMAC-SHA256");
  return mac;
}

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    throw AuthError("the system gives no random numbers");
  }
  return bytes;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::string begin_message(Kind kind) {
  std::string message(magic);
  message += version;
  message += kind;
  return message;
}

/// What follows the prefix of a message of this kind.
std::string_view body_of(std::string_view message, Kind kind) {
  if (message.size() > max_handshake_bytes) throw AuthError("a handshake message of " + std::to_string(message.size()) + " bytes");
  if (message.size() < prefix_bytes || !message.starts_with(magic)) throw AuthError("the other end does not speak colony's handshake");
  if (message[magic.size()] != version) {
    throw AuthError("the other end speaks version " + std::to_string(static_cast<unsigned char>(message[magic.size()])) +
                    " of the handshake, not " + std::to_string(version) + ": another build of the program");
  }
  if (message[magic.size() + 1] != kind) throw AuthError("a handshake message out of turn");
  return message.substr(prefix_bytes);
}

// Every MAC begins with what it is for, so that none can stand for another.
constexpr std::string_view dialler_proof = "colony handshake, dialler", listener_proof = "colony handshake, listener";
constexpr std::string_view session_label = "colony handshake, session", dialler_text = "colony text, dialler",
                           listener_text = "colony text, listener", request_label = "colony request";

}  // namespace

Secret Secret::load(const std::string& path) {
  Secret secret;
  secret.key_ = read_private_file(path, "secret", max_secret_bytes);
  return secret;
}

Secret Secret::make(const std::string& path) {
  Secret secret;
  secret.key_ = hexadecimal(random_bytes(32));
  write_private_file(path, "secret", secret.key_);
  return secret;
}

Handshake::Handshake(const Secret& secret, Role role, std::string purpose) : key_(secret.key_), purpose_(std::move(purpose)), role_(role) {
  COLONY_ASSERT(prefix_bytes + nonce_bytes + purpose_.size() <= max_handshake_bytes, "a purpose too long for a handshake");
}

std::string Handshake::hello() {
  COLONY_ASSERT(role_ == Role::dialler && own_.empty(), "a dialler says hello, once");
  own_ = random_bytes(nonce_bytes);
  return begin_message(hello_kind) + own_ + purpose_;
}

std::string Handshake::proof_of(Role role) const {
  const bool dialling = role_ == Role::dialler;
  return hmac(key_, {role == Role::dialler ? dialler_proof : listener_proof, purpose_, dialling ? own_ : other_, dialling ? other_ : own_});
}

std::optional<std::string> Handshake::answer(std::string_view message) {
  if (failed_ || accepted_) throw AuthError("a handshake message out of turn");
  failed_ = true;  // until this message turns out to be good: a handshake that failed once stays failed
  std::optional<std::string> answer;
  if (role_ == Role::dialler) {
    COLONY_ASSERT(!own_.empty(), "a dialler says hello first");
    const std::string_view body = body_of(message, challenge_kind);
    if (body.size() != nonce_bytes + mac_bytes) throw AuthError("a challenge of the wrong length");
    other_ = body.substr(0, nonce_bytes);
    if (!same(body.substr(nonce_bytes), proof_of(Role::listener))) {
      throw AuthError("the other end does not know this run's secret, or has another one");
    }
    answer = begin_message(proof_kind) + proof_of(Role::dialler);
    accepted_ = true;
  } else if (own_.empty()) {
    const std::string_view body = body_of(message, hello_kind);
    if (body.size() < nonce_bytes) throw AuthError("a hello that is cut off");
    if (body.substr(nonce_bytes) != purpose_) throw AuthError("a hello for another purpose than \"" + purpose_ + '"');
    other_ = body.substr(0, nonce_bytes);
    own_ = random_bytes(nonce_bytes);
    answer = begin_message(challenge_kind) + own_ + proof_of(Role::listener);
  } else {
    if (!same(body_of(message, proof_kind), proof_of(Role::dialler))) {
      throw AuthError("the other end does not know this run's secret, or has another one");
    }
    accepted_ = true;
  }
  failed_ = false;
  return answer;
}

std::string Handshake::session_key() const {
  COLONY_ASSERT(accepted_, "no session before the handshake is done");
  const bool dialling = role_ == Role::dialler;
  return hmac(key_, {session_label, purpose_, dialling ? own_ : other_, dialling ? other_ : own_});
}

std::string MessageSeal::mac(Handshake::Role from, std::uint64_t sequence, std::string_view text) const {
  std::array<char, 8> number{};
  for (std::size_t i = 0; i < number.size(); ++i) number[i] = static_cast<char>(sequence >> (8 * i));
  return hmac(key_, {from == Handshake::Role::dialler ? dialler_text : listener_text, {number.data(), number.size()}, text});
}

std::string MessageSeal::seal(std::uint64_t sequence, std::string_view text) const {
  std::string sealed;
  sealed.reserve(text.size() + mac_bytes);
  sealed.append(text).append(mac(self_, sequence, text));
  return sealed;
}

std::string_view MessageSeal::open(std::uint64_t sequence, std::string_view sealed) const {
  if (sealed.size() < mac_bytes) throw AuthError("a message without its seal");
  const std::string_view text = sealed.substr(0, sealed.size() - mac_bytes);
  const Handshake::Role peer = self_ == Handshake::Role::dialler ? Handshake::Role::listener : Handshake::Role::dialler;
  if (!same(sealed.substr(text.size()), mac(peer, sequence, text))) throw AuthError("a message whose seal is broken");
  return text;
}

std::string request_proof(const Secret& secret, std::string_view run_nonce, std::string_view method, std::string_view target,
                          std::uint64_t time_ns) {
  return hexadecimal(hmac(secret.key_, {request_label, run_nonce, method, target, std::to_string(time_ns)}));
}

bool same_proof(std::string_view a, std::string_view b) { return same(a, b); }

}  // namespace colony
