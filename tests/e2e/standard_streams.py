"""Descriptors 0 to 2 closed, full, or without a reader: no file of a run is written into, what was asked for and could not be printed is
told, and a reader that went away ends those commands alone that are there for it.
"""

import os
import re
import shlex
import signal
import subprocess
import unittest

from support import JOBS, PROGRAM, Case, colony, report, run_arguments, wait_for

# A command of each kind that prints on standard output; RUN is a run folder, JOB its job.
PRINTING = ["models", "models epidemic", "validate JOB", "validate JOB --estimate", "inspect RUN", "digest RUN", "diff RUN RUN",
            "status RUN", "logs RUN", "plot RUN --out PNG", "version", "--help", "run --help"]


class StandardStreams(Case):
    def setUp(self):
        super().setUp()
        self.config = self.model_job("epidemic", "[checkpoint]\nevery = 20\n")
        self.straight = self.folder / "straight"
        self.ok(*run_arguments(self.config, self.straight))

    def shell(self, text, timeout=60):
        return subprocess.run(["bash", "-c", text], capture_output=True, text=True, errors="replace", timeout=timeout)

    def words(self, command):
        places = {"RUN": self.straight, "JOB": self.config, "PNG": self.folder / "plot.png"}
        return shlex.join([PROGRAM] + [str(places.get(word, word)) for word in command.split()])

    def test_closed_descriptors(self):
        for name, verb, redirections in [("out", "run", ">&-"), ("err", "run", "2>&-"), ("in-out", "run", "<&- >&-"),
                                         ("in-err", "run", "<&- 2>&- >/dev/null"), ("all", "run", "<&- >&- 2>&-"),
                                         ("all-2", "launch -n 2", "<&- >&- 2>&-"), ("in-err-2", "launch -n 2", "<&- 2>&-")]:
            with self.subTest(verb=verb, redirections=redirections):
                out = self.folder / name
                done = self.shell(f"{PROGRAM} {verb} --config {self.config} --out {out} {redirections}")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.same_results(self.straight, out)

    def test_nothing_of_a_process_is_where_a_message_goes(self):
        """Also while it runs: 0 to 2 are /dev/null, in the launcher and in each member."""
        out = self.folder / "out"
        text = f"exec {PROGRAM} launch -n 2 --config {self.config} --out {out} --ticks 100000000 <&- >&- 2>&-"
        launcher = subprocess.Popen(["bash", "-c", text])
        self.children.append(launcher)
        wait_for(lambda: (out / "observables.csv").exists())
        members = [int(pid) for task in os.listdir(f"/proc/{launcher.pid}/task")
                   for pid in open(f"/proc/{launcher.pid}/task/{task}/children").read().split()]
        self.assertEqual(len(members), 2)
        for pid in [launcher.pid, *members]:
            self.assertEqual([os.readlink(f"/proc/{pid}/fd/{n}") for n in range(3)], ["/dev/null"] * 3)
        launcher.terminate()
        self.assertEqual(launcher.wait(timeout=60), 143)

    def test_what_could_not_be_printed_is_told(self):
        for command in PRINTING:
            with self.subTest(command=command):
                self.assertEqual(self.shell(self.words(command)).returncode, 0)
                done = self.shell(f"{self.words(command)} >/dev/full")
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn("standard output", done.stderr)
                self.assertIn("No space left on device", done.stderr)

    def test_a_run_whose_json_could_not_be_printed(self):
        for name, verb in (("one", "run"), ("two", "launch -n 2")):
            with self.subTest(verb=verb):
                out = self.folder / name
                done = self.shell(f"{PROGRAM} {verb} --json --config {self.config} --out {out} >/dev/full")
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertIn("No space left on device", done.stderr)
                self.same_results(self.straight, out)  # the run itself is whole
                self.assertEqual(report(out)["exit"], "done")
                self.assertTrue(list((out / "run.lock").glob("*.released")))

    def test_messages_that_can_not_be_written_hurt_no_run(self):
        for name, verb in (("one", "run"), ("two", "launch -n 2")):
            with self.subTest(verb=verb):
                out = self.folder / name
                done = self.shell(f"{PROGRAM} {verb} --profile --config {self.config} --out {out} 2>/dev/full" if verb == "run" else
                                  f"{PROGRAM} {verb} --config {self.config} --out {out} 2>/dev/full")
                self.assertEqual(done.returncode, 0)
                self.same_results(self.straight, out)

    def test_a_run_goes_on_without_its_readers(self):
        for name, verb in (("one", "run"), ("two", "launch -n 2")):
            for stream, pipe in (("err", "2>&1 >/dev/null | true"), ("out", "--json 2>/dev/null | true")):
                with self.subTest(verb=verb, stream=stream):
                    out = self.folder / f"{name}-{stream}"
                    done = self.shell(f"{PROGRAM} {verb} --config {self.config} --out {out} {pipe}; exit ${{PIPESTATUS[0]}}")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.same_results(self.straight, out)

    def test_other_commands_end_with_their_reader(self):
        """As shells expect: by SIGPIPE, without a word; where that is ignored, with a message."""
        log = self.straight / "log.jsonl"
        log.write_text(log.read_text() * 2000)  # more than a pipe holds
        command = self.words("logs RUN")
        done = self.shell(f"{command} | head -n 1; exit ${{PIPESTATUS[0]}}")
        self.assertEqual(done.returncode, 128 + signal.SIGPIPE, done.stderr)
        self.assertEqual(done.stderr, "")
        done = self.shell(f"trap '' PIPE; {command} | head -n 1; exit ${{PIPESTATUS[0]}}")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("Broken pipe", done.stderr)

    def test_an_export_that_does_not_fit(self):
        out = self.folder / "tours"
        self.ok(*run_arguments(self.job(JOBS["tours"], "tours.toml"), out))
        self.assertRegex(self.ok("export", out, "--format", "tour").out, re.compile("^TOUR_SECTION", re.M))
        done = self.shell(f"{PROGRAM} export {out} --format tour >/dev/full")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("No space left on device", done.stderr)


if __name__ == "__main__":
    unittest.main()
