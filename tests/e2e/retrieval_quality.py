"""What the knowledge colony is worth: judged collections asked with one setting for both, and the topics of a corpus found again.

usage: retrieval_quality.py [unittest options]
"""

import collections
import json
import math
import unittest

from support import Case, data_file, run_arguments

JOB = """
[job]
name = "library"
ticks = {ticks}
[model]
name = "knowledge"
documents = "{documents}"
[population]
count = {digesters}
"""


def mutual_information(left, right):
    """Normalised by the arithmetic mean of the entropies (Strehl and Ghosh 2002 have others)."""
    total = len(left)
    both, one, other = (collections.Counter(pairs) for pairs in (zip(left, right), left, right))
    shared = sum(n / total * math.log(n * total / (one[a] * other[b])) for (a, b), n in both.items())
    entropy = sum(-n / total * math.log(n / total) for counts in (one, other) for n in counts.values()) / 2
    return shared / entropy if entropy else 1.0


class Quality(Case):
    def setUp(self):
        self.data = data_file("text")
        super().setUp()

    def grown(self, documents, ticks, digesters):
        config = self.job(JOB.format(documents=documents, ticks=ticks, digesters=digesters))
        out = self.folder / "run"
        summary = self.ok(*run_arguments(config, out, "--shards", 3)).json["observables"]
        self.assertEqual(summary["waiting"], 0)
        return out, summary

    def judged(self, name, digesters):
        run, _ = self.grown(self.data / f"{name}.ALL", 400, digesters)
        trec = self.folder / "trec"
        self.ok("query", run, "--queries", self.data / f"{name}.QRY", "--trec", trec)
        said = self.ok("evaluate", "--run", trec, "--judgements", self.data / f"{name}.REL").out
        print(name, " ".join(said.split()))
        return {words[0]: float(words[1]) for words in map(str.split, said.splitlines()) if len(words) == 2 and "." in words[1]}

    def test_cisi(self):
        measures = self.judged("cisi-CISI", 400)
        self.assertGreaterEqual(measures["nDCG@10"], 0.385, "BM25's")
        self.assertGreaterEqual(measures["R@100"], 1.05 * 0.432, "5 % above BM25's")

    def test_adi(self):
        measures = self.judged("adi-ADI", 20)
        self.assertGreaterEqual(measures["nDCG@10"], 0.443, "BM25's")
        self.assertGreaterEqual(measures["R@20"], 0.636, "BM25's")

    def test_topics_are_found_again(self):
        run, summary = self.grown(self.data / "phago-corpus", 100, 25)
        self.assertEqual(summary["digested"], 100)
        found = json.loads(self.ok("communities", run, "--json").out)
        documents = {name: number for number, community in enumerate(found["communities"]) for name in community["documents"]}
        self.assertEqual(len(documents), 100)
        names = sorted(documents)
        information = mutual_information([documents[name] for name in names], [name.rsplit("_", 1)[0] for name in names])
        print(f"mutual information with the topics {information:.3f}, {len(set(documents.values()))} communities")
        self.assertGreaterEqual(information, 0.6)


if __name__ == "__main__":
    unittest.main()
