// A picture of a knowledge graph: its strongest concepts as discs, coloured by community, and the links that hold them together, laid out
// by graphviz's sfdp so that neither discs nor labels overlap. What is drawn is chosen here, and the SVG is written here; sfdp is asked for
// the places alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/knowledge/communities.hpp"
#include "apps/knowledge/knowledge_graph.hpp"

namespace colony::retrieval {

inline constexpr double label_height = 1.15;  ///< of a line of text, in font sizes

struct DrawnConcept {
  std::uint32_t concept_index;
  double radius;  ///< points, as all lengths here
  double font_size;
  double width, height;                                               ///< of disc and label together
  double x = 0, y = 0;                                                ///< centre of both; y grows downwards
  double disc_y() const { return y - label_height * font_size / 2; }  ///< the label stands below
};

struct DrawnLink {
  std::uint32_t a, b;  ///< indices into Picture::concepts
  double width;
};

struct Picture {
  std::vector<DrawnConcept> concepts;  ///< strongest first
  std::vector<DrawnLink> links;        ///< weakest first, so that strong ones lie above
  std::size_t links_between = 0;       ///< that there are between these concepts, drawn or not
  double width = 0, height = 0;        ///< of the layout
};

/// Chooses the `count` concepts with the largest sums of weights, and of the links between them, by weight times the cosine of the
/// two ends' documents, each concept's three best and a maximum spanning forest, so that what hangs together in the graph does in the
/// picture.
Picture choose_picture(const KnowledgeGraph& graph, std::size_t count);

/// The picture in graphviz's language.
std::string dot_of(const Picture& picture);

/// Takes the places from what `sfdp -Tplain` answers. Throws StorageError when they are not all there.
void take_layout(Picture& picture, std::string_view plain);

/// Title, picture, and a legend of the largest communities. White ground.
std::string svg_of(const KnowledgeGraph& graph, const Communities& communities, const Picture& picture, const std::string& title);

}  // namespace colony::retrieval
