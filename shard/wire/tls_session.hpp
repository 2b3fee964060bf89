// TLS 1.3 without a connection: bytes from the wire in, plain bytes out; plain bytes in, bytes for the wire out (OpenSSL's libssl). Who
// carries them is whoever's.
//
// All processes of a run have one certificate and its key. Both ends of a connection show it and trust exactly it: no names, no
// authorities, no dates. What the handshake of auth.hpp proves is proven inside, as without TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shard/wire/auth.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace colony {

/// A run's certificate and key. Copies share one.
class TlsIdentity {
 public:
  TlsIdentity() = default;  ///< none: no TLS
  /// Throws StorageError when the file can't be read, may be read by others than its owner, or holds no certificate with its key.
  static TlsIdentity load(const std::string& path);
  /// A new one (P-256), written to a new file of mode 0600. Throws StorageError.
  static TlsIdentity make(const std::string& path);
  bool none() const { return context_ == nullptr; }

 private:
  friend class TlsSession;
  std::shared_ptr<ssl_ctx_st> context_;
};

/// Bytes from the wire that are taken from someone who has not shown the certificate; a handshake takes about 2 KiB.
inline constexpr std::size_t max_tls_handshake_bytes = 16 * 1024;

/// One end of one connection. One thread reads, others may write: space() and arrived() are the reader's, everything else needs a lock.
class TlsSession {
 public:
  /// rekey_bytes: after so many that were written, new keys are taken; RFC 8446, 5.5 wants it.
  TlsSession(const TlsIdentity& identity, Handshake::Role role, std::uint64_t rekey_bytes = std::uint64_t{64} << 30);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Where the next bytes from the wire are to be put; then arrived(), then read() until it gives none.
  std::span<std::byte> space();
  void arrived(std::size_t bytes) { in_end_ += bytes; }
  /// How large space() is once the handshake is done.
  void set_space(std::size_t bytes) { space_bytes_ = bytes; }

  /// Goes on with the handshake as far as what has come allows; a dialler's first call begins it. True when it is done. Throws AuthError
  /// when the other end shows another certificate or speaks something else; so does every call after that.
  bool handshake();
  bool established() const { return established_; }
  /// Plain bytes that have come, at most to.size(). 0: more must come from the wire. Throws as handshake() does.
  std::size_t read(std::span<std::byte> to);
  /// Encrypts all of it. Only when established; false when the session has failed or is closed.
  bool write(std::span<const std::byte> plain);
  /// Tells the other end that nothing more comes.
  void close();
  /// The other end has closed.
  bool ended() const { return ended_; }
  /// What is to be sent since the last call takes the place of `wire`, whose memory is used again.
  void take_output(std::vector<std::byte>& wire);

 private:
  friend struct TlsWire;
  void look_at(int result);

  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  std::vector<std::byte> in_, out_;
  std::size_t in_at_ = 0, in_end_ = 0, space_bytes_, stranger_bytes_ = 0;
  std::uint64_t rekey_bytes_, written_bytes_ = 0;
  bool established_ = false, ended_ = false, closed_ = false;
  std::string failure_;
};

}  // namespace colony
