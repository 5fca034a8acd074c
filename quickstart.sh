#!/usr/bin/env bash
# Runs the main job on the built-in tasks: two target models, a rewriter for each, one table.
set -euo pipefail
cd "$(dirname "$0")"
source scripts/setup.sh

install_libraries
swift build -c release --product mapo
exec "$(swift build -c release --show-bin-path)/mapo" run Configs/quickstart.yaml "${@:---overwrite}"
