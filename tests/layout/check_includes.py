"""Fails on an #include that the layout does not have: an arrow between our folders, or a library in a folder that should not see it.

usage: check_includes.py ROOT      one line a fault, exit status 1 when there is one
"""

import pathlib
import re

import report

# folder -> what it may include of ours; a name is a whole folder, a pattern is matched against the path from the root.
# engine/error.hpp comes along with any of engine: errors and assertions have the same two roots in every folder.
ARROWS = {
    "engine": ["engine"],
    "ringhash": ["ringhash", r"engine/(ids|error)\.hpp"],
    "models": ["models", "engine"],
    "io": ["io", "engine"],
    "policy": ["policy", "engine"],
    "cuda": ["cuda", "engine", "policy", r"models/(.*[/_])?kernels?\.hpp"],
    "shard": ["shard", "engine", "ringhash", "io", "policy", "cuda"],
    "coordinator": ["coordinator", "engine", "ringhash", r"io/(clock|checkpoints/manifest\w*)\.hpp", r"shard/wire/\w+\.hpp"],
    "apps": ["apps", "engine", "ringhash", "models", "io", "policy", "cuda", "shard", "coordinator"],
}

# folder -> its subfolders from the bottom up, "" the files beside them: each may include what stands before it, and itself.
LAYERS = {
    "engine": ["", "random", "graph", "schema", "globals", "state", "effects", "kernels", "model", "tick"],
    "policy": ["", "onnx"],
    "io": ["", "hdf5", "graphs", "job", "checkpoints", "run"],
    "shard": ["wire", "links", ""],
    "apps": ["shared", "http", "run", "knowledge", "cluster", "commands", "pictures", ""],
}

# How a library's headers are written -> the folders that may see it.
LIBRARIES = [
    (r"(tbb|oneapi)/", {"engine"}),
    (r"xxhash\.h", {"engine", "io", "shard"}),
    (r"fmt/", set(ARROWS)),
    (r"boost/", {"apps"}),
    (r"(hdf5|hdf5_hl|H5\w*)\.h", {"io"}),
    (r"toml\+\+/", {"io"}),
    (r"z(lib|conf)\.h", {"io"}),
    (r"nlohmann/", {"io"}),
    (r"spdlog/", {"io", "apps"}),
    (r"CLI/", {"apps"}),
    (r"igraph/", {"apps"}),
    (r"onnx/", {"policy"}),
    (r"metis\.h", {"shard"}),
    (r"utf8proc\.h", {"models"}),
    (r"(nng|thrift)/", {"shard", "coordinator"}),
    (r"colony_idl/", {"shard"}),  # generated from shard/wire/colony.thrift
    (r"openssl/", {"shard"}),
    (r"mpi\.h", {"shard"}),
    (r"thrust/", {"policy", "cuda"}),
    (r"(cub|cuda)/|cuda\w*\.h|cu\w+\.h", {"cuda"}),
]

# The machine: standard C++ headers have neither folder nor ending.
SYSTEM = re.compile(r"[a-z_0-9]+|(sys|netinet|arpa|linux)/\w+\.h"
                    r"|(unistd|spawn|malloc|fcntl|signal|pthread|poll|dirent|errno|netdb|immintrin|cpuid|cxxabi)\.h")

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]*)"|<([^>]*)>)')
ENDINGS = {".hpp", ".cpp", ".h", ".cu", ".cuh"}


def may_include(folder, target):
    """target: path from the root, as written."""
    top = target.split("/")[0]
    return any(rule == top or re.fullmatch(rule, target) for rule in ARROWS[folder])


def layer_of(path):
    """Where a file of a folder with layers stands, counted from the bottom; -1: in a folder that is not listed."""
    parts = path.split("/")
    layer = parts[1] if len(parts) > 2 else ""
    return LAYERS[parts[0]].index(layer) if layer in LAYERS[parts[0]] else -1


def fault_of_layers(path, target):
    folder = path.split("/")[0]
    if folder not in LAYERS or target.split("/")[0] != folder:
        return None
    own, others = layer_of(path), layer_of(target)
    if own >= 0 and others >= 0 and others <= own:
        return None
    order = ", ".join(f"{folder}/{layer}".rstrip("/") for layer in LAYERS[folder])
    return f'"{target}" stands above this file, or in no folder of the list; from the bottom up: {order}'


def fault_of_quoted(path, target):
    folder = path.split("/")[0]
    if target.split("/")[0] not in ARROWS or "/" not in target or ".." in target:
        return f'"{target}" is no path from the repository root into one of its folders'
    if not may_include(folder, target):
        return f'{folder}/ may not include "{target}"; it may include {", ".join(ARROWS[folder])}'
    return fault_of_layers(path, target)


def fault_of_angled(folder, target):
    if target.split("/")[0] in ARROWS and "/" in target:
        return f'<{target}> is ours: write it with quotes'
    if SYSTEM.fullmatch(target):
        return None
    for pattern, folders in LIBRARIES:
        if re.match(pattern, target):
            if folder in folders:
                return None
            return f"{folder}/ may not see <{target}>, only {', '.join(sorted(folders)) or 'no folder'}"
    return f"<{target}> belongs to no known library; give it a rule here and a line in docs/dependencies.md"


def fault_of_own_header(root, path):
    """A source includes its own header first, so that compiling it shows that the header compiles alone."""
    own = path.with_suffix(".hpp")
    if path.suffix != ".cpp" or not own.exists():
        return None
    first = next(filter(None, map(INCLUDE.match, path.read_text(encoding="utf-8").splitlines())), None)
    name = own.relative_to(root).as_posix()
    return None if first and first.group(1) == name else f'the first #include of a source is its own header, "{name}"'


def faults_of_file(root, path):
    relative = path.relative_to(root).as_posix()
    folder = relative.split("/")[0]
    fault = fault_of_own_header(root, path)
    if fault:
        yield f"{relative}:1: {fault}"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, angled = match.groups()
        fault = fault_of_quoted(relative, quoted) if quoted is not None else fault_of_angled(folder, angled)
        if fault:
            yield f"{relative}:{number}: {fault}"


def check(root):
    """Returns the faults under root and the number of files read."""
    root = pathlib.Path(root)
    files = [path for folder in ARROWS for path in sorted((root / folder).rglob("*")) if path.suffix in ENDINGS]
    return [fault for path in files for fault in faults_of_file(root, path)], len(files)


if __name__ == "__main__":
    report.run(check, __doc__)
