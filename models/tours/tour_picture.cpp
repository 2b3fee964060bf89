#include "models/tours/tour_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "engine/error.hpp"
#include "engine/quoting.hpp"
#include "models/tours/sphere.hpp"

namespace colony {
namespace {

constexpr double longer_side = 900, least_side = 480;  ///< of the map; what is narrower stands in the middle
constexpr double margin = 44, title_height = 64;
constexpr const char* fonts = "Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";
constexpr const char *paper = "#fbfaf7", *land = "#dbe7ee", *line_colour = "#2b6a8f", *city_colour = "#1d2b36";

struct Point {
  double x, y;
};

double degrees(double coordinate) {  // of DDD.MM
  const double whole = std::trunc(coordinate);
  return whole + (coordinate - whole) / 0.6;
}

/// East and north, in any unit that is the same for both.
std::vector<Point> places_of(const Instance& instance) {
  std::vector<Point> places(instance.cities());
  for (std::uint32_t i = 0; i < instance.cities(); ++i) places[i] = {instance.x[i], instance.y[i]};
  if (instance.weight != EdgeWeight::geo || places.empty()) return places;
  const auto [south, north] = std::minmax_element(instance.x.begin(), instance.x.end());
  const double middle = (degrees(*south) + degrees(*north)) / 2 * 3.141592653589793 / 180;
  const double narrowing = std::max(0.2, cos64(middle));  // at the poles nothing would be left
  for (Point& place : places) place = {degrees(place.y) * narrowing, degrees(place.x)};
  return places;
}

/// What of the name fits beside the numbers in a title so wide.
std::string shown_name(const std::string& name, double width) {
  constexpr double letter = 14.5, numbers = 260;
  std::size_t bytes = 0;
  for (auto left = static_cast<int>((width - numbers) / letter); bytes < name.size(); ++bytes)
    if ((static_cast<unsigned char>(name[bytes]) & 0xC0u) != 0x80u && --left < 0) return name.substr(0, bytes) + "\u2026";
  return name;
}

double distance(Point a, Point b) { return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)); }

/// The cities' places on the page, and what sizes suit them.
class Layout {
 public:
  Layout(const Instance& instance, std::span<const City> tour) : points_(places_of(instance)) {
    scale();
    choose_sizes(tour);
  }

  double width() const { return std::max(map_width_, least_side) + 2 * margin; }
  double height() const { return std::max(map_height_, least_side / 4) + title_height + 2 * margin; }
  const std::vector<Point>& points() const { return points_; }
  double radius() const { return radius_; }
  double stroke() const { return stroke_; }

 private:
  void scale() {
    if (points_.empty()) return;
    const auto by_x = [](Point a, Point b) { return a.x < b.x; };
    const auto by_y = [](Point a, Point b) { return a.y < b.y; };
    const auto [left, right] = std::minmax_element(points_.begin(), points_.end(), by_x);
    const auto [bottom, top] = std::minmax_element(points_.begin(), points_.end(), by_y);
    const Point low{left->x, bottom->y}, high{right->x, top->y};
    const double longer = std::max(high.x - low.x, high.y - low.y);
    const double factor = longer > 0 ? longer_side / longer : 0;  // 0: all in one place
    map_width_ = (high.x - low.x) * factor;
    map_height_ = (high.y - low.y) * factor;
    const double x = (width() - map_width_) / 2, y = title_height + margin + (height() - title_height - 2 * margin - map_height_) / 2;
    for (Point& point : points_) point = {x + (point.x - low.x) * factor, y + (high.y - point.y) * factor};
  }

  /// By how far cities are from their neighbours: as evenly spread ones would be, or as the tour has it, whichever is closer, so that
  /// clusters do not run together.
  void choose_sizes(std::span<const City> tour) {
    const double count = static_cast<double>(std::max<std::size_t>(1, points_.size()));
    double spacing = std::max(std::sqrt(map_width_ * map_height_ / count), std::max(map_width_, map_height_) / count);
    std::vector<double> steps;
    for (std::size_t i = 0; i < tour.size(); ++i) steps.push_back(distance(points_[tour[i]], points_[tour[(i + 1) % tour.size()]]));
    if (!steps.empty()) {
      const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
      std::nth_element(steps.begin(), middle, steps.end());
      spacing = std::min(spacing, *middle);
    }
    radius_ = std::clamp(0.13 * spacing, 1.1, 5.0);
    stroke_ = std::clamp(0.075 * spacing, 0.9, 2.6);
  }

  std::vector<Point> points_;
  double map_width_ = 0, map_height_ = 0;
  double radius_ = 0, stroke_ = 0;
};

}  // namespace

std::string tour_picture(const Instance& instance, std::span<const City> tour, std::uint64_t length) {
  COLONY_ASSERT(tour.size() == instance.cities(), "a tour names every city once");
  const Layout layout(instance, tour);
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\""
                 " font-family=\"{2}\">\n<title>{3}: {4} cities, length {5}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"{6}\"/>\n",
                 layout.width(), layout.height(), fonts, xml_escaped(instance.name), tour.size(), length, paper);
  fmt::format_to(out,
                 "<text x=\"{0:.0f}\" y=\"56\" font-size=\"24\" font-weight=\"600\" fill=\"{1}\">{2}<tspan font-size=\"15\""
                 " font-weight=\"400\" fill=\"#6b7178\" dx=\"14\">{3} cities, length {4}</tspan></text>\n",
                 margin, city_colour, xml_escaped(shown_name(instance.name, layout.width() - 2 * margin)), tour.size(), length);
  if (!tour.empty()) {
    fmt::format_to(out, "<path fill=\"{}\" fill-rule=\"evenodd\" stroke=\"{}\" stroke-width=\"{:.2f}\" stroke-linejoin=\"round\" d=\"",
                   land, line_colour, layout.stroke());
    for (std::size_t i = 0; i < tour.size(); ++i)
      fmt::format_to(out, "{}{:.2f} {:.2f}", i == 0 ? "M" : "\nL", layout.points()[tour[i]].x, layout.points()[tour[i]].y);
    text += "Z\"/>\n";
  }
  fmt::format_to(out, "<g fill=\"{}\" stroke=\"{}\" stroke-width=\"{:.2f}\">\n", city_colour, paper, 0.3 * layout.radius());
  for (const Point point : layout.points())
    fmt::format_to(out, "<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{:.2f}\"/>\n", point.x, point.y, layout.radius());
  return text + "</g>\n</svg>\n";
}

}  // namespace colony
