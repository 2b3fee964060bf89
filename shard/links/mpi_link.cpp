#include "shard/links/mpi_link.hpp"

#include <fmt/format.h>

// The C++ bindings that MPI has given up, and their library, stay away.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/array.hpp"

namespace colony {
namespace {

constexpr int frame_tag = 17;
constexpr std::size_t most_spares = 8;
constexpr std::uint64_t stop_patience_ns = 5'000'000'000;

std::string text_of(int error) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(error, text, &length);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace

class MpiLink::Core {
 public:
  Core(Clock& clock, MpiOptions options, RefusalLog log);
  ~Core();
  void start(Sink sink);
  void stop();
  void give_up();
  bool given_up() const { return given_up_; }
  void connect(const std::vector<MemberAddress>& members);
  void send(const Frame& frame);
  void send_kept(KeptFrame& kept);
  void poll() {
    polls_.fetch_add(1, std::memory_order_relaxed);
    progress(polled_, true);
  }
  LinkTraffic traffic() const { return {frames_sent_, bytes_sent_, frames_received_, bytes_received_, refused_}; }
  int rank() const { return rank_; }
  int size() const { return size_; }

 private:
  struct Sending {
    MPI_Request request = MPI_REQUEST_NULL;
    Array<std::byte> copy;
    KeptFrame* kept = nullptr;
    std::size_t bytes = 0;
    int to = 0;
  };
  struct Receiving {
    MPI_Request request = MPI_REQUEST_NULL;
    Frame frame;
    std::size_t bytes = 0;
    int from = 0;
  };

  void check(int error, const char* what) const;
  void begin_send(Sending&& sending, std::span<const std::byte> wire, std::uint32_t to);
  void finish_sends();
  void begin_receives();
  void finish_receives(std::vector<Receiving>& done);
  void progress(std::vector<Receiving>& done, bool wait_for_lock);
  void deliver(Receiving& received);
  void refuse(int from, std::string_view why);
  void release(Sending& sending);
  void glance();

  Clock& clock_;
  const MpiOptions options_;
  const RefusalLog log_;
  Sink sink_;
  bool started_mpi_ = false;
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 0;
  std::thread thread_;
  std::vector<Receiving> polled_, glanced_;  ///< scratch of the thread that polls, and of ours

  mutable std::mutex mutex_;  ///< over all below, and every call of MPI
  std::condition_variable wake_;
  bool stopping_ = false, given_up_ = false;
  std::string failed_;  ///< why MPI can't be used any more
  std::map<std::uint32_t, int> rank_of_;
  std::vector<Sending> sends_;
  std::vector<Receiving> receives_;
  std::vector<Array<std::byte>> spare_copies_;
  std::vector<Frame> spare_frames_;

  std::atomic<std::uint64_t> polls_{0};
  std::atomic<std::uint64_t> frames_sent_{0}, bytes_sent_{0}, frames_received_{0}, bytes_received_{0}, refused_{0};
};

MpiLink::MpiLink(Clock& clock, MpiOptions options, RefusalLog log) : core_(std::make_unique<Core>(clock, options, std::move(log))) {}
MpiLink::~MpiLink() {
  if (!core_->given_up()) return;
  core_->stop();
  static_cast<void>(core_.release());  // MPI may still write into what is being received: that stays until the process is gone
}
std::uint32_t MpiLink::rank() const { return static_cast<std::uint32_t>(core_->rank()); }
std::uint32_t MpiLink::size() const { return static_cast<std::uint32_t>(core_->size()); }
std::string MpiLink::url_of(std::uint32_t rank) { return fmt::format("mpi:{}", rank); }
void MpiLink::start(Sink sink) { core_->start(std::move(sink)); }
void MpiLink::stop() { core_->stop(); }
void MpiLink::give_up() { core_->give_up(); }
std::string MpiLink::url() const { return url_of(rank()); }
void MpiLink::connect(ShardId, const std::vector<MemberAddress>& members) { core_->connect(members); }
void MpiLink::send(const Frame& frame) { core_->send(frame); }
void MpiLink::send_kept(KeptFrame& kept) { core_->send_kept(kept); }
LinkTraffic MpiLink::traffic() const { return core_->traffic(); }

bool MpiLink::poll() {
  core_->poll();
  return true;
}

void MpiLink::abort(int status) {
  MPI_Abort(MPI_COMM_WORLD, status);
  std::abort();  // where MPI itself is beyond that
}

// ---- Beginning and end ----

MpiLink::Core::Core(Clock& clock, MpiOptions options, RefusalLog log) : clock_(clock), options_(options), log_(std::move(log)) {
  int running = 0, level = MPI_THREAD_SINGLE;
  MPI_Initialized(&running);
  if (running != 0) {
    MPI_Query_thread(&level);
  } else {
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level), "can't be started");
    started_mpi_ = true;
  }
  const auto fail = [&](const std::string& why) {
    if (started_mpi_) MPI_Finalize();
    throw LinkError("mpi", why);
  };
  if (level < MPI_THREAD_SERIALIZED) fail("this MPI can't be called from more than one thread; use transport = \"nng\"");
  if (options_.max_frame_bytes > (std::uint64_t{1} << 31) - 1) fail("frames of 2 GiB and more can't be sent over MPI");
  // Ours from here on: errors come back, and no message of the program's is taken for a frame.
  if (const int error = MPI_Comm_dup(MPI_COMM_WORLD, &comm_); error != MPI_SUCCESS) fail(text_of(error));
  MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size_);
}

MpiLink::Core::~Core() {
  stop();
  MPI_Comm_free(&comm_);
  if (started_mpi_) MPI_Finalize();
}

void MpiLink::Core::check(int error, const char* what) const {
  if (error != MPI_SUCCESS) throw LinkError(fmt::format("mpi:{}", rank_), fmt::format("{}: {}", what, text_of(error)));
}

void MpiLink::Core::start(Sink sink) {
  COLONY_ASSERT(!thread_.joinable() && !stopping_, "a link is started once");
  sink_ = std::move(sink);
  thread_ = std::thread([this] { glance(); });
}

void MpiLink::Core::give_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
}

void MpiLink::Core::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  try {
    std::vector<Receiving> too_late;
    const std::uint64_t end_ns = clock_.now_ns() + (given_up_ ? 0 : stop_patience_ns);
    while (!(sends_.empty() && receives_.empty()) && failed_.empty() && clock_.now_ns() < end_ns) {
      finish_sends();
      finish_receives(too_late);
    }
  } catch (const LinkError&) {  // as lost as a frame can be
  }
  for (Sending& sending : sends_) {
    MPI_Cancel(&sending.request);
    MPI_Request_free(&sending.request);
    release(sending);
  }
  sends_.clear();
  // What is still being received stays where it is: MPI may write there until it ends.
}

/// Looks in now and then until the link stops. Whoever polls is quicker: then there is nothing to be done here.
void MpiLink::Core::glance() {
  std::unique_lock lock(mutex_);
  for (std::uint64_t seen = 0; !stopping_ && failed_.empty();) {
    wake_.wait_for(lock, std::chrono::microseconds(options_.glance_us));
    const std::uint64_t polls = polls_.load(std::memory_order_relaxed);
    if (polls != seen) {
      seen = polls;
      continue;
    }
    lock.unlock();
    try {
      progress(glanced_, false);
    } catch (const LinkError& error) {
      const std::lock_guard again(mutex_);
      failed_ = error.what();  // the next send or poll says so
    }
    lock.lock();
  }
}

void MpiLink::Core::connect(const std::vector<MemberAddress>& members) {
  std::map<std::uint32_t, int> rank_of;
  for (const MemberAddress& member : members) {
    int rank = -1;
    const std::string_view url = member.url;
    const char* end = url.data() + url.size();
    const bool good = url.starts_with("mpi:") && std::from_chars(url.data() + 4, end, rank).ptr == end;
    if (!good || rank < 0 || rank >= size_)
      throw LinkError(member.url, fmt::format("is no rank of this MPI job, whose ranks are mpi:0 to mpi:{}", size_ - 1));
    rank_of[member.shard.value] = rank;
  }
  const std::lock_guard lock(mutex_);
  rank_of_.swap(rank_of);
}

// ---- Sending ----

void MpiLink::Core::send(const Frame& frame) {
  Sending sending;
  {
    const std::lock_guard lock(mutex_);
    if (!spare_copies_.empty()) {
      sending.copy.swap(spare_copies_.back());
      spare_copies_.pop_back();
    }
  }
  const std::size_t bytes = frame.encoded_bytes();
  if (bytes > options_.max_frame_bytes) throw FrameError(fmt::format("{} bytes are more than MPI carries", bytes));
  sending.copy.clear();
  sending.copy.resize(bytes);
  frame.encode_into(sending.copy.data(), Checksum::none);
  const std::span<const std::byte> wire(sending.copy.data(), bytes);
  begin_send(std::move(sending), wire, frame.header.to);
}

void MpiLink::Core::send_kept(KeptFrame& kept) {
  if (kept.frame.encoded_bytes() > options_.max_frame_bytes)
    throw FrameError(fmt::format("{} bytes are more than MPI carries", kept.frame.encoded_bytes()));
  if (kept.wire.empty()) kept.wire = kept.frame.seal(Checksum::none);
  kept.readers.fetch_add(1, std::memory_order_relaxed);
  Sending sending;
  sending.kept = &kept;
  begin_send(std::move(sending), kept.wire, kept.frame.header.to);
}

void MpiLink::Core::begin_send(Sending&& sending, std::span<const std::byte> wire, std::uint32_t to) {
  const std::lock_guard lock(mutex_);
  const auto it = rank_of_.find(to);
  const auto busy = [&](int rank) { return std::count_if(sends_.begin(), sends_.end(), [&](const Sending& s) { return s.to == rank; }); };
  if (!failed_.empty() || stopping_ || it == rank_of_.end() || static_cast<std::size_t>(busy(it->second)) >= options_.max_queued) {
    release(sending);
    if (!failed_.empty()) throw LinkError(fmt::format("mpi:{}", rank_), failed_);
    return;
  }
  sending.to = it->second;
  sending.bytes = wire.size();
  const int error = MPI_Isend(wire.data(), static_cast<int>(wire.size()), MPI_BYTE, sending.to, frame_tag, comm_, &sending.request);
  if (error != MPI_SUCCESS) {
    release(sending);
    check(error, "can't send");
  }
  sends_.push_back(std::move(sending));
}

void MpiLink::Core::release(Sending& sending) {
  if (KeptFrame* kept = std::exchange(sending.kept, nullptr); kept != nullptr) kept->readers.fetch_sub(1, std::memory_order_release);
  if (sending.copy.capacity() > 0 && spare_copies_.size() < most_spares) spare_copies_.push_back(std::move(sending.copy));
}

void MpiLink::Core::finish_sends() {
  for (std::size_t i = 0; i < sends_.size();) {
    int done = 0;
    check(MPI_Test(&sends_[i].request, &done, MPI_STATUS_IGNORE), "can't send");
    if (done == 0) {
      ++i;
      continue;
    }
    ++frames_sent_;
    bytes_sent_ += sends_[i].bytes;
    release(sends_[i]);
    std::swap(sends_[i], sends_.back());
    sends_.pop_back();
  }
}

// ---- Receiving ----

void MpiLink::Core::begin_receives() {
  for (;;) {
    int found = 0, bytes = 0;
    MPI_Message message;
    MPI_Status status;
    check(MPI_Improbe(MPI_ANY_SOURCE, frame_tag, comm_, &found, &message, &status), "can't receive");
    if (found == 0) return;
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    if (bytes < 0 || static_cast<std::uint64_t>(bytes) > options_.max_frame_bytes) {
      MPI_Mrecv(nullptr, 0, MPI_BYTE, &message, MPI_STATUS_IGNORE);  // cut off, which is an error and drops it
      refuse(status.MPI_SOURCE, fmt::format("{} bytes, where {} are allowed", bytes, options_.max_frame_bytes));
      continue;
    }
    Receiving receiving;
    if (!spare_frames_.empty()) {
      receiving.frame.swap(spare_frames_.back());
      spare_frames_.pop_back();
    }
    receiving.from = status.MPI_SOURCE;
    receiving.bytes = static_cast<std::size_t>(bytes);
    std::byte* to = receiving.frame.open_wire(receiving.bytes);
    check(MPI_Imrecv(to, bytes, MPI_BYTE, &message, &receiving.request), "can't receive");
    receives_.push_back(std::move(receiving));
  }
}

void MpiLink::Core::finish_receives(std::vector<Receiving>& done) {
  for (std::size_t i = 0; i < receives_.size();) {
    int complete = 0;
    check(MPI_Test(&receives_[i].request, &complete, MPI_STATUS_IGNORE), "can't receive");
    if (complete == 0) {
      ++i;
      continue;
    }
    done.push_back(std::move(receives_[i]));
    std::swap(receives_[i], receives_.back());
    receives_.pop_back();
  }
}

/// One look at everything. Frames are checked and delivered outside the lock.
void MpiLink::Core::progress(std::vector<Receiving>& done, bool wait_for_lock) {
  {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (wait_for_lock) lock.lock();
    else if (!lock.try_lock()) return;
    if (stopping_) return;
    if (!failed_.empty()) throw LinkError(fmt::format("mpi:{}", rank_), failed_);
    finish_sends();
    begin_receives();
    finish_receives(done);
  }
  if (done.empty()) return;
  for (Receiving& received : done) deliver(received);
  const std::lock_guard lock(mutex_);
  for (Receiving& received : done)
    if (spare_frames_.size() < most_spares) spare_frames_.push_back(std::move(received.frame));
  done.clear();
}

void MpiLink::Core::deliver(Receiving& received) {
  Frame& frame = received.frame;
  std::string fault;
  try {
    frame.close_wire(Checksum::none);
    const std::lock_guard lock(mutex_);
    const auto it = rank_of_.find(frame.header.from);
    // A sender that is not a member here yet may be one of the next epoch: the inbox decides.
    if (it != rank_of_.end() && it->second != received.from) fault = fmt::format("it names shard {} as its sender", frame.header.from);
  } catch (const FrameError& error) {
    fault = error.what();
  }
  if (!fault.empty()) return refuse(received.from, fault);
  ++frames_received_;
  bytes_received_ += received.bytes;
  sink_(std::move(frame));
}

/// Counts and logs; the first, second, fourth, eighth ... refusal.
void MpiLink::Core::refuse(int from, std::string_view why) {
  const std::uint64_t count = ++refused_;
  if (log_ && std::has_single_bit(count)) log_(fmt::format("rank {}", from), fmt::format("{}; {} refused so far", why, count));
}

}  // namespace colony
