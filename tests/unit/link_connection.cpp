// An NngConnection by itself: whoever closes it, its owner hears that nothing more comes.
#include <gtest/gtest.h>
#include <nng/nng.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "shard/links/nng_connection.hpp"
#include "tests/unit/storage_support.hpp"

namespace colony::testing {
namespace {

/// Closes a connection as soon as it says something, and notes whether it was told of the end.
class Closer final : public NngConnection::Owner {
 public:
  void on_message(NngConnection& connection, std::string_view) override {
    heard = true;
    connection.close();  // as the sending half does when a send fails
  }
  void on_frame(NngConnection&, Frame&&) override {}
  void on_bad_frame(NngConnection&, std::string_view) override {}
  void on_sent(NngConnection&) override {}
  void on_broken(NngConnection&, std::string_view) override { told = true; }

  bool hears_of_the_end() const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!told && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return told;
  }

  std::atomic<bool> heard{false}, told{false};
};

/// A stream of NNG's to a socket of ours.
class NngConnectionTest : public ::testing::Test {
 protected:
  NngConnectionTest() {
    const std::string path = folder_.path() + "/socket";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    nng_stream_dialer* dialer = nullptr;
    nng_aio* aio = nullptr;
    EXPECT_EQ(nng_stream_dialer_alloc(&dialer, ("ipc://" + path).c_str()), 0);
    EXPECT_EQ(nng_aio_alloc(&aio, nullptr, nullptr), 0);
    nng_stream_dialer_dial(dialer, aio);
    nng_aio_wait(aio);
    EXPECT_EQ(nng_aio_result(aio), 0);
    stream = static_cast<nng_stream*>(nng_aio_get_output(aio, 0));
    nng_aio_free(aio);
    nng_stream_dialer_free(dialer);
    other_end = ::accept(listener_, nullptr, nullptr);
  }
  ~NngConnectionTest() override {
    ::close(other_end);
    ::close(listener_);
  }

  nng_stream* stream = nullptr;
  int other_end = -1;

 private:
  test::TemporaryFolder folder_;
  int listener_ = -1;
};

TEST_F(NngConnectionTest, ItsOwnerHearsOfACloseInTheMiddleOfAMessage) {
  Closer owner;
  NngConnection connection(stream, owner, 100);
  connection.start();
  const char message[] = "\x01\0\0\0\0\0\0\0x";
  ASSERT_EQ(::write(other_end, message, sizeof message - 1), static_cast<ssize_t>(sizeof message - 1));
  EXPECT_TRUE(owner.hears_of_the_end());
  EXPECT_TRUE(owner.heard);
}

TEST_F(NngConnectionTest, ItsOwnerHearsOfACloseBeforeARead) {
  Closer owner;
  NngConnection connection(stream, owner, 100);
  connection.close();
  connection.start();
  EXPECT_TRUE(owner.hears_of_the_end());
}

}  // namespace
}  // namespace colony::testing
