"""What the knowledge colony costs: ticks of the Phago corpus, and the price of a pair of words as the collection grows.

usage: knowledge.py PROGRAM corpus DATA [RUNS]      DATA: the folder with text/; 25 digesters, 200 ticks, one thread; every run has one digest
       knowledge.py PROGRAM growth [DOCUMENTS ...]  generated collections (1000 10000 100000 unless given): time a document, word and pair
From the repository root. Runs lie in memory where there is /dev/shm.
"""

import csv
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

JOB = """
[job]
name = "reading"
seed = 1
ticks = {ticks}
[model]
name = "knowledge"
documents = "{documents}"
{more}
[population]
count = {digesters}
"""


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)

    def run(self, documents, ticks, digesters, more=""):
        config, out = self.folder / "job.toml", self.folder / "run"
        config.write_text(JOB.format(documents=documents, ticks=ticks, digesters=digesters, more=more))
        done = subprocess.run([self.program, "run", "--config", config, "--out", out, "--force", "--threads", "1", "--progress", "never",
                               "--json"], check=True, capture_output=True, text=True, timeout=550)
        with open(out / "observables.csv", newline="") as file:
            return json.loads(done.stdout.splitlines()[-1]), list(csv.DictReader(file))

    def corpus(self, data, runs=7):
        documents = pathlib.Path(data).resolve() / "text" / "phago-corpus"
        summaries = [self.run(documents, 200, 25)[0] for _ in range(int(runs))]
        if len({summary["digest"] for summary in summaries}) != 1:
            sys.exit("the runs have different digests")
        seconds = [summary["seconds"] for summary in summaries]
        last = summaries[0]["observables"]
        print(f"corpus: {min(seconds):.3f} s best, {statistics.median(seconds):.3f} s median of {len(seconds)}; "
              f"{last['digested']} digested, {last['concepts']} concepts, {last['edges']} edges")

    def collection(self, count):
        """A SMART file; words by a power law, half of them of the document's own topic. Returns (words, pairs), as the colony counts them."""
        draw = random.Random(count)
        words = pairs = 0
        with open(self.folder / "generated.ALL", "w") as file:
            for number in range(1, count + 1):
                topic = number % 97
                text = [f"w{int(20000 ** draw.random()) + (topic * 20000 if draw.random() < 0.5 else 0)}x" for _ in range(60)]
                words += len(text)
                different = len(set(text))
                pairs += different * (different - 1) // 2
                file.write(f".I {number}\n.W\n{' '.join(text)}\n")
        return words, pairs

    def growth(self, *counts):
        for count in map(int, counts or (1000, 10000, 100000)):
            words, pairs = self.collection(count)
            # None dies: the run ends when all is read.
            summary, rows = self.run(self.folder / "generated.ALL", f'2000\nstop_when = "digested == {count}"', count // 5, "max_idle = 100000")
            last = rows[-1]
            if int(last["digested"]) != count:
                sys.exit(f"{last['digested']} of {count} documents were digested")
            seconds = summary["seconds"]
            print(f"{count} documents: {summary['tick']} ticks in {seconds:.2f} s, set-up {summary['setup_seconds']:.2f} s; {seconds / count * 1e6:.0f} us a document, "
                  f"{seconds / words * 1e6:.2f} us a word, {seconds / pairs * 1e9:.0f} ns a pair ({pairs / 1e6:.1f} M pairs, "
                  f"{int(last['concepts'])} concepts, {int(last['edges'])} links left)", flush=True)


def main():
    if len(sys.argv) < 3 or sys.argv[2] not in ("corpus", "growth"):
        sys.exit(__doc__)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        getattr(Bench(pathlib.Path(sys.argv[1]).resolve(), folder), sys.argv[2])(*sys.argv[3:])


if __name__ == "__main__":
    main()
