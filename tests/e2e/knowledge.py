"""The knowledge colony: what documents it takes and refuses, and what it has learnt, read with h5py and by hand.

usage: knowledge.py [unittest options]
"""

import itertools
import pathlib
import unittest

import h5py

from support import SOURCE, Case, colony, manifests, report, rows, run_arguments

JOB = """
[job]
name = "reading"
ticks = {ticks}
[model]
name = "knowledge"
documents = "{documents}"
{more}
[population]
count = {count}
"""

TEXTS = {
    "apple.txt": "The apple falls. The apple is red, and red apples fall!",
    "pear.txt": "A pear falls beside the apple; pears are green.",
    "sea.txt": "Ships sail the green sea",
}


class Knowledge(Case):
    def documents(self, texts):
        folder = self.folder / "documents"
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    def reading(self, documents, ticks=2, more="", count=8):
        return self.job(JOB.format(documents=documents, ticks=ticks, more=more, count=count))

    def read(self, documents, name="run", shards=1, **options):
        out = self.folder / name
        return out, self.ok(*run_arguments(self.reading(documents, **options), out, "--shards", shards))

    @staticmethod
    def learnt(run):
        """Concepts by label, links by pairs of labels, words by document, out of the shard files of the last checkpoint."""
        concepts, documents, links, holds = {}, {}, {}, {}
        names = {}
        folder = manifests(run)[-1].parent
        for path in sorted(folder.glob("*.h5")):
            with h5py.File(path) as file:
                for group, nodes in (("concepts", concepts), ("documents", documents)):
                    text, at = bytes(file[f"{group}.labels/text"][:]), 0
                    for i, size in enumerate(file[f"{group}/label_bytes"][:]):
                        label = text[at:at + size].decode()
                        at += size
                        names[file[f"{group}/id"][i]] = label
                        nodes[label] = (int(file[f"{group}/emissions"][i]), int(file[f"{group}/amount"][i]))
                columns = [file[f"concepts.links/{name}"][:] for name in ("source", "target", "weight", "count", "tie")]
                for source, target, weight, count, tie in zip(*columns):
                    links[source, target] = (float(weight), int(count), int(tie))
                for source, target, amount in zip(*(file[f"documents.concepts/{name}"][:] for name in ("source", "target", "amount"))):
                    holds[source, target] = int(amount)
        named = {(names[a], names[b]): value for (a, b), value in links.items()}
        return concepts, documents, named, {(names[a], names[b]): value for (a, b), value in holds.items()}

    @staticmethod
    def fields(run):
        """Columns of concepts by label."""
        found = {}
        for path in sorted(manifests(run)[-1].parent.glob("*.h5")):
            with h5py.File(path) as file:
                text, at = bytes(file["concepts.labels/text"][:]), 0
                names = ("id", "label_bytes", "group", "bridge", "cluster", "anomaly", "activity")
                columns = {name: file[f"concepts/{name}"][:] for name in names}
                for i, size in enumerate(columns["label_bytes"]):
                    found[text[at:at + size].decode()] = {name: int(column[i]) for name, column in columns.items()}
                    at += size
        return found

    def test_what_three_texts_teach(self):
        documents = self.documents(TEXTS)
        for shards in (1, 3):
            with self.subTest(shards=shards):
                run, result = self.read(documents, f"run-{shards}", shards, more="link_decay = 0")
                concepts, names, links, holds = self.learnt(run)
                # "the", "is", "and", "are", "a", "beside" are stop words or too short; plurals are counted as singulars.
                self.assertEqual(concepts["apple"], (2, 4))
                self.assertEqual(concepts["green"], (2, 2))
                self.assertEqual(concepts["sea"], (1, 1))
                self.assertNotIn("the", concepts)
                self.assertEqual(set(names), set(TEXTS))
                self.assertEqual(holds["apple.txt", "apple"], 3)
                self.assertEqual(holds["pear.txt", "pear"], 2)
                for (a, b), value in links.items():
                    self.assertEqual(links[b, a], value)
                self.assertEqual(links["apple", "red"], (float(h5py_float(0.1)), 1, 6))
                self.assertNotIn(("apple", "sea"), links)
                self.assertEqual(result.json["observables"]["digested"], 3)
                self.assertEqual(result.json["observables"]["edges"], len(links) // 2)
                self.assertEqual(result.json["observables"]["concepts"], len(concepts))

    def test_links_are_those_of_the_words_that_documents_share(self):
        words = {f"{name}.txt": [f"word{(7 * name + k * k) % 23:02}" for k in range(9)] for name in range(6)}
        documents = self.documents({name: " ".join(text) for name, text in words.items()})
        run, _ = self.read(documents, shards=2, count=6, more="link_decay = 0\nmax_degree = 0")
        expected = {}
        for text in words.values():
            for a, b in itertools.permutations(set(text), 2):
                expected[a, b] = expected.get((a, b), 0) + 1
        self.assertEqual({ends: count for ends, (_, count, _) in self.learnt(run)[2].items()}, expected)

    def test_groups_a_bridge_and_clusters_that_were_planted(self):
        """Two topics of six words, four documents each, and one document that joins three words of either to one of its own."""
        topics = {topic: [f"{topic}word{k}" for k in range(6)] for topic in ("red", "blue")}
        texts = {f"{topic}{n}.txt": " ".join(words) for topic, words in topics.items() for n in range(4)}
        texts["both.txt"] = " ".join(["junction", *topics["red"][:3], *topics["blue"][:3]])
        documents = self.documents(texts)
        for shards in (1, 3):
            with self.subTest(shards=shards):
                run, result = self.read(documents, f"run-{shards}", shards, ticks=80, count=9, more="link_decay = 0")
                fields = self.fields(run)
                groups = {topic: {fields[word]["group"] for word in words} for topic, words in topics.items()}
                self.assertEqual([len(groups["red"]), len(groups["blue"])], [1, 1])
                self.assertNotEqual(groups["red"], groups["blue"])
                self.assertEqual([word for word in fields if fields[word]["bridge"]], ["junction"])
                # The three that the joining document strengthened are alike: the smallest id of them stands for the cluster.
                middles = [min(topics[topic][:3], key=lambda word: fields[word]["id"]) for topic in topics]
                self.assertEqual(sorted(word for word in fields if fields[word]["cluster"]), sorted(middles))
                self.assertEqual(result.json["observables"]["bridges"], 1)
                self.assertEqual(result.json["observables"]["clusters"], 2)

    def test_insights_that_were_planted(self):
        """Two topics of six words in four documents each; a fifth document names three words of one of them once more."""
        topics = {topic: [f"{topic}word{k}" for k in range(6)] for topic in ("red", "blue")}
        texts = {f"{topic}{n}.txt": " ".join(words) for topic, words in topics.items() for n in range(4)}
        texts["more.txt"] = " ".join(topics["red"][:3])
        documents = self.documents(texts)
        # Nothing evaporates: 4.5 are reached by the words of five documents, and by them in the end only.
        more = "link_decay = 0\nquorum = 4.5\nquorum_evaporation = 0\nsynthesizers = 20"
        for shards in (1, 3):
            with self.subTest(shards=shards):
                run, result = self.read(documents, f"run-{shards}", shards, ticks=80, count=9, more=more)
                fields, insights = self.fields(run), self.insights(run)
                self.assertEqual([fields[word]["activity"] for word in topics["red"]], [5 << 20] * 3 + [4 << 20] * 3)
                middle = min(topics["red"][:3], key=lambda word: fields[word]["id"])
                self.assertEqual(list(insights), [middle])
                # Thousandths of the weight: 0.5 among the three, 0.4 to the others.
                expected = {word: 499 if word in topics["red"][:3] else 400 for word in topics["red"] if word != middle}
                self.assertEqual(set(insights[middle]), set(expected))
                for word, weight in expected.items():
                    self.assertAlmostEqual(insights[middle][word], weight, delta=1)
                self.assertEqual(result.json["observables"]["insights"], 1)
                self.assertEqual(result.json["observables"]["synthesizers"], 20)

    @staticmethod
    def insights(run):
        """Members with weights in thousandths, by the insight's label."""
        labels, members = {}, {}
        for path in sorted(manifests(run)[-1].parent.glob("*.h5")):
            with h5py.File(path) as file:
                for group in ("concepts", "insights"):
                    text, at = bytes(file[f"{group}.labels/text"][:]), 0
                    for i, size in enumerate(file[f"{group}/label_bytes"][:]):
                        labels[file[f"{group}/id"][i]] = text[at:at + size].decode()
                        at += size
                for id in file["insights/id"][:]:
                    members[id] = {}
        for path in sorted(manifests(run)[-1].parent.glob("*.h5")):
            with h5py.File(path) as file:
                for source, target, amount in zip(*(file[f"insights.concepts/{name}"][:] for name in ("source", "target", "amount"))):
                    members[source][target] = int(amount)
        return {labels[id]: {labels[member]: weight for member, weight in row.items()} for id, row in members.items()}

    def test_a_word_that_is_handed_on(self):
        """One digester learns the main word of the first document, and brings it to the second, where it counts once more."""
        documents = self.documents({"1.txt": "alpha alpha alpha tango", "2.txt": "alpha beta gamma gamma"})
        run, _ = self.read(documents, ticks=20, count=1)
        _, _, links, _ = self.learnt(run)
        ties = {ends: tie for ends, (_, _, tie) in links.items()}
        self.assertEqual(ties["alpha", "tango"], 3)
        self.assertEqual(ties["beta", "gamma"], 2)
        self.assertEqual(ties["alpha", "beta"], 2)
        self.assertEqual(ties["alpha", "gamma"], 4)

    def test_links_carry_the_lineage_that_read(self):
        """Each document's words are its own: their links are of the lineage that the place of the document remembers."""
        texts = {f"{i:02}.txt": " ".join(f"own{i:02}{k}" for k in "abcde") for i in range(36)}
        run, result = self.read(self.documents(texts), shards=2, ticks=200, count=3,
                                more="evolve = true\nmax_idle = 2\nsight = 3\ngeneration = 5")
        lineage_at, anchor, origins, labels = {}, {}, {}, {}
        for path in sorted(manifests(run)[-1].parent.glob("*.h5")):
            with h5py.File(path) as file:
                lineage_at.update(zip(file["places/id"][:], file["places/lineage"][:]))
                for group in ("documents", "concepts"):
                    text, at = bytes(file[f"{group}.labels/text"][:]), 0
                    for i, size in enumerate(file[f"{group}/label_bytes"][:]):
                        labels[file[f"{group}/id"][i]] = text[at:at + size].decode()
                        at += size
                anchor.update(zip(file["documents/id"][:], file["documents/anchor"][:]))
                for source, origin in zip(file["concepts.links/source"][:], file["concepts.links/origin"][:]):
                    origins.setdefault(source, set()).add(int(origin))
        read_by = {labels[id]: int(lineage_at[place]) for id, place in anchor.items()}
        self.assertEqual({labels[id]: found for id, found in origins.items() if labels[id][3:5] + ".txt" in read_by},
                         {labels[id]: {read_by[labels[id][3:5] + ".txt"]} for id in origins})
        self.assertLessEqual(set(read_by.values()), {1, 2, 3})
        # They die of two idle ticks, and their children go on.
        table = rows(run / "observables.csv")
        alive = [int(row["digesters"]) for row in table]
        self.assertTrue(any(after > before for before, after in zip(alive, alive[1:])), "none was born")
        self.assertLess(max(alive), 12)
        run, mortal = self.read(self.folder / "documents", "mortal", ticks=200, count=3, more="max_idle = 2\nsight = 3")
        self.assertLess(mortal.json["observables"]["digested"], result.json["observables"]["digested"])

    def test_an_anomaly_that_was_planted(self):
        """Forty documents of three words of their own each; one word is in all of them."""
        documents = self.documents({f"{i:02}.txt": f"everywhere own{i}a own{i}b own{i}c" for i in range(40)})
        for shards in (1, 3):
            with self.subTest(shards=shards):
                run, result = self.read(documents, f"run-{shards}", shards, ticks=120, count=20, more="link_decay = 0\nmax_degree = 0")
                fields = self.fields(run)
                self.assertEqual(len(fields), 121)
                self.assertEqual([word for word in fields if fields[word]["anomaly"]], ["everywhere"])
                self.assertEqual(result.json["observables"]["anomalies"], 1)
                table = rows(run / "observables.csv")
                first = next(i for i, row in enumerate(table) if int(row["concepts"]))
                self.assertEqual({row["anomalies"] for row in table[:first + 10]}, {"0"}, "they learn for ten ticks")

    def test_all_is_read_and_unused_links_fade(self):
        documents = self.documents({f"{i:02}.txt": f"common word{i} other{i % 4} thing{i % 3}" for i in range(30)})
        run, result = self.read(documents, ticks=400, count=8, more="link_decay = 0.05\nmaturity = 20")
        table = rows(run / "observables.csv")
        self.assertEqual(int(table[-1]["digested"]), 30)
        self.assertEqual(int(table[-1]["waiting"]), 0)
        self.assertEqual(int(table[-1]["digesters"]), 0, "they died of idleness")
        self.assertGreater(max(int(row["edges"]) for row in table), 30)
        self.assertEqual(int(table[-1]["edges"]), 0)
        self.assertEqual(sum(int(row["linked"]) for row in table), sum(int(row["pruned"]) for row in table))

    def test_documents_that_nobody_is_left_for(self):
        """One digester that dies after its first document, and more of them beyond its sight."""
        documents = self.documents({f"{i:02}.txt": f"one{i} two{i}" for i in range(36)})
        for shards in (1, 2):
            with self.subTest(shards=shards):
                run, result = self.read(documents, f"run-{shards}", shards, ticks=60, count=1, more="sight = 1\nmax_idle = 2\ninput = 0")
                left = result.json["observables"]["waiting"]
                self.assertGreater(left, 30)
                self.assertEqual(result.json["observables"]["digesters"], 0)
                sentence = f"{left} of 36 documents were not digested: no digester is left alive"
                self.assertIn(sentence, result.err)
                self.assertIn(sentence, (run / "log.jsonl").read_text())
                self.assertEqual(len(report(run)["remarks"]), 1)
                self.assertIn(sentence, report(run)["remarks"][0])
        # Neither while a digester is alive, nor when all is read.
        for name, options in (("alive", {"ticks": 2, "count": 1}), ("read", {"ticks": 400, "count": 9})):
            run, result = self.read(documents, name, **options)
            self.assertEqual(result.json["observables"]["waiting"] == 0, name == "read")
            self.assertNotIn("not digested", result.err)
            self.assertNotIn("remarks", report(run))

    def test_input_that_is_refused(self):
        nothing = self.folder / "nothing"
        nothing.mkdir()
        self.refused(3, colony(*run_arguments(self.reading(nothing), self.folder / "out")), "nothing", "no ")
        self.refused(2, colony(*run_arguments(self.reading(self.folder / "absent"), self.folder / "out")), "absent")
        smart = self.folder / "broken.ALL"
        smart.write_text(".I 1\n.W\nsome words\n.I x\n")
        self.refused(3, colony(*run_arguments(self.reading(smart), self.folder / "out")), "broken.ALL:4")
        smart.write_text(".I 1\n.W\nsome words\n.I 1\n.W\nmore\n")
        self.refused(3, colony(*run_arguments(self.reading(smart), self.folder / "out")), "broken.ALL:4")
        lattice = self.reading(self.documents(TEXTS)).read_text() + '[graph]\nsource = "lattice"\nwidth = 4\nheight = 4\n'
        self.refused(2, colony(*run_arguments(self.job(lattice), self.folder / "out")), "makes its own graph")

    def test_input_that_is_taken_with_a_note(self):
        documents = self.documents({**TEXTS, "image.png": b"\x89PNG\0\0\1\2\3", "blank.txt": "",
                                    "latin.txt": "caf\u00e9 noir".encode("latin-1"),
                                    "long.txt": " ".join(f"w{i:05}x" for i in range(300))})
        run, result = self.read(documents, more="max_keywords = 100", count=9)
        for words in ("image.png", "blank.txt: no words", "no UTF-8", "long.txt"):
            self.assertIn(words, result.err)
        concepts, names, _, _ = self.learnt(run)
        self.assertIn("noir", concepts)
        self.assertIn("blank.txt", names)
        self.assertEqual(sum(1 for label in concepts if label.startswith("w0")), 100)

    def test_other_documents_are_another_run(self):
        documents = self.documents(TEXTS)
        run, _ = self.read(documents)
        (documents / "sea.txt").write_text("Ships sail the blue sea")
        result = colony(*run_arguments(self.reading(documents, ticks=5), run, "--resume"))
        self.assertEqual(result.status, 4, repr(result))
        self.assertIn("schema", result.err)
        self.assertEqual(report(run)["tick"], 2)


def h5py_float(value):
    """What f32 makes of it."""
    import struct
    return struct.unpack("f", struct.pack("f", value))[0]


if __name__ == "__main__":
    unittest.main()
