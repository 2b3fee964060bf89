"""What is wrong with a job, its files or its folder: the exit status, one clear message, and earlier results untouched."""

import gzip
import os
import socket
import unittest

from support import JOBS, Case, colony, contents, report, run_arguments, wait_for

EPIDEMIC = JOBS["epidemic"]
ON_FILE = """
[job]
ticks = 5
[model]
name = "epidemic"
seeds = 1
[graph]
source = "edges"
path = "{path}"
"""


class BadInput(Case):
    """Each case is tried in an empty folder, where it must leave no run, and over an earlier run with --force, where all must stay."""

    def setUp(self):
        super().setUp()
        self.earlier = self.folder / "earlier"
        good = self.job(JOBS["life"], "good.toml")
        self.ok(*run_arguments(good, self.earlier))
        self.before = contents(self.earlier)
        self.assertIn("observables.csv", self.before)

    def tearDown(self):
        self.assertEqual(contents(self.earlier), self.before, "an earlier run was changed")
        super().tearDown()

    def refuse_job(self, status, text, *words, more=()):
        job = self.job(text)
        fresh = self.folder / "fresh"
        self.refused(status, colony(*run_arguments(job, fresh, *more)), *words)
        for name in ("observables.csv", "run.json", "checkpoints"):
            self.assertFalse((fresh / name).exists(), name)
        self.refused(status, colony(*run_arguments(job, self.earlier, "--force", *more)), *words)
        self.assertIn(colony(*run_arguments(job, self.earlier, *more)).status, (status, 4))
        if status == 2 and not more:
            self.refused(status, colony("validate", job, "--estimate"), *words)

    def refuse_graph(self, content, *words, name="graph.txt", status=3):
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        self.refuse_job(status, ON_FILE.format(path=name), *words)

    # ---- The job file ----

    def test_unknown_key(self):
        self.refuse_job(2, EPIDEMIC.replace("recovery", "recovry"), "job.toml:9:1", '"recovry"', 'did you mean "recovery"')

    def test_numbers_by_a_category(self):
        def by(table, *words):
            self.refuse_job(2, EPIDEMIC.replace("recovery = 0.1", f"recovery = {table}"), *words)
        by('{ by = "stat", infectious = 0.1 }', "job.toml:9:", 'no category "stat"', 'did you mean "state"')
        by('{ by = "state", infectuous = 0.1 }', "job.toml:9:", 'has no value "infectuous"', 'did you mean "infectious"')
        by('{ by = "state", infectious = 0.1, exposed = 0.2 }', "job.toml:9:", '"exposed" would not be used')
        by('{ by = "state", infectious = 1.1 }', "recovery.infectious must be a number from 0 to 1")
        by('{ infectious = 0.1 }', '"by" names it')
        self.refuse_job(2, EPIDEMIC.replace("infection = 0.06", 'infection = { by = "state", susceptible = 0.06 }'),
                        "job.toml:8:", "[model] infection: ", "takes one number for all")
        self.refuse_job(2, EPIDEMIC.replace("seeds = 5", 'seeds = { by = "state", susceptible = 6 }'),
                        "job.toml:12:", "[model] seeds takes one number")

    def test_a_value_that_the_model_refuses(self):
        self.refuse_job(2, EPIDEMIC.replace("incubation = 2", "incubation = 0.5"),
                        "[model] incubation is a number of ticks: 0, or at least 1")

    def test_unknown_model(self):
        self.refuse_job(2, EPIDEMIC.replace('name = "epidemic"\ninf', 'name = "epidemik"\ninf'), 'did you mean "epidemic"')

    def test_wrong_type(self):
        self.refuse_job(2, EPIDEMIC.replace("recovery = 0.1", 'recovery = "fast"'), "job.toml:9:12", "recovery", "number")

    def test_out_of_range(self):
        self.refuse_job(2, EPIDEMIC.replace("recovery = 0.1", "recovery = 1.5"), "recovery", "from 0 to 1", "1.5")

    def test_all_mistakes_at_once(self):
        text = EPIDEMIC.replace("recovery = 0.1", "recovery = 1.5").replace("nodes = 1500", "node = 1500")
        text = text.replace("seed = 11", 'seed = "x"')
        self.refuse_job(2, text, ":4:8", ":9:12", '"node"')

    def test_no_toml(self):
        self.refuse_job(2, "[job\nname = 3", "job.toml:1")

    def test_override(self):
        self.refuse_job(2, EPIDEMIC, "--set model.recovry=1", 'did you mean "recovery"', more=["--set", "model.recovry=1"])

    def test_no_job_file(self):
        result = colony(*run_arguments(self.folder / "absent.toml", self.earlier, "--force"))
        self.refused(2, result, "absent.toml")

    def test_no_such_file(self):
        self.refuse_job(2, ON_FILE.format(path="absent.txt"), "absent.txt", "job.toml:9:8")

    def test_sizes(self):
        self.refuse_job(2, EPIDEMIC.replace("nodes = 1500", "nodes = 0"), "nodes")
        self.refuse_job(2, EPIDEMIC.replace("nodes = 1500", "nodes = -7"), "nodes", "-7")
        self.refuse_job(2, JOBS["life"].replace("width = 48", "width = 0"), "width")
        self.refuse_job(2, JOBS["life"].replace("height = 40", "height = -1"), "height")
        self.refuse_job(2, JOBS["foraging"].replace("count = 150", "count = 0"), "count")
        self.refuse_job(2, JOBS["foraging"].replace("count = 150", "count = -1"), "count")
        self.refuse_job(2, EPIDEMIC.replace("ticks = 60", "ticks = -1"), "ticks")
        self.refuse_job(2, EPIDEMIC + "[shards]\ncount = 0\n", "count")
        self.refuse_job(2, EPIDEMIC + "[checkpoint]\nkeep = 0\n", "keep")

    def test_seeds(self):
        self.refuse_job(2, EPIDEMIC.replace("seeds = 5", "seeds = 1501"), "1501", "1500 nodes")
        self.refuse_job(2, EPIDEMIC.replace("seeds = 5", "seed_nodes = [3, 1500]"), "seed_nodes", "no node 1500")

    def test_conditions_and_fields(self):
        self.refuse_job(2, EPIDEMIC.replace("ticks = 60", 'ticks = 60\nstop_when = "infectius == 0"'), "infectius", "infectious")
        self.refuse_job(2, EPIDEMIC + '[[snapshot]]\nfields = ["people.stat"]\n', "people.stat", "people.state")

    def test_model_on_the_wrong_graph(self):
        self.refuse_job(2, JOBS["life"].replace('source = "lattice"\nwidth = 48\nheight = 40',
                                                'source = "generate"\nkind = "complete"\nnodes = 30'), "lattice")

    def test_what_the_model_does_not_have(self):
        self.refuse_job(2, JOBS["foraging"] + "[output]\nevents = true\n", "events = true", "has no events")
        self.refuse_job(2, JOBS["foraging"].replace("[population]", "deposit = 1e-8\n[population]"), "deposit = 1e-08", "would be 0")

    def test_usage(self):
        for arguments in ([], ["fly"], ["run"], ["run", "--config"], ["digest"], ["run", "--config", "x.toml", "--shards", "many"]):
            with self.subTest(arguments=arguments):
                self.expect(2, colony(*arguments))

    # ---- The graph's file ----

    def test_not_gzip(self):
        self.refuse_graph(b"\x1f\x8bnonsense", "graph.txt.gz", name="graph.txt.gz")

    def test_truncated_gzip(self):
        whole = gzip.compress("".join(f"{i} {i * 7 % 5000}\n" for i in range(1, 5000)).encode())
        self.refuse_graph(whole[:len(whole) // 2], "graph.txt.gz", name="graph.txt.gz")

    def test_not_a_number(self):
        self.refuse_graph("# a comment\n1 2\n2 three\n", "graph.txt:3")

    def test_beyond_64_bits(self):
        self.refuse_graph("1 2\n3 18446744073709551616\n", "graph.txt:2", "64")

    def test_missing_column(self):
        self.refuse_graph("1 2\n3\n", "graph.txt:2")

    def test_empty_graph(self):
        self.refuse_graph("", "graph.txt")
        self.refuse_graph("# only a comment\n", "graph.txt")

    def test_matrix_market_and_metis(self):
        self.refuse_graph("%%MatrixMarket matrix coordinate pattern general\n3 3 1\n1 9\n", "graph.mtx:3", name="graph.mtx")
        self.refuse_graph("3 1\n2\n1\n4\n", "graph.metis", name="graph.metis")

    def test_weights(self):
        """Edges of weight 0 and -1 infected like any other."""
        for name, text in (("graph.txt", "1 2 0.5\n2 3 -1\n3 4 0\n"), ("graph.csv", "source,target,weight\n1,2,1\n"),
                           ("graph.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 0\n"),
                           ("graph.graph", "2 1 1\n2 5\n1 5\n"), ("graph.metis", "2 1 10\n5 2\n5 1\n")):
            with self.subTest(name):
                self.refuse_graph(text, name + ":1", "[graph] weight = false", name=name)
                job = self.job(ON_FILE.format(path=name) + "weight = false\n")
                self.ok(*run_arguments(job, self.folder / "dropped", "--force"))
                self.assertIn("the weights in its file are dropped", (self.folder / "dropped" / "log.jsonl").read_text())
        self.refuse_job(2, ON_FILE.format(path="graph.txt") + "weight = true\n", "job.toml:10:10", "no model takes notice of weights")

    def test_columns(self):
        self.refuse_graph("source,target,day\n1,2,5\n", "graph.csv:1", '"day" is not understood', "from (source", name="graph.csv")
        self.refuse_graph("20 1 2\n40 2 3\n", "graph.txt:1", "3 columns and no names", "[graph] columns =")
        self.refuse_job(2, ON_FILE.format(path="graph.txt") + 'columns = ["from", "to", "day"]\n', "job.toml:10:26", '"day"', "understood")

    def test_bad_pattern(self):
        (self.folder / "cells.rle").write_text("x = 3, y = 1\n3q!\n")
        text = JOBS["life"].replace("density = 0.35", 'cells = "cells.rle"')
        job = self.job(text)
        self.refused(3, colony(*run_arguments(job, self.folder / "fresh")), "cells.rle")

    def test_huge_numbers(self):
        """A size that no machine has is refused or runs out of memory in order; it does not end in a crash."""
        job = self.job(JOBS["life"].replace("width = 48", "width = 60000").replace("height = 40", "height = 60000"))
        self.refused(2, colony(*run_arguments(job, self.folder / "fresh"), preexec_fn=limit_memory), "memory")


def limit_memory():
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


class RunFolder(Case):
    """Who may write into a run folder."""

    def setUp(self):
        super().setUp()
        self.config = self.model_job("epidemic", "[checkpoint]\nevery = 20\n")
        self.run_folder = self.folder / "run"
        self.ok(*run_arguments(self.config, self.run_folder))
        self.before = contents(self.run_folder)

    def test_holds_a_run(self):
        result = colony(*run_arguments(self.config, self.run_folder))
        self.refused(4, result, str(self.run_folder), "--resume", "--force")
        self.assertEqual(contents(self.run_folder), self.before)

    def test_force_starts_afresh_and_keeps_other_files(self):
        (self.run_folder / "notes.txt").write_text("mine")
        self.ok(*run_arguments(self.config, self.run_folder, "--force", "--seed", "99"))
        self.assertEqual((self.run_folder / "notes.txt").read_text(), "mine")
        self.assertNotEqual(contents(self.run_folder)["observables.csv"], self.before["observables.csv"])

    def test_resume_with_changed_keys(self):
        for key in ("model.recovery=0.2", "job.seed=3", "graph.nodes=1501", "model.seeds=6"):
            with self.subTest(key=key):
                result = colony(*run_arguments(self.config, self.run_folder, "--resume", "--ticks", "90", "--set", key))
                self.refused(2, result, key.split("=")[0])
                self.assertEqual(contents(self.run_folder), self.before)

    def test_resume_with_what_may_differ(self):
        self.ok(*run_arguments(self.config, self.run_folder, "--resume", "--ticks", "80", "--shards", "3", "--threads", "1",
                               "--set", "checkpoint.every=11", "--set", "shards.blocks=9"))
        straight = self.folder / "straight"
        self.ok(*run_arguments(self.config, straight, "--ticks", "80"))
        self.same_results(straight, self.run_folder)

    def test_resume_where_nothing_is_starts(self):
        self.ok(*run_arguments(self.config, self.folder / "new", "--resume"))
        self.same_results(self.run_folder, self.folder / "new")

    def test_resume_when_done_changes_nothing(self):
        self.ok(*run_arguments(self.config, self.run_folder, "--resume"))
        for name in ("observables.csv", "events.csv"):
            self.assertEqual(contents(self.run_folder)[name], self.before[name])

    def test_two_runs_on_one_folder(self):
        out = self.folder / "shared"
        first = self.start(*run_arguments(self.config, out, "--ticks", "100000000"))
        wait_for(lambda: (out / "observables.csv").exists())
        self.refused(4, colony(*run_arguments(self.config, out)), str(out))
        message = self.refused(4, colony(*run_arguments(self.config, out, "--resume")), str(out))
        self.assertIn(str(first.pid), message)
        self.assertIn("running", self.ok("inspect", out).out)
        self.assertIsNone(first.poll(), "the first run goes on")
        first.terminate()
        _, err = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 143, err)

    def test_taken_over_by_force(self):
        """A run whose folder was taken commits nothing any more."""
        out = self.folder / "taken"
        first = self.start(*run_arguments(self.config, out, "--ticks", "100000000", "--set", "checkpoint.every=1000"))
        wait_for(lambda: list(out.glob("checkpoints/tick-*/manifest.*")))
        claim = next(out.glob("run.lock/r1.json"))
        claim.write_text(claim.read_text().replace(socket.gethostname(), "elsewhere"))  # it can't be looked at from here
        self.refused(4, colony(*run_arguments(self.config, out, "--force")), "elsewhere", "--resume --force")
        self.ok(*run_arguments(self.config, out, "--resume", "--force"))
        _, err = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 4, err)
        self.assertIn(str(out), err)
        self.assertEqual(report(out)["incarnation"], 2, "what is another's is left alone")
        self.ok("digest", out)

    def test_resume_on_another_graph(self):
        edges = self.folder / "edges.txt"
        edges.write_text("".join(f"{i} {i + 1}\n" for i in range(400)))
        job = self.job(ON_FILE.format(path="edges.txt").replace("ticks = 5", "ticks = 20"))
        out = self.folder / "on-file"
        self.ok(*run_arguments(job, out))
        inputs = report(out)["inputs"]
        self.assertEqual([entry["bytes"] for entry in inputs], [edges.stat().st_size])
        edges.write_text("".join(f"{i} {i + 2}\n" for i in range(399)))
        # The run's own copy of the graph is what counts; without it the changed file is refused.
        self.ok(*run_arguments(job, out, "--resume", "--ticks", "30"))
        self.assertEqual(report(out)["inputs"], inputs)
        for path in out.glob("checkpoints/static-*/*"):
            path.unlink()
        for path in out.glob("checkpoints/static-*"):
            path.rmdir()
        before = contents(out)
        self.refused(4, colony(*run_arguments(job, out, "--resume", "--ticks", "40")), "graph")
        self.assertEqual(contents(out), before)


if __name__ == "__main__":
    os.environ.pop("COLONY_FAIL_POINT", None)
    unittest.main()
