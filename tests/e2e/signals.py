"""SIGINT and SIGTERM: the tick is finished, a checkpoint is committed, the message says how to go on, and going on gives the same."""

import shlex
import signal
import time
import unittest

from support import JOBS, Case, colony, manifests, report, rows, run_arguments, wait_for

ENDLESS = "100000000"


class Signals(Case):
    def interrupt(self, model, number, status):
        text = JOBS[model].replace("ticks = 60", f"ticks = {ENDLESS}").replace("ticks = 30", f"ticks = {ENDLESS}")
        config = self.job(text.replace("every = 20\n", "every = 200000\n"))
        out = self.folder / "run of a signal"  # a name that a shell would split
        child = self.start("run", "--config", config, "--out", out, "--shards", "2", "--progress", "never")
        wait_for(lambda: (out / "run.json").exists() and '"running"' in (out / "run.json").read_text())
        time.sleep(0.1)
        child.send_signal(number)
        stdout, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, status, err)
        tick = report(out)["tick"]
        self.assertEqual(report(out)["exit"], "interrupted")
        self.assertGreater(tick, 0)
        self.assertEqual(int(manifests(out)[-1].parent.name.split("-")[1]), tick)
        self.assertIn(f"interrupted at tick {tick}", err)
        self.assertEqual(int(rows(out / "observables.csv")[-1]["tick"]), tick)
        self.assertIn(report(out)["digest"], stdout)
        # The command that it gave, word for word, on another shape, as far as the test needs.
        command = next(line for line in err.splitlines() if line.strip().startswith("colony run "))
        words = shlex.split(command)
        self.assertIn("--resume", words)
        last = str(tick + 40)
        self.ok(*words[1:], "--ticks", last, "--shards", "3", "--progress", "never")
        straight = self.folder / "straight"
        self.ok(*run_arguments(config, straight, "--ticks", last))
        self.same_results(straight, out)

    def test_interrupt(self):
        self.interrupt("foraging", signal.SIGINT, 130)

    def test_terminate(self):
        self.interrupt("epidemic", signal.SIGTERM, 143)

    def test_before_the_first_tick(self):
        """A signal during set-up is not lost, nor does it leave what a resume can't go on with."""
        config = self.model_job("life")
        for wait in (0.0, 0.005, 0.01, 0.02, 0.03):
            out = self.folder / f"early-{wait}"
            child = self.start(*run_arguments(config, out, "--ticks", ENDLESS))
            time.sleep(wait)
            child.terminate()
            child.communicate(timeout=60)
            self.assertIn(child.returncode, (143, -signal.SIGTERM))
            last = str((report(out)["tick"] if (out / "run.json").exists() else 0) + 20)
            self.ok(*run_arguments(config, out, "--resume", "--ticks", last))
            straight = self.folder / f"straight-{wait}"
            self.ok(*run_arguments(config, straight, "--ticks", last))
            self.same_results(straight, out)

    def test_second_signal_ends_at_once(self):
        config = self.model_job("life", "[execution]\nthreads = 1\n")
        out = self.folder / "run"
        child = self.start(*run_arguments(config, out, "--ticks", ENDLESS))
        wait_for(lambda: (out / "run.json").exists())
        time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
        self.assertEqual(child.returncode, 130)
        self.expect(0, colony(*run_arguments(config, out, "--resume", "--ticks", str(ticks_of(out) + 10))))


def ticks_of(out):
    """The last tick that can have been reached: committed, or observed."""
    observed = [int(row["tick"]) for row in rows(out / "observables.csv")]
    return max([int(path.parent.name.split("-")[1]) for path in manifests(out)] + observed, default=0)


if __name__ == "__main__":
    unittest.main()
