// gnuplot as a child process: a script goes in, a PNG comes out.
#pragma once

#include <string>

namespace colony {

/// Runs gnuplot with `script` on its standard input and writes what it gives to `path`, under a temporary name until it is whole. No shell
/// is involved, and no name of ours is in the script's reach. Throws StorageError when there is no gnuplot, when it fails, or when the file
/// can't be written.
void run_gnuplot(const std::string& script, const std::string& path);

/// Text in single quotes, where gnuplot substitutes nothing; control characters become blanks.
std::string gnuplot_quote(const std::string& text);

}  // namespace colony
