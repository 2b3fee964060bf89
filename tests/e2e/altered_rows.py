"""Rows, events and snapshots that are edited, swapped, emptied, replaced or removed, while the run goes on and between two starts:
status 4, and the file's name.

usage: altered_rows.py [unittest options]
"""

import os
import re
import shutil
import signal
import unittest

from cluster import launch_arguments
from support import JOBS, Case, colony, contents, manifests, report, run_arguments, wait_for

SNAPSHOTS = '[[snapshot]]\nname = "states"\nfields = ["people.state"]\nevery = 20\n'


def edit_digit(path, line):
    """Another last digit in a line (from 1), in place."""
    lines = path.read_bytes().split(b"\n")
    at = sum(len(each) + 1 for each in lines[:line]) - 2
    with open(path, "r+b") as file:
        file.seek(at)
        digit = file.read(1)
        file.seek(at)
        file.write(b"7" if digit != b"7" else b"3")


def swap_lines(path, line):
    """A line and the next change places, in place."""
    lines = path.read_bytes().split(b"\n")
    begin = sum(len(each) + 1 for each in lines[:line - 1])
    with open(path, "r+b") as file:
        file.seek(begin)
        file.write(lines[line] + b"\n" + lines[line - 1] + b"\n")


def replace(path):
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    os.rename(copy, path)


def empty(path):
    os.truncate(path, 0)


class AlteredRows(Case):
    def setUp(self):
        super().setUp()
        text = JOBS["epidemic"].replace("nodes = 1500", "nodes = 500").replace("digest_every = 20\n", "")
        self.config = self.job(text + SNAPSHOTS + "[checkpoint]\nevery = 20\nkeep = 100\n")
        long = self.config.read_text().replace("every = 20", "every = 400").replace("ticks = 60", "ticks = 100000000")
        self.long = self.job(long, "long.toml")

    # ---- While it goes on ----

    def begin(self, verb, name, *more):
        out = self.folder / name
        more = ["--set", "output.observe_every=50", *more]
        arguments = run_arguments(self.long, out, *more) if verb == "run" else launch_arguments(2, self.long, out, *more)
        child = self.start(*arguments)
        wait_for(lambda: len(manifests(out)) > 1)
        return out, child

    def told(self, child, *words):
        _, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 4, err)
        message = "".join(line for line in err.splitlines(True) if line.startswith("colony: "))
        for word in words:
            self.assertIn(word, message, err)
        return message

    def test_told_at_the_next_commit(self):
        for verb in ("run", "launch"):
            for number, (name, harm, word) in enumerate([("observables.csv", os.unlink, "removed"), ("events.csv", os.unlink, "removed"),
                                                         ("observables.csv", replace, "replaced"), ("events.csv", empty, "bytes"),
                                                         ("observables.csv", empty, "bytes"),
                                                         ("snapshots/states/tick-000000000400.h5", os.unlink, "removed")]):
                if verb == "launch" and number not in (0, 4, 5):
                    continue
                with self.subTest(verb=verb, name=name, harm=harm.__name__):
                    out, child = self.begin(verb, f"{verb}-{number}")
                    harm(out / name)
                    self.told(child, name, word)
                    self.assertEqual(report(out)["exit_status"], 4)
                    if harm is not replace:  # the copy may hold all that the last checkpoint stands for
                        self.refused(4, colony(*run_arguments(self.long, out, "--resume")), name)

    def test_told_at_the_end(self):
        for verb in ("run", "launch"):
            cases = [("observables.csv", edit_digit), ("observables.csv", swap_lines), ("events.csv", edit_digit)]
            for number, (name, harm) in enumerate(cases):
                if verb == "launch" and number != 0:
                    continue
                with self.subTest(verb=verb, name=name, harm=harm.__name__):
                    out, child = self.begin(verb, f"{verb}-end-{number}")
                    harm(out / name, 5)
                    child.send_signal(signal.SIGTERM)
                    lines = re.search(r"\blines? (\d+)(?: to (\d+))?", self.told(child, name, "altered"))
                    self.assertLessEqual(int(lines[1]), 5)
                    self.assertGreaterEqual(int(lines[2] or lines[1]), 5)
                    self.assertEqual(report(out)["exit_status"], 4)

    def test_snapshots_at_the_end(self):
        """A run that comes to its end reads them back; for one that is stopped the resume does."""
        for name, more in (("ends", ["--ticks", "20000"]), ("stopped", [])):
            with self.subTest(name):
                out, child = self.begin("run", name, *more)
                path = out / "snapshots/states/tick-000000000400.h5"
                data = bytearray(path.read_bytes())
                data[-1] ^= 1
                path.write_bytes(data)
                if name == "ends":
                    self.told(child, path.name, "altered")
                    continue
                child.send_signal(signal.SIGTERM)
                _, err = child.communicate(timeout=60)
                self.assertEqual(child.returncode, 143, err)
                self.refused(4, colony(*run_arguments(self.long, out, "--resume")), path.name, "altered")

    # ---- Between two starts ----

    def test_told_on_resume(self):
        straight = self.folder / "straight"
        self.ok(*run_arguments(self.config, straight))
        events = (straight / "events.csv").read_text().splitlines()
        late = next(number for number, line in enumerate(events, 1) if re.match(r"(4[5-9]|5\d),", line))
        snapshot = "snapshots/states/tick-000000000060.h5"
        cases = [("observables.csv", lambda p: edit_digit(p, 50), "lines 43 to 62"),
                 ("observables.csv", lambda p: swap_lines(p, 44), "line 45"),
                 ("events.csv", lambda p: edit_digit(p, late), "altered"), ("observables.csv", empty, "has 0 bytes"),
                 ("events.csv", os.unlink, "missing"), ("observables.csv", os.unlink, "missing"), (snapshot, os.unlink, "missing"),
                 (snapshot, empty, "torn")]
        for number, (name, harm, word) in enumerate(cases):
            for verb in ("run", "launch") if number in (0, 6) else ("run",):
                with self.subTest(verb=verb, name=name, number=number):
                    out = self.folder / f"between-{verb}-{number}"
                    shutil.copytree(straight, out)
                    harm(out / name)
                    before = contents(out, but=("run.lock/", "log.jsonl", "cluster."))
                    more = ["--resume", "--ticks", "80"]
                    arguments = run_arguments(self.config, out, *more) if verb == "run" else launch_arguments(2, self.config, out, *more)
                    message = self.refused(4, colony(*arguments), str(out / name), word)
                    self.assertEqual(contents(out, but=("run.lock/", "log.jsonl", "cluster.")), before)
                    falls_back = number in (0, 1, 2, 6, 7)
                    self.assertEqual("--fallback" in message, falls_back, message)
                    if not falls_back:
                        continue
                    self.assertIn("tick 40", message)
                    self.expect(0, colony(*run_arguments(self.config, out, "--resume", "--fallback")))
                    self.same_results(straight, out)
                    self.assertEqual((out / snapshot).read_bytes(), (straight / snapshot).read_bytes())

    def test_a_series_that_is_no_longer_asked_for_is_the_users(self):
        out = self.folder / "series"
        self.ok(*run_arguments(self.config, out))
        text = self.config.read_text().replace(SNAPSHOTS, "")
        shutil.rmtree(out / "snapshots")
        self.refused(4, colony(*run_arguments(self.config, out, "--resume", "--ticks", "70")), "tick-000000000000.h5", "missing")
        self.ok(*run_arguments(self.job(text, "without.toml"), out, "--resume", "--ticks", "70"))
        self.ok(*run_arguments(self.config, out, "--resume", "--ticks", "80"))
        self.assertEqual([path.name for path in out.glob("snapshots/states/*")], ["tick-000000000080.h5"])


if __name__ == "__main__":
    unittest.main()
