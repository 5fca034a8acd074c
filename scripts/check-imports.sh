#!/usr/bin/env bash
# Fails when a module imports what its layer does not allow. The list is the layout: each line is a
# module and all that it may import besides the standard library and the system's.
set -euo pipefail
cd "$(dirname "$0")/.."

allowed="
Tensors: CPlatform
NeuralNetworks: Tensors
Tokenizers:
Jinja:
LanguageModels: Jinja NeuralNetworks Tensors Tokenizers
Alignment: LanguageModels NeuralNetworks Tensors
CPlatform:
Benchmarks: Alignment CPlatform FeedbackStore LanguageModels NeuralNetworks TargetModels Tensors Tokenizers
Rewriting: LanguageModels NeuralNetworks Tokenizers
Tasks: Jinja Yams
TargetModels: AsyncHTTPClient LanguageModels NIOCore NIOHTTP1 NIOPosix NeuralNetworks Tensors Tokenizers
PromptSearch: Tasks
BuiltInTasks: PromptSearch Tasks
FeedbackStore: GRDB
Pipeline: Alignment BuiltInTasks FeedbackStore LanguageModels Logging NeuralNetworks PromptSearch Rewriting TargetModels Tasks Tensors Tokenizers Yams
Reports:
mapo: ArgumentParser Benchmarks Logging Pipeline Reports Rewriting Tensors
"
system=" Darwin Dispatch Foundation Glibc Musl Swift Synchronization "

status=0
for folder in Sources/*/; do
  module=$(basename "$folder")
  line=$(grep "^$module:" <<<"$allowed" || true)
  if [ -z "$line" ]; then
    echo "$module: not in the layout (scripts/check-imports.sh)" >&2
    status=1
    continue
  fi
  while IFS=: read -r file number text; do
    name=$(sed -E 's/^.*import +((struct|class|enum|func|protocol|typealias|var|let) +)?([A-Za-z_][A-Za-z_0-9]*).*$/\3/' <<<"$text")
    case "$system${line#*:} " in
      *" $name "*) ;;
      *)
        echo "$file:$number: $module may not import $name" >&2
        status=1
        ;;
    esac
  done < <(grep -rnE '^ *(@[A-Za-z_]+(\([^)]*\))? +)*((public|package|internal|private|fileprivate) +)?import ' "$folder" --include='*.swift')
done
exit $status
