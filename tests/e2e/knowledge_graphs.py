"""The commands that look at a grown knowledge graph: query, evaluate, communities, export, render. The graphs are written by knowledge_run
(COLONY_KNOWLEDGE_RUN), planted or grown from a file of documents, so that what they must say is known without the model."""

import csv
import io
import json
import math
import os
import re
import subprocess
import unittest
import xml.etree.ElementTree as xml

import networkx

from support import SOURCE, Case, colony, contents, run_arguments

KNOWLEDGE_RUN = os.environ["COLONY_KNOWLEDGE_RUN"]
SVG = "{http://www.w3.org/2000/svg}"


def node_link_graph(text):
    """As networkx 3.6 reads it unasked; 2.8, which Debian has, calls the same list link."""
    document = json.loads(text)
    if set(document) != {"directed", "multigraph", "graph", "nodes", "edges"}:
        raise AssertionError(f"not the keys of the node-link format: {list(document)}")
    return networkx.node_link_graph(document, link="edges")


class Graphs(Case):
    def grown(self, name, shards, documents=None):
        """A run folder; documents: [(name, words)], planted topics unless given."""
        folder = self.folder / name
        arguments = [KNOWLEDGE_RUN, folder, str(shards)]
        if documents is not None:
            path = self.folder / (name + ".tsv")
            path.write_bytes(b"".join(n + b"\t" + w + b"\n" for n, w in documents))
            arguments.append(path)
        subprocess.run(arguments, check=True)
        return folder

    def own_documentation(self, shards):
        """Words of this project's pages, a document a heading."""
        documents = []
        for page in sorted((SOURCE / "docs").rglob("*.md")):
            for i, part in enumerate(re.split(r"(?m)^#+ ", page.read_text())):
                words = " ".join(re.findall(r"[a-z]{4,}", part.lower()))
                documents.append((f"{page.stem}-{i}".encode(), words.encode()))
        return self.grown(f"docs-{shards}", shards, documents)

    def another_model(self):
        run = self.folder / "life"
        self.ok(*run_arguments(self.model_job("life"), run, "--ticks", "3"))
        return run


class Query(Graphs):
    def test_finds_the_topic(self):
        run = self.grown("run", 3)
        before = contents(run)
        said = self.ok("query", run, "comet edge", "-k", "5").out.splitlines()
        self.assertEqual(len(said), 6)
        for line in said[1:]:
            self.assertRegex(line, r"^ +\d+ +\d+\.\d{4}  comet_\d+\.txt$")
        self.assertEqual(contents(run), before)

    def test_is_the_same_for_any_number_of_shards(self):
        runs = [self.grown(f"run-{shards}", shards) for shards in (1, 2, 3, 8)]
        for words in ("comet", "study method dunedrift", "ember emberice ember alga"):
            said = [self.ok("query", run, words, "--json", "--explain", "-k", "40").out for run in runs]
            self.assertGreater(len(json.loads(said[0])["results"]), 10)
            self.assertEqual(len(set(said)), 1)
        queries = self.folder / "queries"
        queries.write_text("7\tcomet study\n9\tzebra\n")
        files = []
        for run in runs:
            out = self.folder / (run.name + ".trec")
            self.assertIn("found nothing", self.ok("query", run, "--queries", queries, "--trec", out).out)
            files.append(out.read_bytes())
        self.assertEqual(len(set(files)), 1)
        self.assertRegex(files[0].decode(), r"(?m)^7 Q0 \S+ 1 \d+\.\d+ colony$")

    def test_explains(self):
        run = self.grown("run", 2)
        said = self.ok("query", run, "comet", "--explain", "-k", "3").out
        self.assertRegex(said, r"(?m)^ +\d+\.\d{4}  comet -> \d+ times there$")
        self.assertRegex(said, r"comet -> \(\S+\) -> \w+ -> \d+ times there")
        told = self.ok("query", run, "comet", "--explain", "--json", "-k", "200", "--spread", "0.5", "--resonance", "0.2").json
        self.assertEqual(told["known"], 1)
        paths = [why["path"] for result in told["results"] for why in result["why"]]
        self.assertTrue(any(len(path) == 2 for path in paths), "none went along a link")
        for result in told["results"]:
            self.assertAlmostEqual(sum(why["score"] for why in result["why"]), result["score"], delta=1e-9 * result["score"])

    def test_words_that_are_not_known(self):
        run = self.grown("run", 1)
        result = self.ok("query", run, "zebra okapi")
        self.assertEqual(result.out, "")
        self.assertIn("zebra, okapi", result.err)
        self.assertIn("stop words", self.ok("query", run, "of the").err)
        result = self.ok("query", run, "zebra comet", "-k", "1")
        self.assertIn("no concept for zebra", result.err)
        self.assertIn("comet_", result.out)
        self.assertEqual(self.ok("query", run, "zebra", "--json").json["results"], [])

    def test_refuses(self):
        run = self.grown("run", 1)
        self.refused(2, colony("query", run), "empty")
        self.refused(2, colony("query", run, " ", ""), "empty")
        self.expect(2, colony("query", run, "comet", "--depth", "-1"))
        self.expect(2, colony("query", run, "comet", "--spread", "nan"))
        self.expect(2, colony("query", run, "comet", "--queries", "x", "--trec", "y"))
        self.expect(2, colony("query", run, "--queries", "x"))
        self.refused(4, colony("query", run, "comet", "--tick", "7"), "no checkpoint of tick 7")
        self.refused(4, colony("query", self.folder / "absent", "comet"), "absent")
        self.refused(3, colony("query", run, "--queries", self.folder / "absent", "--trec", self.folder / "out"), "absent")
        bad = self.folder / "bad"
        bad.write_text("1\tcomet\nno tab\n")
        self.refused(3, colony("query", run, "--queries", bad, "--trec", self.folder / "out"), "bad:2")
        other = self.another_model()
        for arguments in (["query", other, "x"], ["communities", other], ["export", other, "--format", "json"],
                          ["render", other, "--out", self.folder / "x.svg"]):
            self.refused(3, colony(*arguments), '"life"', '"knowledge"')

    def test_evaluate(self):
        """Two queries: the first has its two documents at ranks 1 and 3, the second none."""
        run = self.folder / "run"
        run.write_text("1 Q0 a 1 3 t\n1 Q0 b 2 2 t\n1 Q0 c 3 1 t\n2 Q0 a 1 1 t\n")
        judgements = self.folder / "qrels"
        judgements.write_text("1 0 a 1\n1 0 c 1\n2 0 z 1\n3 0 a 1\n")
        told = self.ok("evaluate", "--run", run, "--judgements", judgements, "--json").json
        self.assertEqual((told["format"], told["queries"], told["missing"]), ("trec", 3, 1))
        self.assertAlmostEqual(told["nDCG@10"], (1 + 1 / 2) / (1 + 1 / math.log2(3)) / 3)
        self.assertAlmostEqual(told["MAP"], (1 + 2 / 3) / 2 / 3)
        self.assertAlmostEqual(told["P@10"], 0.2 / 3)
        self.assertAlmostEqual(told["R@20"], 1 / 3)
        self.assertAlmostEqual(told["MRR"], 1 / 3)
        self.assertRegex(self.ok("evaluate", "--run", run, "--judgements", judgements).out, r"(?m)^MAP +0\.2778$")
        run.write_text("1 Q0 a 1 3\n")
        self.refused(3, colony("evaluate", "--run", run, "--judgements", judgements), "run:1")


class Communities(Graphs):
    def compare(self, run):
        told = self.ok("communities", run, "--json").json
        graph = node_link_graph(self.ok("export", run, "--format", "json").out)
        concepts = graph.subgraph([n for n, kind in graph.nodes(data="kind") if kind == "concept"])
        by_label = {label: node for node, label in concepts.nodes(data="label")}
        partition = [{by_label[label] for label in community["concepts"]} for community in told["communities"]]
        self.assertEqual(sum(len(part) for part in partition), len(concepts))
        modularity = networkx.community.modularity(concepts, partition, weight="weight", resolution=1)
        self.assertAlmostEqual(told["modularity"], modularity, delta=1e-9)
        louvain = max(networkx.community.modularity(concepts, networkx.community.louvain_communities(concepts, seed=seed))
                      for seed in range(3))
        self.assertGreaterEqual(told["modularity"], 0.98 * louvain)
        self.assertEqual([len(c["concepts"]) for c in told["communities"]],
                         sorted((len(c["concepts"]) for c in told["communities"]), reverse=True))
        return told

    def test_planted_topics_are_found(self):
        told = self.compare(self.grown("run", 3))
        self.assertGreater(told["modularity"], 0.5)
        for community in told["communities"]:
            topics = {name.split("_")[0] for name in community["documents"]}
            self.assertEqual(len(topics), 1)
            self.assertEqual(len(community["documents"]), 20)

    def test_of_real_words(self):
        told = self.compare(self.own_documentation(2))
        self.assertGreater(len(told["communities"]), 3)
        self.assertEqual(told, self.ok("communities", self.own_documentation(5), "--json").json)

    def test_table_and_members(self):
        run = self.grown("run", 1)
        members = self.folder / "members.csv"
        said = self.ok("communities", run, "--csv", members, "--top", "2").out
        self.assertRegex(said, r"(?m)^modularity +0\.\d{6}$")
        self.assertIn("more (--top N)", said)
        rows = list(csv.DictReader(io.StringIO(members.read_text())))
        self.assertEqual({row["kind"] for row in rows}, {"concept", "document"})
        self.assertEqual(len({row["community"] for row in rows}), 6)

    def test_a_graph_without_links(self):
        run = self.grown("run", 2, [(b"a", b"one"), (b"b", b"two"), (b"c", b"")])
        told = self.ok("communities", run, "--json").json
        self.assertEqual(told["modularity"], 0)
        self.assertEqual(len(told["communities"]), 2)


AWKWARD = [(b"<a> & \"b\".txt", b"less<than amp&ersand quo\"te apos'trophe"),
           (b"caf\xc3\xa9, au lait", b"caf\xc3\xa9 bro\xffken con\x01trol"),
           ("日本語".encode(), "日本 caf\u00e9 amp&ersand \ufffe".encode())]


class Export(Graphs):
    def test_graphml_is_read_back(self):
        run = self.grown("run", 3)
        out = self.folder / "graph.graphml"
        self.assertIn("120 documents", self.ok("export", run, "--format", "graphml", "--out", out).out)
        graph = networkx.read_graphml(out)
        self.assertFalse(graph.is_directed() or graph.is_multigraph())
        self.assertEqual(graph.graph["tick"] if "tick" in graph.graph else 100, 100)
        kinds = list(dict(graph.nodes(data="kind")).values())
        self.assertEqual(kinds.count("document"), 120)
        same = node_link_graph(self.ok("export", run, "--format", "json").out)
        self.assertEqual(dict(graph.nodes(data=True)), dict(same.nodes(data=True)))
        self.assertEqual({frozenset(edge): data for *edge, data in graph.edges(data=True)},
                         {frozenset(edge): data for *edge, data in same.edges(data=True)})
        self.assertEqual(self.ok("export", self.grown("one", 1), "--format", "graphml").out, out.read_text())

    def test_labels_that_formats_would_trip_over(self):
        run = self.grown("run", 2, AWKWARD)
        text = self.ok("export", run, "--format", "graphml").out
        labels = set(dict(networkx.parse_graphml(text).nodes(data="label")).values())
        for label in ("less<than", "amp&ersand", 'quo"te', "apos'trophe", "café", "bro\ufffdken", "con\ufffdtrol", "日本", '<a> & "b".txt'):
            self.assertIn(label, labels)
        nodes = json.loads(self.ok("export", run, "--format", "json").out)["nodes"]
        self.assertIn("con\x01trol", {node["label"] for node in nodes})
        self.assertEqual(len(nodes), len(labels))
        self.ok("render", run, "--out", self.folder / "awkward.svg")
        xml.parse(self.folder / "awkward.svg")

    def test_csv(self):
        run = self.grown("run", 2, AWKWARD)
        self.refused(2, colony("export", run, "--format", "csv"), "--out")
        out = self.folder / "tables"
        self.ok("export", run, "--format", "csv", "--out", out)
        tables = {path.stem: list(csv.DictReader(io.StringIO(path.read_bytes().decode()))) for path in out.glob("*.csv")}
        self.assertEqual(set(tables), {"concepts", "links", "documents", "words"})
        self.assertIn('quo"te', {row["label"] for row in tables["concepts"]})
        self.assertIn("café, au lait", {row["name"] for row in tables["documents"]})
        self.assertEqual({row["document"] for row in tables["words"]}, {row["name"] for row in tables["documents"]})


class Render(Graphs):
    def boxes(self, path):
        """Of discs and of labels, as they stand in the picture; a character is taken to be 0.55 of the font's size wide."""
        groups = xml.parse(path).getroot().find(SVG + "g").findall(SVG + "g")
        discs = [tuple(float(c.get(key)) for key in ("cx", "cy", "r")) for c in groups[1]]
        labels = [(float(t.get("x")), float(t.get("y")), 0.55 * float(t.get("font-size")) * len(t.text) / 2, float(t.get("font-size")))
                  for t in groups[2]]
        return discs, labels, groups[0]

    def test_nothing_overlaps(self):
        for run, count in ((self.grown("run", 2), 75), (self.own_documentation(1), 150)):
            out = self.folder / "graph.svg"
            self.assertEqual(self.ok("render", run, "--out", out).out.strip(), str(out))
            discs, labels, links = self.boxes(out)
            self.assertEqual((len(discs), len(labels)), (count, count))
            self.assertGreater(len(links), count)
            self.assertGreater(len({c.get("fill") for c in xml.parse(out).getroot().iter(SVG + "circle")}), 2)
            for i in range(count):
                for k in range(i):
                    (x, y, r), (u, v, s) = discs[i], discs[k]
                    self.assertGreater(math.hypot(x - u, y - v), r + s, "two discs overlap")
                    (x, y, w, size), (u, v, z, other) = labels[i], labels[k]
                    self.assertTrue(abs(x - u) > w + z or abs(y - v) > 0.8 * min(size, other), "two labels overlap")

    def test_is_the_same_for_any_number_of_shards(self):
        pictures = []
        for shards in (1, 4):
            out = self.folder / f"{shards}.svg"
            self.ok("render", self.grown(f"run-{shards}", shards), "--out", out, "--title", "a <title>", "--top", "30")
            pictures.append(out.read_bytes())
        self.assertEqual(*pictures)
        self.assertIn(b"a &lt;title&gt;", pictures[0])

    def test_refuses(self):
        run = self.grown("run", 1)
        self.refused(2, colony("render", run, "--out", self.folder / "x.png"), ".svg")
        self.refused(4, colony("render", run, "--out", self.folder / "absent/x.svg"), "absent")
        self.refused(4, colony("render", run, "--out", self.folder / "x.svg", env={"PATH": "/nonexistent"}), "graphviz")
        self.assertFalse((self.folder / "x.svg").exists())
        self.refused(3, colony("render", self.grown("none", 1, []), "--out", self.folder / "x.svg"), "no concepts")


if __name__ == "__main__":
    unittest.main()
