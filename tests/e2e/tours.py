"""The tours: what instances they take and refuse, and what the ants have found, read with h5py and measured by hand.

usage: tours.py [unittest options]
"""

import math
import subprocess
import sys
import unittest
import xml.etree.ElementTree

import h5py
import numpy as np

from support import SOURCE, Case, colony, manifests, rows, run_arguments

CAPITALS = SOURCE / "configs" / "capitals.tsp"

JOB = """
[job]
name = "tours"
seed = 5
ticks = {ticks}
[model]
name = "tours"
instance = "{instance}"
{more}
[population]
count = {count}
"""

SQUARE = """NAME : square
TYPE : TSP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 100 0
3 100 100
4 0 100
5 50 0
EOF
"""


def geo_distances(path):
    """As TSPLIB defines them, from the file."""
    def radians(value):
        degrees = math.trunc(value)
        return 3.141592 * (degrees + 5.0 * (value - degrees) / 3.0) / 180.0
    lines = path.read_text().split("NODE_COORD_SECTION\n")[1].split("EOF")[0].splitlines()
    points = [tuple(radians(float(word)) for word in line.split()[1:]) for line in lines]
    def distance(a, b):
        q1, q2, q3 = math.cos(a[1] - b[1]), math.cos(a[0] - b[0]), math.cos(a[0] + b[0])
        return int(6378.388 * math.acos(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3)) + 1.0)
    return [[0 if a is b else distance(a, b) for b in points] for a in points]


def length_of(tour, distances):
    return sum(distances[a][b] for a, b in zip(tour, [*tour[1:], tour[0]]))


def read_tour(text):
    lines = text.split("\n")
    first = lines.index("TOUR_SECTION") + 1
    return [int(line) - 1 for line in lines[first:lines.index("-1")]]


class Tours(Case):
    def tours(self, instance=CAPITALS, ticks=450, count=20, more=""):
        return self.job(JOB.format(ticks=ticks, instance=instance, more=more, count=count))

    def instance(self, text, name="made.tsp"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def test_what_the_run_leaves(self):
        distances = geo_distances(CAPITALS)
        for more, shards in (('algorithm = "as"', 1), ('local_search = "3opt"', 3), ('algorithm = "acs"\nlocal_search = "2opt"', 2)):
            with self.subTest(more):
                out = self.folder / f"run-{shards}"
                said = self.ok(*run_arguments(self.tours(more=more), out, "--shards", shards)).json
                best = read_tour((out / "best.tour").read_text())
                self.assertEqual(sorted(best), list(range(43)))
                self.assertEqual(length_of(best, distances), said["observables"]["best"])
                self.assertEqual(said["observables"]["tours"], 10 * 20)
                drawn = self.folder / "drawn.svg"
                self.ok("render", out, "--out", drawn)
                self.assertEqual(drawn.read_text(), (out / "best.svg").read_text())
                xml.etree.ElementTree.fromstring(drawn.read_text())
                self.assertEqual(self.ok("export", out, "--format", "tour").out, (out / "best.tour").read_text())
                self.check_rows(rows(out / "observables.csv"))
                self.check_checkpoint(out, distances)
                self.assertIn("x 43", self.ok("inspect", next(manifests(out)[-1].parent.glob("*.h5"))).out)

    def check_rows(self, table):
        best = [int(row["best"]) for row in table]
        self.assertEqual(best[:44], [0] * 44)
        closed = best[44:]
        self.assertEqual(closed, sorted(closed, reverse=True), "the best of a run never gets longer")
        for row in table[44:]:
            self.assertGreaterEqual(int(row["mean"]), int(row["iteration_best"]))
            self.assertGreaterEqual(int(row["iteration_best"]), int(row["best"]))
            self.assertGreaterEqual(float(row["branching"]), 1)
            self.assertLessEqual(float(row["branching"]), 20, "edges a city, among 20 candidates")
        for first in range(44, len(table) - 45, 45):
            iteration = {tuple(row[name] for name in ("tours", "iteration_best", "mean", "branching")) for row in table[first:first + 45]}
            self.assertEqual(len(iteration), 1, "from one closing tick to the next, rows are of one iteration")

    def check_checkpoint(self, out, distances):
        ants, pheromone = 0, np.zeros((43, 43))
        for path in manifests(out)[-1].parent.glob("*.h5"):
            with h5py.File(path) as file:
                pheromone[file["cities/id"][:]] = file["cities/pheromone"][:]
                for node, tour, visited in zip(file["ant/node"][:], file["ant/tour"][:], file["ant/visited"][:]):
                    ants += 1
                    self.assertEqual(int(np.atleast_1d(visited)[0]), 1 << int(node), "an ant that starts anew was at its city alone")
                    self.assertEqual(tour[0], node)
        self.assertEqual(ants, 20)
        np.fill_diagonal(pheromone, 0)
        np.testing.assert_array_equal(pheromone, pheromone.T, "both halves of an edge are the same")
        self.assertGreater(len(np.unique(pheromone)), 2)

    def test_snapshots_of_arrays(self):
        """As a checkpoint has them, for any number of shards."""
        more = '[[snapshot]]\nname = "rows"\nfields = ["cities.pheromone", "ant.tour"]\nevery = 45\n'
        texts = []
        for shards in (1, 3):
            out = self.folder / f"snapshots-{shards}"
            config = self.job(JOB.format(ticks=90, instance=CAPITALS, more="", count=20) + more)
            self.ok(*run_arguments(config, out, "--shards", shards))
            path = out / "snapshots/rows/tick-000000000090.h5"
            texts.append(path.read_bytes())
            with h5py.File(path) as file:
                self.assertEqual(file["cities/pheromone"].shape, (43, 43))
                self.assertEqual(file["ant/tour"].shape, (20, 43))
                self.assertEqual(file["ant/tour"].dtype, np.uint16)
                pheromone = file["cities/pheromone"][:]
                np.testing.assert_array_equal(np.triu(pheromone, 1), np.triu(pheromone.T, 1))
        self.assertEqual(texts[0], texts[1])

    def test_closed_tours(self):
        """Every tour that is closed is a round trip of the length it says."""
        distances = geo_distances(CAPITALS)
        out = self.folder / "closed"
        self.ok(*run_arguments(self.tours(ticks=44, more='local_search = "2opt"'), out, "--shards", 4))
        lengths = []
        for path in manifests(out)[-1].parent.glob("*.h5"):
            with h5py.File(path) as file:
                for tour, length in zip(file["ant/tour"][:], file["ant/length"][:]):
                    self.assertEqual(sorted(tour), list(range(43)))
                    self.assertEqual(length_of([int(city) for city in tour], distances), length)
                    lengths.append(int(length))
        self.assertEqual(len(lengths), 20)
        self.assertEqual(min(lengths), int(rows(out / "observables.csv")[-1]["best"]))

    def test_every_algorithm_finds_a_shortest_way_of_five(self):
        for more in ('algorithm = "as"', 'algorithm = "mmas"', 'algorithm = "acs"', 'local_search = "2opt"', 'local_search = "3opt"'):
            with self.subTest(more):
                said = self.ok(*run_arguments(self.tours(self.instance(SQUARE), 70, 6, more), self.folder / "five", "--force")).json
                self.assertEqual(said["observables"]["best"], 400)

    def test_the_python_of_the_docs(self):
        piece = (SOURCE / "docs/tours.md").read_text().split("```python\n")[1].split("```")[0]
        self.ok(*run_arguments(self.tours(), self.folder / "runs" / "tours"))
        done = subprocess.run([sys.executable, "-c", piece], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("43 cities", done.stdout)

    def test_another_run_leaves_no_old_tour(self):
        out = self.folder / "twice"
        self.ok(*run_arguments(self.tours(self.instance(SQUARE), 21, 6), out))
        self.assertTrue((out / "best.tour").exists() and (out / "best.svg").exists())
        self.ok(*run_arguments(self.tours(ticks=10), out, "--force"))
        self.assertFalse((out / "best.tour").exists() or (out / "best.svg").exists())

    def test_it_stops_when_a_tour_is_short_enough(self):
        config = self.job(JOB.format(ticks=700, instance=self.instance(SQUARE), more="", count=6).replace(
            "seed = 5", 'seed = 5\nstop_when = "tours > 0 and best <= 400"'))
        said = self.ok(*run_arguments(config, self.folder / "stopped")).json
        self.assertEqual(said["observables"]["best"], 400)
        self.assertLess(said["tick"], 700)

    def test_no_tour_yet(self):
        out = self.folder / "young"
        self.ok(*run_arguments(self.tours(ticks=10), out))
        self.assertFalse((out / "best.tour").exists())
        self.refused(3, colony("render", out, "--out", self.folder / "none.svg"), "no result yet")
        self.refused(3, colony("export", out, "--format", "tour"), "no result yet")

    def test_another_model_has_no_tour(self):
        out = self.folder / "life"
        self.ok(*run_arguments(SOURCE / "configs/life.toml", out, "--ticks", 2))
        self.refused(3, colony("export", out, "--format", "tour"), "tours")

    def test_a_resumed_run_wants_the_same_distances(self):
        path = self.instance(SQUARE)
        config, out = self.tours(path, 70, 6), self.folder / "resumed"
        self.ok(*run_arguments(config, out, "--ticks", 30))
        path.write_text(SQUARE.replace("5 50 0", "5 50 1"))
        self.refused(4, colony(*run_arguments(config, out, "--resume")), "schema hash")
        path.write_text(SQUARE.replace("square", "renamed"))
        self.ok(*run_arguments(config, out, "--resume"))

    def test_bad_instances(self):
        for text, words in (
                (SQUARE.replace("EUC_2D", "EXPLICIT"), ("made.tsp:4", "EXPLICIT", "GEO")),
                (SQUARE.replace("TSP\n", "ATSP\n", 1), ("made.tsp:2", "ATSP")),
                (SQUARE.replace("5 50 0\n", ""), ("made.tsp", "5")),
                (SQUARE.replace("5 50 0", "4 50 0"), ("made.tsp:10", "4")),
                (SQUARE.replace("100 100", "100 nan"), ("made.tsp:8",)),
                ("", ("made.tsp",)),
                (b"\x00\xff\xfe" * 100, ("made.tsp:1",)),
        ):
            with self.subTest(words):
                config = self.tours(self.instance(text), 7, 2)
                self.refused(3, colony(*run_arguments(config, self.folder / "bad")), *words)
        self.refused(2, colony(*run_arguments(self.tours("missing.tsp"), self.folder / "bad")), "missing.tsp")


if __name__ == "__main__":
    unittest.main()
