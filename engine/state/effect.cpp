#include "engine/state/effect.hpp"

#include "engine/error.hpp"

namespace colony {

void Effect::take(Part&, Parcel&) { throw FrameError("an effect that does not travel"); }

void Parcel::refuse_count() { throw FrameError("lists of one effect that differ in length"); }

}  // namespace colony
