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
(cd "$scratch" && build/own_model)
