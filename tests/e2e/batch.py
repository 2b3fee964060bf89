"""One run started by a batch system: srun on a Slurm of two fake nodes, mpirun. The digest and the rows of a run in one process.

usage: batch.py [unittest options]
What this needs is installed by scripts/setup; where CI is set in the environment, nothing here may be skipped.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import unittest

import slurm
from support import PROGRAM, SOURCE, Case, Result, manifests, run_arguments, wait_for

MORE = ["--progress", "never", "--json", "--threads", "1"]
QUICK = ["--threads", "1", "--set", "cluster.heartbeat_ms=200", "--set", "cluster.frame_timeout_ms=300"]


def needs(missing):
    if missing and not os.environ.get("CI"):
        raise unittest.SkipTest(f"not installed: {', '.join(missing)}")
    assert not missing, f"scripts/setup did not install {missing}"


def rank_pid(rank, out):
    """The process of a rank of the run in a folder."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            ours = words[0] == PROGRAM.encode() and str(out).encode() in words
            if entry.name.isdigit() and ours and f"SLURM_PROCID={rank}".encode() in (entry / "environ").read_bytes().split(b"\0"):
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

    def test_mpirun(self):
        needs([] if shutil.which("mpirun") else ["mpirun"])
        config, straight = self.straight()
        out = self.folder / "mpi"
        done = subprocess.run([SOURCE / "scripts/colony-mpirun", "4", config, *MORE, "--out", out], capture_output=True, text=True,
                              errors="replace", timeout=120,
                              env={**os.environ, "COLONY": PROGRAM, "MPIRUN": "mpirun --oversubscribe --allow-run-as-root"})
        self.expect(0, result_of(done))
        self.same_results(straight, out)
        self.assertEqual(len({path.name for path in out.glob("checkpoints/tick-*/shard-*.h5")}), 4)

    def test_srun(self):
        needs(slurm.missing())
        config, straight = self.straight()
        with slurm.Slurm() as cluster:
            out = self.folder / "srun"
            done = cluster.run("srun", "-N", "2", "-n", "4", PROGRAM, *run_arguments(config, out, *QUICK))
            self.expect(0, result_of(done))
            self.same_results(straight, out)
            self.assertTrue(manifests(out))
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
                os.kill(rank_pid(victim, out), signal.SIGKILL)
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
