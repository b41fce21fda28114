#!/usr/bin/env bash
# Known flaws in what is installed fail the check; where the advisory service cannot be reached, that is said and passed.
set -uo pipefail
cd "$(dirname "$0")/.."
out=$(.venv/bin/pip-audit --progress-spinner off --skip-editable --timeout 15 "$@" 2>&1)
code=$?
if [ $code -eq 0 ]; then
  echo "pip-audit: no known flaws"
elif grep -qE "Found [0-9]+ known vulnerabilit" <<<"$out"; then
  echo "$out"
  exit 1
else
  echo "pip-audit: not run, the advisory service could not be reached (last line: $(tail -n 1 <<<"$out" | cut -c1-160))" >&2
fi
