"""What checkpoints cost a run: the 2^20-node epidemic with checkpoint.every = 10 beside the same run without, turn by turn.

usage: checkpoint_cost.py PROGRAM [PAIRS]     from the repository root; needs some 100 MB below the working folder
Prints the seconds of ticks (set-up left out) of the best runs, their ratio, and the median of the ratios of neighbours; the promise is 1.1.
Ends with 1 when the two have different digests.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

CONFIG = pathlib.Path(__file__).resolve().parent.parent / "configs" / "large-epidemic.toml"


def run(program, folder, every):
    """Seconds of ticks and the digest of one run."""
    command = [program, "run", "--config", str(CONFIG), "--ticks", "100", "--threads", "2", "--set", "graph.nodes=1048576",
               "--set", f"checkpoint.every={every}", "--out", folder, "--force", "--progress", "never", "--json"]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    summary = json.loads(result.stdout.splitlines()[-1])
    return summary["seconds"], summary["digest"]


def main():
    program = sys.argv[1]
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    times = {0: [], 10: []}
    digests = set()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for pair in range(pairs + 1):
            for every in (0, 10) if pair % 2 else (10, 0):
                seconds, digest = run(program, folder + "/run", every)
                digests.add(digest)
                if pair > 0:  # the first is a warm-up
                    times[every].append(seconds)
    if len(digests) != 1:
        print(f"digests differ: {digests}")
        return 1
    without, with_checkpoints = min(times[0]), min(times[10])
    median = statistics.median(b / a for a, b in zip(times[0], times[10]))
    print(f"without {without:.3f} s, every 10 ticks {with_checkpoints:.3f} s: ratio {with_checkpoints / without:.3f}, median {median:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
