"""What a model's values must be, exactly: opinions against fractions, clusters counted by many processes, and what a job says of seeds."""

import bisect
import fractions
import unittest

from support import JOBS, Case, colony, rows, run_arguments

Fraction = fractions.Fraction

OPINION = """
[job]
ticks = {ticks}
stop_when = "moving == 0"
[model]
name = "opinion"
confidence = {confidence}
[graph]
source = "generate"
kind = "complete"
nodes = {nodes}
"""


def camps_by_fractions(nodes, confidence):
    """Hegselmann and Krause without rounding: sizes and places of the camps, and the tick from which on nothing moves."""
    opinions = [Fraction(2 * i + 1, 2 * nodes) for i in range(nodes)]
    tick, moved = 0, True
    while moved:
        sums = [Fraction(0)]
        for opinion in opinions:
            sums.append(sums[-1] + opinion)
        following = []
        for opinion in opinions:  # even opinions stay in order
            first = bisect.bisect_left(opinions, opinion - confidence)
            last = bisect.bisect_right(opinions, opinion + confidence)
            following.append((sums[last] - sums[first]) / (last - first))
        moved = following != opinions
        opinions = following
        tick += 1
    return tick, {place: opinions.count(place) for place in sorted(set(opinions))}


class Opinions(Case):
    def test_against_fractions(self):
        for nodes, confidence, shards in ((5, "0.2", 1), (10, "0.1", 2), (20, "0.15", 3), (100, "0.2", 2), (1000, "0.2", 3)):
            with self.subTest(nodes=nodes, confidence=confidence):
                tick, camps = camps_by_fractions(nodes, Fraction(confidence))
                out = self.folder / f"{nodes}"
                job = self.job(OPINION.format(ticks=1000, confidence=confidence, nodes=nodes))
                summary = self.ok(*run_arguments(job, out, "--shards", shards)).json
                self.assertEqual(summary["tick"], tick)
                last = rows(out / "observables.csv")[-1]
                self.assertEqual((int(last["clusters"]), int(last["largest"])), (len(camps), max(camps.values())))

    def test_clusters_are_counted_by_many_processes(self):
        job = self.job(OPINION.format(ticks=2, confidence=0, nodes=5000).replace('stop_when = "moving == 0"\n', ""))
        alone, together = self.folder / "alone", self.folder / "together"
        self.ok(*run_arguments(job, alone))
        self.ok("launch", "-n", 3, "--config", job, "--out", together, "--progress", "never", "--threads", "1")
        self.same_results(alone, together)
        self.assertEqual([(row["clusters"], row["largest"]) for row in rows(together / "observables.csv")], 3 * [("5000", "1")])


class Seeds(Case):
    def test_none(self):
        out = self.folder / "run"
        self.ok(*run_arguments(self.job(JOBS["epidemic"].replace("seeds = 5", "seed_nodes = []")), out, "--ticks", 3))
        self.assertEqual([row["infectious"] for row in rows(out / "observables.csv")], 4 * ["0"])

    def test_of_63_bits(self):
        large = 2**63 + 5
        (self.folder / "edges.txt").write_text(f"{large} 1\n1 2\n")
        text = f'[job]\nticks = 1\n[model]\nname = "epidemic"\ninfection = 1\nseed_nodes = ["{large}"]\n' \
               '[graph]\nsource = "edges"\npath = "edges.txt"\n[output]\nevents = true\n'
        out = self.folder / "run"
        job = self.job(text)
        self.ok(*run_arguments(job, out))
        self.assertEqual([row["infectious"] for row in rows(out / "observables.csv")][0], "1")
        self.ok(*run_arguments(out / "job.toml", self.folder / "again"))  # the resolved job says the same
        self.same_results(out, self.folder / "again")
        self.refused(2, self.run_with(job, f"model.seed_nodes=[{large}]"), str(large), "is written in quotes")
        bare = self.job(text.replace(f'"{large}"', str(large)), "bare.toml")
        self.refused(2, colony(*run_arguments(bare, self.folder / "refused")), "bare.toml:6:", str(large), "is written in quotes")
        self.refused(2, self.run_with(job, 'model.seed_nodes=["18446744073709551616"]'), "seed_nodes", "a node's id")

    def run_with(self, job, override):
        return colony(*run_arguments(job, self.folder / "refused", "--set", override))

    def test_what_would_not_be_used_is_refused(self):
        (self.folder / "cells.rle").write_text("x = 3, y = 3\nbob$2bo$3o!\n")
        life = self.job(JOBS["life"].replace("density = 0.35", 'cells = "cells.rle"'), "life.toml")
        self.refused(2, self.run_with(life, "model.density=0.9"), "model.density=0.9", "density would not be used: cells is given")
        soup = self.job(JOBS["life"], "soup.toml")
        self.refused(2, self.run_with(soup, "model.at=[1, 1]"), "at would not be used without cells")
        both = self.job(JOBS["epidemic"].replace("seeds = 5", "seeds = 5\nseed_nodes = [1]"), "both.toml")
        self.refused(2, colony(*run_arguments(both, self.folder / "refused")), "seeds would not be used: seed_nodes is given")
        epidemic = self.job(JOBS["epidemic"], "epidemic.toml")
        self.assertEqual(self.run_with(epidemic, "model.seed_nodes=[1]").status, 0, "an override replaces what the file says")


if __name__ == "__main__":
    unittest.main()
