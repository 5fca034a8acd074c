#!/usr/bin/env bash
# Lint, the check of module boundaries, one release build, all tests.
set -euo pipefail
cd "$(dirname "$0")"
source scripts/setup.sh

install_libraries libxml2 # the tests read the report with FoundationXML
swift format lint --strict --recursive --parallel Sources Tests Examples Fuzz Package.swift
scripts/check-imports.sh
swift build -c release --build-tests
swift test -c release --skip-build
