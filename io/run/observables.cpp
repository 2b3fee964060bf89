#include "io/run/observables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/fail_point.hpp"

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

}  // namespace

std::string text_of(const ObservableValue& value) {
  std::string text;
  std::visit([&](auto number) { append(text, number); }, value);
  return text;
}

CsvWriter::CsvWriter(std::string path, std::unique_ptr<AppendFile> file, std::size_t columns, DigestColumn digest)
    : path_(std::move(path)), file_(std::move(file)), columns_(columns), digest_(digest) {}

CsvWriter::~CsvWriter() {
  if (!file_) return;
  try {
    flush();
  } catch (const Error&) {  // the file was cut back to whole rows; who has to know calls sync()
  }
}

CsvWriter CsvWriter::create(Storage& storage, const std::string& name, const std::vector<std::string>& columns, DigestColumn digest) {
  CsvWriter writer(storage.path_of(name), storage.open_append(name, Existing::discard), columns.size(), digest);
  writer.buffer_ = header_of(columns, digest);
  writer.flush();
  return writer;
}

CsvWriter CsvWriter::open_at(Storage& storage, const std::string& name, const StoredFile& kept, const std::vector<std::string>& columns,
                             DigestColumn digest) {
  if (kept.bytes == 0) return create(storage, name, columns, digest);
  const std::string path = storage.path_of(name);
  const std::uint64_t length = kept.bytes;
  std::unique_ptr<AppendFile> file = storage.open_append(name, Existing::keep);
  if (file->length() < length) {
    throw StorageError(
        path, fmt::format("has {} bytes, and had {} when the checkpoint was made; put the whole file back, or start over with --force",
                          file->length(), length));
  }
  const std::string longest = header_of(columns, DigestColumn::yes);
  const std::string head = file->read(0, longest.size());
  if (head.starts_with(longest)) digest = DigestColumn::yes;
  else if (head.starts_with(header_of(columns, DigestColumn::no))) digest = DigestColumn::no;
  else
    throw StorageError(path, fmt::format("begins with \"{}\", and this run would write \"{}\"", head.substr(0, head.find('\n')),
                                         longest.substr(0, longest.size() - 1)));
  if (file->read(length - 1, 1) != "\n") {
    throw StorageError(path, fmt::format("has no end of a row at byte {}, where the checkpoint was made; it was altered", length));
  }
  RowsHash hash;
  for (std::uint64_t at = 0; at < length;) {
    const std::string piece = file->read(at, static_cast<std::size_t>(std::min<std::uint64_t>(buffer_limit, length - at)));
    if (piece.empty()) break;
    hash.add(piece);
    at += piece.size();
  }
  if (hash.stored() != kept)
    throw StorageError(
        path, fmt::format("was altered: its first {} bytes are not those for which the checkpoint stands; put the file back", length));
  fail_point("before-cut");
  file->cut(length);
  CsvWriter writer(path, std::move(file), columns.size(), digest);
  writer.hash_ = std::move(hash);
  return writer;
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

void CsvWriter::event(std::uint64_t tick, std::string_view name, std::optional<std::uint64_t> source, std::uint64_t target) {
  begin_row(tick, 3);
  buffer_ += ',';
  buffer_ += name;
  buffer_ += ',';
  if (source) append(buffer_, *source);
  buffer_ += ',';
  append(buffer_, target);
  end_row({});
}

void CsvWriter::flush_if_due(std::uint64_t now_ns) {
  if (flushed_ns_ == 0) flushed_ns_ = now_ns;
  if (now_ns - flushed_ns_ < flush_ns) return;
  flushed_ns_ = now_ns;
  flush();
}

void CsvWriter::flush() {
  if (buffer_.empty()) return;
  if (before_write_) before_write_();
  file_->append(buffer_);
  hash_.add(buffer_);
  buffer_.clear();
}

void CsvWriter::verify() {
  file_->check(hash_.stored().bytes);
  const auto changed = hash_.first_difference(*file_);
  if (!changed) return;
  throw AlteredFileError(path_,
                         fmt::format("was altered while the run went on: {} no longer what the run wrote; the rows can't be trusted",
                                     lines_text(changed->first, changed->second) + (changed->first == changed->second ? " is" : " are")));
}

std::uint64_t CsvWriter::sync() {
  flush();
  file_->sync();
  return file_->length();
}

}  // namespace colony
