// TLS without a connection: two ends in one thread, whose bytes the test carries, cuts, spoils or keeps.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "engine/error.hpp"
#include "shard/wire/tls_session.hpp"

namespace colony {
namespace {

using Role = Handshake::Role;
using ::testing::HasSubstr;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

Bytes random_of(std::size_t count) {
  std::mt19937_64 random(count);
  Bytes bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

/// Gives the session what came, as much at a time as it has room for, and returns what it says then.
Bytes give(TlsSession& session, std::span<const std::byte> wire, std::size_t at_once = ~std::size_t{0}) {
  Bytes plain;
  while (!wire.empty()) {
    const std::span<std::byte> space = session.space();
    const std::size_t now = std::min({wire.size(), space.size(), at_once});
    std::memcpy(space.data(), wire.data(), now);
    session.arrived(now);
    wire = wire.subspan(now);
    Bytes piece(1000);
    while (const std::size_t got = session.read(piece)) plain.insert(plain.end(), piece.begin(), piece.begin() + static_cast<long>(got));
  }
  return plain;
}

Bytes output(TlsSession& session) {
  Bytes wire;
  session.take_output(wire);
  return wire;
}

class WireTls : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "colony-tls-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    ours = TlsIdentity::make(path("ours"));
    other = TlsIdentity::make(path("other"));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string path(const std::string& name) const { return folder + "/" + name; }

  /// Carries both ways until neither end has anything to say.
  static void shake_hands(TlsSession& near, TlsSession& far, std::size_t at_once = ~std::size_t{0}) {
    near.handshake();
    for (;;) {
      const Bytes there = output(near), back = output(far);
      if (there.empty() && back.empty()) return;
      EXPECT_TRUE(give(far, there, at_once).empty());
      EXPECT_TRUE(give(near, back, at_once).empty());
    }
  }

  std::string folder;
  TlsIdentity ours, other;
};

TEST_F(WireTls, CarriesBytesBothWaysHoweverTheyAreCut) {
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, ~std::size_t{0}}) {
    // Also through the file, as the other processes of a run get it.
    TlsSession dialler(TlsIdentity::load(path("ours")), Role::dialler), listener(ours, Role::listener);
    EXPECT_FALSE(dialler.established() || listener.established());
    shake_hands(dialler, listener, at_once);
    ASSERT_TRUE(dialler.established() && listener.established());
    for (const std::size_t count : {1, 16'384, 16'385, 300'000}) {
      const Bytes text = random_of(count);
      ASSERT_TRUE(dialler.write(text));
      const Bytes there = output(dialler);
      EXPECT_LT(there.size(), count + (count / 16'384 + 1) * 32) << "one copy, and little around it";
      EXPECT_EQ(give(listener, there, at_once), text);
      ASSERT_TRUE(listener.write(text));
      EXPECT_EQ(give(dialler, output(listener), at_once), text);
    }
    EXPECT_FALSE(dialler.ended() || listener.ended());
  }
}

TEST_F(WireTls, NothingPlainIsOnTheWire) {
  TlsSession dialler(ours, Role::dialler), listener(ours, Role::listener);
  shake_hands(dialler, listener);
  const std::string text = "a rather unlikely sequence of letters";
  dialler.write(bytes_of(text));
  const Bytes wire = output(dialler);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(wire.data()), wire.size()).find("unlikely"), std::string::npos);
}

TEST_F(WireTls, NewKeysAreTakenNowAndThen) {
  TlsSession dialler(ours, Role::dialler, 50'000), listener(ours, Role::listener);
  shake_hands(dialler, listener);
  const Bytes text = random_of(20'000);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(dialler.write(text));
    EXPECT_EQ(give(listener, output(dialler)), text);
    ASSERT_TRUE(listener.write(text));
    EXPECT_EQ(give(dialler, output(listener)), text);
  }
}

TEST_F(WireTls, AnotherCertificateIsRefused) {
  for (const bool dialler_is_ours : {true, false}) {
    TlsSession dialler(dialler_is_ours ? ours : other, Role::dialler), listener(dialler_is_ours ? other : ours, Role::listener);
    try {
      shake_hands(dialler, listener);
      FAIL();
    } catch (const AuthError& error) {
      EXPECT_THAT(error.what(), HasSubstr("another certificate than this run's"));
    }
    EXPECT_FALSE(listener.established());
    EXPECT_THROW(dialler.handshake(), AuthError) << "it stays so";
    Bytes room(1);
    EXPECT_THROW(dialler.read(room), AuthError);
  }
}

TEST_F(WireTls, RubbishIsRefusedAndAnnouncedLengthsAreBounded) {
  const auto refusal = [&](const std::string& bytes) -> std::string {
    TlsSession listener(ours, Role::listener);
    EXPECT_FALSE(listener.handshake());
    try {
      give(listener, bytes_of(bytes));
    } catch (const AuthError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal("GET / HTTP/1.1\r\n\r\n"), HasSubstr("does not speak TLS"));
  EXPECT_THAT(refusal("colony auth\1h"), HasSubstr("does not speak TLS"));
  EXPECT_THAT(refusal(std::string(100, '\0')), HasSubstr("does not speak TLS"));
  EXPECT_THAT(refusal(std::string(100, '\xff')), HasSubstr("does not speak TLS"));
  // A greeting of 16 MiB is announced.
  EXPECT_THAT(refusal(std::string("\x16\x03\x01\x10\x00\x01\xff\xff\xff", 9) + std::string(4092, 'x')), HasSubstr("does not speak TLS"));
  // One of 128 KiB, as OpenSSL would allow.
  std::string record("\x16\x03\x01\x20\x00", 5), all;
  for (int i = 0; i < 3; ++i)
    all += record + (i == 0 ? std::string("\x01\x01\xff\xff\x03\x03", 6) + std::string(8186, 'x') : std::string(8192, 'x'));
  EXPECT_THAT(refusal(all), HasSubstr("too long"));
}

TEST_F(WireTls, WhoSaysNothingOrStopsIsWaitedFor) {
  TlsSession dialler(ours, Role::dialler), listener(ours, Role::listener);
  EXPECT_FALSE(listener.handshake());
  Bytes room(10);
  EXPECT_EQ(listener.read(room), 0u);
  dialler.handshake();
  const Bytes hello = output(dialler);
  for (std::size_t i = 0; i + 1 < hello.size(); ++i) {
    give(listener, std::span(hello).subspan(i, 1));
    ASSERT_TRUE(output(listener).empty()) << i << " of " << hello.size();
  }
  give(listener, std::span(hello).last(1));
  EXPECT_FALSE(output(listener).empty());
  EXPECT_FALSE(listener.established());
}

TEST_F(WireTls, ASpoiltBitAnywhereEndsIt) {
  // In the handshake: with any bit spoilt, the two never both come to trust what they heard.
  Bytes hello;
  {
    TlsSession dialler(ours, Role::dialler);
    dialler.handshake();
    hello = output(dialler);
  }
  for (std::size_t at = 0; at < hello.size(); at += 3) {
    TlsSession dialler(ours, Role::dialler), listener(ours, Role::listener);
    dialler.handshake();
    Bytes spoilt = output(dialler);
    spoilt.at(at) ^= std::byte{0x40};
    try {
      give(listener, spoilt);
      give(dialler, output(listener));
      give(listener, output(dialler));
    } catch (const AuthError&) {
    }
    EXPECT_FALSE(dialler.established() && listener.established()) << at;
  }
  // Later: what came before it is given out, and nothing more.
  TlsSession dialler(ours, Role::dialler), listener(ours, Role::listener);
  shake_hands(dialler, listener);
  dialler.write(bytes_of("good"));
  Bytes wire = output(dialler);
  dialler.write(bytes_of("spoilt"));
  Bytes second = output(dialler);
  second.back() ^= std::byte{1};
  wire.insert(wire.end(), second.begin(), second.end());
  const std::span<std::byte> space = listener.space();
  std::memcpy(space.data(), wire.data(), wire.size());
  listener.arrived(wire.size());
  Bytes room(100);
  ASSERT_EQ(listener.read(room), 4u);
  EXPECT_THROW(listener.read(room), AuthError);
  EXPECT_FALSE(listener.write(room));
}

TEST_F(WireTls, AReplayIsRefused) {
  TlsSession dialler(ours, Role::dialler), listener(ours, Role::listener);
  shake_hands(dialler, listener);
  dialler.write(bytes_of("once"));
  const Bytes wire = output(dialler);
  EXPECT_EQ(give(listener, wire), bytes_of("once"));
  EXPECT_THROW(give(listener, wire), AuthError);
}

TEST_F(WireTls, ClosingIsHeardBehindWhatWasSaid) {
  TlsSession dialler(ours, Role::dialler), listener(ours, Role::listener);
  shake_hands(dialler, listener);
  dialler.write(bytes_of("the last words"));
  dialler.close();
  dialler.close();
  EXPECT_FALSE(dialler.write(bytes_of("more")));
  EXPECT_EQ(give(listener, output(dialler)), bytes_of("the last words"));
  EXPECT_TRUE(listener.ended());
}

TEST_F(WireTls, TheFileIsItsOwnersAlone) {
  struct stat status {};
  ASSERT_EQ(::stat(path("ours").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto refusal = [](const std::string& file) -> std::string {
    try {
      TlsIdentity::load(file);
    } catch (const StorageError& error) {
      return error.what();
    }
    return "";
  };
  ::chmod(path("other").c_str(), 0644);
  EXPECT_THAT(refusal(path("other")), HasSubstr("chmod 600"));
  EXPECT_THAT(refusal(path("none")), HasSubstr("can't read the certificate"));
  EXPECT_THROW(TlsIdentity::make(path("ours")), StorageError);
  // Half of each of two is nothing.
  std::ifstream one(path("ours")), two(path("other"));
  const std::string first(std::istreambuf_iterator<char>(one), {}), second(std::istreambuf_iterator<char>(two), {});
  const std::size_t cut = first.find("-----BEGIN CERTIFICATE"), cut_too = second.find("-----BEGIN CERTIFICATE");
  for (const std::string& text :
       {std::string("rubbish"), first.substr(0, cut), first.substr(cut), first.substr(0, cut) + second.substr(cut_too)}) {
    std::ofstream(path("mixed")) << text;
    ::chmod(path("mixed").c_str(), 0600);
    EXPECT_THAT(refusal(path("mixed")), HasSubstr("no certificate with its key")) << text;
  }
}

}  // namespace
}  // namespace colony
