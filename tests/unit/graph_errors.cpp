// io/graphs/graph_source: what a bad file says, and where.
#include <gtest/gtest.h>

#include "engine/error.hpp"
#include "io/graphs/generate.hpp"
#include "tests/support/graphs.hpp"
#include "tests/unit/graph_support.hpp"

namespace colony {
namespace {

struct BadFile {
  const char* ending;
  std::string text;
  std::string place;    ///< what follows the file's name: ":line" or ""
  std::string message;  ///< a part of it
};

void PrintTo(const BadFile& bad, std::ostream* out) { *out << bad.message; }

class BadFiles : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, AreRefusedWithFileLineAndReason) {
  const BadFile& bad = GetParam();
  const TestFile file(std::string("bad") + bad.ending, bad.text);
  for (const int threads : {1, 2}) {
    Executor executor(threads);
    try {
      load_graph(edges_spec(file.path(), false), 1, executor);
      FAIL() << "was accepted: " << bad.text;
    } catch (const DataError& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_data);
      EXPECT_EQ(error.where, file.path() + bad.place) << error.what();
      EXPECT_NE(std::string(error.what()).find(bad.message), std::string::npos) << error.what();
    }
  }
}

const std::string mtx = "%%MatrixMarket matrix coordinate pattern general\n";

INSTANTIATE_TEST_SUITE_P(
    EdgeLists, BadFiles,
    ::testing::Values(BadFile{".txt", "1 2\n3 x\n", ":2", "the target id must be a whole number, not \"x\""},
                      BadFile{".txt", "# c\n\n1 2\n3.5 4\n", ":4", "the source id must be a whole number, not \"3.5\""},
                      BadFile{".txt", "1 2\n3 4x\n", ":2", "not \"4x\""},
                      BadFile{".txt", "1 2\r\n3\r\n4 5\r\n", ":2", "the target id is missing"},
                      BadFile{".txt", "1 2\n-3 4\n", ":2", "must not be negative"},
                      BadFile{".txt", "1 2\n1,,2\n", ":2", "the target id is missing"},
                      BadFile{".txt", "1 2\n18446744073709551616 4\n", ":2", "does not fit 64 bits"},
                      BadFile{".txt", "1 2\n1 111111111111111111111111\n", ":2", "does not fit 64 bits"},
                      BadFile{".txt", "1 2\n3 4 5\n", ":2", "a third column"}, BadFile{".txt", "", "", "holds no edge"},
                      BadFile{".txt", "1,2\n3 4\n", ":2", "a \",\" is missing"}, BadFile{".txt", "1;2\n3;\"4\n", ":2", "not closed"},
                      BadFile{".txt", "1,2\n3,\"4\"5\n", ":2", "follows a closing quote"},
                      BadFile{".txt", "1,2\n3,\"4 5\"\n", ":2", "follows the target id"},
                      BadFile{".txt", "1,2\n\"\",3\n", ":2", "the source id is missing"},
                      BadFile{".txt", "\"1\",2\n\"3\"\n", ":2", "1 columns here, and 2"},
                      BadFile{".txt", "# only\n\n", "", "holds no edge"}, BadFile{".csv", "u,v\n", "", "holds no edge"},
                      BadFile{".csv", "u,v\n1,2\nc,d\n", ":3", "whole number"}, BadFile{".gz", "1 2\n", "", "not gzip"}));

INSTANTIATE_TEST_SUITE_P(
    Columns, BadFiles,
    ::testing::Values(BadFile{".csv", "# c\na,b\n1,2\n", ":2", "the column \"a\" is not understood; understood are from (source"},
                      BadFile{".csv", "source,target,time\n1,2,3\n", ":1", "the column \"time\" is not understood"},
                      BadFile{".csv", "source,weight\n1,2\n", ":1", "no column is \"to\""},
                      BadFile{".csv", "u,v,source\n1,2,3\n", ":1", "2 columns are \"from\""},
                      BadFile{".csv", "u,v,\n1,2,\n", ":1", "column 3 has no name"},
                      BadFile{".csv", ",0,1\n0,1,2\n", ":1", "an empty field before numbers"},
                      BadFile{".csv", "alice,bob\nbob,carol\n", ":1", "ids are whole numbers"},
                      BadFile{".csv", "source,target\nalice,bob\n", ":2", "the source id must be a whole number, not \"alice\""},
                      BadFile{".csv", ",source,target\n0,1,2\n1,2\n", ":3", "2 columns here, and 3"},
                      BadFile{".csv", ",source,target\n0,1,2\n1,2,3,4\n", ":3", "more than the 3 columns"},
                      BadFile{".csv", "\"source\" \"target\"\n\"1\" 1 2\n", ":2", "more than the 2 columns"},
                      BadFile{".csv", "1,2,3\n", ":1", "3 columns and no names"},
                      BadFile{".txt", "1388534400 1 2\n1388534420 2 3\n", ":1", "[graph] columns = ["},
                      BadFile{".csv", "# target,source\n2,1\n", ":1", "names the target first; if it is right, say [graph] columns"},
                      BadFile{".txt", "#\n# to: from\n# To From\n2 1\n", ":3", "names the target first"},
                      BadFile{".txt", "% bip unweighted\n% 2 2 1\n1 1\n", ":1", "two kinds of nodes"},
                      BadFile{".txt", "Source Target\n1 2\n", ":1", "say [graph] format = \"csv\""},
                      BadFile{".txt", "1 2 3 4\n", ":1", "4 columns and no names"},
                      BadFile{".txt", "1 2 heavy\n", ":1", "3 columns and no names"}));

INSTANTIATE_TEST_SUITE_P(
    Weighted, BadFiles,
    ::testing::Values(BadFile{".txt", "# c\n1 2 0.5\n", ":2", "column 3 holds weights"},
                      BadFile{".txt", "1 2 -1\n", ":1", "[graph] weight = false"},
                      BadFile{".csv", "weight,v,u\n1,2,3\n", ":1", "column 1 holds weights, and no model takes notice of weights yet"},
                      BadFile{".mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 1\n", ":1", "[graph] weight = false"},
                      BadFile{".mtx", "%MatrixMarket matrix coordinate integer symmetric\n2 2 1\n2 1 1\n", ":1",
                              "a matrix that is integer are weights"},
                      BadFile{".graph", "2 1 1\n2 3\n1 3\n", ":1", "its edges have weights"},
                      BadFile{".graph", "% c\n2 1 010\n3 2\n3 1\n", ":2", "its nodes have weights"},
                      BadFile{".graph", "2 1 100\n3 2\n3 1\n", ":1", "its nodes have sizes, and no model takes notice of weights yet"}));

INSTANTIATE_TEST_SUITE_P(
    MatrixMarkets, BadFiles,
    ::testing::Values(BadFile{".mtx", "", ":1", "begins with"}, BadFile{".mtx", "1 1 0\n", ":1", "begins with"},
                      BadFile{".mtx", "%%MatrixMarket matrix array real general\n2 2\n", ":1", "coordinate"},
                      BadFile{".mtx", "%%MatrixMarket matrix coordinate complex general\n", ":1", "pattern, real or integer"},
                      BadFile{".mtx", "%%MatrixMarket matrix coordinate real hermitian\n", ":1", "general or symmetric"},
                      BadFile{".mtx", mtx, ":2", "line of sizes"}, BadFile{".mtx", mtx + "2 3 0\n", ":2", "square"},
                      BadFile{".mtx", mtx + "0 0 0\n", ":2", "empty"},
                      BadFile{".mtx", mtx + "4294967295 4294967295 1\n1 1\n", ":2", "4294967294"},
                      BadFile{".mtx", mtx + "2 2 1\n1 3\n", ":3", "the column is 3"},
                      BadFile{".mtx", mtx + "2 2 1\n0 1\n", ":3", "the row is 0"},
                      BadFile{".mtx", mtx + "2 2 2\n1 2\n", "", "announces 2 entries, but holds 1"},
                      BadFile{".mtx", mtx + "2 2 1\n1 2 5\n", ":3", "more columns"}));

INSTANTIATE_TEST_SUITE_P(
    MetisFiles, BadFiles,
    ::testing::Values(BadFile{".graph", "", ":1", "nodes and edges"}, BadFile{".graph", "2\n", ":1", "number of edges is missing"},
                      BadFile{".graph", "2 1 7\n2\n1\n", ":1", "fmt"}, BadFile{".graph", "0 0\n", ":1", "empty"},
                      BadFile{".graph", "4294967295 0\n", ":1", "4294967294"}, BadFile{".graph", "2 1\n3\n1\n", ":2", "the neighbour is 3"},
                      BadFile{".graph", "% c\n2 1\n2\n% c\n1 x\n", ":5", "not \"x\""},
                      BadFile{".graph", "2 1\n2\n\n", "", "one of its two nodes"}, BadFile{".graph", "3 1\n2\n1\n", "", "has rows for 2"},
                      BadFile{".graph", "2 1\n2\n1\n1\n", ":4", "more rows"},
                      BadFile{".graph", "2 5\n2\n1\n", "", "announces 5 edges, but lists 1"}));

TEST(BadWeights, MissingOnesAreToldWhereTheyAreDropped) {
  const auto refused = [](const std::string& ending, const std::string& text, const std::string& message) {
    try {
      load_text(text, false, ending, weight_false);
      FAIL() << "was accepted: " << text;
    } catch (const DataError& error) {
      EXPECT_TRUE(error.where.ends_with(ending + ":3")) << error.what();
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  };
  refused(".mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2\n", "the value is missing");
  refused(".mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 3 4\n", "more columns");
  refused(".graph", "2 1 1\n2 3\n1\n", "the weight of the edge is missing");
  refused(".graph", "2 1 10\n3 2\n\n", "the weight of the node is missing");
  refused(".txt", "1 2 0.5\n2 3 0.5\n3 4\n", "2 columns here, and 3");
}

TEST(BadFilesOnDisk, MissingFolderTruncatedAndCorrupt) {
  Executor executor(1);
  const auto message = [&](const std::string& path) {
    try {
      load_graph(edges_spec(path, false), 1, executor);
    } catch (const DataError& error) {
      EXPECT_EQ(error.where, path);
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(message(::testing::TempDir() + "no-such-graph.txt").find("No such file"), std::string::npos);
  EXPECT_NE(message(std::filesystem::path(::testing::TempDir()).parent_path().string()).find("folder"), std::string::npos);
  COLONY_NEEDS_DATA(path, "graphs/email-Enron.txt.gz");
  std::ifstream file(path, std::ios::binary);
  std::string packed{std::istreambuf_iterator<char>(file), {}};
  const TestFile truncated("truncated.gz", packed.substr(0, packed.size() / 2));
  EXPECT_NE(message(truncated.path()).find("truncated"), std::string::npos);
  const TestFile no_checksum("checksum.gz", packed.substr(0, packed.size() - 4));
  EXPECT_NE(message(no_checksum.path()).find("truncated"), std::string::npos);
  packed[packed.size() / 2] ^= 0x55;
  const TestFile corrupt("corrupt.gz", packed);
  EXPECT_NE(message(corrupt.path()).find("corrupt"), std::string::npos);
}

TEST(BadFilesOnDisk, TheFirstMistakeOfManyPiecesIsNamedWithItsLine) {
  std::string text;
  for (int line = 1; line <= 600000; ++line) text += line == 450000 || line == 599000 ? "1 oops\n" : "1234 5678\n";
  const TestFile file("late.txt", text);
  for (const int threads : {1, 2}) {
    Executor executor(threads);
    try {
      load_graph(edges_spec(file.path(), false), 1, executor);
      FAIL();
    } catch (const DataError& error) {
      EXPECT_EQ(error.where, file.path() + ":450000");
    }
  }
}

TEST(BadSpecs, AreUsageErrors) {
  Executor executor(1);
  const auto refused = [&](const std::string& kind, std::uint64_t nodes, std::uint32_t degree, double mean_degree = 0) {
    GraphSpec spec = generate_spec(kind, nodes);
    spec.degree = degree;
    spec.mean_degree = mean_degree;
    EXPECT_THROW(load_graph(spec, 1, executor), UsageError) << kind;
  };
  refused("no-such-kind", 10, 2);
  refused("regular", 5, 3);
  refused("regular", 4, 4);
  refused("regular", 0, 0);
  refused("watts-strogatz", 10, 3);
  refused("watts-strogatz", 10, 10);
  refused("barabasi-albert", 10, 0);
  refused("barabasi-albert", 10, 10);
  refused("erdos-renyi", 10, 0, -1);
  refused("erdos-renyi", 10, 0, 9.5);
  refused("rmat", 10, 0, 11);
  GraphSpec lattice;
  lattice.source = GraphSpec::Source::lattice;
  lattice.lattice = {0, 5, 4, true};
  EXPECT_THROW(load_graph(lattice, 1, executor), UsageError);
  lattice.lattice = {5, 5, 6, true};
  EXPECT_THROW(load_graph(lattice, 1, executor), UsageError);
  lattice.lattice = {1u << 17, 1u << 17, 8, true};
  EXPECT_THROW(load_graph(lattice, 1, executor), UsageError);
}

TEST(BadSpecs, FilesOfDegrees) {
  Executor executor(1);
  const auto refused = [&](const std::string& text, const std::string& place, const std::string& message, std::uint64_t nodes = 0) {
    const TestFile file("degrees.txt", text);
    GraphSpec spec = generate_spec("configuration", nodes);
    spec.degrees_path = file.path();
    try {
      load_graph(spec, 1, executor);
      FAIL() << "was accepted: " << text;
    } catch (const DataError& error) {
      EXPECT_EQ(error.where, file.path() + place);
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  };
  refused("", "", "holds no degrees");
  refused("1\ntwo\n", ":2", "whole number");
  refused("1\n1 2\n", ":2", "one degree a line");
  refused("1\n2\n", "", "odd number");
  refused("3\n1\n0\n", "", "no simple graph");
  refused("1\n1\n", "", "nodes is 5", 5);
}

}  // namespace
}  // namespace colony
