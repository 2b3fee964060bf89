#include "models/tours/tour_file.hpp"

#include <algorithm>
#include <optional>

#include "engine/error.hpp"
#include "models/text_file.hpp"
#include "models/tours/tsplib.hpp"

namespace colony {
namespace {

using tsplib::quoted;

class TourReader {
 public:
  TourReader(std::string_view text, const std::string& name, std::uint32_t cities) : lines_(text), name_(name), cities_lines_(cities) {
    tour_.reserve(cities);
  }

  std::vector<City> read() {
    while (!ended_ && lines_.next())
      if (const std::string_view line = tsplib::trimmed(lines_.line()); !line.empty()) take(line);
    if (!in_tour_) fail("has no TOUR_SECTION with the cities in their order");
    if (tour_.size() < cities_lines_.size()) {
      const auto missing = std::find(cities_lines_.begin(), cities_lines_.end(), 0) - cities_lines_.begin();
      fail("the tour has " + std::to_string(tour_.size()) + " of " + std::to_string(cities_lines_.size()) + " cities; city " +
           std::to_string(missing + 1) + " is missing");
    }
    return std::move(tour_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw DataError(name_ + ":" + std::to_string(lines_.number()), what); }

  /// Keys that say nothing of the tour itself are passed over.
  void take(std::string_view line) {
    if (in_tour_ && tsplib::begins_number(line)) return take_cities(line);
    const tsplib::Entry entry = tsplib::entry_of(line);
    if (entry.key == "TOUR_SECTION" && entry.value.empty()) {
      if (in_tour_) fail("TOUR_SECTION comes a second time; a file holds one tour");
      in_tour_ = true;
    } else if (entry.key == "EOF") {
      ended_ = true;
    } else if (!entry.has_colon) {
      if (in_tour_) fail(quoted(line) + " must be a city's number, -1 behind the last, or EOF");
      fail(quoted(line) + " must be a key, a colon and a value, or TOUR_SECTION");
    } else if (entry.key == "TYPE" && entry.value != "TOUR") {
      fail("TYPE is " + quoted(entry.value) + "; a tour's file has TOUR");
    } else if (entry.key == "DIMENSION" && tsplib::whole_number(entry.value) != static_cast<std::int64_t>(cities_lines_.size())) {
      fail("DIMENSION is " + quoted(entry.value) + ", and the instance has " + std::to_string(cities_lines_.size()) +
           " cities; this is another instance's tour");
    }
  }

  void take_cities(std::string_view line) {
    while (true) {
      const std::string_view word = tsplib::take_word(line);
      if (word.empty()) return;
      const std::optional<std::int64_t> number = tsplib::whole_number(word);
      if (number == -1) {
        closed_ = true;
        continue;
      }
      if (closed_) fail(quoted(word) + " comes after the tour's -1; a file holds one tour");
      if (!number || *number < 1 || *number > static_cast<std::int64_t>(cities_lines_.size()))
        fail(quoted(word) + " must be a city, a number from 1 to " + std::to_string(cities_lines_.size()));
      std::uint64_t& earlier = cities_lines_[static_cast<std::size_t>(*number - 1)];
      if (earlier != 0) fail("city " + std::to_string(*number) + " comes a second time; the first is in line " + std::to_string(earlier));
      earlier = lines_.number();
      tour_.push_back(static_cast<City>(*number - 1));
    }
  }

  LineReader lines_;
  const std::string& name_;
  std::vector<std::uint64_t> cities_lines_;  ///< [cities] of its line, 0: not yet
  std::vector<City> tour_;
  bool in_tour_ = false, closed_ = false, ended_ = false;
};

}  // namespace

std::string tour_file_text(const std::string& instance_name, std::uint64_t length, std::span<const City> tour) {
  std::string text = "NAME : " + instance_name + ".tour\nCOMMENT : Length = " + std::to_string(length) +
                     "\nTYPE : TOUR\nDIMENSION : " + std::to_string(tour.size()) + "\nTOUR_SECTION\n";
  for (const City city : tour) text += std::to_string(city + 1) + '\n';
  return text + "-1\nEOF\n";
}

std::vector<City> parse_tour(std::string_view text, const std::string& name, std::uint32_t cities) {
  COLONY_ASSERT(cities <= most_cities, "more cities than an instance may have");
  return TourReader(text, name, cities).read();
}

}  // namespace colony
