// apps/http/http_authorization: who may change a run by its pages, and who not.
#include "apps/http/http_authorization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace colony {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t second = 1'000'000'000;

class PagesAuthorization : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "colony-pages-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    secret = Secret::make(folder + "/secret");
    other = Secret::make(folder + "/other");
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  HttpRequest request(std::uint64_t at_ns, const std::string& target = "/drain?shard=1") const {
    return {"POST", target, authorization_of(secret, "run", "POST", target, at_ns)};
  }

  std::string folder;
  Secret secret, other;
  std::uint64_t now = 1'700'000'000 * second;
};

TEST_F(PagesAuthorization, AProvenRequestIsTakenOnce) {
  HttpAuthorization door(secret, "run", [this] { return now; });
  EXPECT_THAT(door.refusal(request(now)), IsEmpty());
  EXPECT_THAT(door.refusal(request(now)), HasSubstr("used before"));
  EXPECT_THAT(door.refusal(request(now + 1)), IsEmpty());
  EXPECT_THAT(door.refusal(request(now, "/drain?shard=2")), HasSubstr("used before")) << "a time is for one request of any kind";
}

TEST_F(PagesAuthorization, ATimeCountsForAMinuteAndIsNeverTakenTwice) {
  HttpAuthorization door(secret, "run", [this] { return now; });
  EXPECT_THAT(door.refusal(request(now - 60 * second)), IsEmpty());
  EXPECT_THAT(door.refusal(request(now - 60 * second - 1)), HasSubstr("more than a minute"));
  EXPECT_THAT(door.refusal(request(now + 60 * second + 1)), HasSubstr("more than a minute"));
  const HttpRequest ahead = request(now + 60 * second);
  EXPECT_THAT(door.refusal(ahead), IsEmpty());
  for (int i = 0; i < 130; ++i) {  // until long after it is forgotten
    now += second;
    EXPECT_THAT(door.refusal(request(now + 1)), IsEmpty());
    EXPECT_NE(door.refusal(ahead), "") << i;
  }
}

TEST_F(PagesAuthorization, WhatIsNotProvenIsRefused) {
  HttpAuthorization door(secret, "run", [this] { return now; });
  const std::string good = request(now).authorization;
  const std::string proof = good.substr(good.rfind(' ') + 1), time = std::to_string(now);
  for (const std::string& header :
       {std::string(), std::string("Colony"), std::string("Colony "), "Colony " + time, "Colony " + time + " ",
        "Basic " + time + " " + proof, "colony " + time + " " + proof, "Colony " + std::to_string(now + 1) + " " + proof,
        "Colony  " + time + " " + proof, "Colony -1 " + proof, "Colony 99999999999999999999999 " + proof, good.substr(0, good.size() - 1),
        good + "0", good + " ", authorization_of(other, "run", "POST", "/drain?shard=1", now),
        authorization_of(Secret(), "run", "POST", "/drain?shard=1", now),
        authorization_of(secret, "another", "POST", "/drain?shard=1", now), authorization_of(secret, "run", "GET", "/drain?shard=1", now),
        authorization_of(secret, "run", "POST", "/drain?shard=2", now)})
    EXPECT_NE(door.refusal({"POST", "/drain?shard=1", header}), "") << header;
  EXPECT_THAT(door.refusal({"POST", "/drain?shard=1", good}), IsEmpty()) << "what was refused used nothing up";
}

TEST_F(PagesAuthorization, ARunWithoutASecretIsChangedByNobody) {
  HttpAuthorization open(Secret(), "run", [this] { return now; });
  EXPECT_THAT(open.refusal({"POST", "/x", authorization_of(Secret(), "run", "POST", "/x", now)}), HasSubstr("no secret"));
}

}  // namespace
}  // namespace colony
