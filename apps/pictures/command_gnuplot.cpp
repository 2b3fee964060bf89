#include "apps/pictures/command_gnuplot.hpp"

#include "apps/shared/child_program.hpp"
#include "apps/shared/output_file.hpp"
#include "engine/error.hpp"

namespace colony {

void run_gnuplot(const std::string& script, const std::string& path) {
  const ChildResult result = run_program({"gnuplot", "-"}, script, "gnuplot-nox");
  if (result.status != 0 || !result.output.starts_with("\x89PNG\r\n\x1a\n"))
    throw StorageError("gnuplot", "drew nothing: it " + result.failure());
  write_output_file(path, result.output);
}

std::string gnuplot_quote(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "''";
    else quoted += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return quoted + "'";
}

}  // namespace colony
