#include "io/run/rows_hash.hpp"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/error.hpp"
#include "io/checkpoints/manifest.hpp"

namespace colony {
namespace {

constexpr std::size_t max_runs = 4096;
constexpr std::size_t piece_bytes = std::size_t{1} << 20;

/// What a line adds to the sum of its run. Its number is in it, so that lines which change places are seen.
std::uint64_t hash_of_line(std::string_view line, std::uint64_t number) { return XXH3_64bits_withSeed(line.data(), line.size(), number); }

/// The lines of what is given piece by piece, each without its end.
class Lines {
 public:
  template <class F>
  void add(std::string_view bytes, const F& f) {
    for (;;) {
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos) break;
      if (begun_.empty()) f(bytes.substr(0, end));
      else {
        begun_ += bytes.substr(0, end);
        f(std::string_view(begun_));
        begun_.clear();
      }
      bytes.remove_prefix(end + 1);
    }
    begun_ += bytes;
  }
  /// A last line without an end.
  template <class F>
  void finish(const F& f) {
    if (!begun_.empty()) f(std::string_view(begun_));
  }

 private:
  std::string begun_;
};

/// Gives a file's bytes from `at` to `end` to f, piece by piece, until f returns false.
template <class F>
void read_pieces(AppendFile& file, std::uint64_t at, std::uint64_t end, const F& f) {
  while (at < end) {
    const std::string piece = file.read(at, static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, end - at)));
    if (piece.empty() || !f(std::string_view(piece))) return;
    at += piece.size();
  }
}

StoredFile stored_prefix(AppendFile& file, std::uint64_t bytes) {
  RowsHash hash;
  read_pieces(file, 0, bytes, [&](std::string_view piece) {
    hash.add(piece);
    return true;
  });
  return hash.stored();
}

std::optional<std::uint64_t> leading_number(std::string_view line) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc() || end == line.data() + line.size() || *end != ',') return std::nullopt;
  return number;
}

/// Where the order of ticks is broken; empty when it is not. Rows that changed places are found so without hashes of them.
std::string broken_order(AppendFile& file, std::uint64_t bytes) {
  Lines lines;
  std::uint64_t number = 0, last = 0;
  std::string found;
  const auto look = [&](std::string_view line) {
    ++number;
    if (number == 1 || !found.empty()) return;
    const std::optional<std::uint64_t> tick = leading_number(line);
    if (!tick) found = fmt::format("line {} does not begin with a tick", number);
    else if (*tick < last) found = fmt::format("line {} is of tick {} and follows one of tick {}", number, *tick, last);
    else last = *tick;
  };
  read_pieces(file, 0, bytes, [&](std::string_view piece) {
    lines.add(piece, look);
    return found.empty();
  });
  return found;
}

/// Lines between the newest of the marks that still hold and the oldest that does not.
std::string changed_lines(AppendFile& file, std::vector<RowsMark> marks) {
  std::sort(marks.begin(), marks.end(), [](const RowsMark& a, const RowsMark& b) { return a.stored.bytes < b.stored.bytes; });
  RowsHash hash;
  std::uint64_t first = 1, lines = 0, read = 0;
  for (const RowsMark& mark : marks) {
    read_pieces(file, read, mark.stored.bytes, [&](std::string_view piece) {
      hash.add(piece);
      lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
      return true;
    });
    read = mark.stored.bytes;
    if (hash.stored() != mark.stored) return lines_text(first, std::max(first, lines));
    first = lines + 1;
  }
  return {};
}

}  // namespace

struct RowsHash::State {
  State() { XXH3_64bits_reset(&hash); }
  void add_line(std::string_view line);

  alignas(64) XXH3_state_t hash;
  std::uint64_t bytes = 0;
  Lines split;
  std::uint64_t lines = 0;
  std::vector<std::uint64_t> runs;  ///< sums of the whole ones
  std::uint64_t lines_of_run = 1;
  std::uint64_t sum = 0;  ///< of the run that is not whole yet
};

void RowsHash::State::add_line(std::string_view line) {
  sum += hash_of_line(line, ++lines);
  if (lines % lines_of_run != 0) return;
  runs.push_back(std::exchange(sum, 0));
  if (runs.size() < max_runs) return;
  for (std::size_t i = 0; i < max_runs / 2; ++i) runs[i] = runs[2 * i] + runs[2 * i + 1];
  runs.resize(max_runs / 2);
  lines_of_run *= 2;
}

RowsHash::RowsHash() : state_(std::make_unique<State>()) {}
RowsHash::RowsHash(RowsHash&&) noexcept = default;
RowsHash& RowsHash::operator=(RowsHash&&) noexcept = default;
RowsHash::~RowsHash() = default;

void RowsHash::add(std::string_view bytes) {
  XXH3_64bits_update(&state_->hash, bytes.data(), bytes.size());
  state_->bytes += bytes.size();
  state_->split.add(bytes, [this](std::string_view line) { state_->add_line(line); });
}

StoredFile RowsHash::stored() const { return {state_->bytes, XXH3_64bits_digest(&state_->hash)}; }

std::optional<std::pair<std::uint64_t, std::uint64_t>> RowsHash::first_difference(AppendFile& file) const {
  const State& own = *state_;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> found;
  Lines lines;
  std::uint64_t number = 0, sum = 0, read = 0;
  std::size_t run = 0;
  const auto look = [&](std::string_view line) {
    if (found) return;
    if (++number > own.lines) {
      found = {number, number};
      return;
    }
    sum += hash_of_line(line, number);
    if (number % own.lines_of_run != 0 && number != own.lines) return;
    if (sum != (run < own.runs.size() ? own.runs[run] : own.sum)) found = {run * own.lines_of_run + 1, number};
    ++run;
    sum = 0;
  };
  read_pieces(file, 0, ~std::uint64_t{0}, [&](std::string_view piece) {
    read += piece.size();
    lines.add(piece, look);
    return !found;
  });
  if (!found) lines.finish(look);
  if (!found && number < own.lines) found = {number + 1, own.lines};
  if (!found && read != own.bytes) found = {number, number};  // its last line has lost its end
  return found;
}

std::string lines_text(std::uint64_t first, std::uint64_t last) {
  return first == last ? fmt::format("line {}", first) : fmt::format("lines {} to {}", first, last);
}

void verify_rows(Storage& storage, const std::string& name, const RowsMark& mark, const std::function<std::vector<RowsMark>()>& earlier) {
  const std::string path = storage.path_of(name);
  const std::uint64_t bytes = mark.stored.bytes;
  if (!storage.exists(name))
    throw StorageError(
        path, fmt::format("is missing, and the checkpoint of tick {} stands for {} bytes of it; put it back", mark.tick.value, bytes));
  const std::unique_ptr<AppendFile> file = storage.open_append(name, Existing::keep);
  if (file->length() < bytes)
    throw StorageError(path, fmt::format("has {} bytes, and had {} when the checkpoint of tick {} was made; put the whole file back",
                                         file->length(), bytes, mark.tick.value));
  const StoredFile found = stored_prefix(*file, bytes);
  if (found == mark.stored) return;
  std::vector<RowsMark> marks;
  if (earlier) marks = earlier();
  std::erase_if(marks, [&](const RowsMark& each) { return each.stored.bytes >= bytes; });
  marks.push_back(mark);
  std::string message = fmt::format("was altered in its {}", changed_lines(*file, std::move(marks)));
  if (const std::string order = broken_order(*file, bytes); !order.empty()) message += fmt::format(" ({})", order);
  throw StorageError(
      path, fmt::format("{}: of its first {} bytes the checksum is {}, and the checkpoint of tick {} says {}; put the file back as it was",
                        message, bytes, hex(found.xxh3), mark.tick.value, hex(mark.stored.xxh3)));
}

}  // namespace colony
