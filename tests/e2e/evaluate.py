"""`colony evaluate` against figures that trec_eval printed, against the formulas in plain Python, and on judged collections as published.

usage: evaluate.py [unittest options]
The tests on collections need the test data (support.py).
"""

import math
import random
import unittest

from support import Case, colony, data_file

NAMES = {"nDCG@10": "ndcg_cut_10", "MAP": "map", "P@10": "P_10", "R@20": "recall_20", "R@100": "recall_100", "MRR": "recip_rank"}


def measured(run, grades):
    """Means over the judged queries. run: query -> {document: score}; grades: query -> {document: grade}."""
    sums = dict.fromkeys(NAMES, 0.0)
    for query, judged in grades.items():
        found = run.get(query, {})
        order = sorted(found, key=lambda document: (found[document], document.encode()), reverse=True)
        gains = [max(0, judged.get(document, 0)) for document in order]
        relevant = sum(grade > 0 for grade in judged.values())
        if relevant == 0:
            continue
        at = [rank for rank, gain in enumerate(gains, 1) if gain > 0]
        discounted = lambda values: sum(value / math.log2(rank + 1) for rank, value in enumerate(values[:10], 1))
        sums["nDCG@10"] += discounted(gains) / discounted(sorted((max(0, g) for g in judged.values()), reverse=True))
        sums["MAP"] += sum(number / rank for number, rank in enumerate(at, 1)) / relevant
        sums["P@10"] += sum(rank <= 10 for rank in at) / 10
        sums["R@20"] += sum(rank <= 20 for rank in at) / relevant
        sums["R@100"] += sum(rank <= 100 for rank in at) / relevant
        sums["MRR"] += 1 / at[0] if at else 0
    return {name: value / len(grades) for name, value in sums.items()}


def trec_grades(path):
    """query -> {document: grade} of TREC's qrels."""
    grades = {}
    for line in path.read_text().splitlines():
        query, _, document, grade = line.split()
        grades.setdefault(query, {})[document] = float(grade)
    return grades


def run_text(run):
    return "".join(f"{query} Q0 {document} {rank} {score} t\n" for query, found in run.items()
                   for rank, (document, score) in enumerate(found.items(), 1))


def perfect(grades):
    """The run that has the judged documents in the order of their grades."""
    return {query: {document: grade for document, grade in judged.items()} for query, judged in grades.items()}


class Evaluate(Case):
    def evaluate(self, run, judgements, *options):
        """run: a path, or query -> {document: score}; judgements: a path, or text."""
        if isinstance(run, dict):
            run, run_path = run_text(run), self.folder / "a.run"
            run_path.write_text(run)
            run = run_path
        if isinstance(judgements, str):
            (self.folder / "a.rel").write_bytes(judgements.encode())
            judgements = self.folder / "a.rel"
        return self.ok("evaluate", "--run", run, "--judgements", judgements, "--json", *options)

    def same(self, told, expected):
        for name in NAMES:
            self.assertAlmostEqual(told[name], expected[name], delta=1e-12, msg=name)

    def assert_perfect(self, told, judged):
        self.assertEqual((told["queries"], told["missing"]), (judged, 0))
        for name in ("MAP", "MRR", "nDCG@10"):
            self.assertAlmostEqual(told[name], 1, delta=1e-12, msg=name)

    # ---- Formats ----

    def test_the_second_field_of_qrels_does_not_count(self):
        """Documents with numbers for names, of which those with the grade 1 are found first."""
        run = {"1": {"5": 4, "3": 3, "8": 2, "1": 1}, "2": {"1": 3, "2": 2}}
        lines = ("1 {} 5 1", "1 {} 3 1", "1 {} 8 0", "2 {} 1 1", "2 {} 2 0")
        for iterations in ("00000", "11111", "01010", "12345", ["Q0"] * 5, ["0.5", "1", "0.5", "4.5", "5"]):
            told = self.evaluate(run, "".join(line.format(i) + "\n" for line, i in zip(lines, iterations))).json
            self.assertEqual(told["format"], "trec")
            self.assert_perfect(told, 2)
        worst = {"1": {"8": 4, "1": 3, "3": 2, "5": 1}, "2": {"2": 3, "1": 2}}
        told = self.evaluate(worst, "".join(line.format(1) + "\n" for line in lines)).json
        self.assertAlmostEqual(told["MAP"], ((1 / 3 + 2 / 4) / 2 + 1 / 2) / 2)

    def test_cranfield(self):
        """A document with the code -1 is not an answer, like one with 0 in qrels."""
        run = {"1": {"486": 3, "184": 2, "29": 1}}
        told = self.evaluate(run, "1 184 2\n1 29 3\n1 486 -1\n")
        self.assertEqual(told.json["format"], "smart")
        self.assertAlmostEqual(told.json["MAP"], (1 / 2 + 2 / 3) / 2)
        self.assertAlmostEqual(told.json["MRR"], 1 / 2)
        self.assertIn("codes above 0", told.err)
        self.assertEqual(self.evaluate(run, "1 184 2\n1 29 3\n1 486 -1\n", "--qrels-format", "smart").err, "")
        self.assertAlmostEqual(self.evaluate(run, "1 0 184 2\n1 0 29 3\n1 0 486 -1\n").json["MAP"], (1 / 2 + 2 / 3) / 2)

    def test_fractional_grades_are_gains(self):
        grades = {"1": {"a": 0.5, "b": 2.0, "c": 0.0, "d": -1.0}, "2": {"a": 1.5}}
        run = {"1": {"d": 9, "a": 8, "c": 7, "b": 6}, "2": {"x": 2, "a": 1}}
        text = "".join(f"{query} {round_} {document} {grade}\n" for query, judged in grades.items()
                       for round_, (document, grade) in zip((0.5, 1, 1.5, 5), judged.items()))
        told = self.evaluate(run, text).json
        self.same(told, measured(run, grades))
        self.assertAlmostEqual(told["nDCG@10"], ((0.5 / math.log2(3) + 2 / math.log2(5)) / (2 + 0.5 / math.log2(3)) + 1 / math.log2(3)) / 2)

    def test_what_can_be_two_formats_is_asked_for(self):
        run = self.folder / "run"
        run.write_text("1 Q0 28 1 2 t\n2 Q0 5 1 2 t\n")
        either = self.folder / "either"
        either.write_text("1 28 0 0\n2 5 0 0\n")
        self.refused(3, colony("evaluate", "--run", run, "--judgements", either), "either: ", "--qrels-format trec or smart")
        self.assert_perfect(self.evaluate(run, either, "--qrels-format", "smart").json, 2)
        told = self.evaluate(run, either, "--qrels-format", "trec")
        self.assertEqual((told.json["MAP"], told.json["format"]), (0, "trec"))
        self.assertIn("are the names the same?", told.err)
        self.expect(2, colony("evaluate", "--run", run, "--judgements", either, "--qrels-format", "qrels"))

    def test_a_run_of_other_queries_is_refused(self):
        run = self.folder / "run"
        run.write_text("q1 Q0 a 1 1 t\n")
        judgements = self.folder / "judgements"
        judgements.write_text("1 0 a 1\n")
        self.refused(3, colony("evaluate", "--run", run, "--judgements", judgements), 'the first is "q1" here and "1" there')

    # ---- Formulas ----

    def test_of_random_runs(self):
        """Equal scores, unjudged documents, queries without an answer or a relevant document, grades from -1 to 4 and fractions."""
        random.seed(8)
        for case in range(30):
            documents = [f"d{number}" for number in range(random.choice((3, 30, 300)))]
            levels = random.choice(((0, 1), (-1, 0, 1, 2, 4), (0, 0.25, 0.5, 1)))
            grades = {f"q{q}": {d: random.choice(levels) for d in random.sample(documents, random.randint(1, len(documents)))}
                      for q in range(random.randint(1, 6))}
            some = lambda: random.sample(documents, random.randint(1, len(documents)))
            run = {query: {d: random.choice((random.random(), 0.5, 1e-3)) for d in some()}
                   for query in [*grades, "unjudged"] if query == "q0" or random.random() < 0.8}
            text = "".join(f"{query} {case} {d} {grade}\n" for query, judged in grades.items() for d, grade in judged.items())
            told = self.evaluate(run, text).json
            self.assertEqual((told["queries"], told["missing"]), (len(grades), len(set(grades) - set(run))))
            self.same(told, measured(run, grades))

    # ---- Collections ----

    def test_what_trec_eval_printed(self):
        """The figures of trec_eval's own test, to all the digits that it prints."""
        folder = data_file("trec", "trec_eval_test")
        for qrels, output, names in (("qrels.test", "out.test.a", NAMES.values()),
                                     ("qrels.test.with-comments", "out.test.a", NAMES.values()),
                                     ("qrels.rel_level", "out.test.aql", ("ndcg_cut_10",))):
            printed = dict(line.split()[::2] for line in (folder / output).read_text().splitlines() if line.split()[1] == "all")
            told = self.evaluate(folder / "results.test", folder / qrels).json
            for name, theirs in NAMES.items():
                if theirs in names:
                    self.assertEqual(f"{told[name]:.4f}", printed[theirs], f"{qrels} {name}")
        # out.test.aql counts grades from 2 as relevant; the others of that file by the formulas.
        run = {}
        for line in (folder / "results.test").read_text().splitlines():
            query, _, document, _, score, _ = line.split()
            run.setdefault(query, {})[document] = float(score)
        self.same(told, measured(run, trec_grades(folder / "qrels.rel_level")))

    def test_trec_covid(self):
        qrels = data_file("trec", "qrels.covid-round1.txt")
        grades = trec_grades(qrels)
        told = self.evaluate(perfect(grades), qrels).json
        self.assertEqual(told["format"], "trec")
        self.assert_perfect(told, 30)
        random.seed(1)
        run = {query: {document: random.random() for document in random.sample(sorted(judged), len(judged) // 2)}
               for query, judged in list(grades.items())[:25]}
        told = self.evaluate(run, qrels).json
        self.assertEqual((told["queries"], told["missing"]), (30, 5))
        self.same(told, measured(run, grades))

    def test_beir_scifact(self):
        tsv = data_file("trec", "beir_scifact_test.tsv")
        grades = {}
        for line in tsv.read_text().splitlines()[1:]:
            query, document, grade = line.split()
            grades.setdefault(query, {})[document] = float(grade)
        told = self.evaluate(perfect(grades), tsv).json
        self.assertEqual(told["format"], "beir")
        self.assert_perfect(told, 300)
        # The same judgements in TREC's format; SciFact has them with the iteration 0.
        text = "".join(f"{query} 0 {document} {grade}\n" for query, judged in grades.items() for document, grade in judged.items())
        random.seed(2)
        documents = sorted({document for judged in grades.values() for document in judged})
        run = {query: {document: round(random.random(), 2) for document in random.sample(documents, 100)} for query in grades}
        one, other = self.evaluate(run, tsv).json, self.evaluate(run, text).json
        self.assertEqual(other.pop("format"), "trec")
        self.assertEqual({**one, "format": None}, {**other, "format": None})
        self.same(one, measured(run, grades))

    def test_smart_collections(self):
        for name, queries in (("cisi-CISI", 76), ("adi-ADI", 35)):
            path = data_file("text", f"{name}.REL")
            grades = {}
            for line in path.read_text().splitlines():
                if line.split():
                    grades.setdefault(line.split()[0], {})[line.split()[1]] = 1
            told = self.evaluate(perfect(grades), path).json
            self.assertEqual(told["format"], "smart")
            self.assert_perfect(told, queries)


if __name__ == "__main__":
    unittest.main()
