#!/bin/bash
# usage: check.sh BUILD_FOLDER CXX_COMPILER
# Installs the build into a prefix inside it, builds the project in model/ against that prefix alone, and runs it.
set -euo pipefail

build=$1
compiler=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$build/install-test
rm -rf "$scratch"
mkdir -p "$scratch"

cmake --install "$build" --prefix "$scratch/prefix" >"$scratch/install.log" || { cat "$scratch/install.log" && exit 1; }

# The package may not lean on the tree it came from.
if grep -rlF -e "$root/" -e "$build/" "$scratch/prefix/lib/cmake" "$scratch/prefix/include"; then
  echo "the installed files above name the source or the build folder" >&2
  exit 1
fi

cp -r "$here/model" "$scratch/model"
cmake -G Ninja -S "$scratch/model" -B "$scratch/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache || true)"
cmake --build "$scratch/build"

# docs/writing-a-model.md shows this very code.
python3 - "$root/docs/writing-a-model.md" "$here/model" <<'PYTHON'
import pathlib, sys
page = pathlib.Path(sys.argv[1]).read_text()
for name in ("main.cpp", "CMakeLists.txt"):
    if pathlib.Path(sys.argv[2], name).read_text() not in page:
        sys.exit(f"docs/writing-a-model.md does not show tests/install/model/{name} as it is")
PYTHON

# The model runs, its rumour spreads, and two shapes agree.
cd "$scratch"
build/own_model models rumour >/dev/null
run() { build/own_model run --config model/rumour.toml --out "$1" --json --progress never "${@:2}" 2>"$1.log" | tail -n 1 || { cat "$1.log" >&2 && exit 1; }; }
one=$(run one --shards 1 --threads 1)
five=$(run five --shards 5 --threads 2 --set shards.partition=hash)
digest() { grep -oE '"digest":"[0-9a-f]+"' <<<"$1"; }
[[ -n $(digest "$one") && $(digest "$one") == $(digest "$five") ]] || { printf 'digests differ:\n%s\n%s\n' "$one" "$five" >&2 && exit 1; }
grep -qE '"stifler":[1-9][0-9]{2,}' <<<"$one" || { printf 'the rumour did not spread:\n%s\n' "$one" >&2 && exit 1; }
