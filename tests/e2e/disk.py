"""A full disk, names that are taken, folders that may not be written: what was committed stays, the message says so, and the run can be
finished later.

The disk is a small tmpfs in a mount namespace of its own (as root, or as a user who may make one); where neither is allowed the
same test runs with a limit on the size of files, which ends writes as a full disk does. It is never left out.
"""

import os
import pathlib
import resource
import shutil
import subprocess
import sys
import unittest

from support import JOBS, Case, Result, colony, contents, manifests, report, run_arguments, wait_for

SMALL = "COLONY_E2E_SMALL_DISK"  # set in the child that has the small disk: its path
SMALL_DISK = os.environ.get(SMALL)


def namespace_command():
    for unshare in (["unshare", "-m"], ["unshare", "-rm"]):
        probe = [*unshare, "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
        try:
            if subprocess.run(probe, capture_output=True, timeout=20).returncode == 0:
                return unshare
        except (OSError, subprocess.TimeoutExpired):
            pass
    return None


class Disk(Case):
    """The cases themselves, on a disk with room for a run but not for much more."""

    def setUp(self):
        super().setUp()
        self.disk = pathlib.Path(SMALL_DISK or self.folder / "disk")
        self.disk.mkdir(exist_ok=True)
        text = JOBS["life"].replace("width = 48", "width = 96").replace("height = 40", "height = 96")
        self.config = self.job(text + "[checkpoint]\nevery = 20\n")
        self.run_folder = self.disk / "run"
        self.straight = self.folder / "straight"
        self.ok(*run_arguments(self.config, self.straight, "--ticks", "120"))

    def tearDown(self):
        shutil.rmtree(self.run_folder, ignore_errors=True)
        super().tearDown()

    def fill(self, leave=0):
        """Leaves no room but this; returns the file that is in the way."""
        if shutil.disk_usage(self.disk).total > 16 << 20:
            self.fail(f"{self.disk} is no small disk: it is never filled")
        filler = self.disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1024))
            except OSError:
                file.truncate(file.tell() - leave)
        return filler

    def run_full(self, *more):
        """A resume that finds room to begin, and none for a checkpoint."""
        arguments = run_arguments(self.config, self.run_folder, "--resume", "--ticks", "120", *more)
        if SMALL_DISK:
            filler = self.fill(leave=60 * 1024)
            result = colony(*arguments)
            filler.unlink()
            return result
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
        return colony(*arguments, restore_signals=False, preexec_fn=limit)

    def test_full_on_the_way(self):
        self.ok(*run_arguments(self.config, self.run_folder, "--ticks", "60"))
        kept = {name: hash_ for name, hash_ in contents(self.run_folder).items() if name.startswith("checkpoints/")}
        self.assertTrue(kept)
        result = self.expect(4, self.run_full())
        self.assertIn("resuming", result.err)
        self.assertRegex(result.err, "(?i)no space|too large|full")
        self.assertIn("kept", result.err)
        after = contents(self.run_folder)
        self.assertEqual({name: after.get(name) for name in kept}, kept)
        self.assertEqual([path for path in self.run_folder.rglob(".*.tmp")], [])
        self.ok("digest", self.run_folder, "--tick", "60")
        self.ok(*run_arguments(self.config, self.run_folder, "--resume", "--ticks", "120"))
        self.same_results(self.straight, self.run_folder)

    def test_full_from_the_start(self):
        if not SMALL_DISK:
            return self.test_full_on_the_way()
        filler = self.fill()
        self.refused(4, colony(*run_arguments(self.config, self.run_folder)), "No space")
        filler.unlink()
        self.ok(*run_arguments(self.config, self.run_folder, "--ticks", "60"))
        before = contents(self.run_folder)
        filler = self.fill()
        self.refused(4, colony(*run_arguments(self.config, self.run_folder, "--resume", "--ticks", "120")), "No space", "untouched")
        filler.unlink()
        self.assertEqual(contents(self.run_folder), before)
        self.ok(*run_arguments(self.config, self.run_folder, "--resume", "--ticks", "120"))
        self.same_results(self.straight, self.run_folder)

    def test_a_run_goes_on_without_its_checkpoints(self):
        """A checkpoint that can't be written warns; once there is room the next one is."""
        self.ok(*run_arguments(self.config, self.run_folder, "--ticks", "60"))
        self.assertEqual(report(self.run_folder)["tick"], 60)
        result = self.run_full("--set", "output.observe_every=1000")
        self.assertEqual(result.status, 4, repr(result))
        self.assertEqual(manifests(self.run_folder)[-1].parent.name, "tick-000000000060")


class FullDisk(unittest.TestCase):
    """Runs Disk where the disk is small."""

    def test_on_a_small_disk(self):
        unshare = namespace_command()
        if unshare is None:
            print("no mount namespace here: the size of files is limited instead")
            command, environment = [sys.executable, "-B", __file__, "Disk"], os.environ
        else:
            small = pathlib.Path("/mnt")
            environment = {**os.environ, SMALL: str(small)}
            inner = f'mount -t tmpfs -o size=2m none {small} && exec "$0" -B "$1" Disk'
            command = [*unshare, "sh", "-c", inner, sys.executable, __file__]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"Ran 3 tests")


class Commit(Case):
    """The files of a checkpoint are written and its manifest can't be: a folder has its name. In one process and in many."""

    COMMANDS = {"run": (run_arguments, 1_200_000),
                "launch": (lambda job, out, *more: ["launch", "-n", 2, *run_arguments(job, out, *more)[1:]], 6_000)}

    def run_with_one_in_the_way(self, command, part):
        """part: of the ticks, after which no checkpoint can be committed. Returns the result and the run's folder and ticks."""
        arguments, ticks = self.COMMANDS[command]
        more = f"[checkpoint]\nevery = {ticks // 12}\n[output]\nobserve_every = {ticks // 3}\n"
        config = self.job(JOBS["life"] + more, command + ".toml")
        straight, out = self.folder / f"straight-{command}", self.folder / f"{command}-{part}"
        if not straight.exists():
            self.ok(*run_arguments(config, straight, "--ticks", ticks))
        child = self.start(*arguments(config, out, "--ticks", ticks))
        wait_for((out / "checkpoints").exists)
        taken = out / f"checkpoints/tick-{int(ticks * part):012}/manifest.r1.e1.json"
        (taken / "of a folder").mkdir(parents=True)
        printed, told = child.communicate(timeout=120)
        return Result(child.returncode, printed, told), straight, out, ticks

    def test_the_run_goes_on(self):
        for command in self.COMMANDS:
            with self.subTest(command):
                result, straight, out, ticks = self.run_with_one_in_the_way(command, 0.75)
                self.expect(0, result)
                self.assertRegex(result.err, f"the checkpoint of tick {ticks * 3 // 4} was not (written|committed): .*exists already")
                self.assertEqual(report(out)["tick"], ticks)
                self.assertNotIn(f"tick-{ticks * 3 // 4:012}", [path.parent.name for path in manifests(out) if path.is_file()])
                self.same_results(straight, out)

    def test_the_last_one_is_missed(self):
        for command in self.COMMANDS:
            with self.subTest(command):
                result, straight, out, ticks = self.run_with_one_in_the_way(command, 1)
                self.expect(4, result)
                self.assertIn("the last checkpoint could not be written", result.err)
                self.assertEqual(report(out)["tick"], ticks)
                shutil.rmtree(out / f"checkpoints/tick-{ticks:012}")
                self.ok(*run_arguments(self.folder / f"{command}.toml", out, "--resume", "--ticks", ticks))
                self.same_results(straight, out)


class Permission(Case):
    """Root may write everywhere; without these capabilities it is a user like others."""

    PREFIX = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] if os.geteuid() == 0 else []

    def setUp(self):
        super().setUp()
        self.config = self.model_job("epidemic")
        self.closed = self.folder / "closed"
        self.closed.mkdir()

    def tearDown(self):
        for path in [self.closed, *self.closed.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
        super().tearDown()

    def test_folder_that_may_not_be_written(self):
        self.closed.chmod(0o555)
        result = colony(*run_arguments(self.config, self.closed / "run"), prefix=self.PREFIX)
        self.refused(4, result, str(self.closed), "ermission")
        self.assertEqual(list(self.closed.iterdir()), [])

    def test_run_that_may_not_be_written(self):
        out = self.closed / "run"
        self.ok(*run_arguments(self.config, out))
        before = contents(out, but=())
        for path in [out, *out.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        for more in (["--resume", "--ticks", "90"], ["--force"]):
            result = colony(*run_arguments(self.config, out, *more), prefix=self.PREFIX)
            self.refused(4, result, "ermission")
            self.assertEqual(contents(out, but=()), before)
        self.expect(0, colony("digest", out, prefix=self.PREFIX))
        self.expect(0, colony("inspect", out, prefix=self.PREFIX))
        self.refused(4, colony("plot", out, prefix=self.PREFIX), "observables.png", "ermission")

    def test_input_that_may_not_be_read(self):
        edges = self.folder / "edges.txt"
        edges.write_text("1 2\n")
        edges.chmod(0)
        job = self.job(JOBS["epidemic"].replace('source = "generate"\nkind = "erdos-renyi"\nnodes = 1500\nmean_degree = 6',
                                                'source = "edges"\npath = "edges.txt"').replace("seeds = 5", "seeds = 1"))
        result = colony(*run_arguments(job, self.folder / "run"), prefix=self.PREFIX)
        self.assertIn(result.status, (3, 4), repr(result))
        self.refused(result.status, result, "edges.txt", "ermission")
        edges.chmod(0o644)
        self.config.chmod(0)
        self.refused(2, colony(*run_arguments(self.config, self.folder / "run"), prefix=self.PREFIX), "epidemic.toml")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "Disk":
        unittest.main()
    unittest.main(defaultTest=["FullDisk", "Commit", "Permission"])
