// Where a command's result goes that a user named: a file, or standard output.
#pragma once

#include <string>
#include <string_view>

namespace colony {

/// Gives the file this content, in place of what it had; it has its name only when it is whole. Throws StorageError.
void write_output_file(const std::string& path, std::string_view bytes);

/// The same, or standard output where path is "" or "-"; what can't be written there is told at the end (status_after_output).
void write_output(const std::string& path, std::string_view bytes);

}  // namespace colony
