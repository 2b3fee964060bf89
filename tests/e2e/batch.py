"""One run started by a batch system: srun on a Slurm of two fake nodes, mpirun. The digest and the rows of a run in one process.

usage: batch.py [unittest options]
What this needs is installed by scripts/setup; where CI is set in the environment, nothing here may be skipped.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

import slurm
from support import PROGRAM, SOURCE, Case, Result, colony, manifests, run_arguments, wait_for

MPIRUN = {"COLONY": PROGRAM, "MPIRUN": "mpirun --oversubscribe --allow-run-as-root"}
MORE = ["--progress", "never", "--json", "--threads", "1"]
QUICK = ["--threads", "1", "--set", "cluster.heartbeat_ms=200", "--set", "cluster.frame_timeout_ms=300"]


def needs(missing):
    if missing and not os.environ.get("CI"):
        raise unittest.SkipTest(f"not installed: {', '.join(missing)}")
    assert not missing, f"scripts/setup did not install {missing}"


def rank_pid(variable, rank, out):
    """The process of a rank, which the environment variable names, of the run in a folder."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            ours = words[0] == PROGRAM.encode() and str(out).encode() in words
            if entry.name.isdigit() and ours and f"{variable}={rank}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                return int(entry.name)
        except OSError:
            continue
    raise AssertionError(f"no process of rank {rank}")


def result_of(done):
    return Result(done.returncode, done.stdout, done.stderr)


class Batch(Case):
    def straight(self):
        config = self.model_job("foraging", "[checkpoint]\nevery = 7\n")
        out = self.folder / "straight"
        self.ok(*run_arguments(config, out))
        return config, out

    def mpirun(self, ranks, config, out, *more):
        return ([SOURCE / "scripts/colony-mpirun", str(ranks), config, *MORE, "--out", out, *more],
                {"env": {**os.environ, **MPIRUN}, "text": True, "errors": "replace"})

    def frames_of(self, out, shard):
        """What carries a member's frames, as its log says."""
        lines = [json.loads(line) for line in (out / f"log-shard-{shard:04}.jsonl").read_text().splitlines()]
        return [line["frames"] for line in lines if line["event"] == "joined"]

    def test_mpirun(self):
        needs([] if shutil.which("mpirun") else ["mpirun"])
        config, straight = self.straight()
        out = self.folder / "mpi"
        command, options = self.mpirun(4, config, out)
        self.expect(0, result_of(subprocess.run(command, capture_output=True, timeout=120, **options)))
        self.same_results(straight, out)
        self.assertEqual(len({path.name for path in out.glob("checkpoints/tick-*/shard-*.h5")}), 4)
        for shard in range(4):
            self.assertEqual(self.frames_of(out, shard), [f"mpi:{shard}"])
        # The job may ask for NNG, and go on in one process.
        out = self.folder / "nng"
        command, options = self.mpirun(2, config, out, "--ticks", "30", "--set", "cluster.transport=nng")
        self.expect(0, result_of(subprocess.run(command, capture_output=True, timeout=120, **options)))
        self.assertRegex(self.frames_of(out, 1)[0], "^(ipc|tcp)://")
        self.ok(*run_arguments(config, out, "--resume"))
        self.same_results(straight, out)

    def test_changes_under_mpirun(self):
        """Blocks move; members stay the same."""
        needs([] if shutil.which("mpirun") else ["mpirun"])
        long = ["--ticks", "4000"]
        config = self.model_job("foraging", "[checkpoint]\nevery = 500\n")
        straight, out = self.folder / "straight", self.folder / "moved"
        self.ok(*run_arguments(config, straight, *long))
        command, options = self.mpirun(3, config, out, *long)
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.children.append(run)
        wait_for(lambda: manifests(out) or run.poll() is not None)
        for words in (["drain", out, "1"], ["join", out]):
            refused = colony(*words)
            self.expect(5, refused)
            self.assertIn("fixed", refused.err)
        for block, shard in ((3, 0), (9, 1), (20, 2)):
            self.assertIn(f"block {block} goes to shard {shard}", self.ok("migrate", out, block, "--to", shard).out)
        printed = run.communicate(timeout=120)
        self.expect(0, Result(run.returncode, *printed))
        self.assertIn("epoch 2", printed[1])
        self.same_results(straight, out)

    def test_ranks_die_under_mpirun(self):
        """Whichever it is, the job ends; submitted again it goes on from the last checkpoint."""
        needs([] if shutil.which("mpirun") else ["mpirun"])
        long = ["--ticks", "4000"]
        config = self.model_job("foraging", "[checkpoint]\nevery = 100\n")
        straight = self.folder / "straight"
        self.ok(*run_arguments(config, straight, *long))
        for victim, number in ((2, signal.SIGKILL), (0, signal.SIGKILL), (1, signal.SIGSTOP)):
            with self.subTest(victim=victim, number=number):
                out = self.folder / f"lost-{victim}"
                command, options = self.mpirun(3, config, out, *long, *QUICK[2:])
                run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
                self.children.append(run)
                wait_for(lambda: manifests(out) or run.poll() is not None)
                os.kill(rank_pid("OMPI_COMM_WORLD_RANK", victim, out), number)
                printed = run.communicate(timeout=60)
                self.assertNotEqual(run.returncode, 0, printed)
                self.assertTrue(manifests(out))
                if victim == 0:
                    self.assertIn("go on with:", printed[1])
                else:
                    self.assertIn(f"member {victim}", printed[1])
                    self.assertIn("has failed", printed[1])
                again, options = self.mpirun(2, config, out, *long)
                self.expect(0, result_of(subprocess.run(again, capture_output=True, timeout=120, **options)))
                self.same_results(straight, out)

    def test_mpi_that_can_not_be_had(self):
        config = self.model_job("foraging", "[cluster]\ntransport = \"mpi\"\n")
        refused = colony("launch", "-n", "2", "--config", config, "--out", self.folder / "out")
        self.expect(2, refused)
        self.assertIn("mpirun", refused.err)
        self.assertFalse((self.folder / "out").exists())

    def test_srun(self):
        needs(slurm.missing())
        config, straight = self.straight()
        with slurm.Slurm() as cluster:
            out = self.folder / "srun"
            done = cluster.run("srun", "-N", "2", "-n", "4", PROGRAM, *run_arguments(config, out, *QUICK))
            self.expect(0, result_of(done))
            self.same_results(straight, out)
            self.assertTrue(manifests(out))
            self.assertRegex(self.frames_of(out, 3)[0], "^tcp://")
            out = self.folder / "pmix"
            done = cluster.run("srun", "--mpi=pmix", "-N", "2", "-n", "3", PROGRAM, *run_arguments(config, out, *QUICK))
            self.expect(0, result_of(done))
            self.same_results(straight, out)
            self.assertEqual(self.frames_of(out, 2), ["mpi:2"])
            # A batch job that was cut off goes on when it is submitted again, on another number of tasks.
            half = self.folder / "again"
            done = cluster.run("srun", "-n", "2", PROGRAM, *run_arguments(config, half, "--ticks", "30", *QUICK))
            self.expect(0, result_of(done))
            done = cluster.run("sbatch", "--wait", "-N", "2", "-n", "3", "-o", self.folder / "job.out", f"--export=ALL,COLONY={PROGRAM}",
                               SOURCE / "scripts/colony.sbatch", config, *MORE, "--out", half)
            self.assertEqual(done.returncode, 0, (self.folder / "job.out").read_text())
            self.same_results(straight, half)

    def test_ranks_die_under_srun(self):
        """One that computes: the others go on. The one that coordinates: the others say how to go on, and end with 5."""
        needs(slurm.missing())
        long = ["--ticks", "6000"]
        config = self.model_job("foraging", "[checkpoint]\nevery = 100\n")
        straight = self.folder / "straight"
        self.ok(*run_arguments(config, straight, *long))
        with slurm.Slurm() as cluster:
            for victim in (2, 0):
                out = self.folder / f"lost-{victim}"
                srun = cluster.start_command("srun", "--kill-on-bad-exit=0", "-N", "2", "-n", "3", PROGRAM,
                                             *run_arguments(config, out, *long, *QUICK))
                self.children.append(srun)
                wait_for(lambda: manifests(out) or srun.poll() is not None)
                os.kill(rank_pid("SLURM_PROCID", victim, out), signal.SIGKILL)
                printed = srun.communicate(timeout=120)
                if victim == 0:
                    self.assertIn("go on with:", printed[1])
                    self.assertIn("the checkpoint of tick", printed[1])
                    again = run_arguments(config, out, *long, *QUICK, "--resume")
                    self.expect(0, result_of(cluster.run("srun", "-n", "2", PROGRAM, *again)))
                else:
                    self.assertIn("epoch 2", printed[1])
                self.same_results(straight, out)


if __name__ == "__main__":
    unittest.main()
