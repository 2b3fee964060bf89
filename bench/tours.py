"""What the tours cost, and how good they are: an ant's step without local search, and the best of many seeds against the known optima.

usage: tours.py PROGRAM step DATA [RUNS]     DATA: the folder with tsplib/; pcb442, 442 ants, one thread, each algorithm
       tours.py PROGRAM quality DATA [SEEDS] mmas: eil51 and berlin52, 10,000 n tours each; pcb442 with 3opt, 300 iterations of 25 ants
From the repository root. Runs lie in memory where there is /dev/shm. Every best tour is measured here, from the instance, before it counts.
"""

import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

JOB = """
[job]
name = "tours"
seed = {seed}
ticks = {ticks}
[model]
name = "tours"
instance = "{instance}"
{more}
[population]
count = {ants}
[output]
observe_every = {observe}
"""

OPTIMA = {"eil51": 426, "berlin52": 7542, "pcb442": 50778}


def coordinates(path):
    lines = path.read_text().split("NODE_COORD_SECTION")[1].split("EOF")[0].split("\n")
    return [tuple(float(word) for word in line.split()[1:]) for line in lines if line.strip()]


class Bench:
    def __init__(self, program, folder, data):
        self.program, self.folder, self.data = program, pathlib.Path(folder), pathlib.Path(data).resolve() / "tsplib"

    def run(self, name, iterations, ants, seed=1, more=""):
        """The summary of a run, its best tour checked."""
        instance, config, out = self.data / f"{name}.tsp", self.folder / "job.toml", self.folder / "run"
        points = coordinates(instance)
        ticks = iterations * (len(points) + 2)
        config.write_text(JOB.format(seed=seed, ticks=ticks, instance=instance, more=more, ants=ants, observe=len(points) + 2))
        done = subprocess.run([self.program, "run", "--config", config, "--out", out, "--force", "--threads", "1", "--progress", "never",
                               "--json"], check=True, capture_output=True, text=True, timeout=550)
        summary = json.loads(done.stdout.splitlines()[-1])
        lines = (out / "best.tour").read_text().split("\n")
        tour = [int(line) - 1 for line in lines[lines.index("TOUR_SECTION") + 1:lines.index("-1")]]
        length = sum(int(math.dist(points[a], points[b]) + 0.5) for a, b in zip(tour, [*tour[1:], tour[0]]))
        if sorted(tour) != list(range(len(points))) or length != summary["observables"]["best"]:
            sys.exit(f"{name}, seed {seed}: the tour is none, or {length} long and not {summary['observables']['best']}")
        return summary

    def step(self, runs=5):
        for algorithm in ("mmas", "as", "acs"):
            iterations = 20
            summaries = [self.run("pcb442", iterations, 442, more=f'algorithm = "{algorithm}"') for _ in range(int(runs))]
            if len({summary["digest"] for summary in summaries}) != 1:
                sys.exit("the runs have different digests")
            each = [1e9 * summary["seconds"] / (iterations * 442 * 442) for summary in summaries]
            print(f"{algorithm}: {min(each):.0f} ns an ant-step best, {statistics.median(each):.0f} median of {len(each)} (renewal included)")

    def quality(self, seeds=10):
        for name, iterations, ants, more in (("eil51", 10_000, 51, ""), ("berlin52", 10_000, 52, ""),
                                             ("pcb442", 300, 25, 'local_search = "3opt"')):
            summaries = [self.run(name, iterations, ants, seed, more) for seed in range(1, int(seeds) + 1)]
            best, optimum = [summary["observables"]["best"] for summary in summaries], OPTIMA[name]
            seconds = [summary["seconds"] for summary in summaries]
            print(f"{name}: mean {statistics.mean(best):.1f}, {100 * (statistics.mean(best) / optimum - 1):.3f} % above {optimum}, optimal "
                  f"{best.count(optimum)} of {len(best)}: {best}; {statistics.median(seconds):.1f} s median, {max(seconds):.1f} s longest")


def main():
    if len(sys.argv) < 4 or sys.argv[2] not in ("step", "quality"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        getattr(Bench(sys.argv[1], folder, sys.argv[3]), sys.argv[2])(*sys.argv[4:])


main()
