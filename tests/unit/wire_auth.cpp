// What shard/wire/auth lets through, and what not.
#include "shard/wire/auth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace colony {
namespace {

using Role = Handshake::Role;
using ::testing::HasSubstr;

class WireAuth : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "colony-auth-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    secret = Secret::make(path("secret"));
    other = Secret::make(path("other"));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string path(const std::string& name) const { return folder + "/" + name; }

  template <class F>
  static std::string refusal(F&& f) {
    try {
      f();
    } catch (const AuthError& error) {
      EXPECT_EQ(error.status(), ExitStatus::cluster);
      return error.what();
    }
    return "";
  }

  std::string folder;
  Secret secret, other, none;
};

/// Both ends of one connection, carried through their handshake.
struct Pair {
  Pair(const Secret& dialler_secret, const Secret& listener_secret, const std::string& purpose = "control")
      : dialler(dialler_secret, Role::dialler, purpose), listener(listener_secret, Role::listener, purpose) {}
  void meet() {
    const std::string challenge = listener.answer(dialler.hello()).value();
    EXPECT_FALSE(listener.accepted());
    const std::string proof = dialler.answer(challenge).value();
    EXPECT_FALSE(listener.answer(proof).has_value());
  }
  Handshake dialler, listener;
};

TEST_F(WireAuth, BothEndsWithTheSecretAreProvenAndShareAKey) {
  Pair pair(secret, Secret::load(path("secret")));
  pair.meet();
  EXPECT_TRUE(pair.dialler.accepted());
  EXPECT_TRUE(pair.listener.accepted());
  EXPECT_EQ(pair.dialler.session_key(), pair.listener.session_key());
  EXPECT_EQ(pair.dialler.session_key().size(), 32u);
  Pair again(secret, secret);
  again.meet();
  EXPECT_NE(again.dialler.session_key(), pair.dialler.session_key());
}

TEST_F(WireAuth, WithoutASecretBothEndsMeetUnderTheEmptyKey) {
  EXPECT_TRUE(none.none());
  EXPECT_FALSE(secret.none());
  Pair pair(none, none);
  pair.meet();
  EXPECT_TRUE(pair.listener.accepted());
}

TEST_F(WireAuth, AListenerWithAnotherSecretIsNotBelieved) {
  for (const Secret* wrong : {&other, &none}) {
    Pair pair(secret, *wrong);
    const std::string challenge = pair.listener.answer(pair.dialler.hello()).value();
    EXPECT_THAT(refusal([&] { pair.dialler.answer(challenge); }), HasSubstr("does not know this run's secret"));
    EXPECT_FALSE(pair.dialler.accepted());
  }
}

TEST_F(WireAuth, ADiallerWithAnotherSecretIsNotBelieved) {
  for (const Secret* wrong : {&other, &none}) {
    // The dialler ignores the listener's proof; its own proof is made under its own secret.
    Pair pair(secret, secret), liar(*wrong, *wrong);
    pair.listener.answer(pair.dialler.hello());
    const std::string proof = liar.dialler.answer(liar.listener.answer(liar.dialler.hello()).value()).value();
    EXPECT_THAT(refusal([&] { pair.listener.answer(proof); }), HasSubstr("does not know this run's secret"));
    EXPECT_FALSE(pair.listener.accepted());
  }
}

TEST_F(WireAuth, AProofIsWorthNothingForAnotherPurpose) {
  Pair pair(secret, secret, "bulk 3 1 2");
  Handshake control(secret, Role::listener, "control");
  EXPECT_THAT(refusal([&] { control.answer(pair.dialler.hello()); }), HasSubstr("another purpose"));

  // A stranger translates the purpose in the hello: the listener answers, and its proof is one for its own purpose.
  Handshake dialler(secret, Role::dialler, "bulk 31 2"), listener(secret, Role::listener, "bulk 3 12");
  std::string hello = dialler.hello();
  hello.replace(hello.size() - 9, 9, "bulk 3 12");
  const std::string challenge = listener.answer(hello).value();
  EXPECT_THAT(refusal([&] { dialler.answer(challenge); }), HasSubstr("secret"));
}

TEST_F(WireAuth, WhatCameOnceIsNotTakenAgain) {
  Pair first(secret, secret);
  const std::string hello = first.dialler.hello();
  const std::string challenge = first.listener.answer(hello).value();
  const std::string proof = first.dialler.answer(challenge).value();
  first.listener.answer(proof);
  EXPECT_THAT(refusal([&] { first.listener.answer(proof); }), HasSubstr("out of turn"));

  Handshake listener(secret, Role::listener, "control");  // a recording of a good dialler
  listener.answer(hello);
  EXPECT_THAT(refusal([&] { listener.answer(proof); }), HasSubstr("secret"));
  EXPECT_FALSE(listener.accepted());

  Handshake dialler(secret, Role::dialler, "control");  // and one of a good listener
  dialler.hello();
  EXPECT_THAT(refusal([&] { dialler.answer(challenge); }), HasSubstr("secret"));
}

TEST_F(WireAuth, WhatIsSentBackIsRefused) {
  Pair pair(secret, secret);
  const std::string hello = pair.dialler.hello();
  EXPECT_THAT(refusal([&] { pair.dialler.answer(hello); }), HasSubstr("out of turn"));

  Handshake listener(secret, Role::listener, "control");
  std::string challenge = listener.answer(hello).value();
  EXPECT_THAT(refusal([&] { listener.answer(challenge); }), HasSubstr("out of turn"));

  // The listener's own proof in the place of the dialler's.
  Handshake third(secret, Role::listener, "control");
  challenge = third.answer(hello).value();
  std::string proof = hello.substr(0, 13) + challenge.substr(challenge.size() - 32);
  proof[12] = 'p';
  EXPECT_THAT(refusal([&] { third.answer(proof); }), HasSubstr("secret"));
}

TEST_F(WireAuth, EveryShortenedOrAlteredMessageIsRefused) {
  for (std::size_t cut = 0; cut < 45; ++cut) {
    Pair pair(secret, secret);
    EXPECT_NE(refusal([&] { pair.listener.answer(pair.dialler.hello().substr(0, cut)); }), "") << cut;
  }
  for (std::size_t at = 0; at < 77; ++at) {
    Pair pair(secret, secret);
    std::string challenge = pair.listener.answer(pair.dialler.hello()).value();
    ASSERT_EQ(challenge.size(), 77u);
    challenge[at] = static_cast<char>(challenge[at] ^ 1);
    EXPECT_NE(refusal([&] { pair.dialler.answer(challenge); }), "") << at;
    EXPECT_NE(refusal([&] { pair.dialler.answer(challenge.substr(0, at)); }), "") << at;
  }
  for (std::size_t at = 0; at < 45; ++at) {
    Pair pair(secret, secret);
    std::string proof = pair.dialler.answer(pair.listener.answer(pair.dialler.hello()).value()).value();
    ASSERT_EQ(proof.size(), 45u);
    const std::string whole = proof;
    proof[at] = static_cast<char>(proof[at] ^ 1);
    EXPECT_NE(refusal([&] { pair.listener.answer(proof); }), "") << at;
    EXPECT_THAT(refusal([&] { pair.listener.answer(whole); }), HasSubstr("out of turn")) << "a handshake that failed stays failed";
  }
  Handshake listener(secret, Role::listener, "control");
  EXPECT_THAT(refusal([&] { listener.answer(std::string(max_handshake_bytes + 1, 'x')); }), HasSubstr("513 bytes"));
}

TEST_F(WireAuth, AnotherVersionIsNamed) {
  Pair pair(secret, secret);
  std::string hello = pair.dialler.hello();
  hello[11] = 9;
  EXPECT_THAT(refusal([&] { pair.listener.answer(hello); }), HasSubstr("version 9"));
}

TEST_F(WireAuth, ASealIsForOneDirectionOneNumberAndOneText) {
  Pair pair(secret, secret);
  pair.meet();
  const MessageSeal dialler(pair.dialler.session_key(), Role::dialler), listener(pair.listener.session_key(), Role::listener);
  for (const std::string& text : {std::string(), std::string("x"), std::string(100'000, '\0')}) {
    const std::string sealed = dialler.seal(7, text);
    EXPECT_EQ(listener.open(7, sealed), text);
    EXPECT_THAT(refusal([&] { listener.open(8, sealed); }), HasSubstr("seal is broken"));
    EXPECT_THAT(refusal([&] { dialler.open(7, sealed); }), HasSubstr("seal is broken")) << "sent back";
    EXPECT_NE(refusal([&] { listener.open(7, std::string_view(sealed).substr(0, sealed.size() - 1)); }), "");
    EXPECT_NE(refusal([&] { listener.open(7, std::string_view(sealed).substr(1)); }), "");
    std::string altered = sealed;
    altered[0] = static_cast<char>(altered[0] ^ 1);
    EXPECT_NE(refusal([&] { listener.open(7, altered); }), "");
  }
  EXPECT_THAT(refusal([&] { listener.open(7, "short"); }), HasSubstr("without its seal"));
  Pair foreign(other, other);
  foreign.meet();
  const MessageSeal stranger(foreign.dialler.session_key(), Role::dialler);
  EXPECT_NE(refusal([&] { listener.open(7, stranger.seal(7, "x")); }), "");
}

TEST_F(WireAuth, ASecretIsAFileOfItsOwnerAlone) {
  struct stat status {};
  ASSERT_EQ(::stat(path("secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(status.st_size, 64);
  EXPECT_THROW(Secret::make(path("secret")), StorageError) << "no secret is written over another";
  EXPECT_THROW(Secret::make(path("nowhere/secret")), StorageError);
  EXPECT_THROW(Secret::load(path("missing")), StorageError);
  EXPECT_THROW(Secret::load(folder), StorageError);
  std::ofstream(path("empty")).close();
  ::chmod(path("empty").c_str(), 0600);
  EXPECT_THROW(Secret::load(path("empty")), StorageError);
  for (const mode_t mode : {0640, 0604, 0620}) {
    ::chmod(path("secret").c_str(), mode);
    EXPECT_THROW(Secret::load(path("secret")), StorageError) << mode;
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 3) << "temporary files are gone";
}

TEST_F(WireAuth, ARequestIsProvenByTheSecretForOneRunTargetAndTime) {
  const std::string proof = request_proof(secret, "run", "POST", "/drain?shard=1", 7);
  EXPECT_EQ(proof.size(), 64u);
  EXPECT_EQ(proof.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(proof, request_proof(Secret::load(path("secret")), "run", "POST", "/drain?shard=1", 7));
  for (const std::string& another :
       {request_proof(other, "run", "POST", "/drain?shard=1", 7), request_proof(none, "run", "POST", "/drain?shard=1", 7),
        request_proof(secret, "runs", "POST", "/drain?shard=1", 7), request_proof(secret, "run", "GET", "/drain?shard=1", 7),
        request_proof(secret, "run", "POST", "/drain?shard=2", 7), request_proof(secret, "run", "POST", "/drain?shard=1", 77),
        request_proof(secret, "runP", "OST", "/drain?shard=1", 7)}) {
    EXPECT_NE(another, proof);
    EXPECT_FALSE(same_proof(another, proof));
  }
  EXPECT_TRUE(same_proof(proof, std::string(proof)));
  EXPECT_FALSE(same_proof(proof, proof.substr(1)));
  EXPECT_FALSE(same_proof(proof, ""));
}

}  // namespace
}  // namespace colony
