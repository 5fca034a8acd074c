#!/usr/bin/env bash
# Feeds damaged files to a reader until it crashes, hangs or takes more than 1 GiB (Fuzz/README.md):
#
#   scripts/fuzz.sh TARGET [RUNS] [LIBFUZZER OPTION …]
#
# TARGET is a file of Fuzz/Targets without its ending; RUNS is 1,000,000 unless given.
# SANITIZE=fuzzer,address also finds reads outside of memory, at a third of the speed.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:?scripts/fuzz.sh TARGET [RUNS] [LIBFUZZER OPTION …]}
runs=${2:-1000000}
shift $(($# < 2 ? $# : 2))
sanitize=${SANITIZE:-fuzzer}
build=.build/fuzz/$sanitize
corpus=.build/fuzz/corpus/$target
mkdir -p "$build" "$corpus" .build/fuzz/found

compile=(swiftc -O -whole-module-optimization -parse-as-library -swift-version 6 -package-name mapo
  -sanitize="$sanitize" -Xcc -march="${MAPO_CPU:-native}" -I "$build" -I Sources/CPlatform
  -I Fuzz/CFuzzer)
# A module is compiled again when a source of it, or a module before it, is newer.
rebuilt=
for module in Tensors NeuralNetworks Tokenizers Jinja LanguageModels; do
  object=$build/$module.o
  if [ -n "$rebuilt" ] || [ -n "$(find "Sources/$module" -newer "$object" 2>&1 | head -1)" ]; then
    rebuilt=yes
    find "Sources/$module" -name '*.swift' -print0 | xargs -0 "${compile[@]}" \
      -module-name "$module" -emit-module -emit-module-path "$build/$module.swiftmodule" \
      -emit-object -o "$object.partial"
    mv "$object.partial" "$object"
  fi
done
"${compile[@]}" -module-name Fuzz Fuzz/Support/*.swift "Fuzz/Targets/$target.swift" "$build"/*.o \
  -o "$build/$target"

# What runs leaks nothing of note, and the pool of buffers is never given back.
export ASAN_OPTIONS=detect_leaks=0
exec "$build/$target" -runs="$runs" -rss_limit_mb=1024 -timeout=10 -max_len=32768 \
  -artifact_prefix=".build/fuzz/found/$target-" "$@" "$corpus" "Fuzz/Seeds/$target"
