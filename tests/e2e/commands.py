"""The commands beside run."""

import json
import os
import re
import shutil
import struct
import unittest

import h5py

from seal import reseal, xxh3
from support import JOBS, SOURCE, Case, colony, contents, manifests, report, run_arguments

COMMANDS = ["run", "launch", "status", "shards", "logs", "drain", "migrate", "join", "validate", "models", "inspect", "digest", "diff",
            "plot", "query", "evaluate", "communities", "export", "render", "version"]


class Commands(Case):
    def setUp(self):
        super().setUp()
        self.config = self.model_job("foraging", "[checkpoint]\nevery = 20\n")
        self.run_folder = self.folder / "run"
        self.ok(*run_arguments(self.config, self.run_folder, "--shards", "2"))

    def test_help(self):
        listed = self.ok("--help").out
        for command in COMMANDS:
            self.assertIn(command, listed)
            said = self.ok(command, "--help").out
            self.assertIn("colony " + command, said)
            self.assertIn("Example", said)

    def test_page_for_users(self):
        """docs/running.md names every command and option, and none that there is not."""
        page = (SOURCE / "docs/running.md").read_text()
        helps = {command: self.ok(command, "--help").out for command in COMMANDS}
        for command in COMMANDS:
            self.assertRegex(page, rf"(?m)^\| `{command}\b")
        for option in re.findall(r"^  +(?:-\w,)?(--[a-z-]+)", helps["run"], re.MULTILINE):
            if option != "--help":
                self.assertRegex(page, rf"`{option}\b")
        everything = "".join(helps.values())
        for option in set(re.findall(r"--[a-z][a-z-]+", page)) - {"--help"}:
            self.assertIn(option, everything)

    def test_version(self):
        said = self.ok("version").out
        self.assertRegex(said, r"(?m)^colony \d+\.\d+\.\d+$")
        self.assertIn("hdf5", said)

    def test_models(self):
        said = self.ok("models").out
        for model in JOBS:
            self.assertIn(model, said)
            of_one = self.ok("models", model).out
            self.assertIn("Observables", of_one)
            self.assertIn("Fields", of_one)
        said = self.ok("models", "foraging").out
        for word in ("evaporation", "0.1", "0 to 1", "food_remaining", "places.food (u32)", "ant.carrying (u8)", "[population]"):
            self.assertIn(word, said)
        self.assertIn("2 infectious", self.ok("models", "epidemic").out)
        self.refused(2, colony("models", "epidemics"), "did you mean", "epidemic")

    def test_settings_by_a_category(self):
        """A resolved job with numbers by a category reads back, so that its run goes on; one number of a table can be set."""
        self.assertIn("infection, recovery, waning, incubation\n", self.ok("models", "epidemic").out)
        job = self.job(JOBS["epidemic"].replace("recovery = 0.1", 'recovery = { by = "state", infectious = 0.5 }'), "by.toml")
        one_number = ("--set", "model.recovery.infectious=0.1")
        by, plain = self.folder / "by", self.folder / "plain"
        self.ok(*run_arguments(job, by, *one_number, "--ticks", "30"))
        self.assertIn('recovery = { by = "state", infectious = 0.1 }\n', (by / "job.toml").read_text())
        self.refused(2, colony(*run_arguments(job, by, "--resume")), "model.recovery")
        self.ok(*run_arguments(job, by, *one_number, "--resume"))
        self.ok(*run_arguments(self.job(JOBS["epidemic"], "plain.toml"), plain))
        self.assertEqual(report(by)["digest"], report(plain)["digest"])

    def test_validate(self):
        said = self.ok("validate", self.config).out
        for word in ("foraging", "lattice of 40 x 40", "150", "every 20 ticks", "food_remaining", "places.food", "in order"):
            self.assertIn(word, said)
        self.assertNotIn("memory", said)
        self.assertFalse((self.folder / "runs").exists())
        self.assertIn("seed 99", self.ok("validate", self.config, "--set", "job.seed=99", "--set", "shards.count=3").out)
        self.assertIn("shards       3", self.ok("validate", "--config", self.config, "--set", "shards.count=3").out)

    def test_estimate(self):
        said = self.ok("validate", self.config, "--estimate").out
        for word in ("1600 x", "150 x", "ticks/s", "bench/README.md", "budget"):
            self.assertIn(word, said)

    def test_inspect_run(self):
        said = self.ok("inspect", self.run_folder).out
        for word in ("foraging", "done", report(self.run_folder)["digest"], "tick 60", "tick 40", "2 shards", "observables.csv",
                     "snapshots"):
            self.assertIn(word, said)

    def test_inspect_files(self):
        manifest = manifests(self.run_folder)[-1]
        said = self.ok("inspect", manifest).out
        for word in ("foraging", "delivered", "shard-0001", "whole", "tick         60"):
            self.assertIn(word, said)
        shard = manifest.parent / "shard-0000.r1.e1.h5"
        said = self.ok("inspect", shard).out
        with h5py.File(shard) as file:
            for group in file:
                self.assertIn("/" + group, said)
                for name, column in file[group].items():
                    self.assertRegex(said, rf"{name} +\w+ +{len(column)} ")
        self.assertIn("colony-snapshot", self.ok("inspect", next(self.run_folder.glob("snapshots/food/*.h5"))).out)

    def test_inspect_other_things(self):
        self.refused(4, colony("inspect", self.folder / "absent"), "absent")
        self.refused(4, colony("inspect", self.folder), "no run")
        self.refused(4, colony("inspect", self.config), "neither")
        foreign = self.folder / "foreign.h5"
        foreign.write_bytes(b"no HDF5 at all")
        self.refused(4, colony("inspect", foreign), "foreign.h5")
        with h5py.File(foreign, "w") as file:
            file["x"] = [1, 2]
        self.refused(4, colony("inspect", foreign), "format")

    def test_digest(self):
        self.assertEqual(self.ok("digest", self.run_folder).out.strip(), report(self.run_folder)["digest"])
        at_40 = self.folder / "40"
        self.ok(*run_arguments(self.config, at_40, "--ticks", "40"))
        self.assertEqual(self.ok("digest", self.run_folder, "--tick", "40").out.strip(), report(at_40)["digest"])
        self.refused(4, colony("digest", self.run_folder, "--tick", "41"), "41", "60, 40, 20")
        self.refused(4, colony("digest", self.folder), "no run")

    def test_digest_and_diff_need_no_input_files(self):
        cells = self.folder / "cells.rle"
        cells.write_text("x = 3, y = 3\nbob$2bo$3o!\n")
        job = self.job(JOBS["life"].replace("density = 0.35", f'cells = "{cells.name}"'))
        out = self.folder / "moved"
        self.ok(*run_arguments(job, out))
        cells.unlink()
        (out / "job.toml").unlink()
        self.assertEqual(self.ok("digest", out).out.strip(), report(out)["digest"])
        self.expect(0, colony("diff", out, out))
        self.ok("inspect", out)
        self.ok("plot", out)

    def diff(self, status, left, right, *words):
        before = contents(self.folder, but=())
        result = self.expect(status, colony("diff", left, right))
        for word in words:
            self.assertIn(word, result.out)
        self.assertEqual(contents(self.folder, but=()), before)

    def test_diff_equal(self):
        other = self.folder / "other"
        self.ok(*run_arguments(self.config, other, "--shards", "5", "--set", "shards.partition=hash", "--set", "output.digest_every=5"))
        self.diff(0, self.run_folder, other, "61 ticks", "3 checkpoints")
        self.diff(0, self.run_folder, self.run_folder)

    def test_diff_another_seed(self):
        other = self.folder / "other"
        self.ok(*run_arguments(self.config, other, "--seed", "13"))
        self.diff(1, self.run_folder, other, "checkpoints differ first at tick 20", "|")

    def test_diff_finds_the_entity(self):
        """One value of one agent is changed in a copy, and in what seals it: that one is found."""
        other = self.folder / "other"
        shutil.copytree(self.run_folder, other)
        manifest = manifests(other)[1]
        shard = manifest.parent / "shard-0001.r1.e1.h5"
        with h5py.File(shard, "r+") as file:
            row = 3
            agent, before = int(file["ant/id"][row]), int(file["ant/heading"][row])
            file["ant/heading"][row] = before + 1
        data = shard.read_bytes()
        files = json.loads(manifest.read_text())["files"]
        files[1].update(bytes=len(data), xxh3=xxh3(data))
        reseal(manifest, files=files, digest="1" * 32)
        self.diff(1, self.run_folder, other, "tick 40", f"ant {agent}: heading {before} | {before + 1}")
        self.refused(4, colony("digest", other, "--tick", "40"), "shard-0001", "digest")

    def test_diff_of_rows(self):
        other = self.folder / "other"
        shutil.copytree(self.run_folder, other)
        path = other / "observables.csv"
        lines = path.read_text().splitlines()
        cells = lines[31].split(",")
        lines[31] = ",".join([cells[0], str(int(cells[1]) + 1), *cells[2:]])
        path.write_text("\n".join(lines) + "\n")
        self.diff(1, self.run_folder, other, f"tick {cells[0]}: food_remaining {cells[1]} | {int(cells[1]) + 1}", "agree")

    def test_diff_of_other_models(self):
        other = self.folder / "other"
        self.ok(*run_arguments(self.model_job("life"), other))
        self.diff(1, self.run_folder, other, "alive")
        self.refused(4, colony("diff", self.run_folder, self.folder / "absent"), "absent")

    def test_diff_with_nothing_in_common(self):
        runs = [self.folder / "odd", self.folder / "even"]
        for run, ticks in zip(runs, ("31", "30")):
            self.ok(*run_arguments(self.model_job("life"), run, "--ticks", ticks))
            (run / "observables.csv").unlink()
        self.refused(4, colony("diff", *runs), "in common")

    def png_size(self, path):
        data = path.read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        return struct.unpack(">II", data[16:24])

    def test_plot(self):
        said = self.ok("plot", self.run_folder).out.strip()
        self.assertEqual(said, str(self.run_folder / "observables.png"))
        width, height = self.png_size(self.run_folder / "observables.png")
        self.assertGreater(width, 800)
        self.assertGreater(height, 500)
        self.ok("plot", self.run_folder)  # over the first
        out = self.folder / "some.png"
        self.ok("plot", self.run_folder, "--out", out, "--columns", "carried,delivered")
        self.png_size(out)
        self.assertEqual(list(self.run_folder.glob(".*.tmp")), [])

    def test_plot_has_no_shell(self):
        evil = self.folder / "x'; touch hit; $(touch hit) `touch hit` \"|touch hit"
        self.ok(*run_arguments(self.config, evil, "--ticks", "5"))
        self.ok("plot", evil, cwd=self.folder)
        self.png_size(evil / "observables.png")
        out = self.folder / "|touch hit.png"
        self.ok("plot", self.run_folder, "--out", out, cwd=self.folder)
        self.png_size(out)
        path = evil / "observables.csv"
        path.write_text(path.read_text().replace("carried", "`touch hit` 'c"))
        self.ok("plot", evil, cwd=self.folder)
        self.assertFalse((self.folder / "hit").exists())

    def test_plot_refuses(self):
        self.refused(2, colony("plot", self.run_folder, "--columns", "carred"), 'did you mean "carried"')
        self.refused(4, colony("plot", self.folder), "no run")
        self.refused(4, colony("plot", self.run_folder, "--out", self.folder / "absent/x.png"), "absent/x.png")
        self.refused(4, colony("plot", self.run_folder, env={"PATH": "/nonexistent"}), "gnuplot-nox")
        fake = self.folder / "bin"
        fake.mkdir()
        (fake / "gnuplot").write_text("#!/bin/sh\necho out of ink >&2\nexit 3\n")
        os.chmod(fake / "gnuplot", 0o755)
        result = colony("plot", self.run_folder, env={"PATH": f"{fake}:{os.environ['PATH']}"})
        self.refused(4, result, "status 3" if os.access(fake / "gnuplot", os.X_OK) else "gnuplot")
        self.assertFalse((self.run_folder / "observables.png").exists())
        (self.run_folder / "observables.csv").write_text("tick,alive\n0,zwei\n1\n")
        self.refused(4, colony("plot", self.run_folder), "observables.csv:3")


if __name__ == "__main__":
    unittest.main()
