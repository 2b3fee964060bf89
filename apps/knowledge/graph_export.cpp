#include "apps/knowledge/graph_export.hpp"

#include <fmt/format.h>

#include <iterator>

#include "engine/quoting.hpp"

namespace colony::retrieval {
namespace {

template <class... T>
void add(std::string& text, fmt::format_string<T...> format, T&&... values) {
  fmt::format_to(std::back_inserter(text), format, std::forward<T>(values)...);
}

std::string node(const Concept& concept_entry) { return fmt::format("c{:016x}", concept_entry.id); }
std::string node(const Document& document) { return fmt::format("d{:016x}", document.id); }

/// A weight with all its digits: whoever reads it back as a double has the number that the colony has.
double exact(float weight) { return weight; }

template <class F>
void for_each_link(const KnowledgeGraph& graph, const F& f) {
  for (std::uint32_t c = 0; c < graph.concepts.size(); ++c)
    for (const ConceptLink& link : graph.links[c])
      if (link.target > c) f(graph.concepts[c], graph.concepts[link.target], link);
}

template <class F>
void for_each_word(const KnowledgeGraph& graph, const F& f) {
  for (std::uint32_t d = 0; d < graph.documents.size(); ++d)
    for (const Term& term : graph.terms[d]) f(graph.documents[d], graph.concepts[term.concept_index], term.frequency);
}

/// Keys are named like the attributes that they are of; those of edges have "e_" before.
constexpr const char* graphml_head = R"(<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
<key id="kind" for="node" attr.name="kind" attr.type="string"/>
<key id="label" for="node" attr.name="label" attr.type="string"/>
<key id="born" for="node" attr.name="born" attr.type="long"/>
<key id="documents" for="node" attr.name="documents" attr.type="long"/>
<key id="occurrences" for="node" attr.name="occurrences" attr.type="long"/>
<key id="place" for="node" attr.name="place" attr.type="string"/>
<key id="length" for="node" attr.name="length" attr.type="long"/>
<key id="e_kind" for="edge" attr.name="kind" attr.type="string"/>
<key id="e_weight" for="edge" attr.name="weight" attr.type="double"/>
<key id="e_count" for="edge" attr.name="count" attr.type="long"/>
<key id="e_first" for="edge" attr.name="first" attr.type="long"/>
<key id="e_last" for="edge" attr.name="last" attr.type="long"/>
<key id="tick" for="graph" attr.name="tick" attr.type="long"/>
)";

}  // namespace

std::string graphml_of(const KnowledgeGraph& graph) {
  std::string text = graphml_head;
  add(text, "<graph id=\"colony\" edgedefault=\"undirected\">\n<data key=\"tick\">{}</data>\n", graph.tick);
  for (const Concept& c : graph.concepts)
    add(text,
        "<node id=\"{}\"><data key=\"kind\">concept</data><data key=\"label\">{}</data><data key=\"born\">{}</data>"
        "<data key=\"documents\">{}</data><data key=\"occurrences\">{}</data></node>\n",
        node(c), xml_escaped(c.label), c.born, c.documents, c.occurrences);
  for (const Document& d : graph.documents)
    add(text,
        "<node id=\"{}\"><data key=\"kind\">document</data><data key=\"label\">{}</data><data key=\"born\">{}</data>"
        "<data key=\"place\">{}</data><data key=\"length\">{}</data></node>\n",
        node(d), xml_escaped(d.name), d.born, d.place, d.length);
  for_each_link(graph, [&](const Concept& a, const Concept& b, const ConceptLink& link) {
    add(text,
        "<edge source=\"{}\" target=\"{}\"><data key=\"e_kind\">link</data><data key=\"e_weight\">{}</data>"
        "<data key=\"e_count\">{}</data><data key=\"e_first\">{}</data><data key=\"e_last\">{}</data></edge>\n",
        node(a), node(b), exact(link.weight), link.count, link.first, link.last);
  });
  for_each_word(graph, [&](const Document& d, const Concept& c, std::uint32_t frequency) {
    add(text, "<edge source=\"{}\" target=\"{}\"><data key=\"e_kind\">word</data><data key=\"e_weight\">{}</data></edge>\n", node(d),
        node(c), frequency);
  });
  return text + "</graph>\n</graphml>\n";
}

std::string json_of(const KnowledgeGraph& graph) {
  std::string text;
  add(text, "{{\"directed\": false, \"multigraph\": false, \"graph\": {{\"tick\": {}}},\n\"nodes\": [", graph.tick);
  const char* separator = "\n";
  for (const Concept& c : graph.concepts) {
    add(text, "{}{{\"id\": \"{}\", \"kind\": \"concept\", \"label\": {}, \"born\": {}, \"documents\": {}, \"occurrences\": {}}}", separator,
        node(c), json_quoted(c.label), c.born, c.documents, c.occurrences);
    separator = ",\n";
  }
  for (const Document& d : graph.documents) {
    add(text, "{}{{\"id\": \"{}\", \"kind\": \"document\", \"label\": {}, \"born\": {}, \"place\": \"{}\", \"length\": {}}}", separator,
        node(d), json_quoted(d.name), d.born, d.place, d.length);
    separator = ",\n";
  }
  text += "],\n\"edges\": [";
  separator = "\n";
  for_each_link(graph, [&](const Concept& a, const Concept& b, const ConceptLink& link) {
    add(text,
        "{}{{\"source\": \"{}\", \"target\": \"{}\", \"kind\": \"link\", \"weight\": {}, \"count\": {}, \"first\": {}, \"last\": {}}}",
        separator, node(a), node(b), exact(link.weight), link.count, link.first, link.last);
    separator = ",\n";
  });
  for_each_word(graph, [&](const Document& d, const Concept& c, std::uint32_t frequency) {
    add(text, "{}{{\"source\": \"{}\", \"target\": \"{}\", \"kind\": \"word\", \"weight\": {}}}", separator, node(d), node(c), frequency);
    separator = ",\n";
  });
  return text + "]}\n";
}

std::vector<std::pair<std::string, std::string>> csv_of(const KnowledgeGraph& graph) {
  std::string concepts = "label,id,born,documents,occurrences\n", links = "source,target,weight,count,first,last\n",
              documents = "name,id,place,born,length\n", words = "document,concept,frequency\n";
  for (const Concept& c : graph.concepts)
    add(concepts, "{},{},{},{},{}\n", csv_field(c.label), node(c), c.born, c.documents, c.occurrences);
  for (const Document& d : graph.documents) add(documents, "{},{},{},{},{}\n", csv_field(d.name), node(d), d.place, d.born, d.length);
  for_each_link(graph, [&](const Concept& a, const Concept& b, const ConceptLink& link) {
    add(links, "{},{},{},{},{},{}\n", csv_field(a.label), csv_field(b.label), exact(link.weight), link.count, link.first, link.last);
  });
  for_each_word(graph, [&](const Document& d, const Concept& c, std::uint32_t frequency) {
    add(words, "{},{},{}\n", csv_field(d.name), csv_field(c.label), frequency);
  });
  return {{"concepts.csv", concepts}, {"links.csv", links}, {"documents.csv", documents}, {"words.csv", words}};
}

}  // namespace colony::retrieval
