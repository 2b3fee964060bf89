"""Going back, dying on the way, and going on: the rows, events, snapshots and digest of a straight run, whichever way it was.

usage: courses.py [unittest options]
"""

import signal
import unittest

from cluster import launch_arguments
from support import JOBS, Case, colony, killed, manifests, report, rows, run_arguments, start, wait_for

SNAPSHOTS = '[[snapshot]]\nname = "states"\nfields = ["people.state"]\nevery = 20\n'
# Each step of going back, then what the new course meets.
POINTS = ["before-course", "in-course", "before-cut:1", "before-cut:2", "rows-open", "before-manifest:1", "before-manifest:3"]


def ticks_of(run):
    return [int(path.parent.name.split("-")[1]) for path in manifests(run)]


class Courses(Case):
    def setUp(self):
        super().setUp()
        text = JOBS["epidemic"].replace("ticks = 60", "ticks = 120").replace("nodes = 1500", "nodes = 500")
        self.config = self.job(text + SNAPSHOTS + "[checkpoint]\nevery = 10\nkeep = 100\n")
        self.straight = self.folder / "straight"
        self.ok(*run_arguments(self.config, self.straight))

    def arguments(self, verb, out, *more):
        return run_arguments(self.config, out, *more) if verb == "run" else launch_arguments(2, self.config, out, *more)

    def go(self, verb, out, *more, point=None):
        return colony(*self.arguments(verb, out, *more), env={"COLONY_FAIL_POINT": point or ""})

    def ran(self, name, *more):
        """A run that has come to its end, in a folder of its own."""
        out = self.folder / name
        self.ok(*run_arguments(self.config, out, *more))
        return out

    def same_as_straight(self, out):
        self.same_results(self.straight, out)
        for run in (self.straight, out):
            self.assertEqual([path.name for path in sorted(run.glob("snapshots/states/*"))],
                             [f"tick-{tick:012}.h5" for tick in range(0, 121, 20)])
        for path in self.straight.glob("snapshots/states/*"):
            self.assertEqual(path.read_bytes(), (out / path.relative_to(self.straight)).read_bytes())

    def goes_on(self, verb, out, *more, at=None):
        result = self.expect(0, self.go(verb, out, "--resume", *more))
        if at is not None:
            self.assertEqual(report(out)["resumed_from"], at)
        self.same_as_straight(out)
        self.ok("digest", out)
        return result

    # ---- Going back, and dying in each step of it ----

    def test_dies_at_each_step(self):
        for verb in ("run", "launch"):
            for number, point in enumerate(POINTS):
                with self.subTest(verb=verb, point=point):
                    out = self.ran(f"{verb}-{number}")
                    result = self.go(verb, out, "--resume", "--from-tick", "40", point=point)
                    self.assertTrue(killed(result), repr(result))
                    # Before the course is written down, nothing has happened; from then on, all of it has.
                    at = {"before-course": 120, "before-manifest:3": 60}.get(point, 40)
                    self.goes_on(verb, out, at=at)

    def test_dies_later(self):
        """The old future is in no list from the first row on, and is gone with the first commit."""
        out = self.ran("later")
        self.assertTrue(killed(self.go("run", out, "--resume", "--from-tick", "40", point="after-round-1:5")))
        self.assertNotIn("tick 120", self.ok("inspect", out).out)
        self.refused(4, colony("digest", out, "--tick", "120"), "no checkpoint of tick 120")
        self.refused(4, self.go("run", out, "--resume", "--from-tick", "80"), "there is no checkpoint of this tick")
        self.assertIn("ended", self.ok("inspect", out).out)
        self.assertTrue(killed(self.go("run", out, "--resume", point="after-round-1:35")))
        self.assertLess(max(ticks_of(out)), 80)
        self.goes_on("launch", out)

    def test_back_again_and_again(self):
        out = self.ran("again")
        for tick, point in ((80, "after-round-1:25"), (40, "in-course"), (20, "before-cut:2"), (10, "after-round-1:5")):
            result = self.go("run", out, "--resume", "--from-tick", str(tick), point=point)
            self.assertTrue(killed(result), f"{tick}: {result!r}")
        self.goes_on("run", out, at=10)

    def test_says_how_to_go_on(self):
        out = self.ran("said")
        self.assertTrue(killed(self.go("run", out, "--resume", "--from-tick", "40", point="before-cut")))
        self.assertFalse((out / "run.json").exists(), "it told of a tick that the run has not reached any more")
        for command in ("status", "inspect"):
            self.assertIn("add --resume to go on", self.ok(command, out).out)
        status = self.ok("status", out, "--json").json
        self.assertEqual((status["tick"], status["checkpoints"][0]), (None, 40))
        self.goes_on("run", out, at=40)

    def test_results_of_the_left_future(self):
        """A tour that the run has not found any more goes with what lies beyond."""
        config = self.model_job("tours", "[checkpoint]\nevery = 20\nkeep = 100\n")
        out = self.folder / "tours"
        results = [out / "best.tour", out / "best.svg"]
        self.ok(*run_arguments(config, out, "--ticks", "60"))
        self.assertTrue(all(path.exists() for path in results))
        self.ok(*run_arguments(config, out, "--resume", "--from-tick", "20", "--ticks", "30"))
        self.assertFalse(any(path.exists() for path in results))
        self.ok(*run_arguments(config, out, "--resume", "--ticks", "60"))
        self.assertTrue(all(path.exists() for path in results))

    def test_an_epoch_that_goes_back(self):
        """A member dies, and the launcher once the rows are open again: no snapshot is of a tick that the run has not reached."""
        out = self.folder / "epoch"
        points = {"COLONY_FAIL_POINT": "rows-open:2", "COLONY_MEMBER_FAIL_POINT": "1:after-round-1:55"}
        result = colony(*self.arguments("launch", out, "--set", "checkpoint.every=30"), env=points)
        self.assertTrue(killed(result), repr(result))
        last = max(ticks_of(out), default=-1)  # the commit of tick 30 may have been too late
        self.assertLess(last, 40)
        self.assertEqual([path.name for path in sorted(out.glob("snapshots/states/*"))],
                         [f"tick-{tick:012}.h5" for tick in range(0, last + 1, 20)])
        self.goes_on("launch", out)

    def test_back_to_less(self):
        out = self.ran("less")
        self.expect(0, self.go("run", out, "--resume", "--from-tick", "40", "--ticks", "90"))
        self.assertEqual(report(out)["tick"], 90)
        self.assertEqual(max(ticks_of(out)), 90)
        self.goes_on("run", out, at=90)

    def test_fewer_ticks_than_were_reached(self):
        out = self.ran("fewer", "--ticks", "60")
        result = self.expect(0, self.go("run", out, "--resume", "--ticks", "30"))
        self.assertIn("tick 60", result.err)
        self.assertIn("--from-tick", result.err)
        self.assertEqual(result.json["tick"], 60)
        self.assertIn("ticks = 60\n", (out / "job.toml").read_text(), "a job that gives the same run")
        self.assertEqual(report(out)["last_tick"], 60)
        self.goes_on("launch", out, at=60)

    def test_fallback(self):
        """What fallback passed over stays so, without being asked for again."""
        for verb in ("run", "launch"):
            out = self.ran(f"fallback-{verb}")
            for path in out.glob("checkpoints/tick-000000000120/shard-*"):
                path.write_bytes(b"torn")
            self.refused(4, self.go("run", out, "--resume"), "torn", "tick 110", "--fallback")
            self.assertTrue(killed(self.go(verb, out, "--resume", "--fallback", point="before-manifest:1")))
            self.goes_on(verb, out, at=110)

    def test_fallback_keeps_to_the_course(self):
        """Of two checkpoints below the bad one, that of the left future is passed by, although it is the newer."""
        out = self.ran("course")
        self.expect(0, self.go("run", out, "--resume", "--from-tick", "40", "--ticks", "60", "--set", "checkpoint.every=1000"))
        self.assertEqual(ticks_of(out)[-2:], [40, 60])
        for path in out.glob("checkpoints/tick-000000000060/shard-*"):
            path.write_bytes(b"torn")
        self.goes_on("run", out, "--fallback", at=40)

    def test_a_late_commit_of_the_left_future(self):
        """A start that should be dead commits after its folder was taken: its checkpoint is passed by."""
        out = self.ran("late")
        late = self.folder / "late-files"
        (out / "checkpoints/tick-000000000120").rename(late)
        self.expect(0, self.go("run", out, "--resume", "--ticks", "115"))
        late.rename(out / "checkpoints/tick-000000000120")
        self.goes_on("run", out, at=115)

    def test_other_rows(self):
        """Rows of another spacing can be as long: the checkpoint of the left future fits by its length, and would make rows jump."""
        config = self.job(JOBS["life"].replace("width = 48", "width = 96"))  # as many digits in all rows
        out = self.folder / "spacing"
        step = ["--set", "checkpoint.every_seconds=0", "--set", "checkpoint.keep=20"]
        self.ok(*run_arguments(config, out, "--ticks", "80", *step, "--set", "checkpoint.every=20", "--set", "output.observe_every=2"))
        length = (out / "observables.csv").stat().st_size
        back = ["--resume", "--from-tick", "40", "--ticks", "100", *step, "--set", "checkpoint.every=30"]
        result = colony(*run_arguments(config, out, *back), env={"COLONY_FAIL_POINT": "after-round-1:25"})
        self.assertTrue(killed(result), repr(result))
        self.assertEqual((out / "observables.csv").stat().st_size, length, "the case is no longer what it was made for")
        self.ok(*run_arguments(config, out, "--resume", "--ticks", "100", *step))
        self.assertEqual([int(row["tick"]) for row in rows(out / "observables.csv")], [*range(0, 40, 2), *range(40, 101)])

    def test_a_removed_lock_brings_no_number_back(self):
        out = self.ran("lock")
        for path in out.glob("run.lock/*"):
            path.unlink()
        self.expect(0, self.go("run", out, "--resume", "--from-tick", "40", "--ticks", "70"))
        self.assertGreater(report(out)["incarnation"], 1)
        self.goes_on("run", out, at=70)

    # ---- What may not differ ----

    def test_events_on_and_off(self):
        for begin, change in (("true", "false"), ("false", "true")):
            with self.subTest(begin):
                out = self.ran(f"events-{begin}", "--ticks", "60", "--set", f"output.events={begin}")
                for verb in ("run", "launch"):
                    result = self.go(verb, out, "--resume", "--set", f"output.events={change}")
                    self.refused(2, result, "[output] events", "tick 60")
                self.expect(0, self.go("run", out, "--resume", "--set", f"output.events={begin}"))
                self.assertEqual((out / "events.csv").exists(), begin == "true")
        self.same_as_straight(self.folder / "events-true")

    def test_events_turned_off_before_the_first_commit(self):
        """Nothing stands for the events that there are: a file that is not gone on with would be another run's."""
        out = self.folder / "uncommitted"
        self.assertTrue(killed(self.go("run", out, point="before-manifest")))
        self.assertEqual(ticks_of(out), [])
        self.assertTrue((out / "events.csv").exists())
        self.expect(0, self.go("run", out, "--resume", "--set", "output.events=false"))
        self.assertFalse((out / "events.csv").exists())

    def test_digests_without_a_column(self):
        out = self.ran("digests", "--ticks", "60", "--set", "output.digest_every=0")
        self.refused(2, self.go("run", out, "--resume"), "[output] digest_every", "no column")
        self.expect(0, self.go("run", out, "--resume", "--set", "output.digest_every=0"))
        # The other way the column stays, and is empty.
        out = self.ran("none", "--ticks", "60")
        self.expect(0, self.go("run", out, "--resume", "--set", "output.digest_every=0"))
        self.assertEqual([row["tick"] for row in rows(out / "observables.csv") if row["digest"]], ["0", "20", "40", "60"])

    # ---- The living ----

    def test_force_is_for_the_dead(self):
        for verb in ("run", "launch"):
            out = self.folder / f"living-{verb}"
            long = ["--ticks", "100000000", "--set", "checkpoint.every=1000", "--set", "output.observe_every=100"]
            first = self.start(*self.arguments(verb, out, *long))
            wait_for(lambda: manifests(out))
            for other in ("run", "launch"):
                for how in (["--force"], ["--resume", "--force"]):
                    with self.subTest(verb=verb, other=other, how=how):
                        self.refused(4, self.go(other, out, *how), str(out), f"process {first.pid} on ")
            for other in (["run"], ["launch", "-n", "2"]):
                told = colony(*other, "--config", self.config, "--out", out, "--force")
                self.refused(4, told, f"process {first.pid} on ")
                self.assertNotIn("set-up:", told.err, "it is refused before the graph is made")
            self.assertIsNone(first.poll(), "the run goes on")
            first.send_signal(signal.SIGTERM)
            _, err = first.communicate(timeout=60)
            self.assertEqual(first.returncode, 143, err)
            self.ok("digest", out)
            # The dead have nothing to say.
            second = start(*self.arguments(verb, out, "--resume", *long))
            wait_for(lambda: report(out)["exit"] == "running")
            second.kill()
            second.communicate()
            self.expect(0, self.go(verb, out, "--force"))
            self.same_as_straight(out)


if __name__ == "__main__":
    unittest.main()
