"""Fails on style that a reader trips over, and on calls that would let the machine or the clock into the state.

usage: check_style.py ROOT      one line a fault, exit status 1 when there is one
A line of state code that needs a banned name for something that is not state says so: `// not state: <what it is for>`.
So does a line that needs a clock's name in a folder to which time comes through `Clock`: `// not time: <what it is for>`.
"""

import pathlib
import re

import report

WIDTH = 140
MAX_LINES = {".hpp": 250, ".cuh": 250, ".cpp": 650, ".cu": 650}  # twice what a file should have: time to split by idea
CODE = {".hpp", ".cpp", ".cu", ".cuh", ".h"}
CODE_FOLDERS = ["engine", "ringhash", "models", "io", "policy", "cuda", "shard", "coordinator", "apps", "tests", "bench"]
OTHER_FILES = ["cmake/*.cmake", "*/CMakeLists.txt", "CMakeLists.txt", "tests/*/*.cmake", "tests/*/*.py", "bench/*.cmake", "scripts/*"]

CLOCKS = [
    re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)\b"),
    re.compile(r"\b(gettimeofday|clock_gettime|localtime|gmtime)\b|(?<![\w.>])(std::)?time\s*\(\s*(0|NULL|nullptr|&)"),
]
# The simulator of the cluster tests puts a clock of its own in place of the machine's, which is read in one file.
CLOCK_FOLDERS = {"shard", "io", "coordinator"}
CLOCK_FILE = "io/clock.cpp"

STATE_FOLDERS = {"engine", "models"}
LIBM = "exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|erf|erfc|tgamma|lgamma|cbrt|hypot"
STATE_BANS = [
    (re.compile(r"\bs?rand(om)?\s*\("), "the C library's random numbers: use keyed Philox, engine/random/random.hpp"),
    (re.compile(r"\b(random_device|mt19937(_64)?|default_random_engine|minstd_rand0?)\b"), "a stateful generator: use keyed Philox"),
    (re.compile(rf"\bstd::({LIBM})[fl]?\s*\("), "libm differs between machines: use the engine's own functions"),
    (re.compile(rf"(?<![\w:])::({LIBM})[fl]?\s*\("), "libm differs between machines: use the engine's own functions"),
    (re.compile(rf"\b__builtin_({LIBM})[fl]?\s*\("), "libm differs between machines: use the engine's own functions"),
    (re.compile(rf"(?<![\w:.>])({LIBM})[fl]\s*\("), "libm differs between machines: use the engine's own functions"),
    *((clock, "a clock in state code") for clock in CLOCKS),
    (re.compile(r"\bthis_thread::get_id\b"), "the identity of a thread in state code"),
    (re.compile(r"\batomic(_ref)?<\s*(float|double|f32|f64)\b"), "sums of floats by atomics depend on their order"),
]
# Unqualified libm calls can only be told from our own functions by what the file includes.
BARE_LIBM = re.compile(rf"(?<![\w:.>])(?<!float )(?<!double )(?<!auto )({LIBM})\s*\(")
CMATH = re.compile(r"#\s*include\s*<(cmath|math\.h)>")

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//.*|/\*.*?\*/')
VAGUE = re.compile(r"\b(nobody|whatever|anybody|somebody)\b", re.IGNORECASE)


def text_faults(lines):
    for number, line in enumerate(lines, 1):
        if len(line) > WIDTH:
            yield number, f"{len(line)} columns, {WIDTH} are allowed"
        if "\t" in line:
            yield number, "a tab"
        if line != line.rstrip():
            yield number, "white space at the end of the line"
        if UNFINISHED.search(line):
            yield number, "an open end: finish it, or say what is so and why"


def comment_faults(lines):
    for number, line in enumerate(lines, 1):
        for part in STRING_OR_COMMENT.findall(line):
            word = VAGUE.search(part) if part.startswith("/") else None
            if word:
                yield number, f'"{word[0]}" in a comment: say which member, process, thread, caller or reader is meant'


def state_faults(lines):
    includes_cmath = any(CMATH.search(line) for line in lines)
    for number, line in enumerate(lines, 1):
        if re.search(r"// not state: \w", line):
            continue
        code = STRING_OR_COMMENT.sub("", line)
        for pattern, reason in STATE_BANS:
            if pattern.search(code):
                yield number, reason
        if includes_cmath and BARE_LIBM.search(code):
            yield number, "libm differs between machines: use the engine's own functions"


def clock_faults(lines):
    for number, line in enumerate(lines, 1):
        code = STRING_OR_COMMENT.sub("", line)
        if not re.search(r"// not time: \w", line) and any(clock.search(code) for clock in CLOCKS):
            yield number, f"the machine's clock: take a Clock&, io/clock.hpp; {CLOCK_FILE} alone reads it"


def faults_of_file(root, path):
    relative = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    elif text:
        yield f"{relative}:{len(lines)}: no line end at the end of the file"
    faults = list(text_faults(lines)) if path.name != "check_style.py" and path.name != "test_layout.py" else []
    if path.suffix in CODE:
        limit = MAX_LINES.get(path.suffix)
        if limit and len(lines) > limit:
            faults.append((len(lines), f"{len(lines)} lines, {limit} at most: split it by idea"))
        if path.suffix in {".hpp", ".cuh"} and not re.search(r"^#pragma once$", text, re.MULTILINE):
            faults.append((1, "no #pragma once"))
        described_by_header = path.suffix in {".cpp", ".cu"} and path.with_suffix(".hpp").exists()
        if not re.match(r"//", text) and not described_by_header:
            faults.append((1, "a file begins with a comment that says what it is for"))
        faults += comment_faults(lines)
        if relative.split("/")[0] in STATE_FOLDERS:
            faults += state_faults(lines)
        if relative.split("/")[0] in CLOCK_FOLDERS and relative != CLOCK_FILE:
            faults += clock_faults(lines)
    for number, fault in sorted(faults):
        yield f"{relative}:{number}: {fault}"


def files_under(root):
    for folder in CODE_FOLDERS:
        yield from (path for path in sorted((root / folder).rglob("*")) if path.suffix in CODE)
    for pattern in OTHER_FILES:
        yield from (path for path in sorted(root.glob(pattern)) if path.is_file())


def check(root):
    """Returns the faults under root and the number of files read."""
    root = pathlib.Path(root)
    files = list(files_under(root))
    return [fault for path in files for fault in faults_of_file(root, path)], len(files)


if __name__ == "__main__":
    report.run(check, __doc__)
