"""Game of Life beside bgolly: patterns of Debian's package golly, run by both, give the same cells."""

import pathlib
import re
import subprocess
import unittest

import h5py
import numpy as np

from support import Case, colony, manifests, run_arguments

PATTERNS = pathlib.Path("/usr/share/golly/Patterns/Life")

# On a lattice with so much room around them that no border is reached.
PLANE = [("Miscellaneous/die658", 100), ("Methuselahs/blom", 150), ("Puffers/puffer-train", 100), ("Methuselahs/ark1", 100),
         ("Puffers/pi-fuse-puffer", 90), ("Methuselahs/natural-LWSS", 120), ("Methuselahs/iwona", 100), ("Methuselahs/justyna", 100)]
# The universe is the file's, or the one that is given; ticks go several times round it.
BOUNDED = [("Bounded-Grids/agar-p3", None, 50), ("Bounded-Grids/herringbone-agar-p14", None, 60),
           ("Bounded-Grids/lightspeed-bubble", None, 30), ("Methuselahs/rabbits-relation-17465", "T31,20", 200),
           ("Methuselahs/rabbits-relation-17423", "P40,30", 200), ("Miscellaneous/die658", "P33,41", 150)]


def read(text):
    """Cells, universe and size of a pattern, by a reader of the test's own."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    width, height, universe = re.fullmatch(r"x = (\d+), y = (\d+), rule = B3/S23(?::([TP]\d+,\d+))?", lines[0].strip()).groups()
    cells, x, y = set(), 0, 0
    for count, sign in re.findall(r"(\d*)([bo$!])", "".join(lines[1:])):
        length = int(count or 1)
        if sign == "!":
            break
        if sign == "$":
            x, y = 0, y + length
            continue
        if sign == "o":
            cells.update((x + i, y) for i in range(length))
        x += length
    return cells, universe, int(width), int(height)


def shifted(cells):
    """Cells from the corner of the box around them: Golly writes no more."""
    left, top = min(x for x, _ in cells), min(y for _, y in cells)
    return {(x - left, y - top) for x, y in cells}


def same_on_torus(left, right, width, height):
    """Whether some shift of a torus takes the one to the other: one that fits the counts of rows and of columns."""
    grids = []
    for cells in (left, right):
        grids.append(np.zeros((height, width), bool))
        for x, y in cells:
            grids[-1][y, x] = True
    fits = [[d for d in range(grids[0].shape[axis]) if (np.roll(grids[0].sum(1 - axis), d) == grids[1].sum(1 - axis)).all()]
            for axis in (0, 1)]
    return any((np.roll(grids[0], (dy, dx), (0, 1)) == grids[1]).all() for dy in fits[0] for dx in fits[1])


class Golly(Case):
    def by_golly(self, pattern, ticks):
        out = self.folder / "golly.rle"
        out.unlink(missing_ok=True)
        subprocess.run(["bgolly", "-q", "-q", "-m", str(ticks), "-o", out, pattern], check=True, capture_output=True, timeout=60)
        return read(out.read_text())[0]

    def by_colony(self, pattern, ticks, width, height, torus, at):
        out = self.folder / "run"
        job = self.job(f"""
[job]
ticks = {ticks}
[model]
name = "life"
cells = "{pattern}"
at = [{at}, {at}]
[graph]
source = "lattice"
width = {width}
height = {height}
torus = {str(torus).lower()}
[shards]
count = 2
[output]
observe_every = 50
""")
        self.ok(*run_arguments(job, out, "--force"))
        cells = set()
        for path in manifests(out)[-1].parent.glob("shard-*.h5"):
            with h5py.File(path) as file:
                ids = file["cells/id"][:][file["cells/alive"][:] != 0]
                cells.update((int(i) % width, int(i) // width) for i in ids)
        return cells

    def test_patterns_on_the_plane(self):
        for name, ticks in PLANE:
            with self.subTest(pattern=name):
                pattern = PATTERNS / f"{name}.rle"
                first, _, width, height = read(pattern.read_text())
                found = self.by_colony(pattern, ticks, width + 2 * ticks + 2, height + 2 * ticks + 2, False, ticks + 1)
                self.assertTrue(shifted(found) != shifted(first), "nothing has happened")
                self.assertTrue(shifted(found) == shifted(self.by_golly(pattern, ticks)))

    def test_patterns_on_bounded_grids(self):
        for name, given, ticks in BOUNDED:
            with self.subTest(pattern=name):
                text = (PATTERNS / f"{name}.rle").read_text()
                if given:
                    text = text.replace("B3/S23", f"B3/S23:{given}", 1)
                pattern = self.folder / "pattern.rle"
                pattern.write_text(text)
                universe = read(text)[1]
                width, height = map(int, universe[1:].split(","))
                torus = universe[0] == "T"
                found, wanted = self.by_colony(pattern, ticks, width, height, torus, 0), self.by_golly(pattern, ticks)
                self.assertTrue(wanted)
                if torus:
                    self.assertTrue(same_on_torus(wanted, found, width, height))
                else:
                    self.assertTrue(shifted(found) == shifted(wanted))

    def test_a_universe_that_is_not_the_lattice_is_refused(self):
        pattern = PATTERNS / "Bounded-Grids/agar-p3.rle"
        job = self.job(f"""
[job]
ticks = 8
[model]
name = "life"
cells = "{pattern}"
[graph]
source = "lattice"
width = 80
height = 80
""")
        self.refused(3, colony(*run_arguments(job, self.folder / "run")), "agar-p3.rle", "torus of 72 x 48", "width = 72")


if __name__ == "__main__":
    unittest.main()
