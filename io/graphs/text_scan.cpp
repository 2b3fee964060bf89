#include "io/graphs/text_scan.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "engine/text_mark.hpp"

namespace colony {
namespace {

struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

Array<char> read_bytes(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) throw DataError(path, std::string("can't be opened: ") + std::strerror(errno));
  struct stat status {};
  if (::fstat(file.value, &status) != 0) throw DataError(path, std::string("can't be read: ") + std::strerror(errno));
  if (S_ISDIR(status.st_mode)) throw DataError(path, "is a folder; name a file");
  Array<char> bytes;
  bytes.reserve(static_cast<std::size_t>(status.st_size) + 1);
  for (;;) {
    if (bytes.size() == bytes.capacity()) bytes.reserve(std::max<std::size_t>(4096, 2 * bytes.capacity()));
    const ssize_t got = ::read(file.value, bytes.data() + bytes.size(), bytes.capacity() - bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw DataError(path, std::string("can't be read: ") + std::strerror(errno));
    if (got == 0) return bytes;
    bytes.resize(bytes.size() + static_cast<std::size_t>(got));
  }
}

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

struct Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

constexpr std::size_t inflate_step = std::size_t{1} << 30;  // zlib counts in 32 bits

/// Where the next gzip stream begins after one that ended: zeros may fill up a block of a tape behind it.
std::size_t past_padding(const std::string& path, const Array<char>& packed, std::size_t used) {
  while (used < packed.size() && packed[used] == '\0') ++used;
  if (used == packed.size() || is_gzip({packed.data() + used, packed.size() - used})) return used;
  throw DataError(path, "what follows the gzip data is neither gzip nor padding with zeros; fetch the file again");
}

/// Unpacks one gzip stream or several, one after the other, as gzip does.
Array<char> unpack(const std::string& path, const Array<char>& packed) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  Array<char> text;
  text.reserve(4 * packed.size());
  std::size_t used = 0;
  for (;;) {
    if (text.size() == text.capacity()) text.reserve(2 * text.capacity());
    const std::size_t in = std::min(packed.size() - used, inflate_step), out = std::min(text.capacity() - text.size(), inflate_step);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + used));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + text.size());
    stream.avail_out = static_cast<uInt>(out);
    const int status = inflate(&stream, Z_NO_FLUSH);
    used += in - stream.avail_in;
    text.resize(text.size() + out - stream.avail_out);
    if (status == Z_STREAM_END) {
      used = past_padding(path, packed, used);
      if (used == packed.size()) return text;
      inflateReset(&stream);
    } else if (status == Z_BUF_ERROR && used == packed.size() && stream.avail_out != 0) {
      throw DataError(path, "the gzip data ends too early: the file is truncated; fetch it again");
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      throw DataError(path, std::string("the gzip data is corrupt (") + (stream.msg != nullptr ? stream.msg : "bad stream") +
                                "); fetch the file again");
    }
  }
}

}  // namespace

Array<char> read_text(const std::string& path) {
  Array<char> bytes = read_bytes(path);
  const bool gzip = is_gzip({bytes.data(), bytes.size()});
  if (!gzip && path.ends_with(".gz")) throw DataError(path, "is not gzip data, though its name ends in .gz");
  if (gzip) bytes = unpack(path, bytes);
  const std::string_view text = without_mark({bytes.data(), bytes.size()}, path);
  if (text.size() == bytes.size()) return bytes;
  Array<char> unmarked(text.size());
  std::memcpy(unmarked.data(), text.data(), text.size());
  return unmarked;
}

std::string quoted_bytes(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) text += c >= ' ' && c <= '~' ? c : '?';
  return text + "\"";
}

void refuse_weights(const char* at, const std::string& what) {
  throw ScanFault{at, what + ", and no model takes notice of weights yet; to drop them, say [graph] weight = false"};
}

void throw_at_line(const std::string& name, std::string_view text, const ScanFault& fault) {
  const auto line = 1 + std::count(text.data(), fault.at, '\n');
  throw DataError(name + ":" + std::to_string(line), fault.what);
}

std::vector<std::string_view> line_pieces(std::string_view text, std::size_t bytes) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t line_end = text.size() <= bytes ? std::string_view::npos : text.find('\n', bytes);
    const std::size_t size = line_end == std::string_view::npos ? text.size() : line_end + 1;
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

void Cursor::skip_line() {
  if (done()) return;
  const void* line_end = std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_));
  at_ = line_end == nullptr ? end_ : static_cast<const char*>(line_end) + 1;
}

std::string_view Cursor::line() const {
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  return rest.substr(0, rest.find('\n'));
}

std::string_view Cursor::token(const char* begin) const {
  const char* end = begin;
  while (end != end_ && *end != '\n' && !is_blank(*end) && !is_separator(*end) && end - begin < 40) ++end;
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::uint64_t Cursor::unusual_whole(const char* begin, const char* what) {
  const std::string_view word = token(begin);
  if (word.empty()) throw ScanFault{begin, std::string("the ") + what + " is missing"};
  const bool negative = word[0] == '-' && word.size() > 1;
  std::uint64_t value = 0;
  const char* from = begin + (negative ? 1 : 0);
  const char* digits_end = from;
  while (digits_end != end_ && *digits_end >= '0' && *digits_end <= '9') ++digits_end;
  at_ = digits_end;
  if (digits_end == from || !at_token_end()) {
    throw ScanFault{begin, std::string("the ") + what + " must be a whole number, not " + quoted_bytes(word)};
  }
  if (negative) throw ScanFault{begin, std::string("the ") + what + " must not be negative, but is " + quoted_bytes(word)};
  if (std::from_chars(from, digits_end, value).ec != std::errc{}) {
    throw ScanFault{begin, std::string("the ") + what + " " + quoted_bytes(word) + " does not fit 64 bits"};
  }
  return value;
}

void Cursor::skip_word(const char* what) {
  if (at_line_end()) throw ScanFault{at_, std::string("the ") + what + " is missing"};
  while (!at_line_end() && !is_blank(*at_)) ++at_;
}

}  // namespace colony
