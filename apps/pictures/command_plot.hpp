// `colony plot`: the observables of a run as a picture.
#pragma once

#include <string>
#include <vector>

namespace colony {

struct PlotOptions {
  std::string run;
  std::string out;                   ///< "": RUN/observables.png
  std::vector<std::string> columns;  ///< empty: all
};

/// Throws UsageError for a column that there is not, StorageError when nothing can be read, drawn (no gnuplot) or written.
int plot_command(const PlotOptions& options);

}  // namespace colony
