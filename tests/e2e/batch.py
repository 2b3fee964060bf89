"""One run started by a batch system: srun on a Slurm of two fake nodes, mpirun. The digest and the rows of a run in one process.

usage: batch.py [unittest options]
What this needs is installed by scripts/setup; where CI is set in the environment, nothing here may be skipped.
"""

import os
import shutil
import subprocess
import unittest

import slurm
from support import PROGRAM, Case, Result, manifests, run_arguments

QUICK = ["--threads", "1", "--set", "cluster.heartbeat_ms=200", "--set", "cluster.frame_timeout_ms=300"]


def needs(missing):
    if missing and not os.environ.get("CI"):
        raise unittest.SkipTest(f"not installed: {', '.join(missing)}")
    assert not missing, f"scripts/setup did not install {missing}"


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
        mpirun = ["mpirun", "--oversubscribe", "--allow-run-as-root", "-n", "4"]
        done = subprocess.run([*mpirun, PROGRAM, *map(str, run_arguments(config, out, *QUICK))], capture_output=True, text=True,
                              errors="replace", timeout=120)
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
            script = self.folder / "job.sh"
            command = " ".join([PROGRAM, *map(str, run_arguments(config, half, "--resume", *QUICK))])
            script.write_text(f"#!/bin/sh\n#SBATCH -N 2\n#SBATCH -n 3\nexec srun {command}\n")
            done = cluster.run("sbatch", "--wait", "-o", self.folder / "job.out", script)
            self.assertEqual(done.returncode, 0, (self.folder / "job.out").read_text())
            self.same_results(straight, half)


if __name__ == "__main__":
    unittest.main()
