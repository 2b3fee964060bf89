"""Blocks that move while the run goes on, because the members' ticks take unequally long: the results of a run in one process.

usage: balance.py [unittest options]
"""

import json
import re
import unittest

from cluster import launch_arguments
from support import JOBS, Case, colony, run_arguments

# All blocks on the first shard, for as long as they are not moved.
UNEVEN = '[shards]\nplacement = "binpack"\nload_bound = 1000\nblocks = 60\n'


class Balance(Case):
    def said(self, out, event):
        lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
        return [line["message"] for line in lines if line["event"] == event]

    def balanced(self, out):
        """Of each time: how many times the mean the slowest took, how many blocks moved, of how many, and at which tick."""
        pattern = r"([\d.]+) times as long: (\d+) of (\d+) blocks move at tick (\d+)"
        found = [re.search(pattern, text) for text in self.said(out, "rebalance")]
        self.assertTrue(all(found), self.said(out, "rebalance"))
        return [(float(f[1]), int(f[2]), int(f[3]), int(f[4])) for f in found]

    def test_uneven_members(self):
        # The times of the small ones are mostly noise: what follows the first moves can't be predicted. Those of the large one are not.
        large = JOBS["life"].replace("width = 48\nheight = 40", "width = 1200\nheight = 480")
        jobs = {"foraging": (JOBS["foraging"], 5, 1), "epidemic": (JOBS["epidemic"], 4, 1), "life": (large, 7, 4)}
        for model, (text, every, least) in jobs.items():
            with self.subTest(model):
                config = self.job(text + UNEVEN, model + ".toml")
                straight, out = self.folder / f"straight-{model}", self.folder / model
                self.ok(*run_arguments(config, straight))
                self.expect(0, colony(*launch_arguments(3, config, out, "--set", f"shards.rebalance_every={every}")))
                self.same_results(straight, out)
                times = self.balanced(out)
                self.assertGreaterEqual(len(times), least, times)
                self.assertEqual(times[0][0], 3.0, "one of three had all blocks")
                for _, moved, blocks, tick in times:
                    self.assertLessEqual(moved * 20, blocks)
                    self.assertGreater(moved, 0)
                    self.assertEqual(tick % every, 0)
                # What was planned is what moved, and no other block followed.
                moved = [text for text in self.said(out, "placement")]
                self.assertEqual(moved, [f"{m} of {b} blocks have moved" for _, m, b, _ in times])

    def test_member_dies_while_blocks_move(self):
        config = self.job(JOBS["foraging"] + UNEVEN)
        straight, out = self.folder / "straight", self.folder / "killed"
        self.ok(*run_arguments(config, straight))
        result = colony(*launch_arguments(3, config, out, "--set", "shards.rebalance_every=5"),
                        env={"COLONY_MEMBER_FAIL_POINT": "1:in-migration:1"})
        self.expect(0, result)
        self.assertIn("was killed by signal 9", result.err)
        self.assertGreaterEqual(len(self.balanced(out)), 1)
        self.same_results(straight, out)

    def test_only_where_it_is_asked_for(self):
        config = self.job(JOBS["foraging"] + UNEVEN)
        out = self.folder / "run"
        self.expect(0, colony(*launch_arguments(2, config, out)))
        self.assertEqual(self.balanced(out), [])
        # One process reads the key and does without.
        self.ok(*run_arguments(config, self.folder / "alone", "--shards", "2", "--set", "shards.rebalance_every=1"))
        self.same_results(self.folder / "alone", out)


if __name__ == "__main__":
    unittest.main()
