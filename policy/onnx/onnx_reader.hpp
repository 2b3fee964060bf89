// An ONNX file as a Network.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/network.hpp"

namespace colony {

/// The bytes of a file; `where` is what errors call it. Throws DataError, with the node at fault, when it is not an ONNX model, has
/// unsupported parts, or does not fit together. Nothing is allocated by what a number in the file says before it has been compared with
/// the bytes that are there.
Network read_onnx(std::string_view bytes, const std::string& where);

/// Throws StorageError when the file can't be read, and what read_onnx throws.
Network read_onnx_file(const std::string& path);

}  // namespace colony
