"""Variables by which launchers say that a process is one of many: those of a launcher that is not worked with, those that are left over
from another program or shell, and --alone.
"""

import os
import signal
import subprocess
import time
import unittest

from support import PROGRAM, Case, Result, run_arguments

LAUNCHERS = ("SLURM_", "OMPI_", "PMI_", "PMIX_")


def without_launchers(more=None):
    return {**{name: value for name, value in os.environ.items() if not name.startswith(LAUNCHERS)}, **(more or {})}


class Launchers(Case):
    def run_with(self, variables, *more, name="out", timeout=60):
        done = subprocess.run([PROGRAM, *map(str, run_arguments(self.model_job("life"), self.folder / name, *more))], capture_output=True,
                              text=True, errors="replace", timeout=timeout, env=without_launchers(variables))
        return Result(done.returncode, done.stdout, done.stderr)

    OPEN_MPI = {"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"}
    SLURM = {"SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "4"}
    HYDRA = {"PMI_RANK": "1", "PMI_SIZE": "3"}

    def test_alone(self):
        for name, variables in (("mpi", self.OPEN_MPI), ("slurm", self.SLURM), ("hydra", self.HYDRA)):
            with self.subTest(name):
                self.expect(0, self.run_with(variables, "--alone", name=name))

    def test_a_launcher_of_one_process(self):
        for name, variables in (("mpi", {**self.OPEN_MPI, "OMPI_COMM_WORLD_SIZE": "1"}), ("hydra", {"PMI_RANK": "0", "PMI_SIZE": "1"}),
                                ("slurm", {**self.SLURM, "SLURM_STEP_NUM_TASKS": "1"})):
            with self.subTest(name):
                begin = time.monotonic()
                self.expect(0, self.run_with(variables, name=name))
                self.assertLess(time.monotonic() - begin, 30)

    def test_a_launcher_that_is_not_known(self):
        for variables in (self.HYDRA, {**self.SLURM, **self.HYDRA}):
            result = self.run_with(variables)
            self.refused(2, result, "PMI_RANK=1, PMI_SIZE=3", "--alone", "colony launch -n 3")
            self.assertFalse((self.folder / "out").exists())

    def test_variables_that_are_left_over(self):
        """It can't be told from a launcher whose other processes are late: it waits, and says for what and how not to."""
        child = subprocess.Popen([PROGRAM, *map(str, run_arguments(self.model_job("life"), self.folder / "out"))], stderr=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True, env=without_launchers(self.SLURM))
        self.children.append(child)
        line = child.stderr.readline()
        for word in ("SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS=4", "--alone"):
            self.assertIn(word, line)
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=60)


if __name__ == "__main__":
    unittest.main()
