// A scope that does something when it is left, whichever way.
#pragma once

#include <functional>
#include <utility>

namespace colony {

class AtEnd {
 public:
  explicit AtEnd(std::function<void()> action) : action_(std::move(action)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { action_(); }

 private:
  std::function<void()> action_;
};

}  // namespace colony
