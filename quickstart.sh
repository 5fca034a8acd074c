#!/usr/bin/env bash
# Runs the main job on the built-in tasks: two target models, a rewriter for each, one table.
set -euo pipefail
cd "$(dirname "$0")"
source scripts/setup.sh

install_libraries
swift build -c release --product mapo >&2
# Without arguments: an unfinished run goes on, a finished one begins anew.
if [ $# -eq 0 ]; then
  run=Checkpoints/quickstart
  if [ -e "$run/run.json" ] && [ ! -e "$run/evaluation.json" ]; then
    set -- --resume
  else
    set -- --overwrite
  fi
fi
exec "$(swift build -c release --show-bin-path)/mapo" run Configs/quickstart.yaml "$@"
