"""Checkpoints that can't be trusted: torn, altered, missing, of another model, schema, seed or graph. All are refused by name, nothing is
changed, and the checkpoint before them is offered and works."""

import shutil
import unittest

from seal import reseal
from support import Case, colony, contents, manifests, report, run_arguments


class BadCheckpoint(Case):
    def setUp(self):
        super().setUp()
        self.config = self.model_job("foraging", "[checkpoint]\nevery = 20\n[shards]\ncount = 3\n")
        self.run_folder = self.folder / "run"
        self.ok(*run_arguments(self.config, self.run_folder))
        self.straight = self.folder / "straight"
        self.ok(*run_arguments(self.config, self.straight, "--ticks", "90"))
        self.manifest = manifests(self.run_folder)[-1]
        self.assertIn("tick-000000000060", str(self.manifest))
        self.file = sorted(self.manifest.parent.glob("shard-*.h5"))[1]

    def resume(self, *more):
        return colony(*run_arguments(self.config, self.run_folder, "--resume", "--ticks", "90", *more))

    def refuse(self, *words, fallback=True):
        before = contents(self.run_folder)
        message = self.refused(4, self.resume(), *words)
        self.assertEqual(contents(self.run_folder), before)
        if not fallback:
            return
        self.assertIn("tick 40", message)
        self.assertIn("--fallback", message)
        self.refused(4, colony("digest", self.run_folder))
        self.ok("digest", self.run_folder, "--tick", "40")
        self.expect(0, self.resume("--fallback"))
        self.assertEqual(report(self.run_folder)["resumed_from"], 40)
        self.same_results(self.straight, self.run_folder)

    def test_reseal_is_what_the_program_does(self):
        before = self.manifest.read_text()
        reseal(self.manifest)
        self.assertEqual(self.manifest.read_text(), before)

    def test_torn_file(self):
        data = self.file.read_bytes()
        self.file.write_bytes(data[:len(data) // 2])
        self.assertIn("TORN", self.ok("inspect", self.manifest).out)
        self.refuse(self.file.name, "torn")

    def test_altered_file(self):
        data = bytearray(self.file.read_bytes())
        data[len(data) // 2] ^= 1
        self.file.write_bytes(data)
        self.refuse(self.file.name, "altered")

    def test_missing_file(self):
        self.file.unlink()
        self.refuse(self.file.name, "missing")

    def test_torn_manifest(self):
        text = self.manifest.read_text()
        self.manifest.write_text(text[:len(text) // 2])
        self.refuse(self.manifest.name, "torn")

    def test_altered_manifest(self):
        self.manifest.write_text(self.manifest.read_text().replace('"tick": 60', '"tick": 61'))
        self.refuse(self.manifest.name, "altered")

    def test_manifest_of_another_tick(self):
        shutil.copy(manifests(self.run_folder)[-2], self.manifest)
        self.refuse(self.manifest.name, "foreign")

    def test_another_schema(self):
        reseal(self.manifest, schema_hash="0123456789abcdef")
        self.refuse(self.manifest.name, "schema hash")

    def test_another_seed(self):
        reseal(self.manifest, seed=4711)
        self.refuse(self.manifest.name, "seed", "4711")

    def test_another_digest(self):
        reseal(self.manifest, digest="00" * 16)
        self.refuse("digest", fallback=False)
        self.refused(4, colony("digest", self.run_folder), self.manifest.name)

    def test_another_format(self):
        reseal(self.manifest, format_version=999)
        self.refuse("999", "version")

    def test_another_model(self):
        other = self.folder / "other"
        self.ok(*run_arguments(self.model_job("life", "[checkpoint]\nevery = 20\n"), other))
        shutil.rmtree(self.run_folder / "checkpoints")
        shutil.copytree(other / "checkpoints", self.run_folder / "checkpoints")
        self.refuse("life", "foraging", fallback=False)

    def test_all_are_bad(self):
        for path in self.run_folder.glob("checkpoints/tick-*/shard-0000.*"):
            path.write_bytes(b"")
        message = self.refused(4, self.resume(), "no checkpoint before it")
        self.assertNotIn("--fallback", message)
        self.refused(4, self.resume("--fallback"))

    def test_observables_that_were_cut(self):
        path = self.run_folder / "observables.csv"
        path.write_bytes(path.read_bytes()[:40])
        before = contents(self.run_folder)
        self.refused(4, self.resume(), "observables.csv")
        self.assertEqual(contents(self.run_folder), before)

    def test_altered_graph(self):
        config = self.model_job("epidemic")
        out = self.folder / "graph"
        self.ok(*run_arguments(config, out))
        graph = next(out.glob("checkpoints/static-*/graph.h5"))
        data = bytearray(graph.read_bytes())
        data[len(data) // 2] ^= 1
        graph.write_bytes(data)
        before = contents(out)
        self.refused(4, colony(*run_arguments(config, out, "--resume", "--ticks", "90")), "graph.h5", "altered")
        self.assertEqual(contents(out), before)

    def test_from_an_earlier_tick(self):
        self.expect(0, self.resume("--from-tick", "40"))
        self.assertEqual(report(self.run_folder)["resumed_from"], 40)
        self.same_results(self.straight, self.run_folder)
        self.refused(4, self.resume("--from-tick", "41"), "41")

    def test_job_file_is_gone(self):
        (self.run_folder / "job.toml").unlink()
        self.refused(4, self.resume(), "job.toml")


if __name__ == "__main__":
    unittest.main()
