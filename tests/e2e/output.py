"""What a run leaves and prints: --json, stop_when, events.csv, snapshots, checkpoints and graphs read by h5py, the profile."""

import json
import re
import subprocess
import sys
import unittest

import h5py
import numpy as np

from support import JOBS, SOURCE, Case, colony, manifests, report, rows, run_arguments


TABLE_LINE = re.compile(r"(\w.*?) +(\d+) +(\d+\.\d+) +(\d+\.\d+)%")  # step, times, seconds, share


class Output(Case):
    def test_json(self):
        for model in JOBS:
            with self.subTest(model=model):
                out = self.folder / model
                result = self.ok(*run_arguments(self.model_job(model), out))
                summary = result.json
                for key in ("job", "model", "tick", "digest", "setup_seconds", "seconds", "ticks_per_second", "nodes", "edges", "agents",
                            "observables"):
                    self.assertIn(key, summary)
                self.assertEqual(len(result.out.splitlines()), 1)
                self.assertRegex(summary["digest"], r"^[0-9a-f]{32}$")
                self.assertEqual(summary["model"], model)
                self.assertEqual([summary[key] for key in ("digest", "tick")], [report(out)[key] for key in ("digest", "tick")])
                last = rows(out / "observables.csv")[-1]
                self.assertEqual({"tick": summary["tick"], **summary["observables"]},
                                 {key: float(value) for key, value in last.items() if key != "digest"})

    def test_without_json(self):
        out = self.folder / "run"
        result = self.ok("run", "--config", self.model_job("life"), "--out", out, "--progress", "never")
        self.assertIn("digest " + report(out)["digest"], result.out)
        self.assertIn(str(out), result.out)

    def test_default_folder_is_below_where_one_stands(self):
        self.ok("run", "--config", self.model_job("life"), "--progress", "never", cwd=self.folder)
        self.assertTrue((self.folder / "runs/life/run.json").exists())

    def test_log_and_report(self):
        out = self.folder / "run"
        self.ok(*run_arguments(self.model_job("life"), out))
        events = [json.loads(line)["event"] for line in (out / "log.jsonl").read_text().splitlines()]
        self.assertIn("start", events)
        self.assertEqual(events[-1], "finish")
        self.assertEqual(report(out)["exit"], "done")
        self.assertIn("colony", report(out)["versions"])

    def test_job_file_in_the_run_folder_gives_the_same_run(self):
        for model in JOBS:
            out, again = self.folder / model, self.folder / (model + "-again")
            self.ok(*run_arguments(self.model_job(model), out))
            self.ok(*run_arguments(out / "job.toml", again))
            self.same_results(out, again)

    def test_stop_when(self):
        condition = 'stop_when = "infectious == 0 and exposed == 0 or tick >= 4000"'
        config = self.job(JOBS["epidemic"].replace("ticks = 60", "ticks = 5000\n" + condition).replace("waning = 0.02\n", ""))
        out = self.folder / "run"
        summary = self.ok(*run_arguments(config, out)).json
        self.assertLess(summary["tick"], 4000)
        table = rows(out / "observables.csv")
        over = [int(row["infectious"]) + int(row["exposed"]) == 0 for row in table]
        self.assertTrue(over[-1] and not any(over[1:-1]))
        self.assertIn("stop_when", report(out)["exit"])
        # A condition that a resumed run already meets, and one that it does not.
        self.ok(*run_arguments(config, out, "--resume"))
        self.assertEqual(report(out)["tick"], summary["tick"])
        self.ok(*run_arguments(config, out, "--resume", "--set", "job.stop_when=tick >= 2000", "--ticks", str(summary["tick"] + 30)))
        self.assertEqual(report(out)["tick"], summary["tick"] + 30)

    def test_observe_every_and_digests(self):
        out = self.folder / "run"
        result = self.ok(*run_arguments(self.model_job("life"), out, "--set", "output.observe_every=7", "--set", "output.digest_every=14"))
        table = rows(out / "observables.csv")
        self.assertEqual([int(row["tick"]) for row in table], [*range(0, 60, 7), 60], "the last state is a row also between rows")
        for row in table:
            self.assertEqual(bool(row["digest"]), int(row["tick"]) % 14 == 0, row)
        self.assertEqual(result.json["observables"]["alive"], int(alive_at_the_end(out)))

    def test_events(self):
        config = self.job(JOBS["epidemic"].replace("waning = 0.02\n", ""))
        runs = [self.folder / name for name in ("one", "four")]
        self.ok(*run_arguments(config, runs[0], "--threads", "1"))
        self.ok(*run_arguments(config, runs[1], "--shards", "4", "--set", "shards.partition=hash", "--set", "model.direction=push"))
        self.assertEqual((runs[0] / "events.csv").read_bytes(), (runs[1] / "events.csv").read_bytes())
        events = rows(runs[0] / "events.csv")
        self.assertEqual(list(events[0]), ["tick", "event", "source", "target"])
        table = rows(runs[0] / "observables.csv")
        infected = sum(int(table[-1][name]) for name in ("exposed", "infectious", "recovered"))
        self.assertEqual(len(events), infected)
        self.assertGreater(len(events), 100)
        self.assertEqual(len({event["target"] for event in events}), len(events), "without waning nobody is infected twice")
        self.assertEqual([int(e["tick"]) for e in events], sorted(int(e["tick"]) for e in events))
        seeds, infections = events[:5], events[5:]
        self.assertEqual([(e["tick"], e["event"], e["source"]) for e in seeds], [("0", "seed", "")] * 5)
        self.assertEqual({e["event"] for e in infections}, {"infection"})
        for row in table:
            of_tick = sum(event["tick"] == row["tick"] for event in infections)
            self.assertEqual(of_tick, int(row["new_infections"]), "events are of the tick whose row counts them")
        with h5py.File(next(runs[0].glob("checkpoints/static-*/graph.h5"))) as file:
            offset, target = file["graph/offset"][:].astype(int), file["graph/target"][:]
        since = {int(event["target"]): 0 for event in seeds}
        for event in infections:
            source, person, tick = int(event["source"]), int(event["target"]), int(event["tick"])
            self.assertIn(person, target[offset[source]:offset[source + 1]])
            self.assertLess(since[source], tick, "who infects was infected before")
            since[person] = tick

    def test_events_and_snapshots_have_one_clock(self):
        """Who is named up to tick t is who is not susceptible in the snapshot of t, also where the events of tick 0 came from processes."""
        config = self.job(JOBS["epidemic"].replace("waning = 0.02\n", "") + '[[snapshot]]\nfields = ["people.state"]\nevery = 6\n')
        out, many = self.folder / "run", self.folder / "many"
        self.ok(*run_arguments(config, out))
        self.ok("launch", "-n", "2", "--config", config, "--out", many, "--progress", "never", "--json", "--threads", "1")
        self.same_results(out, many)
        events = rows(out / "events.csv")
        for path in sorted(out.glob("snapshots/1/tick-*.h5")):
            with h5py.File(path) as file:
                tick, state, ids = int(file.attrs["tick"]), file["people/state"][:], file["people/id"][:]
            named = {int(event["target"]) for event in events if int(event["tick"]) <= tick}
            self.assertEqual(named, set(ids[state != 0].tolist()), f"tick {tick}")

    def test_rows_thinned(self):
        """What counts happenings adds up over the rows, conditions see the tick's own value, and going on leaves a straight run's file."""
        config = self.model_job("epidemic")
        condition = ["--set", "job.stop_when=new_infections >= 12"]
        dense, thin = self.folder / "dense", self.folder / "thin"
        every = ["--set", "output.observe_every=7"]
        own = self.ok(*run_arguments(config, dense)).json
        last = self.ok(*run_arguments(config, thin, *every)).json
        self.assertEqual(own["observables"], last["observables"], "of the last tick alone")
        table = {int(row["tick"]): row for row in rows(dense / "observables.csv")}
        before = -1
        for row in rows(thin / "observables.csv"):
            tick = int(row["tick"])
            self.assertEqual(int(row["new_infections"]), sum(int(table[t]["new_infections"]) for t in range(before + 1, tick + 1)))
            for name in ("susceptible", "infectious"):
                self.assertEqual(row[name], table[tick][name])
            before = tick
        self.assertEqual(before, 60)
        self.assertIn("agree in all", self.ok("diff", dense, thin).out)
        stopped = [self.ok(*run_arguments(config, self.folder / f"stopped{k}", *condition, "--set", f"output.observe_every={k}")).json
                   for k in (1, 7)]
        self.assertEqual(*[(run["tick"], run["digest"]) for run in stopped])
        self.assertLess(stopped[0]["tick"], 60)
        self.assertEqual(int(rows(self.folder / "stopped7" / "observables.csv")[-1]["tick"]), stopped[0]["tick"])
        # Going on, on other shapes, from ticks between rows.
        again = self.folder / "again"
        self.ok(*run_arguments(config, again, *every, "--ticks", "17", "--set", "checkpoint.every=5"))
        self.assertEqual(int(rows(again / "observables.csv")[-1]["tick"]), 17)
        self.ok(*run_arguments(config, again, *every, "--ticks", "17", "--resume"))
        self.assertEqual([int(row["tick"]) for row in rows(again / "observables.csv")], [0, 7, 14, 17])
        self.ok(*run_arguments(config, again, *every, "--resume", "--ticks", "38", "--shards", "3"))
        self.ok("launch", "-n", "2", "--config", config, "--out", again, "--progress", "never", "--threads", "1", *every, "--resume")
        self.same_results(thin, again)
        # Another thinning from here on: nothing is lost or counted twice.
        self.ok(*run_arguments(config, again, "--set", "output.observe_every=4", "--resume", "--ticks", "70"))
        longer = self.ok(*run_arguments(config, self.folder / "longer", "--ticks", "70")).json
        table = rows(self.folder / "longer" / "observables.csv")
        changed = rows(again / "observables.csv")
        self.assertEqual([int(row["tick"]) for row in changed], [*range(0, 60, 7), 60, 64, 68, 70])
        self.assertEqual(*[sum(int(row["new_infections"]) for row in rows_of) for rows_of in (changed, table)])
        self.assertEqual(report(again)["digest"], longer["digest"])

    def test_links_thinned(self):
        dense, thin = self.folder / "dense", self.folder / "thin"
        config = self.model_job("knowledge")
        self.ok(*run_arguments(config, dense))
        self.ok(*run_arguments(config, thin, "--set", "output.observe_every=9"))
        for name in ("linked", "pruned"):
            sums = [sum(int(row[name]) for row in rows(run / "observables.csv")) for run in (dense, thin)]
            self.assertEqual(sums[0], sums[1])
        self.assertGreater(sum(int(row["linked"]) for row in rows(thin / "observables.csv")), 100)
        self.assertIn("agree in all", self.ok("diff", dense, thin).out)

    def test_pheromone_is_in_the_units_of_its_field(self):
        config = self.model_job("foraging")
        out = self.folder / "run"
        last = self.ok(*run_arguments(config, out)).json["observables"]
        table = rows(out / "observables.csv")
        self.assertEqual(last["pheromone"], float(table[-1]["pheromone"]))
        first = next(row for row in table if float(row["pheromone"]) > 0)
        self.assertEqual(float(first["pheromone"]) % 60, 0, "each laden ant lays 60")
        limit = float(first["pheromone"]) + 1
        stopped = self.ok(*run_arguments(config, self.folder / "stopped", "--set", f"job.stop_when=pheromone > {limit}")).json
        self.assertEqual(stopped["tick"], next(int(row["tick"]) for row in table if float(row["pheromone"]) > limit))
        many = self.folder / "many"
        self.ok("launch", "-n", "3", "--config", config, "--out", many, "--progress", "never", "--threads", "1")
        self.same_results(out, many)

    def test_snapshots(self):
        runs = [self.folder / name for name in ("one", "three")]
        for run, shards in zip(runs, ("1", "3")):
            self.ok(*run_arguments(self.model_job("foraging"), run, "--shards", shards))
        files = sorted(runs[0].glob("snapshots/food/tick-*.h5"))
        self.assertEqual([path.name for path in files], [f"tick-{tick:012}.h5" for tick in (0, 20, 40, 60)])
        table = {int(row["tick"]): row for row in rows(runs[0] / "observables.csv")}
        for path in files:
            self.assertEqual(path.read_bytes(), (runs[1] / path.relative_to(runs[0])).read_bytes())
            with h5py.File(path) as file:
                row = table[int(file.attrs["tick"])]
                np.testing.assert_array_equal(file["places/id"][:], np.arange(1600))
                self.assertEqual(int(file["places/food"][:].sum()), int(row["food_remaining"]))
                self.assertEqual(int(file["ant/carrying"][:].sum()), int(row["carried"]))
                exact = sum(int(value) for value in np.rint(file["places/pheromone"][:].astype(float) * 2.0**40))
                self.assertEqual(float(row["pheromone"]), exact / 2**40)
        self.assertGreater(float(table[60]["pheromone"]), 0)

    def test_checkpoints(self):
        out = self.folder / "run"
        self.ok(*run_arguments(self.model_job("life"), out, "--shards", "3"))
        manifest = manifests(out)[-1]
        ids, alive = [], []
        for entry in json.loads(manifest.read_text())["files"]:
            with h5py.File(manifest.parent / entry["name"]) as file:
                ids.append(file["cells/id"][:])
                alive.append(file["cells/alive"][:])
        self.assertEqual(sorted(np.concatenate(ids)), list(range(48 * 40)))
        self.assertEqual(int(np.concatenate(alive).sum()), int(alive_at_the_end(out)))

    def test_python_of_the_documentation(self):
        """docs/reading-results.md promises that each of its pieces runs."""
        out = self.folder / "runs/foraging"
        self.ok(*run_arguments(self.model_job("foraging"), out, "--shards", "2"))
        pieces = re.findall(r"```python\n(.*?)```", (SOURCE / "docs/reading-results.md").read_text(), re.DOTALL)
        self.assertGreater(len(pieces), 3)
        for piece in pieces:
            done = subprocess.run([sys.executable, "-c", piece], cwd=self.folder, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, piece + done.stderr)
            self.assertTrue(done.stdout.strip(), piece)

    def test_profile(self):
        phases = ["sense", "act", "decay", "advance"]
        rounds = ["sense", "act", "round 1: pack effects", "round 1: take effects", "decay", "advance", "round 2: pack ghosts",
                  "round 2: take ghosts"]
        for model, shards, expected in (("foraging", 1, phases), ("foraging", 3, rounds), ("life", 2, rounds)):
            with self.subTest(model=model, shards=shards):
                out = self.folder / f"{model}-{shards}"
                more = ("--ticks", "20", "--shards", str(shards))
                result = self.ok(*run_arguments(self.model_job(model), out, *more, "--profile"))
                plain = self.ok(*run_arguments(self.model_job(model), f"{out}-plain", *more))
                self.assertEqual(result.json["digest"], plain.json["digest"])
                self.assertNotIn("sense", plain.err)
                table = [match.groups() for match in map(TABLE_LINE.fullmatch, result.err.splitlines()) if match]
                self.assertEqual([name for name, *_ in table][: len(expected)], expected)
                self.assertEqual({int(times) for _, times, *_ in table[: len(expected)]}, {20 * shards})
                self.assertAlmostEqual(sum(float(share) for *_, share in table), 100, delta=0.1 * len(table))
                self.trace_of(out, shards, expected)

    def trace_of(self, out, shards, expected):
        events = json.loads((out / "profile.json").read_text())["traceEvents"]
        spans = [event for event in events if event["ph"] == "X"]
        tracks = {event["tid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
        self.assertEqual(sorted(tracks.values()), ["run", *(f"shard {s}" for s in range(shards))])
        for track, name in tracks.items():
            if name == "run":
                continue
            own = [span for span in spans if span["tid"] == track]
            self.assertEqual({span["name"] for span in own} - {"sense, act of agents"}, set(expected))
            for before, after in zip(own, own[1:]):
                self.assertLessEqual(before["ts"] + before["dur"], after["ts"] + 0.002, "a shard is in one step at a time")

    def test_progress_lines(self):
        result = colony("run", "--config", self.model_job("life"), "--out", self.folder / "run", "--progress", "auto")
        self.expect(0, result)
        self.assertNotIn("\r", result.err, "no bar where there is no terminal")


def alive_at_the_end(out):
    with_all = manifests(out)[-1]
    total = 0
    for entry in json.loads(with_all.read_text())["files"]:
        with h5py.File(with_all.parent / entry["name"]) as file:
            total += int(file["cells/alive"][:].sum())
    return total


if __name__ == "__main__":
    unittest.main()
