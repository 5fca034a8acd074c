#!/usr/bin/env bash
# Runs the tests of the numeric modules under the thread and the address sanitizer:
#
#   scripts/sanitize.sh [thread] [address]
#
# Each is a build of its own, in a folder of its own under .build: some ten minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- thread address
tests='^(Tensors|NeuralNetworks|LanguageModels|Alignment)Tests\.'
# What runs the tests leaks, and the pool of buffers is never given back.
export ASAN_OPTIONS=detect_leaks=0

for sanitizer in "$@"; do
  # The C side is told as well: platform.h tells the sanitizer what it cannot see.
  swift test -c release --sanitize "$sanitizer" --scratch-path ".build/$sanitizer-sanitizer" \
    -Xcc -fsanitize="$sanitizer" --filter "$tests"
done
