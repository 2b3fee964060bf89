#include "io/hdf5/hdf5_handle.hpp"

#include <hdf5.h>

#include <cerrno>

#include "io/storage.hpp"

namespace colony::hdf5 {
namespace {

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>);

constexpr ScalarType all_types[] = {ScalarType::u8,  ScalarType::i32, ScalarType::u32, ScalarType::i64,
                                    ScalarType::u64, ScalarType::f32, ScalarType::f64, ScalarType::u16};

/// The innermost entry of the library's error stack says what went wrong.
herr_t keep_innermost(unsigned depth, const H5E_error2_t* entry, void* text) {
  if (depth == 0 && entry->desc != nullptr) *static_cast<std::string*>(text) = entry->desc;
  return 0;
}

[[noreturn]] void fail(const std::string& path, const char* doing, int system_error) {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
  H5Eclear2(H5E_DEFAULT);
  if (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG) throw storage_error(path, doing, system_error);
  throw StorageError(path, std::string(doing) + ": " + (reason.empty() ? "the HDF5 library gives no reason" : "HDF5: " + reason));
}

}  // namespace

Handle::Handle(std::int64_t id, Close closer, const std::string& path, const char* doing) : id_(id), close_(closer) {
  if (id_ < 0) fail(path, doing, errno);
}

void Handle::close(const std::string& path, const char* doing) { check(close_(std::exchange(id_, -1)), path, doing); }

void check(int status, const std::string& path, const char* doing) {
  if (status < 0) fail(path, doing, errno);
}

namespace {

/// The library's own exit handler closes what is still open, and crashes on a file that a full disk kept it from closing. Handles close
/// here.
[[maybe_unused]] const int without_exit_handler = H5dont_atexit();

}  // namespace

Quiet::Quiet() {
  H5E_auto2_t function = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &function, &data_);
  function_ = reinterpret_cast<void*>(function);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  errno = 0;  // so that a failure's errno is its own
}

Quiet::~Quiet() { H5Eset_auto2(H5E_DEFAULT, reinterpret_cast<H5E_auto2_t>(function_), data_); }

std::int64_t file_type(ScalarType type) {
  switch (type) {
    case ScalarType::u8: return H5T_STD_U8LE;
    case ScalarType::u16: return H5T_STD_U16LE;
    case ScalarType::i32: return H5T_STD_I32LE;
    case ScalarType::u32: return H5T_STD_U32LE;
    case ScalarType::i64: return H5T_STD_I64LE;
    case ScalarType::u64: return H5T_STD_U64LE;
    case ScalarType::f32: return H5T_IEEE_F32LE;
    default: return H5T_IEEE_F64LE;
  }
}

std::optional<ScalarType> scalar_type_of(std::int64_t type) {
  for (const ScalarType candidate : all_types)
    if (H5Tequal(type, file_type(candidate)) > 0) return candidate;
  return std::nullopt;
}

}  // namespace colony::hdf5
