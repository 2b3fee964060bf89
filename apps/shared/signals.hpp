// SIGINT and SIGTERM ask the run to stop after the tick; a second one ends the program at once.
#pragma once

namespace colony {

class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  /// 0, or the exit status that the signal asks for: 130 or 143.
  static int requested();
};

}  // namespace colony
