#include "models/tours/instance.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "engine/error.hpp"
#include "models/text_file.hpp"
#include "models/tours/sphere.hpp"
#include "models/tours/tsplib.hpp"

namespace colony {
namespace {

using tsplib::quoted;

constexpr double longest_distance = 1073741824;  // 2^30: sums and differences of two are safe everywhere
constexpr std::uint32_t fewest_cities = 3;
constexpr std::size_t longest_name = 200;

/// Of a coordinate DDD.MM. The degrees are cut, not rounded, and pi has these digits: the lengths that the world knows rest on it.
double radians(double coordinate) {
  const double degrees = std::trunc(coordinate), minutes = coordinate - degrees;
  return 3.141592 * (degrees + 5.0 * minutes / 3.0) / 180.0;
}

double geographic(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
  const double phi_a = radians(latitude_a), phi_b = radians(latitude_b);
  const double q1 = cos64(radians(longitude_a) - radians(longitude_b));
  const double q2 = cos64(phi_a - phi_b), q3 = cos64(phi_a + phi_b);
  const double cosine = 0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3);
  return std::floor(6378.388 * acos64(std::clamp(cosine, -1.0, 1.0)) + 1.0);
}

/// A whole number, or infinity.
double whole_distance(const Instance& instance, std::uint32_t a, std::uint32_t b) {
  if (instance.weight == EdgeWeight::geo) return geographic(instance.x[a], instance.y[a], instance.x[b], instance.y[b]);
  const double dx = instance.x[a] - instance.x[b], dy = instance.y[a] - instance.y[b];
  const double square = dx * dx + dy * dy;
  switch (instance.weight) {
    case EdgeWeight::ceil_2d: return std::ceil(std::sqrt(square));
    case EdgeWeight::att: {
      const double exact = std::sqrt(square / 10.0), nearest = std::floor(exact + 0.5);
      return nearest < exact ? nearest + 1 : nearest;
    }
    default: return std::floor(std::sqrt(square) + 0.5);
  }
}

class InstanceReader {
 public:
  InstanceReader(std::string_view text, const std::string& name) : lines_(text), name_(name) {}

  Instance read() {
    while (!ended_ && lines_.next())
      if (const std::string_view line = tsplib::trimmed(lines_.line()); !line.empty()) take(line);
    require_keys();
    if (cities_lines_.empty()) fail("has no NODE_COORD_SECTION with the cities' coordinates");
    if (given_ < dimension_) {
      const auto missing = std::find(cities_lines_.begin(), cities_lines_.end(), 0) - cities_lines_.begin();
      fail("has " + std::to_string(given_) + " cities, and DIMENSION promises " + std::to_string(dimension_) + "; city " +
           std::to_string(missing + 1) + " is missing");
    }
    refuse_far_cities();
    return std::move(instance_);
  }

 private:
  [[noreturn]] void fail_at(std::uint64_t line, const std::string& what) const {
    throw DataError(name_ + ":" + std::to_string(line), what);
  }
  [[noreturn]] void fail(const std::string& what) const { fail_at(lines_.number(), what); }

  bool in_cities() const { return !cities_lines_.empty(); }

  void take(std::string_view line) {
    if (in_cities() && tsplib::begins_number(line)) return take_city(line);
    const tsplib::Entry entry = tsplib::entry_of(line);
    if (entry.key == "NODE_COORD_SECTION") return begin_cities(entry);
    if (entry.key.ends_with("_SECTION")) {
      fail(quoted(entry.key) + " is not supported; cities are given by coordinates, in NODE_COORD_SECTION alone");
    }
    if (entry.key == "EOF") {
      ended_ = true;
    } else if (!entry.has_colon) {
      if (in_cities()) fail(quoted(line) + " must be a city, its number and two coordinates, or EOF");
      fail(quoted(line) + " must be a key, a colon and a value, as in \"DIMENSION : 52\"");
    } else {
      take_key(entry);
    }
  }

  /// Keys of other kinds of problem, of pictures and unknown keys are passed over.
  void take_key(const tsplib::Entry& entry) {
    if (entry.key == "NAME") take_name(once(entry));
    else if (entry.key == "TYPE") take_type(once(entry));
    else if (entry.key == "DIMENSION") take_dimension(once(entry));
    else if (entry.key == "EDGE_WEIGHT_TYPE") take_weight(once(entry));
    else if (entry.key == "NODE_COORD_TYPE" && once(entry) != "TWOD_COORDS")
      fail("NODE_COORD_TYPE is " + quoted(entry.value) + "; only TWOD_COORDS is supported, two coordinates a city");
  }

  std::string_view once(const tsplib::Entry& entry) {
    const auto [earlier, is_new] = key_lines_.emplace(entry.key, lines_.number());
    if (!is_new) fail(std::string(entry.key) + " comes a second time; the first is in line " + std::to_string(earlier->second));
    return entry.value;
  }

  void take_name(std::string_view value) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; };
    if (value.empty() || value.size() > longest_name || std::any_of(value.begin(), value.end(), is_control))
      fail("NAME must be from 1 to " + std::to_string(longest_name) + " bytes without control characters");
    instance_.name = value;
  }

  void take_type(std::string_view value) {
    std::string_view rest = value;  // some name their author behind it
    if (tsplib::take_word(rest) != "TSP") fail("TYPE is " + quoted(value) + "; only TSP is supported, a symmetric travelling salesman's");
  }

  void take_dimension(std::string_view value) {
    const std::optional<std::int64_t> number = tsplib::whole_number(value);
    if (!number || *number < fewest_cities || *number > most_cities) {
      fail("DIMENSION is " + quoted(value) + "; it must be a number of cities from " + std::to_string(fewest_cities) + " to " +
           std::to_string(most_cities));
    }
    dimension_ = static_cast<std::uint32_t>(*number);
  }

  void take_weight(std::string_view value) {
    if (value == "EUC_2D") instance_.weight = EdgeWeight::euc_2d;
    else if (value == "CEIL_2D") instance_.weight = EdgeWeight::ceil_2d;
    else if (value == "ATT") instance_.weight = EdgeWeight::att;
    else if (value == "GEO") instance_.weight = EdgeWeight::geo;
    else fail("EDGE_WEIGHT_TYPE is " + quoted(value) + "; supported are EUC_2D, CEIL_2D, ATT and GEO");
  }

  void require_keys() const {
    for (const std::string_view key : {"NAME", "TYPE", "DIMENSION", "EDGE_WEIGHT_TYPE"})
      if (!key_lines_.contains(key)) fail("has no " + std::string(key) + "; it must stand above NODE_COORD_SECTION");
  }

  void begin_cities(const tsplib::Entry& entry) {
    if (in_cities()) fail("NODE_COORD_SECTION comes a second time");
    if (!entry.value.empty()) fail(quoted(entry.value) + " must stand in a line of its own, below NODE_COORD_SECTION");
    require_keys();
    cities_lines_.resize(dimension_);
    instance_.x.resize(dimension_);
    instance_.y.resize(dimension_);
  }

  void take_city(std::string_view line) {
    std::string_view rest = line;
    const std::optional<std::int64_t> number = tsplib::whole_number(tsplib::take_word(rest));
    const std::string_view x_word = tsplib::take_word(rest), y_word = tsplib::take_word(rest);
    if (!number || y_word.empty() || !tsplib::trimmed(rest).empty()) {
      fail(quoted(line) + " must be a city: its number and two coordinates, as in \"1 565.0 575.0\"");
    }
    if (*number < 1 || *number > dimension_) {
      fail("city " + std::to_string(*number) + " can't be: DIMENSION is " + std::to_string(dimension_) +
           ", so cities are numbered from 1 to " + std::to_string(dimension_));
    }
    const auto city = static_cast<std::size_t>(*number - 1);
    if (cities_lines_[city] != 0) {
      fail("city " + std::to_string(*number) + " comes a second time; the first is in line " + std::to_string(cities_lines_[city]));
    }
    cities_lines_[city] = lines_.number();
    instance_.x[city] = coordinate(x_word, "latitude", 90);
    instance_.y[city] = coordinate(y_word, "longitude", 180);
    ++given_;
  }

  double coordinate(std::string_view word, const char* on_sphere, int most_degrees) const {
    const std::optional<double> value = tsplib::finite_number(word);
    if (!value) fail(quoted(word) + " must be a coordinate: a finite number such as 12.5 or 1.25e+01");
    if (instance_.weight == EdgeWeight::geo && std::fabs(*value) > most_degrees) {
      const std::string most = std::to_string(most_degrees);
      fail(quoted(word) + " is no " + on_sphere + "; with GEO it is degrees and minutes, DDD.MM, from -" + most + " to " + most);
    }
    return *value;
  }

  void refuse_far_cities() const {
    if (instance_.weight == EdgeWeight::geo) return;
    const auto [left, right] = std::minmax_element(instance_.x.begin(), instance_.x.end());
    const auto [bottom, top] = std::minmax_element(instance_.y.begin(), instance_.y.end());
    const double width = *right - *left, height = *top - *bottom;
    if (std::sqrt(width * width + height * height) <= longest_distance) return;  // so are all pairs; few instances need a look at each
    for (std::uint32_t a = 1; a < dimension_; ++a)
      for (std::uint32_t b = 0; b < a; ++b)
        if (whole_distance(instance_, a, b) > longest_distance)
          fail_at(std::max(cities_lines_[a], cities_lines_[b]), "cities " + std::to_string(b + 1) + " and " + std::to_string(a + 1) +
                                                                    " are farther apart than 2^30, the most that is supported; "
                                                                    "scale the coordinates down");
  }

  LineReader lines_;
  const std::string& name_;
  Instance instance_;
  std::map<std::string_view, std::uint64_t> key_lines_;
  std::uint32_t dimension_ = 0;
  std::uint32_t given_ = 0;                  ///< cities so far
  std::vector<std::uint64_t> cities_lines_;  ///< [dimension] of its line, 0: not yet; empty above NODE_COORD_SECTION
  bool ended_ = false;
};

}  // namespace

std::uint32_t Instance::distance(std::uint32_t a, std::uint32_t b) const {
  return a == b ? 0 : static_cast<std::uint32_t>(whole_distance(*this, a, b));
}

Instance parse_instance(std::string_view text, const std::string& name) { return InstanceReader(text, name).read(); }

}  // namespace colony
