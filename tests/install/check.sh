#!/bin/bash
# usage: check.sh BUILD_FOLDER CXX_COMPILER
# Installs the build into a prefix inside it, builds the projects in model/ and mistakes/ against that prefix alone, and runs them.
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

for project in model mistakes; do
  cp -r "$here/$project" "$scratch/$project"
  cmake -G Ninja -S "$scratch/$project" -B "$scratch/$project-build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache || true)"
  cmake --build "$scratch/$project-build"
done

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
model-build/own_model models rumour >/dev/null
run() { model-build/own_model run --config model/rumour.toml --out "$1" --json --progress never "${@:2}" 2>"$1.log" | tail -n 1 || { cat "$1.log" >&2 && exit 1; }; }
one=$(run one --shards 1 --threads 1)
five=$(run five --shards 5 --threads 2 --set shards.partition=hash)
digest() { grep -oE '"digest":"[0-9a-f]+"' <<<"$1"; }
[[ -n $(digest "$one") && $(digest "$one") == $(digest "$five") ]] || { printf 'digests differ:\n%s\n%s\n' "$one" "$five" >&2 && exit 1; }
grep -qE '"stifler":[1-9][0-9]{2,}' <<<"$one" || { printf 'the rumour did not spread:\n%s\n' "$one" >&2 && exit 1; }

# A model's mistake ends a run with 3, in one process and in several, and the message says in which kernel, or at which node in which tick.
wrong() {  # MISTAKE WORD...
  local how out status word
  for how in "run" "launch -n 2"; do
    out="$1-${how%% *}"
    status=0
    timeout 60 mistakes-build/mistaken_model $how --config mistakes/mistaken.toml --out "$out" --progress never --set "model.mistake=$1" \
      >/dev/null 2>"$out.log" || status=$?
    [[ $status == 3 ]] || { echo "$how of a model that $1 ended with $status, not 3" >&2 && cat "$out.log" >&2 && exit 1; }
    for word in "your model: " "${@:2}"; do
      grep -qF -e "$word" "$out.log" || { echo "$how of a model that $1 does not say: $word" >&2 && cat "$out.log" >&2 && exit 1; }
    done
  done
}
wrong throws "the kernel Thrower of Decay" "no such price"
wrong walks "the kernel Walker of Act" "pull_rows() for sources"
wrong sets 'the category "state" of node 17 was set to 2 in tick 5'
