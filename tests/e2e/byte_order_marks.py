"""Editors and spreadsheets begin a text with a byte order mark. Every reader takes the one of UTF-8 off, so that the file means what it
means without, and refuses those of UTF-16 by name, with the file."""

import codecs
import unittest

from support import JOBS, Case, colony, run_arguments

MARK = codecs.BOM_UTF8
UTF16 = [codecs.BOM_UTF16_LE + "1".encode("utf-16-le"), codecs.BOM_UTF16_BE + "1".encode("utf-16-be")]
ON_GRAPH = """
[job]
ticks = 8
[model]
name = "epidemic"
infection = 0.4
seeds = 1
[graph]
"""
TOUR = """
[job]
ticks = 3
[model]
name = "tours"
instance = "input"
[population]
count = 4
"""
KNOWLEDGE = """
[job]
ticks = 20
[model]
name = "knowledge"
documents = "documents"
[population]
count = 2
"""
SMART = ".I 1\n.W\nants and graphs and ants\n.I 2\n.W\ngraphs and trees and ants\n"


class ByteOrderMarks(Case):
    def digest_of(self, job, content):
        (self.folder / "input").write_bytes(content)
        return colony(*run_arguments(self.job(job), self.folder / "run", "--force"))

    def same_with_mark(self, job, text):
        plain, marked = (self.expect(0, self.digest_of(job, mark + text.encode())) for mark in (b"", MARK))
        self.assertEqual(plain.json["digest"], marked.json["digest"])
        for content in UTF16:
            self.refused(3, self.digest_of(job, content), "input", "UTF-16", "UTF-8")

    def test_edges(self):
        edges = ON_GRAPH + 'source = "edges"\npath = "input"\n'
        self.same_with_mark(edges, "1 2\n2 3\n3 4\n")
        self.same_with_mark(edges, "# a comment\n1 2\n2 3\n3 4\n")
        for text in ("source,target\n1,2\n2,3\n", "1,2\n2,3\n", '"source","target"\r\n1,2\r\n'):
            self.same_with_mark(edges + 'format = "csv"\n', text)
        self.same_with_mark(edges + 'format = "mtx"\n', "%%MatrixMarket matrix coordinate pattern general\n3 3 2\n1 2\n2 3\n")
        self.same_with_mark(edges + 'format = "metis"\n', "3 2\n2\n1 3\n2\n")

    def test_degrees(self):
        self.same_with_mark(ON_GRAPH + 'source = "generate"\nkind = "configuration"\ndegrees = "input"\n', "2\n2\n2\n2\n")

    def test_pattern(self):
        text = JOBS["life"].replace("density = 0.35", 'cells = "input"')
        self.same_with_mark(text, "x = 3, y = 3\nbo$2bo$3o!\n")
        self.same_with_mark(text, "#C a comment\nx = 3, y = 3\nbo$2bo$3o!\n")

    def test_instance(self):
        cities = "NAME: s\nTYPE: TSP\nDIMENSION: 4\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 0 3\n3 4 3\n4 4 0\nEOF\n"
        self.same_with_mark(TOUR, cities)

    def test_documents_and_stop_words(self):
        self.same_with_mark(KNOWLEDGE.replace('"documents"', '"input"'), SMART)
        (self.folder / "documents").write_text(SMART)
        self.same_with_mark(KNOWLEDGE.replace("[pop", 'stop_words = "input"\n[pop'), "trees\nand\n")
        folder = self.folder / "folder"
        folder.mkdir()
        digests = set()
        for mark in (b"", MARK):
            (folder / "a.txt").write_bytes(mark + b"ants and graphs")
            (folder / "b.txt").write_bytes(codecs.BOM_UTF16_LE + "left out".encode("utf-16-le"))
            done = self.ok(*run_arguments(self.job(KNOWLEDGE.replace('"documents"', '"folder"')), self.folder / "run", "--force"))
            digests.add(done.json["digest"])
            self.assertIn("b.txt (begins with the byte order mark of UTF-16", (self.folder / "run" / "log.jsonl").read_text())
        self.assertEqual(len(digests), 1)

    def test_job_file(self):
        job = self.folder / "marked.toml"
        job.write_bytes(MARK + JOBS["life"].encode())
        self.assertEqual(self.ok(*run_arguments(job, self.folder / "marked")).json["digest"],
                         self.ok(*run_arguments(self.model_job("life"), self.folder / "plain")).json["digest"])
        job.write_bytes(JOBS["life"].encode("utf-16"))
        self.refused(2, colony("validate", job), "marked.toml", "UTF-16", "UTF-8")

    def test_hosts(self):
        job = self.model_job("life")
        hosts = self.folder / "hosts"
        launch = ["launch", "-n", 2, "--hosts", hosts, "--config", job, "--out", self.folder / "run"]
        hosts.write_bytes(MARK + b"one slots=x\n")
        self.refused(2, colony(*launch), 'hosts:1: "one slots=x" is not HOST')
        hosts.write_bytes("one slots=2\n".encode("utf-16"))
        self.refused(2, colony(*launch), "hosts", "UTF-16")

    def test_retrieval(self):
        (self.folder / "documents").write_text(SMART)
        run = self.folder / "run"
        self.ok(*run_arguments(self.job(KNOWLEDGE), run))
        files = {"queries": "1\ttrees\n2\tants\n", "ranking": "1 Q0 2 1 0.5 t\n2 Q0 1 1 0.5 t\n", "judgements": "1 0 2 1\n2 0 1 1\n"}

        def answers():
            self.ok("query", run, "--queries", self.folder / "queries", "--trec", self.folder / "trec")
            said = self.ok("evaluate", "--run", self.folder / "ranking", "--judgements", self.folder / "judgements", "--json").json
            return (self.folder / "trec").read_text(), said

        for name, text in files.items():
            (self.folder / name).write_text(text)
        plain = answers()
        self.assertEqual(plain[1]["MAP"], 1)
        for name, text in files.items():
            with self.subTest(file=name):
                (self.folder / name).write_bytes(MARK + text.encode())
                self.assertEqual(answers(), plain)
                (self.folder / name).write_bytes(text.encode("utf-16"))
                command = (["query", run, "--queries", self.folder / "queries", "--trec", self.folder / "trec"] if name == "queries" else
                           ["evaluate", "--run", self.folder / "ranking", "--judgements", self.folder / "judgements"])
                self.refused(3, colony(*command), name, "UTF-16")
                (self.folder / name).write_text(text)
        (self.folder / "queries").write_bytes(MARK + b".I 1\n.W\ntrees\n.I 2\n.W\nants\n")
        self.assertEqual(answers(), plain, "queries in SMART format")


if __name__ == "__main__":
    unittest.main()
