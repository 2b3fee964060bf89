"""The edges that colony makes of a file, against what readers by others make of it: networkx, igraph, and Python's csv.

usage: graph_oracles.py [unittest options]
The tests of real files need the test data (support.py).
"""

import csv
import gzip
import json
import unittest

import h5py
import igraph
import networkx
import numpy

from support import Case, colony, data_file, run_arguments

JOB = """
[job]
ticks = 1
[model]
name = "epidemic"
seeds = 1
[graph]
source = "edges"
path = {path}
directed = {directed}
"""
SNAP = [("facebook_combined.txt", False), ("email-Enron.txt.gz", False), ("CA-GrQc.txt", False), ("CA-GrQc.txt", True),
        ("wiki-Vote.txt", True), ("as-caida20071105.txt.gz", False)]


def text_of(path):
    return (gzip.open if path.suffix == ".gz" else open)(path, "rt", newline="")


def plain(graph):
    """Nodes and edges of a networkx graph as colony has them: no loops, an undirected edge both ways."""
    arcs = {(int(u), int(v)) for u, v in graph.edges() if u != v}
    if not graph.is_directed():
        arcs |= {(v, u) for u, v in arcs}
    return {int(v) for v in graph.nodes()}, arcs


class GraphOracles(Case):
    def read(self, path, directed=False, keys=""):
        """(ids, arcs) of the rows that a run keeps."""
        job = self.job(JOB.format(path=json.dumps(str(path)), directed=str(directed).lower()) + keys)
        self.ok(*run_arguments(job, self.folder / "run", "--force"))
        (name,) = (self.folder / "run").glob("checkpoints/static-*/graph.h5")
        with h5py.File(name) as file:
            offset, target = (file["graph"][column][:] for column in ("offset", "target"))
            ids = file["graph"]["id"][:] if "id" in file["graph"] else numpy.arange(len(offset) - 1)
            self.assertNotIn("weight", file["graph"])
        sources = numpy.repeat(ids, numpy.diff(offset.astype(numpy.int64)))
        return set(ids.tolist()), set(zip(sources.tolist(), ids[target].tolist()))

    def written(self, name, lines):
        path = self.folder / name
        path.write_text("".join(line + "\n" for line in lines))
        return path

    def test_edge_lists_against_networkx(self):
        for name, directed in SNAP:
            path = data_file("graphs", name)
            with self.subTest(name, directed=directed):
                kind = networkx.DiGraph if directed else networkx.Graph
                graph = networkx.read_edgelist(path, nodetype=int, data=False, create_using=kind)
                self.assertEqual(self.read(path, directed), plain(graph))

    def test_edge_lists_against_igraph(self):
        for name, directed in SNAP:
            path = data_file("graphs", name)
            with self.subTest(name, directed=directed):
                with text_of(path) as file:
                    lines = [line.strip() for line in file if not line.startswith("#")]
                graph = igraph.Graph.Read_Ncol(str(self.written("plain.ncol", lines)), names=True, directed=directed)
                names = [int(n) for n in graph.vs["name"]]
                arcs = {(names[e.source], names[e.target]) for e in graph.es if e.source != e.target}
                self.assertEqual(self.read(path, directed), (set(names), arcs if directed else arcs | {(v, u) for u, v in arcs}))

    def test_metis_against_networkx(self):
        path = data_file("graphs", "delaunay_n15.graph.gz")
        with text_of(path) as file:
            rows = [line for line in file if not line.startswith("%")][1:]
        graph = networkx.parse_adjlist((f"{node} {row}" for node, row in enumerate(rows, 1)), nodetype=int)
        self.assertEqual(self.read(path), plain(graph))
        self.assertEqual(self.read(path, directed=True), plain(graph))

    def test_matrix_market(self):
        """A graph that networkx made, as entries in both forms of the banner."""
        graph = networkx.gnm_random_graph(300, 900, seed=5, directed=True)
        entries = [f"{u + 1} {v + 1}" for u, v in graph.edges()]
        for banner in ("%%MatrixMarket", "%MatrixMarket", "%%matrixmarket"):
            path = self.written("general.mtx", [f"{banner} matrix coordinate pattern general", "300 300 900", *entries])
            nodes, arcs = plain(graph)
            self.assertEqual(self.read(path, directed=True), ({v + 1 for v in nodes}, {(u + 1, v + 1) for u, v in arcs}))
        adjacency = networkx.to_numpy_array(graph.to_undirected())
        lower = [f"{u + 1} {v + 1} 0.5" for u, v in zip(*numpy.nonzero(numpy.tril(adjacency)))]
        path = self.written("lower.mtx", ["%%MatrixMarket matrix coordinate real symmetric", f"300 300 {len(lower)}", *lower])
        nodes, arcs = plain(graph.to_undirected())
        self.assertEqual(self.read(path, keys="weight = false\n"), ({v + 1 for v in nodes}, {(u + 1, v + 1) for u, v in arcs}))

    def test_csv_by_names(self):
        graph = networkx.gnm_random_graph(200, 800, seed=6, directed=True)
        weighted = [(u, v, (u * v) % 7 - 1) for u, v in graph.edges()]
        for header, fields, keys in (
                (["source", "target"], lambda i, u, v, w: (u, v), ""), (["target", "source"], lambda i, u, v, w: (v, u), ""),
                (["", "source", "target"], lambda i, u, v, w: (i, u, v), ""),
                (["EdgeId", "Source", "Target"], lambda i, u, v, w: (i, u, v), ""),
                (["weight", "v", "u"], lambda i, u, v, w: (w, v, u), "weight = false\n"),
                (["name, of it", "v", "u"], lambda i, u, v, w: (f'"{i}", of {u}', v, u), 'columns = ["", "to", "from"]\n')):
            for separator in (",", ";", "\t"):
                for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
                    with self.subTest(header=header, separator=separator, quoting=quoting):
                        path = self.folder / "graph.csv"
                        with open(path, "w", newline="", encoding="utf-8-sig") as file:  # with a mark and CRLF, as spreadsheets write
                            writer = csv.writer(file, delimiter=separator, quoting=quoting)
                            writer.writerows([header] + [fields(i, *edge) for i, edge in enumerate(weighted)])
                        with open(path, newline="", encoding="utf-8-sig") as file:
                            rows = list(csv.DictReader(file, delimiter=separator))
                        ends = [next(c for c in header if c.lower() in known) for known in (("source", "u"), ("target", "v"))]
                        arcs = {tuple(int(row[c]) for c in ends) for row in rows}
                        self.assertEqual(arcs, set(graph.edges()))
                        self.assertEqual(self.read(path, directed=True, keys=keys)[1], arcs)

    def test_columns_of_real_files(self):
        """t i j Ci Cj of contacts, by blanks and by tabs; flights with eight named columns."""
        contacts = 'columns = ["", "from", "to", "", ""]\n'
        for name, separator, persons, pairs in (("primaryschool.csv.gz", "\t", 242, 8317),
                                                ("HighSchool2013_proximity_net.csv.gz", " ", 327, 5818)):
            path = data_file("sociopatterns", name)
            with text_of(path) as file:
                graph = networkx.Graph((int(row[1]), int(row[2])) for row in csv.reader(file, delimiter=separator))
            self.assertEqual((len(graph), graph.number_of_edges()), (persons, pairs), "as its README counts them")
            self.assertEqual(self.read(path, keys=contacts), plain(graph))
            self.refused_graph(path, "5 columns and no names")
        path = data_file("network-formats", "usairports_2010-12_edges.csv.gz")
        with text_of(path) as file:
            graph = networkx.DiGraph((int(row["source"]), int(row["target"])) for row in csv.DictReader(file))
        self.assertEqual(self.read(path, directed=True, keys='columns = ["from", "to", "", "", "", "", "", ""]\n'), plain(graph))
        self.refused_graph(path, 'the column "Carrier" is not understood')

    def refused_graph(self, path, *words):
        job = self.job(JOB.format(path=json.dumps(str(path)), directed="false"))
        self.refused(3, colony(*run_arguments(job, self.folder / "refused")), path.name, *words)


if __name__ == "__main__":
    unittest.main()
