"""The exact law of S(E)IR(S) epidemics: on a graph of a few nodes it is a Markov chain over all states, whose matrix numpy makes from the
model's definition alone. 50,000 disjoint copies of the graph in one run are 50,000 independent draws of that chain, compared by
chi-square, tick by tick (the law of each tick) and over all pairs of ticks that follow each other (the coins of one tick tell nothing of
the next).

usage: markov_chains.py [unittest options]
"""

import itertools
import math
import unittest

import h5py
import numpy

from support import Case

COPIES = 50_000
TICKS = 12
SUSCEPTIBLE, EXPOSED, INFECTIOUS, RECOVERED = range(4)

# name: (nodes, directed edges from who infects to who is infected)
def both_ways(*pairs):
    return [*pairs, *((v, u) for u, v in pairs)]


GRAPHS = {
    "pair": (2, both_ways((0, 1))),
    "path": (3, both_ways((0, 1), (1, 2))),
    "star": (4, both_ways((0, 1), (0, 2), (0, 3))),
    "paw": (4, both_ways((0, 1), (1, 2), (2, 0), (2, 3))),
    "square": (4, both_ways((0, 1), (1, 2), (2, 3), (3, 0))),
    "directed_cycle": (3, [(0, 1), (1, 2), (2, 0)]),
    "directed_diamond": (4, [(0, 1), (0, 2), (1, 3), (2, 3)]),
}

MODELS = {
    "SI": {"infection": 0.3, "recovery": 0.0, "incubation": 0, "waning": 0.0},
    "SIR": {"infection": 0.4, "recovery": 0.25, "incubation": 0, "waning": 0.0},
    "SEIR": {"infection": 0.5, "recovery": 0.2, "incubation": 2.5, "waning": 0.0},
    "SIRS": {"infection": 0.45, "recovery": 0.3, "incubation": 0, "waning": 0.2},
    "SEIRS": {"infection": 0.6, "recovery": 0.35, "incubation": 1.6, "waning": 0.15},
}

# Every other pair: each model runs on three or four graphs, each graph with two or three models.
PAIRS = list(itertools.product(GRAPHS, MODELS))[::2]


def chain(nodes, edges, infection, recovery, incubation, waning):
    """The matrix of the chain, [4^nodes, 4^nodes]: in a tick each node changes by what it and its neighbours are when it begins. The digits
    of a state's number, base 4, are the nodes' compartments, the first node's the highest."""
    rows = []
    for state in itertools.product(range(4), repeat=nodes):
        row = numpy.ones(1)
        for node, now in enumerate(state):
            then = numpy.zeros(4)
            if now == SUSCEPTIBLE:
                contacts = sum(1 for source, target in edges if target == node and state[source] == INFECTIOUS)
                stays = (1 - infection) ** contacts
                then[SUSCEPTIBLE] = stays
                then[EXPOSED if incubation > 0 else INFECTIOUS] = 1 - stays
            else:
                next_one = {EXPOSED: INFECTIOUS, INFECTIOUS: RECOVERED, RECOVERED: SUSCEPTIBLE}[now]
                leaves = {EXPOSED: 1 / incubation if incubation else 0, INFECTIOUS: recovery, RECOVERED: waning}[now]
                then[next_one] = leaves
                then[now] = 1 - leaves
            row = numpy.kron(row, then)
        rows.append(row)
    return numpy.array(rows)


def deviation(observed, expected):
    """How far counts are from what is expected, in standard deviations of a normal law (Wilson and Hilferty's approximation of chi-square).
    Cells in which fewer than ten are expected are taken together; what can't happen has not happened, or this is infinite."""
    if observed[expected == 0].any():
        return math.inf
    large = expected >= 10
    observed = numpy.append(observed[large], observed[~large].sum())
    expected = numpy.append(expected[large], expected[~large].sum())
    if expected[-1] < 10:
        observed, expected = observed[:-1], expected[:-1]
    freedom = len(expected) - 1
    if freedom < 1:
        return 0.0
    statistic = ((observed - expected) ** 2 / expected).sum()
    return ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))


class MarkovChains(Case):
    def states(self, graph, model, direction):
        """The state of each copy at each tick, [TICKS + 1, COPIES], as a number of base 4; node 0 of each copy is infectious at first."""
        nodes, edges = GRAPHS[graph]
        pairs = numpy.array(edges)[None, :, :] + nodes * numpy.arange(COPIES)[:, None, None]
        numpy.savetxt(self.folder / "graph.txt", pairs.reshape(-1, 2), fmt="%d")
        seeds = ", ".join(str(nodes * copy) for copy in range(COPIES))
        values = "\n".join(f"{key} = {value}" for key, value in MODELS[model].items())
        job = self.job(f"""
[job]
seed = {hash_of(graph, model)}
ticks = {TICKS}
[model]
name = "epidemic"
direction = "{direction}"
seed_nodes = [{seeds}]
{values}
[graph]
source = "edges"
path = "graph.txt"
directed = true
[shards]
count = 3
[[snapshot]]
name = "state"
fields = ["people.state"]
every = 1
""")
        self.ok("run", "--config", job, "--out", self.folder / "run", "--force", "--progress", "never")
        digits = 4 ** numpy.arange(nodes - 1, -1, -1)
        numbers = []
        for tick in range(TICKS + 1):
            with h5py.File(self.folder / "run" / "snapshots" / "state" / f"tick-{tick:012d}.h5") as file:
                self.assertEqual(file["people/id"][-1], nodes * COPIES - 1)
                numbers.append(file["people/state"][:].reshape(COPIES, nodes).astype(int) @ digits)
        return numpy.array(numbers)

    def compare(self, graph, model, direction):
        matrix = chain(*GRAPHS[graph], **MODELS[model])
        states = self.states(graph, model, direction)
        cells = len(matrix)
        law = numpy.zeros(cells)
        law[INFECTIOUS * cells // 4] = 1
        moves = numpy.zeros((cells, cells))
        for tick in range(TICKS + 1):
            counts = numpy.bincount(states[tick], minlength=cells)
            self.assertLess(deviation(counts, COPIES * law), 4.5, f"the law of tick {tick}")
            law = law @ matrix
            if tick > 0:
                moves += numpy.bincount(states[tick - 1] * cells + states[tick], minlength=cells * cells).reshape(cells, cells)
        expected = moves.sum(axis=1, keepdims=True) * matrix
        for state in range(cells):
            self.assertLess(deviation(moves[state], expected[state]), 4.5, f"what follows state {state}")

    def test_copies_of_small_graphs_follow_the_chain(self):
        directions = itertools.cycle(("auto", "pull", "push"))
        for graph, model in PAIRS:
            with self.subTest(graph=graph, model=model):
                self.compare(graph, model, next(directions))

    def test_each_graph_and_each_model_has_its_turns(self):
        self.assertEqual(len(PAIRS), 18, "as docs/known-values.md says")
        for names, place in ((GRAPHS, 0), (MODELS, 1)):
            for name in names:
                self.assertGreaterEqual(sum(pair[place] == name for pair in PAIRS), 2, name)


def hash_of(graph, model):
    return 1000 * sorted(GRAPHS).index(graph) + sorted(MODELS).index(model)


if __name__ == "__main__":
    unittest.main()
