#include "apps/pictures/graph_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <numeric>
#include <set>
#include <utility>

#include "engine/error.hpp"
#include "engine/quoting.hpp"

namespace colony::retrieval {
namespace {

constexpr double points_per_inch = 72;
constexpr std::size_t links_each = 3;
constexpr std::size_t longest_label = 28;  ///< characters; more is cut
constexpr double margin = 36, title_height = 64, legend_line = 22;
/// Muted, and apart from one another also for most who see colours differently. Communities beyond these are grey.
constexpr const char* colours[] = {"#4e79a7", "#e1812c", "#59a14f", "#b6656f", "#8a6fb0", "#3f9b9b", "#c9a227", "#8c6d5a"};
constexpr const char* other_colour = "#a3a8ae";
constexpr const char* fonts = "Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

/// Width of a text in a common sans-serif font, on the safe side; characters beyond Latin may be as wide as they are high.
double text_width(std::string_view text, double size) {
  double width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0u) == 0x80u) continue;
    width += byte < 0xE0 ? 0.6 : 1.0;
  }
  return width * size;
}

std::string shown_label(const std::string& label) {
  if (characters(label) <= longest_label) return label;
  std::size_t bytes = 0;
  for (std::size_t count = 0; bytes < label.size(); ++bytes)
    if ((static_cast<unsigned char>(label[bytes]) & 0xC0u) != 0x80u && ++count == longest_label) break;
  return label.substr(0, bytes) + "\u2026";
}

struct Candidate {
  std::uint32_t a, b;
  float weight;
  double meaning;
};

/// How much a link says of both its ends: a word that stands in every document co-occurs with all others, and would be every concept's
/// strongest neighbour by weight alone.
double meaning_of(const KnowledgeGraph& graph, std::uint32_t concept_index, const ConceptLink& link) {
  const double both = static_cast<double>(graph.concepts[concept_index].documents) * graph.concepts[link.target].documents;
  return both > 0 ? link.weight * link.count / std::sqrt(both) : 0;
}

/// Most meaning first.
std::vector<Candidate> links_between(const KnowledgeGraph& graph, const std::vector<DrawnConcept>& concepts) {
  std::vector<std::uint32_t> place(graph.concepts.size(), UINT32_MAX);
  for (std::uint32_t i = 0; i < concepts.size(); ++i) place[concepts[i].concept_index] = i;
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < concepts.size(); ++i)
    for (const ConceptLink& link : graph.links[concepts[i].concept_index])
      if (place[link.target] != UINT32_MAX && place[link.target] > i)

        candidates.push_back({i, place[link.target], link.weight, meaning_of(graph, concepts[i].concept_index, link)});
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& x, const Candidate& y) {
    if (x.meaning != y.meaning) return x.meaning > y.meaning;
    return std::pair(x.a, x.b) < std::pair(y.a, y.b);
  });
  return candidates;
}

std::vector<Candidate> kept_links(const std::vector<Candidate>& candidates, std::size_t concepts) {
  std::vector<std::size_t> degree(concepts);
  std::vector<std::uint32_t> root(concepts);
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](std::uint32_t i) {
    while (root[i] != i) i = root[i] = root[root[i]];
    return i;
  };
  std::vector<Candidate> kept;
  for (const Candidate& link : candidates) {
    const bool joins = find(link.a) != find(link.b);
    if (!joins && degree[link.a] >= links_each && degree[link.b] >= links_each) continue;
    root[find(link.a)] = find(link.b);
    ++degree[link.a];
    ++degree[link.b];
    kept.push_back(link);
  }
  return kept;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    if (end > begin) words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
  return words;
}

double number(std::string_view text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || !std::isfinite(value))
    throw StorageError("sfdp", fmt::format("answered with \"{}\" in place of a number", text));
  return value;
}

/// Which communities have a colour: those with most of the drawn concepts.
std::vector<std::uint32_t> coloured(const Communities& communities, const Picture& picture) {
  std::vector<std::size_t> drawn(communities.all.size());
  for (const DrawnConcept& c : picture.concepts) ++drawn[communities.of_concept[c.concept_index]];
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < drawn.size(); ++i)
    if (drawn[i] > 1) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return drawn[a] > drawn[b]; });
  if (order.size() > std::size(colours)) order.resize(std::size(colours));
  return order;
}

class Svg {
 public:
  Svg(const KnowledgeGraph& graph, const Communities& communities, const Picture& picture)
      : graph_(graph), communities_(communities), picture_(picture), legend_(coloured(communities, picture)) {}

  std::string write(const std::string& title) {
    const double width = std::max(picture_.width, 560.0) + 2 * margin;
    const double height = title_height + picture_.height + 2 * margin + legend_line * static_cast<double>((legend_.size() + 1) / 2 + 1);
    add("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\""
        " font-family=\"{2}\">\n<title>{3}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        width, height, fonts, xml_escaped(title));
    add("<text x=\"{0:.1f}\" y=\"{1:.1f}\" font-size=\"20\" font-weight=\"600\" fill=\"#22262b\">{2}</text>\n", margin, margin + 8,
        xml_escaped(title));
    add("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"12.5\" fill=\"#6b7178\">{} of {} concepts, {} of {} links between them</text>\n",
        margin, margin + 29, picture_.concepts.size(), graph_.concepts.size(), picture_.links.size(), picture_.links_between);
    add("<g transform=\"translate({:.1f} {:.1f})\">\n", (width - picture_.width) / 2, title_height + margin / 2);
    write_links();
    write_discs();
    write_labels();
    add("</g>\n");
    write_legend(width, title_height + picture_.height + margin + legend_line);
    return std::move(text_) + "</svg>\n";
  }

 private:
  template <class... T>
  void add(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<T>(values)...);
  }

  const char* colour_of(std::uint32_t drawn) const {
    const std::uint32_t community = communities_.of_concept[picture_.concepts[drawn].concept_index];
    const auto at = std::find(legend_.begin(), legend_.end(), community);
    return at == legend_.end() ? other_colour : colours[at - legend_.begin()];
  }

  void write_links() {
    add("<g fill=\"none\" stroke-linecap=\"round\" stroke-opacity=\"0.34\">\n");
    for (const DrawnLink& link : picture_.links) {
      const DrawnConcept &a = picture_.concepts[link.a], &b = picture_.concepts[link.b];
      const bool within = communities_.of_concept[a.concept_index] == communities_.of_concept[b.concept_index];
      // Bent a little to one side: links that nearly coincide come apart.
      const double bend = 0.08;
      add("<path d=\"M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}\" stroke=\"{}\" stroke-width=\"{:.2f}\"/>\n", a.x, a.disc_y(),
          (a.x + b.x) / 2 + bend * (b.disc_y() - a.disc_y()), (a.disc_y() + b.disc_y()) / 2 - bend * (b.x - a.x), b.x, b.disc_y(),
          within ? colour_of(link.a) : "#9aa0a6", link.width);
    }
    add("</g>\n");
  }

  void write_discs() {
    add("<g stroke=\"#ffffff\" stroke-width=\"1.5\">\n");
    for (std::uint32_t i = 0; i < picture_.concepts.size(); ++i)
      add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"/>\n", picture_.concepts[i].x, picture_.concepts[i].disc_y(),
          picture_.concepts[i].radius, colour_of(i));
    add("</g>\n");
  }

  /// On the disc, with a halo that keeps them readable over links and where they are wider than it.
  void write_labels() {
    add("<g text-anchor=\"middle\" fill=\"#22262b\" stroke=\"#ffffff\" stroke-width=\"3\" stroke-opacity=\"0.85\" stroke-linejoin=\"round\""
        " paint-order=\"stroke\">\n");
    for (const DrawnConcept& c : picture_.concepts)
      add("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:.1f}\">{}</text>\n", c.x, c.y + c.height / 2 - 2 - 0.25 * c.font_size, c.font_size,
          xml_escaped(shown_label(graph_.concepts[c.concept_index].label)));
    add("</g>\n");
  }

  std::string legend_text(const Community& community) const {
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, community.concepts.size()); ++i)
      text += (i == 0 ? "" : ", ") + shown_label(graph_.concepts[community.concepts[i]].label);
    return text;
  }

  /// Two columns.
  void write_legend(double width, double top) {
    for (std::size_t i = 0; i < legend_.size(); ++i) {
      const Community& community = communities_.all[legend_[i]];
      const double x = margin + (i % 2 == 0 ? 0 : (width - 2 * margin) / 2), y = top + legend_line * static_cast<double>(i / 2);
      add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5.5\" fill=\"{}\"/>\n", x + 5.5, y - 4, colours[i]);
      add("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"12.5\" fill=\"#3a4047\">{}<tspan fill=\"#8b9197\" dx=\"8\">{} concepts, {} "
          "documents</tspan></text>\n",
          x + 18, y, xml_escaped(legend_text(community)), community.concepts.size(), community.documents.size());
    }
  }

  const KnowledgeGraph& graph_;
  const Communities& communities_;
  const Picture& picture_;
  std::vector<std::uint32_t> legend_;
  std::string text_;
};

}  // namespace

Picture choose_picture(const KnowledgeGraph& graph, std::size_t count) {
  const std::vector<double> strengths = strengths_of(graph);
  std::vector<std::uint32_t> order(graph.concepts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return strengths[a] > strengths[b]; });
  order.resize(std::min(order.size(), count));

  Picture picture;
  const double largest = order.empty() ? 0 : strengths[order.front()];
  for (const std::uint32_t c : order) {
    const double share = largest > 0 ? strengths[c] / largest : 0;  // areas go by weight
    const double radius = 4 + 22 * std::sqrt(share), font = 10 + 7 * std::sqrt(share);
    const double label = text_width(shown_label(graph.concepts[c].label), font);
    picture.concepts.push_back({c, radius, font, std::max(2 * radius, label) + 10, 2 * radius + label_height * font + 4});
  }
  const std::vector<Candidate> candidates = links_between(graph, picture.concepts);
  picture.links_between = candidates.size();
  float heaviest = 0;
  for (const Candidate& link : candidates) heaviest = std::max(heaviest, link.weight);
  for (const Candidate& link : kept_links(candidates, picture.concepts.size()))
    picture.links.push_back({link.a, link.b, 0.6 + 3 * (heaviest > 0 ? link.weight / heaviest : 0)});
  std::reverse(picture.links.begin(), picture.links.end());
  return picture;
}

std::string dot_of(const Picture& picture) {
  std::string text =
      "graph colony {\nlayout=sfdp; overlap=prism; start=7; K=0.55; repulsiveforce=1.4; splines=false; sep=\"+2\";\n"
      "node [shape=box, fixedsize=true, label=\"\"];\n";
  for (std::size_t i = 0; i < picture.concepts.size(); ++i)
    text += fmt::format("n{} [width={:.4f}, height={:.4f}];\n", i, picture.concepts[i].width / points_per_inch,
                        picture.concepts[i].height / points_per_inch);
  for (const DrawnLink& link : picture.links) text += fmt::format("n{} -- n{} [weight={:.2f}];\n", link.a, link.b, link.width);
  return text + "}\n";
}

void take_layout(Picture& picture, std::string_view plain) {
  std::vector<bool> placed(picture.concepts.size());
  while (!plain.empty()) {
    const std::size_t end = std::min(plain.find('\n'), plain.size());
    const auto words = words_of(plain.substr(0, end));
    plain.remove_prefix(std::min(end + 1, plain.size()));
    if (words.size() >= 4 && words[0] == "graph") {
      picture.width = number(words[2]) * points_per_inch;
      picture.height = number(words[3]) * points_per_inch;
    } else if (words.size() >= 6 && words[0] == "node" && words[1].starts_with('n')) {
      const auto i = static_cast<std::size_t>(number(words[1].substr(1)));
      if (i >= placed.size()) throw StorageError("sfdp", fmt::format("answered with a node that was not asked for, {}", words[1]));
      picture.concepts[i].x = number(words[2]) * points_per_inch;
      picture.concepts[i].y = picture.height - number(words[3]) * points_per_inch;
      placed[i] = true;
    }
  }
  if (std::find(placed.begin(), placed.end(), false) != placed.end()) throw StorageError("sfdp", "gave no place to some of the concepts");
}

std::string svg_of(const KnowledgeGraph& graph, const Communities& communities, const Picture& picture, const std::string& title) {
  return Svg(graph, communities, picture).write(title);
}

}  // namespace colony::retrieval
