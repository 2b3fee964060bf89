"""Every ready job in configs/ is in order and runs; with fewer ticks than it says, so that this stays quick."""

import pathlib
import unittest

from support import SOURCE, Case, report, rows, run_arguments

TICKS = {"large-epidemic": 3, "facebook-epidemic": 40, "opinion": 100}  # others: 60


class Configs(Case):
    def test_each(self):
        configs = sorted((SOURCE / "configs").glob("*.toml"))
        self.assertGreaterEqual(len(configs), 5)
        models = {"life", "epidemic", "foraging", "knowledge", "opinion", "policy-foraging", "tours"}
        self.assertEqual({text_of(config, "name") for config in configs}, models)
        for config in configs:
            with self.subTest(config=config.name):
                said = self.ok("validate", config, "--estimate").out
                self.assertIn("is in order", said)
                out = self.folder / config.stem
                ticks = TICKS.get(config.stem, 60)
                summary = self.ok(*run_arguments(config, out, "--ticks", ticks)).json
                self.assertEqual(summary["tick"], 9 if config.stem == "opinion" else ticks)
                self.assertIn(f"{summary['nodes']} x", said)
                self.assertEqual(self.ok("digest", out).out.strip(), summary["digest"])
                table = rows(out / "observables.csv")
                moved = {tuple(value for key, value in row.items() if key not in ("tick", "digest")) for row in table}
                self.assertGreater(len(moved), 1, "something happens")
                self.assertEqual(report(out)["exit_status"], 0)

    def test_opinion_gives_what_its_comment_says(self):
        out = self.folder / "opinion"
        last = self.ok(*run_arguments(SOURCE / "configs/opinion.toml", out)).json["observables"]
        self.assertEqual((last["clusters"], last["largest"]), (2, 500))


def text_of(config, key):
    """The value of the model's key, such as `name`."""
    section = pathlib.Path(config).read_text().split("[model]")[1]
    return next(line.split('"')[1] for line in section.splitlines() if line.startswith(key))


if __name__ == "__main__":
    unittest.main()
