"""How a run begins: what is said and found in its folder while it is set up, what a set-up leaves that fails or is killed, a resume
without the graph's file, and `colony status` of a run in one process.
"""

import json
import time
import unittest

from support import JOBS, Case, colony, manifests, report, rows, run_arguments, wait_for

ON_FILE = """
[job]
name = "on-file"
ticks = 20
[model]
name = "epidemic"
infection = 0.2
recovery = 0.1
[graph]
source = "edges"
path = "{path}"
[checkpoint]
every = 5
"""
ENDLESS = "100000000"


class SetUp(Case):
    def graph(self, name="edges.txt"):
        (self.folder / name).write_text("".join(f"{i} {i + 1}\n{i} {(i * 7) % 300}\n" for i in range(300)))

    def job_of_big_graph(self, nodes=3000000):
        """Seconds of set-up, on one thread."""
        return self.job(JOBS["epidemic"].replace("nodes = 1500", f"nodes = {nodes}"))

    def test_a_set_up_is_seen(self):
        config = self.job_of_big_graph()
        out = self.folder / "out"
        child = self.start("run", "--config", config, "--out", out, "--threads", "1")
        wait_for(lambda: (out / "run.json").exists())
        self.assertEqual(report(out)["exit"], "setting up")
        self.assertFalse((out / "observables.csv").exists())
        wait_for(lambda: '"set-up"' in (out / "log.jsonl").read_text())
        status = self.ok("status", out)
        self.assertIn("setting up", status.out)
        self.assertIn("generating erdos-renyi, 3000000 nodes", status.out)
        self.assertIn(str(child.pid), status.out)
        self.assertEqual(self.ok("status", out, "--json").json["phase"], "setting up")
        self.refused(4, colony(*run_arguments(config, out)), str(child.pid))
        child.kill()
        _, err = child.communicate()
        self.assertIn("set-up: generating erdos-renyi, 3000000 nodes", err)
        # Killed in its set-up it left no run: the same command begins anew, with and without --resume.
        self.assertIn("ended while it was set up", self.ok("status", out).out)
        small = self.model_job("epidemic")
        straight = self.folder / "straight"
        self.ok(*run_arguments(small, straight))
        self.ok(*run_arguments(small, out))
        self.same_results(straight, out)

    def test_resume_after_a_set_up_that_was_killed(self):
        config = self.job_of_big_graph()
        for verb in (["run"], ["launch", "-n", "2"]):
            out = self.folder / "-".join(verb)
            child = self.start(*verb, "--config", config, "--out", out, "--threads", "1")
            wait_for(lambda: (out / "run.json").exists())
            child.kill()
            child.communicate()
            self.ok(*run_arguments(self.model_job("epidemic"), out, "--resume"))
            self.assertEqual(report(out)["exit"], "done")

    def test_a_set_up_that_fails_leaves_no_run(self):
        config = self.job(ON_FILE.format(path="edges.txt"))
        straight = self.folder / "straight"
        self.graph()
        self.ok(*run_arguments(config, straight))
        for verb in (["run"], ["launch", "-n", "2"]):
            with self.subTest(verb=verb):
                out = self.folder / "-".join(verb)
                (self.folder / "edges.txt").write_text("1 2\n2 x\n")
                failed = colony(*verb, "--config", config, "--out", out)
                self.expect(3, failed)
                self.assertIn("edges.txt:2", failed.err)
                self.assertFalse((out / "run.json").exists())
                self.assertIn("edges.txt:2", (out / "log.jsonl").read_text())
                self.assertIn("edges.txt:2", self.ok("logs", out).out)
                self.graph()
                self.ok(*verb, "--config", config, "--out", out)
                self.same_results(straight, out)

    def test_a_start_whose_folder_was_taken_in_its_set_up(self):
        """It touches nothing of the start that has the folder now."""
        out = self.folder / "out"
        child = self.start("run", "--config", self.job_of_big_graph(600000), "--out", out, "--threads", "1")
        wait_for(lambda: (out / "run.json").exists())
        claim = json.loads((out / "run.lock/r1.json").read_text())
        (out / "run.lock/r2.json").write_text(json.dumps({**claim, "host": "elsewhere"}))
        theirs = {"job.toml": "theirs\n", "observables.csv": "tick\n0\n", "run.json": "{}\n"}
        for name, text in theirs.items():
            (out / name).write_text(text)
        _, err = child.communicate(timeout=120)
        self.assertEqual(child.returncode, 4, err)
        self.assertIn("elsewhere", err)
        for name, text in theirs.items():
            self.assertEqual((out / name).read_text(), text, name)

    def test_files_of_the_model(self):
        for verb in (["run"], ["launch", "-n", "2"]):
            said = self.ok(*verb, "--config", self.model_job("tours"), "--out", self.folder / verb[0], "--ticks", "5").err
            self.assertRegex(said, r"set-up: reading \S*capitals\.tsp \(.*B\)\n")

    def test_quiet_when_asked(self):
        self.assertNotIn("set-up:", self.ok(*run_arguments(self.model_job("life"), self.folder / "out")).err)

    def test_resume_without_the_graph(self):
        """The run has a copy: the file may be gone. A copy that was changed is refused."""
        self.graph()
        config = self.job(ON_FILE.format(path="edges.txt"))
        straight = self.folder / "straight"
        self.ok(*run_arguments(config, straight, "--ticks", "40"))
        for verb in (["run"], ["launch", "-n", "2"]):
            with self.subTest(verb=verb):
                out = self.folder / "-".join(verb)
                self.graph()
                self.ok(*run_arguments(config, out))
                (self.folder / "edges.txt").unlink()
                resumed = self.ok(*verb, "--config", config, "--out", out, "--ticks", "40", "--resume", "--progress", "never")
                self.assertIn("edges.txt is gone: the run goes on with its own copy", resumed.err)
                self.same_results(straight, out)
        copy = next(out.glob("checkpoints/static-*/graph.h5"))
        copy.write_bytes(copy.read_bytes()[:-8] + b"altered!")
        self.refused(4, colony(*run_arguments(config, out, "--resume", "--ticks", "60")), "graph.h5")
        # A new run has no copy.
        self.refused(2, colony(*run_arguments(config, self.folder / "new")), "edges.txt")

    def test_status_of_a_run_in_one_process(self):
        config = self.model_job("epidemic", "[checkpoint]\nevery = 1000\n")
        out = self.folder / "out"
        child = self.start(*run_arguments(config, out, "--ticks", ENDLESS))
        wait_for(lambda: manifests(out))
        wait_for(lambda: len(rows(out / "observables.csv")) > 1)
        status = self.ok("status", out)
        self.assertEqual(status.err, "")
        self.assertIn(f"running, process {child.pid}", status.out)
        summary = self.ok("status", out, "--json").json
        self.assertEqual(summary["phase"], "running")
        self.assertGreater(summary["tick"], 0)
        self.assertEqual(summary["last_tick"], int(ENDLESS))
        row = next(row for row in rows(out / "observables.csv") if int(row["tick"]) == summary["tick"])
        self.assertEqual(summary["observables"], {name: int(value) for name, value in row.items() if name not in ("tick", "digest")})
        watch = self.start("status", out, "--watch", "--json")
        time.sleep(1.5)
        child.terminate()
        child.communicate(timeout=60)
        lines = watch.communicate(timeout=60)[0].splitlines()
        self.assertEqual(watch.returncode, 0)
        self.assertGreater(len(lines), 1)
        self.assertIn("interrupted", json.loads(lines[-1])["state"])
        self.assertIn("interrupted", self.ok("status", out).out)
        ended, row = self.ok("status", out, "--json").json, rows(out / "observables.csv")[-1]
        self.assertEqual((ended["phase"], ended["tick"], ended["digest"]), ("absent", int(row["tick"]), report(out)["digest"]))
        self.assertEqual(ended["observables"], {name: int(value) for name, value in row.items() if name not in ("tick", "digest")})


if __name__ == "__main__":
    unittest.main()
