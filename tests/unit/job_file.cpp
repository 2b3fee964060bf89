// io/job/job_file: a job is read in full, and each kind of mistake is found, placed and explained.
#include "io/job/job_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "tests/unit/job_models.hpp"

namespace colony {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class JobFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / ("job_file_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_ / "data");
    std::ofstream(folder_ / "data" / "g.txt") << "1 2\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  RunJob parse(const std::string& text, std::vector<std::string> overrides = {}) const {
    return parse_job({(folder_ / "job.toml").string(), text, std::move(overrides)}, job_test_models());
  }

  /// The mistakes as "line:column message", the file's name left out.
  std::vector<std::string> mistakes(const std::string& text, std::vector<std::string> overrides = {}) const {
    std::vector<std::string> result;
    try {
      parse(text, std::move(overrides));
    } catch (const JobErrors& errors) {
      EXPECT_EQ(errors.status(), ExitStatus::usage);
      for (const JobMistake& mistake : errors.mistakes) {
        EXPECT_THAT(errors.what(), HasSubstr(mistake.place.text() + ": " + mistake.message));
        const JobPlace& at = mistake.place;
        const std::string place = at.line == 0 ? at.source : std::to_string(at.line) + ":" + std::to_string(at.column);
        result.push_back(place + " " + mistake.message);
      }
    }
    return result;
  }
  /// The only mistake.
  std::string mistake(const std::string& text, std::vector<std::string> overrides = {}) const {
    const std::vector<std::string> all = mistakes(text, std::move(overrides));
    EXPECT_EQ(all.size(), 1u) << ::testing::PrintToString(all);
    return all.empty() ? "" : all.front();
  }

  std::filesystem::path folder_;
};

const std::string head = "[job]\nticks = 10\n[model]\nname = \"spread\"\nrecovery = 0.5\n";
const std::string torus = "[graph]\nsource = \"lattice\"\nwidth = 8\nheight = 6\n";

TEST_F(JobFile, AShortJobGetsItsDefaults) {
  const RunJob job = parse(head + torus);
  EXPECT_EQ(job.name, "job");  // the file's
  EXPECT_EQ(job.seed, 1u);
  EXPECT_EQ(job.ticks, 10u);
  EXPECT_EQ(job.model, "spread");
  EXPECT_EQ(job.parameters.get<double>("recovery"), 0.5);
  EXPECT_EQ(job.parameters.get<double>("infection"), 0.25);
  EXPECT_EQ(job.parameters.get<std::string>("direction"), "auto");
  EXPECT_FALSE(job.parameters.has("seed_nodes"));
  EXPECT_EQ(job.graph.lattice, (LatticeShape{8, 6, 8, true}));
  EXPECT_EQ(job.shards, Job::Shards());
  EXPECT_EQ(job.execution, Job::Execution());
  EXPECT_EQ(job.checkpoint, Job::Checkpoint());
  EXPECT_EQ(job.cluster, ClusterSpec());
  EXPECT_EQ(job.output.directory, (std::filesystem::current_path() / "runs" / "job").string());
}

TEST_F(JobFile, PathsAreRelativeToTheJobFile) {
  const RunJob job = parse(head + "[graph]\nsource = \"edges\"\npath = \"data/../data/g.txt\"\n[output]\ndirectory = \"out\"\n");
  EXPECT_EQ(job.graph.path, (folder_ / "data" / "g.txt").string());
  EXPECT_EQ(job.output.directory, (folder_ / "out").string());
}

/// Every key with a value that is not its default.
std::string full_job() {
  return R"toml(
[job]
name = "full"
seed = 9223372036854775807
ticks = 500
stop_when = "infectious == 0 and (recovered > 3)"
[model]
name = "spread"
infection = 1
recovery = 0.1
seeds = 3
seed_nodes = [4, 5]
direction = "pull"
weights = [0.1, 2, 1e-300]
piles = [[1, 2, 3], [4.5, 5, 6]]
twice = true
label = "say \"hi\"\t\\"
table = "data/g.txt"
[population]
count = 12
[graph]
source = "generate"
kind = "watts-strogatz"
nodes = 101
degree = 4
rewire = 0.25
seed = 12
[shards]
count = 4
blocks = 16
partition = "metis"
placement = "locality"
virtual_nodes = 64
load_bound = 1.5
pins = [[0, 3], [15, 0]]
rebalance_every = 50
[execution]
threads = 2
through_bytes = true
[checkpoint]
every = 10
every_seconds = 0.5
keep = 2
[output]
directory = "out"
observe_every = 5
digest_every = 10
events = true
[[snapshot]]
fields = ["nodes.state", "ant.carry"]
every = 7
[[snapshot]]
name = "ages"
fields = ["nodes.age"]
[cluster]
transport = "nng"
listen = "tcp://0.0.0.0:7000"
http = "tcp://0.0.0.0:0"
hosts = ["a", "b"]
secret_file = "data/g.txt"
tls = true
barrier = "tick"
heartbeat_ms = 100
heartbeat_misses = 5
frame_timeout_ms = 300
stall_ms = 5000
replace_wait_ms = 0
restarts = 1
)toml";
}

TEST_F(JobFile, TheResolvedJobReadsBackAsItself) {
  const std::vector<std::string> graphs = {
      torus,
      "[graph]\nsource = \"edges\"\npath = \"data/g.txt\"\ndirected = true\nformat = \"csv\"\n",
      "[graph]\nsource = \"edges\"\npath = \"data/g.txt\"\ncolumns = [\"\", \"to\", \"from\", \"w\"]\nweight = false\n",
      "[graph]\nsource = \"generate\"\nkind = \"rmat\"\nnodes = 64\nmean_degree = 3\ndirected = true\na = 0.5\nb = 0.1\nc = 0.1\n",
      "[graph]\nsource = \"generate\"\nkind = \"configuration\"\ndegrees = \"data/g.txt\"\n",
      "[graph]\nsource = \"generate\"\nkind = \"complete\"\nnodes = 7\n"};
  std::vector<std::string> texts = {full_job()};
  for (const std::string& graph : graphs) texts.push_back(head + graph);
  for (const std::string& text : texts) {
    const RunJob job = parse(text);
    // Read as another file in another folder: nothing relative may be left.
    const RunJob again = parse_job({"/elsewhere/other.toml", to_toml(job), {}}, job_test_models());
    EXPECT_EQ(to_toml(again), to_toml(job));
    EXPECT_EQ(again.parameters.values, job.parameters.values);
    EXPECT_EQ(again.graph, job.graph);
    EXPECT_EQ(again.shards, job.shards);
    EXPECT_EQ(again.execution, job.execution);
    EXPECT_EQ(again.checkpoint, job.checkpoint);
    EXPECT_EQ(again.output, job.output);
    EXPECT_EQ(again.cluster, job.cluster);
    EXPECT_EQ(std::tie(again.name, again.seed, again.ticks, again.stop_when, again.model, again.population),
              std::tie(job.name, job.seed, job.ticks, job.stop_when, job.model, job.population));
  }
  const RunJob job = parse(full_job());
  EXPECT_EQ(job.seed, 9223372036854775807u);
  EXPECT_EQ(job.graph.seed, 12u);
  EXPECT_EQ(job.parameters.get<std::vector<double>>("weights"), (std::vector<double>{0.1, 2, 1e-300}));
  EXPECT_EQ(job.parameters.get<std::string>("label"), "say \"hi\"\t\\");
  EXPECT_THAT(job.shards.pins, ElementsAre(PinSpec{0, 3}, PinSpec{15, 0}));
  EXPECT_EQ(job.shards.rebalance_every, 50u);
  EXPECT_EQ(job.output.snapshots[1], (SnapshotSpec{{"nodes.age"}, 1, "ages"}));
}

TEST_F(JobFile, EveryMistakeIsReportedAtOnceInTheOrderOfTheFile) {
  const std::vector<std::string> all = mistakes(
      "[job]\nticks = -1\nsed = 3\n[model]\nname = \"spread\"\nrecovry = 0.2\ninfection = \"much\"\n[graph]\nsource = \"lattice\"\nwidth = "
      "5\n"
      "[outptu]\n",
      {"execution.threads=x"});
  EXPECT_THAT(
      all, ElementsAre(HasSubstr("2:9 [job] ticks must be a whole number of at least 0, and is -1"),
                       HasSubstr("3:1 [job] has no key \"sed\"; did you mean \"seed\"?"), HasSubstr("4:2 [model] recovery is missing"),
                       HasSubstr("6:1 [model] has no key \"recovry\"; did you mean \"recovery\"?"),
                       HasSubstr("7:13 [model] infection must be a number from 0 to 1, and is \"much\" (text)"),
                       HasSubstr("8:2 [graph] height is missing"), HasSubstr("11:2 there is no section [outptu]; did you mean [output]?"),
                       HasSubstr("--set execution.threads=x [execution] threads must be a whole number from 0 to 4096, and is \"x\"")));
}

TEST_F(JobFile, OverridesReplaceAndAddKeys) {
  const RunJob job = parse(head + torus, {"model.recovery=0.2", "job.name=night", "model.seed_nodes=[1,2]", "shards.count=4",
                                          "shards.count=5", "job.stop_when=infectious == 0", "output.events = true", "model.label=\"5\""});
  EXPECT_EQ(job.parameters.get<double>("recovery"), 0.2);
  EXPECT_EQ(job.name, "night");
  EXPECT_EQ(job.parameters.get<std::vector<std::int64_t>>("seed_nodes"), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(job.shards.count, 5u);
  EXPECT_EQ(job.stop_when, "infectious == 0");
  EXPECT_TRUE(job.output.events);
  EXPECT_EQ(job.parameters.get<std::string>("label"), "5");
}

TEST_F(JobFile, ANumberMayBeGivenByACategory) {
  const std::string job_text = "[job]\nticks = 10\n[model]\nname = \"spread\"\n";
  const std::string table = "recovery = { by = \"age group\", old = 1, \"0-17\" = 0.2, \"18 to 64\" = 0.125 }\n";
  const RunJob job = parse(job_text + table + "seeds = { by = \"town\", north = 3 }\n" + torus, {"model.recovery.old=0.05"});
  const NumbersBy recovery{.category = "age group", .numbers = {{"0-17", 0.2}, {"18 to 64", 0.125}, {"old", 0.05}}};
  EXPECT_EQ(job.parameters.get<NumbersBy>("recovery"), recovery);
  EXPECT_EQ(job.parameters.get<NumbersBy>("seeds"), (NumbersBy{.category = "town", .numbers = {{"north", 3}}}));
  EXPECT_THAT(job.parameters.get<NumbersBy>("recovery").place, ::testing::EndsWith("job.toml:5:19"));
  EXPECT_EQ(job.parameters.get<NumbersBy>("recovery").numbers[2].place, "--set model.recovery.old=0.05");
  const RunJob again = parse_job({"/elsewhere/other.toml", to_toml(job), {}}, job_test_models());
  EXPECT_EQ(again.parameters.values, job.parameters.values);
  EXPECT_EQ(to_toml(again), to_toml(job));
  EXPECT_THAT(changed_keys(job, parse(job_text + table + "seeds = { by = \"town\", north = 3 }\n" + torus)), ElementsAre("model.recovery"));
}

TEST_F(JobFile, NumbersByACategoryAreNumbersAndNameIt) {
  const auto told = [&](const std::string& value, std::vector<std::string> overrides = {}) {
    return mistake("[job]\nticks = 10\n[model]\nname = \"spread\"\nrecovery = 0.5\n" + value + "\n" + torus, std::move(overrides));
  };
  EXPECT_THAT(told("infection = { old = 0.2 }"), HasSubstr("6:13 [model] infection has numbers by a category, and \"by\" names it"));
  EXPECT_THAT(told("infection = { by = 3, old = 0.2 }"), HasSubstr("6:20 [model] infection has numbers by a category"));
  EXPECT_THAT(told("infection = { by = \"age\", old = 1.5 }"), HasSubstr("[model] infection.old must be a number from 0 to 1, and is 1.5"));
  EXPECT_THAT(told("seeds = { by = \"age\", old = 1.5 }"), HasSubstr("[model] seeds.old must be a whole number"));
  EXPECT_THAT(told("seeds = { by = \"age\", old = -1 }"), HasSubstr("[model] seeds.old must be a whole number of at least 0, and is -1"));
  EXPECT_THAT(told("seeds = { by = \"age\", old = 9007199254740994 }"), HasSubstr("[model] seeds.old is a whole number up to 2^53"));
  EXPECT_THAT(told("direction = { by = \"age\" }"), HasSubstr("[model] direction must be one of"));
  EXPECT_THAT(told("", {"model.infection.old=0.2"}), HasSubstr("\"by\" names it"));
  EXPECT_THAT(told("", {"model.recovery.old=0.2"}), HasSubstr("inside something that is no section"));
}

TEST_F(JobFile, BadOverridesAreNamed) {
  EXPECT_THAT(mistake(head + torus, {"model.recovery"}), HasSubstr("--set model.recovery an override is section.key=value"));
  EXPECT_THAT(mistake(head + torus, {"model..x=1"}), HasSubstr("an override is section.key=value"));
  EXPECT_THAT(mistake(head + torus, {"job.ticks.x=1"}), HasSubstr("inside something that is no section"));
  EXPECT_THAT(mistake(head + torus, {"model.weights=[1,"}), HasSubstr("quotes lost to the shell"));
  EXPECT_THAT(mistake(head + torus, {"model.recovery=7"}),
              HasSubstr("--set model.recovery=7 [model] recovery must be a number from 0 to 1"));
  EXPECT_THAT(mistake(head + torus, {"model.recovry=0.7"}), HasSubstr("did you mean \"recovery\"?"));
  EXPECT_THAT(mistake(head + torus, {"ticks=5"}), HasSubstr("\"ticks\" stands in no section; did you mean [job] ticks?"));
  EXPECT_THAT(mistake(head + torus, {"job.ticks=5\nseed=6"}), HasSubstr("must be a whole number"));  // one override, one key
}

struct Bad {
  const char* name;
  const char* text;  ///< follows `head`
  const char* place;
  const char* message;
};

class BadJob : public JobFile, public ::testing::WithParamInterface<Bad> {};

TEST_P(BadJob, IsRefusedInItsPlace) {
  const std::string found = mistake(head + GetParam().text);
  EXPECT_TRUE(found.starts_with(std::string(GetParam().place) + " ")) << found;
  EXPECT_THAT(found, HasSubstr(GetParam().message));
}

const std::string& graph(const char* text) {
  static std::vector<std::unique_ptr<std::string>> kept;
  kept.push_back(std::make_unique<std::string>(std::string("[graph]\nsource = \"generate\"\n") + text));
  return *kept.back();
}
const std::string& on_torus(const char* text) {
  static std::vector<std::unique_ptr<std::string>> kept;
  kept.push_back(std::make_unique<std::string>(torus + text));
  return *kept.back();
}

INSTANTIATE_TEST_SUITE_P(
    Graph, BadJob,
    ::testing::Values(
        Bad{"NoGraph", "", "1:1", "[graph] is missing; model \"spread\" runs on one"},
        Bad{"NoSource", "[graph]\n", "6:2", "[graph] source is missing; it is one of: edges, lattice, generate"},
        Bad{"UnknownSource", "[graph]\nsource = \"lattise\"\n", "7:10", "did you mean \"lattice\"?"},
        Bad{"NoPath", "[graph]\nsource = \"edges\"\n", "6:2", "[graph] path is missing"},
        Bad{"MissingFile", "[graph]\nsource = \"edges\"\npath = \"data/none.txt\"\n", "8:8",
            "data/none.txt; paths are relative to the job file"},
        Bad{"FolderForFile", "[graph]\nsource = \"edges\"\npath = \"data\"\n", "8:8", "is a folder, and a file is wanted"},
        Bad{"EmptyPath", "[graph]\nsource = \"edges\"\npath = \"\"\n", "8:8", "must be a path"},
        Bad{"UnknownFormat", "[graph]\nsource = \"edges\"\npath = \"data/g.txt\"\nformat = \"xls\"\n", "9:10", "must be one of"},
        Bad{"WeightTrue", "[graph]\nsource = \"edges\"\npath = \"data/g.txt\"\nweight = true\n", "9:10",
            "no model takes notice of weights yet"},
        Bad{"WeightOfALattice", "[graph]\nsource = \"lattice\"\nwidth = 4\nheight = 4\nweight = false\n", "10:10", "does not go with"},
        Bad{"ColumnsNotNames", "[graph]\nsource = \"edges\"\npath = \"data/g.txt\"\ncolumns = [1, 2]\n", "9:11", "must be a list of names"},
        Bad{"UnknownColumn", "[graph]\nsource = \"edges\"\npath = \"data/g.txt\"\ncolumns = [\"from\", \"to\", \"time\"]\n", "9:26",
            "columns: \"time\" is not understood; understood are from (source"},
        Bad{"NoTarget", "[graph]\nsource = \"edges\"\npath = \"data/g.txt\"\ncolumns = [\"from\", \"\"]\n", "9:11", "no column is \"to\""},
        Bad{"ColumnsOfMetis", "[graph]\nsource = \"edges\"\npath = \"data/g.txt\"\nformat = \"metis\"\ncolumns = [\"from\", \"to\"]\n",
            "10:11", "metis has columns of its own"},
        Bad{"NoWidth", "[graph]\nsource = \"lattice\"\nheight = 4\n", "6:2", "[graph] width is missing"},
        Bad{"ZeroWidth", "[graph]\nsource = \"lattice\"\nheight = 4\nwidth = 0\n", "9:9", "from 1 to 4294967294, and is 0"},
        Bad{"NarrowTorus", "[graph]\nsource = \"lattice\"\nheight = 4\nwidth = 2\n", "9:9", "at least 3 on a torus"},
        Bad{"HugeLattice", "[graph]\nsource = \"lattice\"\nheight = 100000\nwidth = 100000\n", "8:10", "10000000000 nodes"},
        Bad{"SixNeighbours", on_torus("neighbours = 6\n").c_str(), "10:14", "must be 4 or 8, and is 6"},
        Bad{"KeyOfAnotherSource", on_torus("directed = true\n").c_str(), "10:12",
            "directed does not go with source = \"lattice\", only with \"edges\", \"erdos-renyi\", \"rmat\""},
        Bad{"NoKind", graph("nodes = 4\n").c_str(), "6:2", "[graph] kind is missing"},
        Bad{"UnknownKind", graph("kind = \"erdos\"\nnodes = 4\n").c_str(), "8:8", "did you mean \"erdos-renyi\"?"},
        Bad{"NoNodes", graph("kind = \"complete\"\n").c_str(), "6:2", "[graph] nodes is missing"},
        Bad{"NoMeanDegree", graph("kind = \"erdos-renyi\"\nnodes = 10\n").c_str(), "6:2",
            "mean_degree is missing; kind = \"erdos-renyi\" needs it"},
        Bad{"MeanDegree", graph("kind = \"erdos-renyi\"\nnodes = 10\nmean_degree = 9.5\n").c_str(), "10:15",
            "at most nodes - 1 (9), and is 9.5"},
        Bad{"NoDegree", graph("kind = \"regular\"\nnodes = 10\n").c_str(), "6:2", "degree is missing; kind = \"regular\" needs it"},
        Bad{"OddStubs", graph("kind = \"regular\"\nnodes = 9\ndegree = 3\n").c_str(), "10:10", "9 * 3 is odd"},
        Bad{"TooManyNeighbours", graph("kind = \"regular\"\nnodes = 8\ndegree = 8\n").c_str(), "10:10",
            "must be at most nodes - 1 (7), and is 8"},
        Bad{"OddRing", graph("kind = \"watts-strogatz\"\nnodes = 8\ndegree = 3\n").c_str(), "10:10", "must be even"},
        Bad{"Rewire", graph("kind = \"watts-strogatz\"\nnodes = 8\ndegree = 4\nrewire = 1.5\n").c_str(), "11:10",
            "from 0 to 1, and is 1.5"},
        Bad{"Quarters", graph("kind = \"rmat\"\nnodes = 8\nmean_degree = 2\na = 0.9\n").c_str(), "11:5", "a + b + c must be at most 1"},
        Bad{"NoDegrees", graph("kind = \"configuration\"\n").c_str(), "6:2", "[graph] degrees is missing"},
        Bad{"SeedOfNothing", graph("kind = \"complete\"\nnodes = 8\nseed = 2\n").c_str(), "10:8",
            "seed does not go with kind = \"complete\""},
        Bad{"NegativeSeed", graph("kind = \"regular\"\nnodes = 8\ndegree = 2\nseed = -2\n").c_str(), "11:8", "at least 0, and is -2"},
        Bad{"KeyOfAnotherKind", graph("kind = \"complete\"\nnodes = 8\ndegree = 2\n").c_str(), "10:10",
            "degree does not go with kind = \"complete\""}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Sections, BadJob,
    ::testing::Values(
        Bad{"ZeroShards", on_torus("[shards]\ncount = 0\n").c_str(), "11:9",
            "[shards] count must be a whole number from 1 to 65536, and is 0"},
        Bad{"RealShards", on_torus("[shards]\ncount = 2.0\n").c_str(), "11:9", "and is 2.0 (a real number)"},
        Bad{"Partition", on_torus("[shards]\npartition = \"metsi\"\n").c_str(), "11:13", "did you mean \"metis\"?"},
        Bad{"LoadBound", on_torus("[shards]\nload_bound = 0.5\n").c_str(), "11:14", "from 1 to 1000"},
        Bad{"PinOutOfRange", on_torus("[shards]\ncount = 2\npins = [[0, 2]]\n").c_str(), "12:9", "shard below count (2)"},
        Bad{"PinTwice", on_torus("[shards]\ncount = 2\npins = [[0, 1], [0, 0]]\n").c_str(), "12:17", "block 0 is pinned twice"},
        Bad{"PinShape", on_torus("[shards]\npins = [3]\n").c_str(), "11:9", "each is [block, shard]"},
        Bad{"WrongSection", on_torus("[shards]\nthreads = 2\n").c_str(), "11:1", "did you mean [execution] threads?"},
        Bad{"Backend", on_torus("[execution]\nbackend = \"tpu\"\n").c_str(), "11:11", "\"cuda\""},
        Bad{"Transport", on_torus("[cluster]\ntransport = \"tcp\"\n").c_str(), "11:13", "\"nng\""},
        Bad{"Barrier", on_torus("[cluster]\nbarrier = \"step\"\n").c_str(), "11:11", "phase"},
        Bad{"Heartbeat", on_torus("[cluster]\nheartbeat_ms = 0\n").c_str(), "11:16", "from 1 to"},
        Bad{"Hosts", on_torus("[cluster]\nhosts = [1]\n").c_str(), "11:9", "must be a list of names"},
        Bad{"Pages", on_torus("[cluster]\nhttp = \"tcp://127.0.0.1\"\n").c_str(), "11:8", "tcp://ADDRESS:PORT"},
        Bad{"PagesPort", on_torus("[cluster]\nhttp = \"tcp://a:65536\"\n").c_str(), "11:8", "this machine only"},
        Bad{"PagesScheme", on_torus("[cluster]\nhttp = \"http://a:80\"\n").c_str(), "11:8", "\"off\""},
        Bad{"Secret", on_torus("[cluster]\nsecret_file = \"none\"\n").c_str(), "11:15", "there is no file"},
        Bad{"Keep", on_torus("[checkpoint]\nkeep = 0\n").c_str(), "11:8", "from 1 to 1000000"},
        Bad{"ObserveEvery", on_torus("[output]\nobserve_every = 0\n").c_str(), "11:17", "of at least 1, and is 0"},
        Bad{"Events", on_torus("[output]\nevents = 1\n").c_str(), "11:10", "must be true or false, and is 1"},
        Bad{"Directory", on_torus("[output]\ndirectory = 1\n").c_str(), "11:13", "must be a path"},
        Bad{"OneBracket", on_torus("[snapshot]\nevery = 2\n").c_str(), "10:2", "write [[snapshot]], with two brackets"},
        Bad{"NoFields", on_torus("[[snapshot]]\nevery = 2\n").c_str(), "10:1", "fields is missing"},
        Bad{"FieldWithoutLayer", on_torus("[[snapshot]]\nfields = [\"state\"]\n").c_str(), "11:11",
            "\"layer.field\" or \"species.field\", and this is \"state\""},
        Bad{"SnapshotEvery", on_torus("[[snapshot]]\nfields = [\"a.b\"]\nevery = 0\n").c_str(), "12:9", "of at least 1"},
        Bad{"SnapshotName", on_torus("[[snapshot]]\nfields = [\"a.b\"]\nname = \"../x\"\n").c_str(), "12:8", "name names a folder"},
        Bad{"SnapshotTwice", on_torus("[[snapshot]]\nfields = [\"a.b\"]\n[[snapshot]]\nfields = [\"a.b\"]\nname = \"1\"\n").c_str(), "14:8",
            "\"1\" is used twice"},
        Bad{"Population", on_torus("[population]\ncount = -5\n").c_str(), "11:9", "of at least 1, and is -5"},
        Bad{"SectionAsKey", on_torus("[[cluster]]\n").c_str(), "10:1", "[cluster] must be a section, and is a list"},
        Bad{"Syntax", on_torus("[shards\n").c_str(), "10:8", "Error while parsing table header"},
        Bad{"TwiceTheSameKey", on_torus("width = 3\n").c_str(), "10:9", "cannot redefine existing integer 'width'"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(JobFile, JobKeysAreChecked) {
  const auto with = [&](const std::string& key) {
    return mistake("[model]\nname = \"spread\"\nrecovery = 0.5\n" + torus + "[job]\n" + key);
  };
  EXPECT_THAT(with("seed = 1\n"), HasSubstr("8:2 [job] ticks is missing; give the tick to reach here or with --ticks"));
  EXPECT_THAT(with("ticks = 1\nname = \"a/b\"\n"), HasSubstr("10:8 [job] name names the run's folder"));
  EXPECT_THAT(with("ticks = 1\nname = \"\"\n"), HasSubstr("names the run's folder"));
  EXPECT_THAT(with("ticks = 1\nname = \"..\"\n"), HasSubstr("names the run's folder"));
  EXPECT_THAT(with("ticks = 1\nseed = -1\n"), HasSubstr("of at least 0, and is -1"));
  EXPECT_THAT(with("ticks = 1\nstop_when = \"infectious = 0\"\n"),
              HasSubstr("10:13 [job] stop_when: condition \"infectious = 0\", character 12"));
  EXPECT_THAT(mistake("[model]\nname = \"spread\"\nrecovery = 0.5\n" + torus), HasSubstr("1:1 [job] is missing, and with it ticks"));
}

TEST_F(JobFile, ModelsAndParametersAreChecked) {
  const auto with = [&](const std::string& model) { return mistake("[job]\nticks = 1\n" + torus + "[model]\n" + model); };
  const std::string spread = "name = \"spread\"\nrecovery = 0.5\n";
  EXPECT_THAT(with(""), HasSubstr("7:2 [model] name is missing; the models are: spread, still"));
  EXPECT_THAT(with("name = \"spraed\"\n"), HasSubstr("8:8 there is no model \"spraed\"; did you mean \"spread\"?"));
  EXPECT_THAT(with("name = \"zzz\"\nwhatever = 1\n"), HasSubstr("there is no model \"zzz\"; there are: spread, still"));
  EXPECT_THAT(with("name = \"spread\"\n"), HasSubstr("7:2 [model] recovery is missing"));
  EXPECT_THAT(with("name = \"spread\"\nrecovery = nan\n"), HasSubstr("9:12 [model] recovery must be a number from 0 to 1, and is nan"));
  EXPECT_THAT(with(spread + "seeds = 0.5\n"), HasSubstr("10:9 [model] seeds must be a whole number of at least 0, and is 0.5"));
  EXPECT_THAT(with(spread + "seed_nodes = [1, \"x\"]\n"),
              HasSubstr("10:18 [model] seed_nodes must be a whole number of at least 0, and is \"x\""));
  EXPECT_THAT(with(spread + "seed_nodes = 1\n"), HasSubstr("10:14 [model] seed_nodes must be a list of whole numbers"));
  EXPECT_THAT(with(spread + "direction = \"push me\"\n"), HasSubstr("10:13 [model] direction must be one of \"auto\", \"pull\", \"push\""));
  EXPECT_THAT(with(spread + "piles = [[1, 2]]\n"), HasSubstr("10:10 [model] piles: each row has 3 numbers, and this one 2"));
  EXPECT_THAT(with(spread + "twice = \"yes\"\n"), HasSubstr("10:9 [model] twice must be true or false"));
  EXPECT_THAT(with(spread + "table = \"nowhere\"\n"), HasSubstr("10:9 [model] table: there is no file"));
  EXPECT_THAT(with(spread + "label = 1979-05-27\n"), HasSubstr("must be text, and is a date or time"));
  EXPECT_THAT(mistake("[job]\nticks = 1\n[model]\nname = \"still\"\n[population]\ncount = 4\n"),
              HasSubstr("5:2 model \"still\" has no agents; remove [population]"));
  EXPECT_THAT(mistake("[job]\nticks = 1\n[model]\nname = \"still\"\n" + torus),
              HasSubstr("5:2 model \"still\" makes its own graph; remove [graph]"));
}

TEST_F(JobFile, IdsHave64BitsWithoutASign) {
  using Ids = std::vector<std::uint64_t>;
  const RunJob job = parse(head + "far = [0, 9223372036854775807, \"9223372036854775808\", \"18446744073709551615\", \"7\"]\n" + torus);
  const Ids ids{0, 9223372036854775807u, 9223372036854775808u, 18446744073709551615u, 7};
  EXPECT_EQ(job.parameters.get<Ids>("far"), ids);
  EXPECT_THAT(to_toml(job), HasSubstr("far = [0, 9223372036854775807, \"9223372036854775808\", \"18446744073709551615\", 7]\n"));
  EXPECT_EQ(parse(to_toml(job)).parameters.get<Ids>("far"), ids);
  EXPECT_EQ(parse(head + torus, {"model.far=[]"}).parameters.get<Ids>("far"), Ids{});
  const auto refused = [&](const std::string& list) { return mistake(head + "far = " + list + "\n" + torus); };
  for (const char* id : {"-1", "0.5", "\"18446744073709551616\"", "\"-1\"", "\"\"", "\"x\"", "\"1 \"", "true"})
    EXPECT_THAT(refused(std::string("[3, ") + id + "]"), HasSubstr("6:11 [model] far must be a node's id")) << id;
  EXPECT_THAT(refused("3"), HasSubstr("6:7 [model] far must be a list of ids"));
}

TEST_F(JobFile, AParameterThatWouldNotBeUsedIsRefused) {
  EXPECT_THAT(mistake(head + "far = [1]\nnear = 0.5\n" + torus), HasSubstr("7:8 [model] near would not be used: far is given as well"));
  EXPECT_THAT(mistake(head + "far = [1]\n" + torus, {"model.near=0.25"}),
              HasSubstr("--set model.near=0.25 [model] near would not be used: far is given as well"));
  EXPECT_THAT(mistake(head + "how_far = 2\n" + torus), HasSubstr("6:11 [model] how_far would not be used without far"));
  EXPECT_THAT(mistake(head + torus, {"model.near=0.25", "model.far=[1]"}), HasSubstr("near would not be used: far is given as well"));
  const RunJob with = parse(head + "far = []\n" + torus), without = parse(head + torus);
  EXPECT_FALSE(parse(head + "near = 0.5\n" + torus, {"model.far=[1]"}).parameters.has("near")) << "an override replaces what the file says";
  EXPECT_FALSE(with.parameters.has("near"));
  EXPECT_EQ(with.parameters.get<double>("how_far"), 1.0);
  EXPECT_EQ(without.parameters.get<double>("near"), 0.5);
  EXPECT_FALSE(without.parameters.has("how_far"));
  for (const RunJob& job : {with, without}) EXPECT_THAT(changed_keys(job, parse(to_toml(job))), IsEmpty());
}

TEST_F(JobFile, OnlyWhatLeavesTheStateAloneMayChangeOnResume) {
  const RunJob then = parse(full_job());
  const auto changed = [&](const std::vector<std::string>& overrides) { return changed_keys(then, parse(full_job(), overrides)); };
  EXPECT_THAT(changed({}), IsEmpty());
  EXPECT_THAT(
      changed({"job.name=other", "job.ticks=9", "job.stop_when=a == 1", "shards={count = 1}", "execution.threads=1", "checkpoint.every=3",
               "output.directory=elsewhere", "output.digest_every=1", "cluster.heartbeat_ms=7", "snapshot=[]"}),
      IsEmpty());
  EXPECT_THAT(changed({"model.recovery=0.2", "job.seed=4", "population.count=3", "graph.degree=6"}),
              ElementsAre("job.seed", "model.recovery", "population.count", "graph.degree"));
  EXPECT_THAT(changed({"graph={source=\"lattice\", width=4, height=4}"}),
              ElementsAre("graph.source", "graph.kind", "graph.nodes", "graph.degree", "graph.rewire", "graph.seed", "graph.width",
                          "graph.height", "graph.neighbours", "graph.torus"));
}

TEST_F(JobFile, AFileThatIsNotThereIsBadUsage) {
  EXPECT_THROW(load_job_source((folder_ / "none.toml").string()), UsageError);
  EXPECT_THROW(load_job_source(folder_.string()), UsageError);
  std::ofstream(folder_ / "a job.toml") << head << torus;
  EXPECT_EQ(parse_job(load_job_source((folder_ / "a job.toml").string()), job_test_models()).name, "a-job");
}

}  // namespace
}  // namespace colony
