"""Many processes beside many shards in one: speed, the latency of a small tick, ghost traffic, recovery.

usage: processes.py PROGRAM speed [PAIRS]       2 processes over ipc and MPI against 2 shards, one thread each, in turns
       processes.py PROGRAM latency             a tick of a colony of 64 cells, by transport
       processes.py PROGRAM members             what a tick costs the coordinator, by number of members
       processes.py PROGRAM traffic DATA        bytes a tick of the epidemic on facebook, Enron and a lattice; DATA: the folder with graphs/
       processes.py PROGRAM recovery            from kill -9 of a member to the next tick
From the repository root; needs some 200 MB in /dev/shm, or below the working folder where there is none, and mpirun for MPI. Ends with 1 when digests differ.
"""

import csv
import json
import os
import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

MPIRUN = ["mpirun", "--oversubscribe", "--bind-to", "none", "--allow-run-as-root", "-n", "2"]

EPIDEMIC = """
[job]
name = "peak"
seed = 2
ticks = 60
[model]
name = "epidemic"
infection = 0.05
recovery = 0.05
waning = 0.05
seeds = 100000
[graph]
source = "generate"
kind = "regular"
nodes = 1048576
degree = 16
"""
ANTS = """
[job]
name = "ants"
seed = 2
ticks = 60
[model]
name = "foraging"
start = "random"
[population]
count = 1000000
[graph]
source = "lattice"
width = 1024
height = 1024
"""
SMALL = """
[job]
name = "small"
seed = 2
ticks = 4000
[model]
name = "life"
density = 0.4
[graph]
source = "lattice"
width = 8
height = 8
[checkpoint]
every = 0
"""
CONTACTS = """
[job]
name = "contacts"
seed = 2
ticks = 60
[model]
name = "epidemic"
infection = {infection}
recovery = 0.1
seeds = 10
[graph]
{graph}
"""


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.digests = {}

    def job(self, name, text):
        path = self.folder / f"{name}.toml"
        path.write_text(text)
        return path

    def run(self, how, job, *more):
        """One run in a way of `ways`; its run.json. All runs of a job must have the same digest."""
        out = self.folder / "run"
        begin, threads = {
            "shards": ([self.program, "run", "--shards", "2"], 2),
            "ipc": ([self.program, "launch", "-n", "2"], 1),
            "tcp": ([self.program, "launch", "-n", "2", "--listen", "tcp://127.0.0.1"], 1),
            "mpi": ([*MPIRUN, self.program, "run"], 1),
        }[how]
        begin += ["--config", job, "--out", out, "--force", "--progress", "never", "--threads", threads, *more]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(list(map(str, begin)), check=True, capture_output=True, text=True, timeout=300)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = json.loads((out / "run.json").read_text())
        report["processor"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if self.digests.setdefault(job.name, report["digest"]) != report["digest"]:
            sys.exit(f"{how}: the digest of {job.name} is {report['digest']}, elsewhere {self.digests[job.name]}")
        return report

    def speed(self, pairs):
        # From the nest the ants crowd on a few blocks: what balancing is for.
        balanced = ["--set", "shards.rebalance_every=20"]
        crowd = ANTS.replace("ticks = 60", "ticks = 240").replace('start = "random"', 'start = "nest"')
        spread = ["--set", "shards.placement=spread"]  # the ring leaves one of two shards a few per cent more
        for name, text, more in (("epidemic that stays at its peak, 2^20 nodes", EPIDEMIC, []),
                                 ("the same epidemic, spread", EPIDEMIC, spread), ("1 M ants, 60 ticks", ANTS, []),
                                 ("1 M ants spread, 60 ticks", ANTS, spread),
                                 ("1 M ants from the nest, 240 ticks, balanced every 20", crowd, balanced)):
            job = self.job(name.split(",")[0].replace(" ", "-") + str(len(more)), text)
            times = {how: [] for how in ("shards", "ipc", "mpi")}
            processor, waiting = {}, {}
            for turn in range(pairs + 1):
                for how in sorted(times, reverse=turn % 2 == 1):
                    report = self.run(how, job, *more)
                    seconds = report["seconds"]["ticks"]
                    processor[how] = report["processor"]
                    waiting[how] = report["cluster"]["wait_seconds"] / 2 / seconds if "cluster" in report else 0
                    if turn > 0:  # the first is a warm-up
                        times[how].append(seconds)
            base = times["shards"]
            print(f"{name}: 2 shards {min(base):.3f} s ({processor['shards']:.1f} s of processor time)", end="")
            for how in ("ipc", "mpi"):
                ratios = [b / a for a, b in zip(base, times[how])]
                print(f"; {how} {min(times[how]):.3f} s, ratio {min(times[how]) / min(base):.2f}, median {statistics.median(ratios):.2f} "
                      f"({processor[how]:.1f} s of processor time, {waiting[how]:.0%} in rounds)", end="")
            print(flush=True)

    def latency(self):
        job = self.job("small", SMALL)
        for how in ("shards", "ipc", "tcp", "mpi"):
            reports = [self.run(how, job) for _ in range(5)]
            best = min(reports, key=lambda r: r["seconds"]["ticks"])
            ticks = best["tick"]
            line = f"{how}: {best['seconds']['ticks'] / ticks * 1e6:.1f} us a tick"
            if "cluster" in best:
                cluster = best["cluster"]
                line += (f"; in rounds {cluster['wait_seconds'] / 2 / ticks * 1e6:.1f} us, coordinator "
                         f"{cluster['coordinator_seconds'] / ticks * 1e6:.1f} us, {cluster['bytes_sent'] / ticks:.0f} bytes")
            print(line, flush=True)

    def members(self):
        job = self.job("cells", SMALL.replace("width = 8", "width = 64").replace("height = 8", "height = 64").replace("4000", "1000"))
        out = self.folder / "members"
        for count in (1, 2, 4, 8, 16):
            subprocess.run([self.program, "launch", "-n", str(count), "--config", str(job), "--out", str(out), "--force", "--progress", "never",
                            "--threads", "1", "--set", "shards.partition=hash"], check=True, capture_output=True, timeout=300)
            cluster = json.loads((out / "run.json").read_text())["cluster"]
            print(f"{count} members: {cluster['coordinator_seconds'] / cluster['ticks'] * 1e6:.1f} us a tick at the coordinator", flush=True)

    def traffic(self, data):
        graphs = {  # infection, [graph]
            "facebook": (0.02, f'source = "edges"\npath = "{data}/graphs/facebook_combined.txt"'),
            "Enron": (0.02, f'source = "edges"\npath = "{data}/graphs/email-Enron.txt.gz"'),
            "lattice 256 x 256": (0.5, 'source = "lattice"\nwidth = 256\nheight = 256'),
        }
        for name, (infection, graph) in graphs.items():
            job = self.job(name.split()[0], CONTACTS.format(infection=infection, graph=graph))
            for partition in ("hash", "metis"):
                report = self.run("ipc", job, "--set", f"shards.partition={partition}")
                rows = self.rows("new_infections")
                cluster = report["cluster"]
                print(f"{name}, {report['size']['nodes']} nodes, {partition}: {cluster['bytes_sent'] / cluster['ticks']:.0f} bytes a tick by "
                      f"both members, {sum(rows) / len(rows):.0f} new infections a tick", flush=True)

    def rows(self, column):
        with open(self.folder / "run" / "observables.csv", newline="") as file:
            return [int(row[column]) for row in csv.DictReader(file)]

    def recovery(self):
        """The epidemic of 2^20 nodes, a checkpoint every 10 ticks: from the kill to the first tick beyond the checkpoint, as `status` tells."""
        job = self.job("epidemic", EPIDEMIC)
        out = self.folder / "killed"
        begin = [self.program, "launch", "-n", "2", "--config", job, "--out", out, "--progress", "never", "--threads", "1", "--ticks", "1000000",
                 "--set", "checkpoint.every=10", "--set", "cluster.heartbeat_ms=1000"]
        launcher = subprocess.Popen(list(map(str, begin)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times = []
        try:
            for _ in range(3):
                while not list(out.glob("checkpoints/tick-*/manifest.*.json")):
                    time.sleep(0.01)
                time.sleep(2)
                status = self.status(out)
                victim = status["members"][0]["pid"]
                os.kill(victim, signal.SIGKILL)
                killed = time.monotonic()
                while True:
                    now = self.status(out)
                    if now["phase"] == "running" and now["epoch"] > status["epoch"] and now["tick"] > now["committed_tick"]:
                        break
                    time.sleep(0.02)
                times.append(time.monotonic() - killed)
        finally:
            launcher.terminate()
            launcher.wait()
        print("killed and running again after " + ", ".join(f"{t:.2f}" for t in times) + " s (1 s heartbeats, replaced by the launcher)")

    def status(self, out):
        done = subprocess.run([self.program, "status", str(out), "--json"], check=True, capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)


def main():
    program, what, *rest = sys.argv[1:]
    memory = "/dev/shm"  # a run ends with a checkpoint, and disks differ from one second to the next
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else ".") as folder:
        bench = Bench(program, folder)
        if what == "speed":
            bench.speed(int(rest[0]) if rest else 5)
        elif what == "latency":
            bench.latency()
        elif what == "members":
            bench.members()
        elif what == "traffic":
            bench.traffic(pathlib.Path(rest[0]).resolve())
        elif what == "recovery":
            bench.recovery()
        else:
            sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
