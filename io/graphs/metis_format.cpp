#include "io/graphs/metis_format.hpp"

#include <bit>

namespace colony {
namespace {

struct Header {
  std::uint64_t nodes = 0;
  std::uint64_t edges = 0;
  std::uint64_t skipped_columns = 0;  ///< sizes and weights of the node, before its neighbours
  bool weighted = false;
};

/// What one piece saw. Sums of hashes show whether each edge stands at both its nodes, without a look-up.
struct Tally {
  std::uint64_t upward = 0;  ///< neighbours above the node
  std::uint64_t downward = 0;
  std::uint64_t loops = 0;
  std::uint64_t upward_hash = 0;
  std::uint64_t downward_hash = 0;
};

std::uint64_t mix(std::uint64_t low, std::uint64_t high) {
  std::uint64_t hash = low * 0x9E3779B97F4A7C15u ^ std::rotl(high * 0xC2B2AE3D27D4EB4Fu, 31);
  hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9u;
  return hash ^ (hash >> 32);
}

void read_format(Cursor& cursor, Header& header, Weights weights) {
  const char* at = cursor.at();
  const std::uint64_t format = cursor.whole("fmt");
  cursor.skip_blanks();
  const std::uint64_t sizes = format / 100, node_weights = format / 10 % 10, edge_weights = format % 10;
  if (sizes > 1 || node_weights > 1 || edge_weights > 1) {
    throw ScanFault{at, "fmt is three digits, each 0 or 1 (sizes, node weights, edge weights)"};
  }
  std::uint64_t constraints = 1;
  if (!cursor.at_line_end()) {
    constraints = cursor.whole("ncon");
    cursor.skip_blanks();
    if (constraints > 1000) throw ScanFault{at, "ncon, the weights of a node, is at most 1000"};
  }
  header.skipped_columns = sizes + node_weights * constraints;
  header.weighted = edge_weights == 1;
  if (format != 0 && weights == Weights::refuse) {
    const char* what = header.weighted ? "its edges have weights" : node_weights == 1 ? "its nodes have weights" : "its nodes have sizes";
    refuse_weights(at, "fmt is " + std::to_string(format) + ": " + what);
  }
}

Header read_header(Cursor& cursor, Weights weights) {
  for (cursor.skip_blanks(); !cursor.done() && (cursor.at_line_end() || cursor.peek() == '%'); cursor.skip_blanks()) cursor.skip_line();
  if (cursor.done()) throw ScanFault{cursor.at(), "the first line must give the numbers of nodes and edges"};
  Header header;
  const char* at = cursor.at();
  header.nodes = cursor.whole("number of nodes");
  cursor.skip_blanks();
  header.edges = cursor.whole("number of edges");
  cursor.skip_blanks();
  if (!cursor.at_line_end()) read_format(cursor, header, weights);
  if (!cursor.at_line_end()) throw ScanFault{cursor.at(), "the first line has at most four numbers: nodes, edges, fmt, ncon"};
  if (header.nodes == 0) throw ScanFault{at, "the graph is empty; it needs a node at least"};
  if (header.nodes > max_graph_nodes) throw ScanFault{at, "more than 4294967294 nodes"};
  cursor.skip_line();
  return header;
}

/// Lines that stand for a node, the empty ones among them.
std::uint64_t count_rows(std::string_view piece) {
  std::uint64_t rows = 0;
  for (Cursor cursor(piece); !cursor.done(); cursor.skip_line()) rows += cursor.peek() != '%' ? 1 : 0;
  return rows;
}

class RowScanner {
 public:
  RowScanner(const Header& header, bool directed, EdgeChunk& chunk) : header_(header), directed_(directed), chunk_(chunk) {}

  /// rows_before: rows in the text before the piece.
  Tally scan(std::string_view piece, std::uint64_t rows_before) {
    std::uint64_t node = rows_before;
    for (Cursor cursor(piece); !cursor.done(); cursor.skip_line()) {
      if (cursor.peek() == '%') continue;
      ++node;
      cursor.skip_blanks();
      if (node > header_.nodes) {
        if (cursor.at_line_end()) continue;  // empty lines at the end
        throw ScanFault{cursor.at(), "more rows than the " + std::to_string(header_.nodes) + " nodes that the first line announces"};
      }
      scan_row(cursor, node);
    }
    return tally_;
  }

 private:
  void scan_row(Cursor& cursor, std::uint64_t node) {
    for (std::uint64_t i = 0; i < header_.skipped_columns; ++i) {
      cursor.skip_word("weight of the node");
      cursor.skip_blanks();
    }
    while (!cursor.at_line_end()) {
      const char* at = cursor.at();
      const std::uint64_t other = cursor.whole("neighbour");
      if (other == 0 || other > header_.nodes) {
        throw ScanFault{at, "the neighbour is " + std::to_string(other) + ", but must be 1 .. " + std::to_string(header_.nodes)};
      }
      cursor.skip_blanks();
      if (header_.weighted) {
        cursor.skip_word("weight of the edge");
        cursor.skip_blanks();
      }
      take(node, other);
    }
  }

  void take(std::uint64_t node, std::uint64_t other) {
    if (other > node) {
      ++tally_.upward;
      tally_.upward_hash += mix(node, other);
    } else if (other < node) {
      ++tally_.downward;
      tally_.downward_hash += mix(other, node);
    } else {
      ++tally_.loops;
    }
    if (other < node && !directed_) return;
    chunk_.add(node, other);
  }

  const Header& header_;
  bool directed_;
  EdgeChunk& chunk_;
  Tally tally_;
};

void check_totals(const std::string& name, const Header& header, std::uint64_t rows, const std::vector<Tally>& tallies) {
  if (rows < header.nodes) {
    throw DataError(name, "announces " + std::to_string(header.nodes) + " nodes, but has rows for " + std::to_string(rows));
  }
  Tally sum;
  for (const Tally& tally : tallies) {
    sum.upward += tally.upward;
    sum.downward += tally.downward;
    sum.loops += tally.loops;
    sum.upward_hash += tally.upward_hash;
    sum.downward_hash += tally.downward_hash;
  }
  if (sum.upward != sum.downward || sum.upward_hash != sum.downward_hash) {
    throw DataError(name, "some edge is listed at one of its two nodes only; each edge must stand in both rows");
  }
  const std::uint64_t listed = sum.upward + sum.downward + sum.loops;
  if (listed != 2 * header.edges && sum.upward + sum.loops != header.edges) {
    throw DataError(name, "announces " + std::to_string(header.edges) + " edges, but lists " + std::to_string(sum.upward));
  }
}

}  // namespace

ParsedGraph parse_metis(std::string_view text, const std::string& name, bool directed, Weights weights, Executor& executor) {
  Header header;
  Cursor start(text);
  try {
    header = read_header(start, weights);
  } catch (const ScanFault& fault) {
    throw_at_line(name, text, fault);
  }
  ParsedGraph parsed;
  parsed.dropped_weights = header.weighted || header.skipped_columns > 0;
  parsed.numbered_nodes = header.nodes;
  const auto pieces = line_pieces(text.substr(static_cast<std::size_t>(start.at() - text.data())));
  std::vector<std::uint64_t> rows_before(pieces.size() + 1, 0);
  scan_pieces(name, text, pieces.size(), executor, [&](std::size_t i) { rows_before[i + 1] = count_rows(pieces[i]); });
  for (std::size_t i = 0; i < pieces.size(); ++i) rows_before[i + 1] += rows_before[i];
  parsed.chunks.resize(pieces.size());
  std::vector<Tally> tallies(pieces.size());
  scan_pieces(name, text, pieces.size(), executor,
              [&](std::size_t i) { tallies[i] = RowScanner(header, directed, parsed.chunks[i]).scan(pieces[i], rows_before[i]); });
  check_totals(name, header, rows_before.back(), tallies);
  return parsed;
}

}  // namespace colony
