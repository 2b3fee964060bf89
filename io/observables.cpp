#include "io/observables.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "io/storage.hpp"

namespace colony {
namespace {

constexpr std::size_t buffer_limit = std::size_t{1} << 20;
constexpr std::uint64_t flush_ns = 1'000'000'000;

std::string header_of(const std::vector<std::string>& names, CsvWriter::DigestColumn digest) {
  std::string header = "tick";
  for (const std::string& name : names) header += "," + name;
  return header + (digest == CsvWriter::DigestColumn::yes ? ",digest\n" : "\n");
}

template <class T>
void append(std::string& buffer, T value) {
  char text[40];
  buffer.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string read_prefix(const std::string& path, int descriptor, std::size_t bytes, std::uint64_t offset) {
  std::string text(bytes, '\0');
  const ssize_t got = pread(descriptor, text.data(), bytes, static_cast<off_t>(offset));
  if (got < 0) throw storage_error(path, "reading", errno);
  text.resize(static_cast<std::size_t>(got));
  return text;
}

/// Closes a descriptor unless it is handed on.
struct Opened {
  int descriptor;
  ~Opened() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

int open_file(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0644);
  if (descriptor < 0) throw storage_error(path, "opening", errno);
  return descriptor;
}

}  // namespace

CsvWriter::CsvWriter(std::string path, int descriptor, std::size_t columns, DigestColumn digest, std::uint64_t written)
    : path_(std::move(path)), descriptor_(descriptor), columns_(columns), digest_(digest), written_(written) {}

CsvWriter::CsvWriter(CsvWriter&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      columns_(other.columns_),
      digest_(other.digest_),
      written_(other.written_),
      flushed_ns_(other.flushed_ns_),
      buffer_(std::exchange(other.buffer_, {})) {}

CsvWriter::~CsvWriter() {
  if (descriptor_ < 0) return;
  try {
    flush();
  } catch (const StorageError&) {  // the file was cut back to whole rows; who has to know calls sync()
  }
  ::close(descriptor_);
}

CsvWriter CsvWriter::create(const std::string& path, std::vector<std::string> names, DigestColumn digest) {
  CsvWriter writer(path, open_file(path, O_CREAT | O_TRUNC), names.size(), digest, 0);
  writer.buffer_ = header_of(names, digest);
  writer.flush();
  return writer;
}

CsvWriter CsvWriter::open_at(const std::string& path, std::uint64_t length, std::vector<std::string> names, DigestColumn digest) {
  if (length == 0) return create(path, std::move(names), digest);
  Opened file{open_file(path, 0)};
  struct stat status {};
  if (fstat(file.descriptor, &status) != 0) throw storage_error(path, "reading its size", errno);
  if (static_cast<std::uint64_t>(status.st_size) < length) {
    throw StorageError(
        path, fmt::format("has {} bytes, and had {} when the checkpoint was made; put the whole file back, or start over with --force",
                          status.st_size, length));
  }
  const std::string longest = header_of(names, DigestColumn::yes);
  const std::string head = read_prefix(path, file.descriptor, longest.size(), 0);
  if (head.starts_with(longest)) digest = DigestColumn::yes;
  else if (head.starts_with(header_of(names, DigestColumn::no))) digest = DigestColumn::no;
  else
    throw StorageError(path, fmt::format("begins with \"{}\", and this run would write \"{}\"", head.substr(0, head.find('\n')),
                                         longest.substr(0, longest.size() - 1)));
  if (read_prefix(path, file.descriptor, 1, length - 1) != "\n") {
    throw StorageError(path, fmt::format("has no end of a row at byte {}, where the checkpoint was made; it was altered", length));
  }
  if (ftruncate(file.descriptor, static_cast<off_t>(length)) != 0)
    throw storage_error(path, "cutting it to the checkpoint's length", errno);
  return CsvWriter(path, std::exchange(file.descriptor, -1), names.size(), digest, length);
}

void CsvWriter::begin_row(std::uint64_t tick, std::size_t columns) {
  COLONY_ASSERT(columns == columns_, fmt::format("a row of {} values for {} columns of {}", columns, columns_, path_));
  append(buffer_, tick);
}

void CsvWriter::end_row(std::string_view digest) {
  if (has_digest()) {
    buffer_ += ',';
    buffer_ += digest;
  }
  buffer_ += '\n';
  if (buffer_.size() >= buffer_limit) flush();
}

void CsvWriter::row(std::uint64_t tick, std::span<const ObservableValue> values, std::string_view digest) {
  begin_row(tick, values.size());
  for (const ObservableValue& value : values) {
    buffer_ += ',';
    std::visit([&](auto number) { append(buffer_, number); }, value);
  }
  end_row(digest);
}

void CsvWriter::row(std::uint64_t tick, std::span<const std::uint64_t> values) {
  begin_row(tick, values.size());
  for (const std::uint64_t value : values) {
    buffer_ += ',';
    append(buffer_, value);
  }
  end_row({});
}

void CsvWriter::flush_if_due(std::uint64_t now_ns) {
  if (flushed_ns_ == 0) flushed_ns_ = now_ns;
  if (now_ns - flushed_ns_ < flush_ns) return;
  flushed_ns_ = now_ns;
  flush();
}

void CsvWriter::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t got = pwrite(descriptor_, buffer_.data() + done, buffer_.size() - done, static_cast<off_t>(written_ + done));
    if (got >= 0) {
      done += static_cast<std::size_t>(got);
      continue;
    }
    if (errno == EINTR) continue;
    const int error = errno;
    if (ftruncate(descriptor_, static_cast<off_t>(written_)) != 0) throw storage_error(path_, "cutting a torn row off", errno);
    throw storage_error(path_, "writing", error);
  }
  written_ += done;
  buffer_.clear();
}

std::uint64_t CsvWriter::sync() {
  flush();
  if (fsync(descriptor_) != 0) throw storage_error(path_, "syncing", errno);
  return written_;
}

}  // namespace colony
