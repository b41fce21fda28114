#!/bin/sh
# Drafts of every chart in a folder, for the morning: one model load, resumable. See docs/nightly-drafts.md.
# usage: nightly-drafts.sh CHARTS_FOLDER DRAFTS_FOLDER [template]
set -eu
umask 077   # drafts hold patients' data: readable by this user alone
charts=${1:?"usage: $0 CHARTS_FOLDER DRAFTS_FOLDER [template]"}
drafts=${2:?"usage: $0 CHARTS_FOLDER DRAFTS_FOLDER [template]"}
template=${3:-}
here=$(cd "$(dirname "$0")/.." && pwd)
day=$(date +%F)
[ -d "$charts" ] || { echo "error: $charts: there is no such folder." >&2; exit 2; }
mkdir -p "$drafts"

rows="$drafts/$day.in.jsonl"
# The day's cases are listed once: a second run of the same night goes on with the same list.
if [ ! -s "$rows" ]; then
    "$here/.venv/bin/python" - "$charts" "$template" > "$rows.part" <<'PY'
import json, sys
from pathlib import Path

folder, template = Path(sys.argv[1]), sys.argv[2]
for path in sorted(p for p in folder.iterdir() if p.suffix in (".txt", ".md", ".json")):
    row = {"id": path.name, "record": path.read_text(encoding="utf-8-sig")}
    print(json.dumps(row | ({"template": template} if template else {}), ensure_ascii=False))
PY
    mv "$rows.part" "$rows"
fi
cd "$here"
exec "$here/.venv/bin/python" -m assistant batch discharge --in "$rows" --out "$drafts/$day.out.jsonl" --resume
