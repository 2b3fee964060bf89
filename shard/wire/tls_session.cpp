#include "shard/wire/tls_session.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "engine/error.hpp"
#include "shard/wire/private_file.hpp"

namespace colony {
namespace {

constexpr std::size_t stranger_space_bytes = 4 * 1024, usual_space_bytes = 32 * 1024, max_pem_bytes = 64 * 1024;

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;
using Certificate = Owned<X509>;
using Key = Owned<EVP_PKEY>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::vector<unsigned char> encoded(const X509* certificate) {
  unsigned char* at = nullptr;
  const int bytes = certificate == nullptr ? -1 : i2d_X509(certificate, &at);
  if (bytes < 0) return {};
  std::vector<unsigned char> text(at, at + bytes);
  OPENSSL_free(at);
  return text;
}

/// In the place of OpenSSL's own check: the other end's certificate is ours, byte for byte. Exceptions must not reach OpenSSL, which is C.
int is_ours(X509_STORE_CTX* shown, void* context) {
  try {
    const auto own = encoded(SSL_CTX_get0_certificate(static_cast<SSL_CTX*>(context)));
    if (!own.empty() && own == encoded(X509_STORE_CTX_get0_cert(shown))) return 1;
  } catch (const std::exception&) {
  }
  X509_STORE_CTX_set_error(shown, X509_V_ERR_CERT_REJECTED);
  return 0;
}

/// Null when OpenSSL does not take them.
std::shared_ptr<SSL_CTX> context_of(X509* certificate, EVP_PKEY* key) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_method()), &SSL_CTX_free);
  bool good = context != nullptr && SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) == 1;
  good = good && SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256") == 1;  // the fastest of the three
  good = good && SSL_CTX_use_certificate(context.get(), certificate) == 1 && SSL_CTX_use_PrivateKey(context.get(), key) == 1;
  if (!good || SSL_CTX_check_private_key(context.get()) != 1) return nullptr;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), &is_ours, context.get());
  SSL_CTX_set_max_cert_list(context.get(), 4096);  // ours takes 400 bytes
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  return context;
}

Certificate new_certificate(EVP_PKEY* key) {
  Certificate certificate(X509_new(), &X509_free);
  std::uint64_t serial = 0;
  bool good = certificate != nullptr && RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1;
  good = good && X509_set_version(certificate.get(), X509_VERSION_3) == 1;
  good = good && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial) == 1;
  // The dates are never looked at: the certificate is one run's, and goes with it.
  good = good && X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0) != nullptr;
  good = good && X509_time_adj_ex(X509_getm_notAfter(certificate.get()), 3650, 0, nullptr) != nullptr;
  X509_NAME* name = good ? X509_get_subject_name(certificate.get()) : nullptr;
  const auto* text = reinterpret_cast<const unsigned char*>("colony run");
  good = good && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1;
  good = good && X509_set_issuer_name(certificate.get(), name) == 1 && X509_set_pubkey(certificate.get(), key) == 1;
  COLONY_ASSERT(good && X509_sign(certificate.get(), key, EVP_sha256()) > 0, "OpenSSL can't make a certificate");
  return certificate;
}

}  // namespace

TlsIdentity TlsIdentity::load(const std::string& path) {
  const std::string text = read_private_file(path, "certificate", max_pem_bytes);
  const auto source = [&] { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free); };
  // An empty pass phrase is at hand, so that the user is not asked for one.
  char none[] = "";
  const Key key(PEM_read_bio_PrivateKey(source().get(), nullptr, nullptr, none), &EVP_PKEY_free);
  const Certificate certificate(PEM_read_bio_X509(source().get(), nullptr, nullptr, none), &X509_free);
  TlsIdentity identity;
  if (key && certificate) identity.context_ = context_of(certificate.get(), key.get());
  ERR_clear_error();
  if (identity.none()) throw StorageError(path, "holds no certificate with its key, as PEM");
  return identity;
}

TlsIdentity TlsIdentity::make(const std::string& path) {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  COLONY_ASSERT(key != nullptr, "OpenSSL can't make a key");
  const Certificate certificate = new_certificate(key.get());
  const Bio pem(BIO_new(BIO_s_mem()), &BIO_free);
  const bool good = pem != nullptr && PEM_write_bio_PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                    PEM_write_bio_X509(pem.get(), certificate.get()) == 1;
  char* text = nullptr;
  const long bytes = good ? BIO_get_mem_data(pem.get(), &text) : 0;
  COLONY_ASSERT(bytes > 0, "OpenSSL can't write a certificate");
  write_private_file(path, "certificate", std::string(text, static_cast<std::size_t>(bytes)));
  TlsIdentity identity;
  identity.context_ = context_of(certificate.get(), key.get());
  COLONY_ASSERT(!identity.none(), "OpenSSL does not take its own certificate");
  return identity;
}

// ---- The wire, as OpenSSL sees it ----

/// A source and sink over a session's two buffers: what has come is read where it lies, what is to be sent has always room.
struct TlsWire {
  static TlsSession& of(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }
  static int read(BIO* bio, char* to, std::size_t bytes, std::size_t* got) {
    TlsSession& session = of(bio);
    *got = std::min(bytes, session.in_end_ - session.in_at_);
    BIO_clear_retry_flags(bio);
    if (*got == 0) {
      BIO_set_retry_read(bio);
      return 0;
    }
    std::memcpy(to, session.in_.data() + session.in_at_, *got);
    session.in_at_ += *got;
    return 1;
  }
  static int write(BIO* bio, const char* from, std::size_t bytes, std::size_t* put) {
    const auto* at = reinterpret_cast<const std::byte*>(from);
    try {
      of(bio).out_.insert(of(bio).out_.end(), at, at + bytes);
    } catch (const std::exception&) {  // no memory
      return 0;
    }
    *put = bytes;
    return 1;
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
  static const BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "colony");
      COLONY_ASSERT(method != nullptr, "OpenSSL is out of memory");
      BIO_meth_set_read_ex(method, &read);
      BIO_meth_set_write_ex(method, &write);
      BIO_meth_set_ctrl(method, &control);
      return method;
    }();
    return made;
  }
};

// ---- A session ----

TlsSession::TlsSession(const TlsIdentity& identity, Handshake::Role role, std::uint64_t rekey_bytes)
    : ssl_(identity.none() ? nullptr : SSL_new(identity.context_.get()), &SSL_free),
      in_(stranger_space_bytes),
      space_bytes_(usual_space_bytes),
      rekey_bytes_(rekey_bytes) {
  BIO* wire = BIO_new(TlsWire::method());
  COLONY_ASSERT(ssl_ != nullptr && wire != nullptr, "OpenSSL is out of memory, or there is no certificate");
  BIO_set_data(wire, this);
  BIO_set_init(wire, 1);
  SSL_set_bio(ssl_.get(), wire, wire);
  if (role == Handshake::Role::dialler) SSL_set_connect_state(ssl_.get());
  else SSL_set_accept_state(ssl_.get());
}

TlsSession::~TlsSession() = default;

std::span<std::byte> TlsSession::space() {
  COLONY_ASSERT(in_at_ == in_end_, "everything that has come is read first");
  in_at_ = in_end_ = 0;
  if (established_ && in_.size() < space_bytes_) in_.resize(space_bytes_);
  return in_;
}

/// The result of a step that gave nothing: more must come, the other end has closed, or the session has failed.
void TlsSession::look_at(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return;
    case SSL_ERROR_ZERO_RETURN: ended_ = true; return;
    default: break;
  }
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  if (SSL_get_verify_result(ssl_.get()) == X509_V_ERR_CERT_REJECTED) failure_ = "the other end shows another certificate than this run's";
  else failure_ = std::string("the other end does not speak TLS as this run does: ") + (reason != nullptr ? reason : "no reason is known");
  ERR_clear_error();
}

bool TlsSession::handshake() {
  if (!failure_.empty()) throw AuthError(failure_);
  if (established_ || ended_) return established_;
  stranger_bytes_ += in_end_ - in_at_;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  established_ = result == 1;
  if (established_) return true;
  look_at(result);
  if (failure_.empty() && stranger_bytes_ >= max_tls_handshake_bytes) failure_ = "a TLS handshake that is too long";
  if (!failure_.empty()) throw AuthError(failure_);
  return false;
}

std::size_t TlsSession::read(std::span<std::byte> to) {
  if (!handshake()) return 0;
  std::size_t done = 0;
  while (done < to.size() && !ended_ && failure_.empty()) {
    std::size_t got = 0;
    ERR_clear_error();
    if (SSL_read_ex(ssl_.get(), to.data() + done, to.size() - done, &got) != 1) {
      look_at(0);
      break;
    }
    done += got;
  }
  // What came before the fault is given out first.
  if (done == 0 && !failure_.empty()) throw AuthError(failure_);
  return done;
}

bool TlsSession::write(std::span<const std::byte> plain) {
  COLONY_ASSERT(established_, "a TLS session is written to when its handshake is done");
  if (!failure_.empty() || closed_ || plain.empty()) return failure_.empty() && !closed_;
  ERR_clear_error();
  written_bytes_ += plain.size();
  if (written_bytes_ >= rekey_bytes_) {
    written_bytes_ = 0;
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);  // goes out in front of what is written next
  }
  std::size_t put = 0;
  const bool good = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &put) == 1 && put == plain.size();
  if (!good) failure_ = "OpenSSL can't encrypt";
  ERR_clear_error();
  return good;
}

void TlsSession::close() {
  if (!established_ || !failure_.empty() || std::exchange(closed_, true)) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsSession::take_output(std::vector<std::byte>& wire) {
  wire.clear();
  wire.swap(out_);
}

}  // namespace colony
