"""kill -9 at each fail point and at random moments, then --resume on another shape: the digest and the rows of a straight run.

usage: crash.py MODEL [unittest options]
"""

import random
import sys
import time
import unittest

from support import JOBS, Case, colony, killed, manifests, report, rows, run_arguments

MODEL = sys.argv.pop(1) if len(sys.argv) > 1 and sys.argv[1] in JOBS else "epidemic"

# Those that one process reaches while it runs, and at which time of many to die there: at the first, and well into the run.
POINTS = [("after-round-1", 1), ("after-round-1", 50), ("in-snapshot", 1), ("in-snapshot", 6), ("before-rename", 1), ("before-rename", 7),
          ("before-manifest", 1), ("before-manifest", 3), ("rows-open", 1)]
SHAPES = [("1", "1", "range"), ("2", "2", "hash"), ("3", "1", "range"), ("5", "2", "hash")]


def shape(number):
    shards, threads, partition = SHAPES[number % len(SHAPES)]
    return ["--shards", shards, "--threads", threads, "--set", f"shards.partition={partition}"]


class Crash(Case):
    def setUp(self):
        super().setUp()
        self.config = self.model_job(MODEL, "[checkpoint]\nevery = 7\n")
        self.straight = self.folder / "straight"
        self.ok(*run_arguments(self.config, self.straight, *shape(0)))

    def run_shape(self, out, number, *more, point=None):
        return colony(*run_arguments(self.config, out, *shape(number), *more), env={"COLONY_FAIL_POINT": point or ""})

    def finish(self, out, number, *more):
        self.expect(0, self.run_shape(out, number, "--resume", *more))
        self.same_results(self.straight, out)

    def test_something_happens(self):
        last = rows(self.straight / "observables.csv")
        first = {key: value for key, value in last[0].items() if key not in ("tick", "digest")}
        self.assertNotEqual(first, {key: value for key, value in last[-1].items() if key not in ("tick", "digest")})
        self.assertGreater(report(self.straight)["tick"], 20)

    def test_at_each_fail_point(self):
        for number, (point, times) in enumerate(POINTS):
            with self.subTest(point=point, times=times):
                out = self.folder / f"killed-{number}"
                # rows-open is met once, after-round-1 by every shard in every tick, the others by every shard in every checkpoint.
                times = min(times, 20) if MODEL == "opinion" else times
                result = self.run_shape(out, number, point=f"{point}:{times}")
                self.assertTrue(killed(result), repr(result))
                committed = [int(path.parent.name.split("-")[1]) for path in manifests(out)]
                self.finish(out, number + 1)
                self.assertEqual(report(out).get("resumed_from"), max(committed, default=None))
                if point != "after-round-1":  # there, the checkpoint before may still be in the writing
                    self.assertEqual(bool(committed), times > 1)

    def test_in_recovery(self):
        for times in (1, 2):
            with self.subTest(times=times):
                out = self.folder / f"recovery-{times}"
                self.assertTrue(killed(self.run_shape(out, 1, point="in-snapshot:6")))
                self.assertTrue(manifests(out))
                before = [path.read_bytes() for path in manifests(out)]
                result = self.run_shape(out, 2, "--resume", point=f"in-recovery:{times}")
                self.assertTrue(killed(result), repr(result))
                self.assertEqual(before, [path.read_bytes() for path in manifests(out)])
                self.finish(out, 3)

    def test_again_and_again(self):
        """Every start dies a little further on."""
        out = self.folder / "again"
        for number, point in enumerate(["before-manifest:2", "in-snapshot:2", "after-round-1:30", "before-rename:2", "before-manifest:1"]):
            result = self.run_shape(out, number, "--resume", point=point)
            self.assertTrue(killed(result), f"{point}: {result!r}")
        self.finish(out, 2)

    def test_at_random_moments(self):
        seed = random.SystemRandom().randrange(1 << 30)
        print(f"random moments of seed {seed}")
        draw = random.Random(seed)
        long = ["--ticks", "30" if MODEL == "opinion" else "400"]
        self.straight = self.folder / "straight-long"
        began = time.monotonic()
        self.ok(*run_arguments(self.config, self.straight, *long))
        seconds = time.monotonic() - began
        for number in range(5):
            out = self.folder / f"random-{number}"
            with self.subTest(seed=seed, number=number):
                for attempt in range(3):
                    child = self.start(*run_arguments(self.config, out, *shape(number + attempt), *long, "--resume"))
                    time.sleep(draw.uniform(0.0, seconds))
                    child.kill()
                    child.communicate()
                self.finish(out, number + 1, *long)


if __name__ == "__main__":
    unittest.main()
