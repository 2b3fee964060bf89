"""What the end-to-end tests share: the real program in real processes, small jobs, and ways to look at a run folder.

The environment gives COLONY_PROGRAM (the program) and COLONY_SOURCE_DIR (the repository). It may give COLONY_DATA, the folder of test data
(beside the repository unless it does), and CI: a test that lacks something then fails, where it is skipped elsewhere.
"""

import csv
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["COLONY_PROGRAM"]
SOURCE = pathlib.Path(os.environ["COLONY_SOURCE_DIR"])
DATA = pathlib.Path(os.environ.get("COLONY_DATA", SOURCE.parent / "shared" / "data"))

# One small job of each model; the shapes are such that agents, ghosts and checkpoints have work in every tick.
JOBS = {
    "epidemic": """
[job]
name = "epidemic"
seed = 11
ticks = 60
[model]
name = "epidemic"
infection = 0.06
recovery = 0.1
incubation = 2
waning = 0.02
seeds = 5
[graph]
source = "generate"
kind = "erdos-renyi"
nodes = 1500
mean_degree = 6
[output]
events = true
digest_every = 20
""",
    "foraging": """
[job]
name = "foraging"
seed = 12
ticks = 60
[model]
name = "foraging"
[population]
count = 150
[graph]
source = "lattice"
width = 40
height = 40
[[snapshot]]
name = "food"
fields = ["places.food", "places.pheromone", "ant.carrying"]
every = 20
""",
    "knowledge": f"""
[job]
name = "knowledge"
seed = 15
ticks = 60
[model]
name = "knowledge"
documents = "{SOURCE / 'docs' / 'adr'}"
max_keywords = 150
max_degree = 4
maturity = 10
input_diffusion = 0.8
[population]
count = 4
[output]
digest_every = 5
""",
    "policy-foraging": f"""
[job]
name = "policy-foraging"
seed = 17
ticks = 60
[model]
name = "policy-foraging"
policy = "{SOURCE / 'configs' / 'policy-foraging.onnx'}"
[population]
count = 150
[graph]
source = "lattice"
width = 40
height = 40
[output]
digest_every = 20
""",
    "tours": f"""
[job]
name = "tours"
seed = 16
ticks = 150
[model]
name = "tours"
instance = "{SOURCE / 'configs' / 'capitals.tsp'}"
algorithm = "acs"
local_search = "2opt"
candidates = 8
[population]
count = 40
[output]
digest_every = 40
""",
    "life": """
[job]
name = "life"
seed = 13
ticks = 60
[model]
name = "life"
density = 0.35
[graph]
source = "lattice"
width = 48
height = 40
""",
    "opinion": """
[job]
name = "opinion"
seed = 14
ticks = 30
[model]
name = "opinion"
confidence = 0.08
start = "random"
[graph]
source = "generate"
kind = "complete"
nodes = 300
""",
}


def needs(there, what):
    """For what a test can't do without. Unless it is there the test is skipped; where CI is set in the environment, it fails."""
    if not there and not os.environ.get("CI"):
        raise unittest.SkipTest(what)
    assert there, f"{what}: where CI is set no test is skipped"


def data_file(*names):
    """Path of a file or folder of the test data, for a test that needs it."""
    path = DATA.joinpath(*names)
    needs(path.exists(), f"no test data: {path}; COLONY_DATA is its folder")
    return path


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        return json.loads(self.out.strip().splitlines()[-1])

    def __repr__(self):
        return f"status {self.status}\n--- stdout\n{self.out}--- stderr\n{self.err}"


def colony(*arguments, env=None, cwd=None, timeout=120, prefix=(), **options):
    """Runs the program to its end. prefix: a command that runs it, such as setpriv with its options."""
    done = subprocess.run([*prefix, PROGRAM, *map(str, arguments)], env={**os.environ, **(env or {})}, cwd=cwd, timeout=timeout,
                          capture_output=True, text=True, errors="replace", **options)
    return Result(done.returncode, done.stdout, done.stderr)


def run_arguments(job, out, *more):
    return ["run", "--config", job, "--out", out, "--progress", "never", "--json", *more]


def start(*arguments, env=None):
    """Starts the program and leaves it running; the caller ends it."""
    return subprocess.Popen([PROGRAM, *map(str, arguments)], env={**os.environ, **(env or {})}, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, errors="replace")


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("what the test waits for did not happen")
        time.sleep(0.005)


def manifests(run):
    return sorted(pathlib.Path(run).glob("checkpoints/tick-*/manifest.*.json"))


def report(run):
    return json.loads((pathlib.Path(run) / "run.json").read_text())


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def contents(folder, but=("run.lock/", "log.jsonl")):
    """Name and hash of every file: what `untouched` is judged by. The log and the record of starts may grow."""
    folder = pathlib.Path(folder)
    names = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in names
            if not str(p.relative_to(folder)).startswith(but)}


class Case(unittest.TestCase):
    """A test with a folder of its own, in memory where the machine has such a file system: what is killed here is the process."""

    maxDiff = 4000

    def setUp(self):
        shm = "/dev/shm"
        roomy = os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 256 << 20
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="colony-e2e-", dir=shm if roomy else None))
        self.children = []

    def tearDown(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def job(self, text, name="job.toml"):
        path = self.folder / name
        path.write_text(text)
        return path

    def model_job(self, model, more=""):
        return self.job(JOBS[model] + more, model + ".toml")

    def start(self, *arguments, env=None):
        child = start(*arguments, env=env)
        self.children.append(child)
        return child

    def expect(self, status, result):
        self.assertEqual(result.status, status, repr(result))
        self.assertNotIn("a bug:", result.err)
        return result

    def ok(self, *arguments, **options):
        return self.expect(0, colony(*arguments, **options))

    def refused(self, status, result, *words):
        """One message on standard error, nothing on standard output, every word in the message."""
        self.expect(status, result)
        messages = [line for line in result.err.splitlines() if line.startswith("colony: ")]
        self.assertEqual(len(messages), 1, repr(result))
        self.assertEqual(result.out, "", repr(result))
        message = result.err[result.err.index("colony: "):]
        for word in words:
            self.assertIn(word, message)
        return message

    def same_results(self, left, right):
        """The same digest and the same rows, byte for byte."""
        self.assertEqual(report(left)["digest"], report(right)["digest"])
        for name in ("observables.csv", "events.csv"):
            paths = [pathlib.Path(run) / name for run in (left, right)]
            self.assertEqual(paths[0].exists(), paths[1].exists())
            if paths[0].exists():
                self.assertEqual(paths[0].read_bytes(), paths[1].read_bytes(), name)


def killed(result):
    """Whether a result is that of a process that SIGKILL ended."""
    return result.status == -signal.SIGKILL
