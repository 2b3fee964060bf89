"""How the checks of this folder tell what they found."""

import sys


def run(check, usage):
    """Prints the faults of check(ROOT), the root as the command line says; exits with 1 where there are any, or where nothing was read."""
    if len(sys.argv) != 2:
        sys.exit(usage)
    faults, count = check(sys.argv[1])
    print("\n".join(faults + [f"{count} files read, {len(faults)} faults"]))
    sys.exit(1 if faults or count == 0 else 0)
