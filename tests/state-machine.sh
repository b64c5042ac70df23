#!/usr/bin/env bash
# The state machine that verifies and rebuilds all profiles: a validator finds nothing in infra/rebuild.asl.json, and moto's
# interpreter executes it, with the built function at a local stack's table in the place of Lambda. A line for each check; the
# first that fails ends it.
#
#   bash tests/state-machine.sh
#
# With Rust, Node.js 20.19 with npm, and Python 3 with venv. The tools are installed into the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."

binaries=${CARGO_TARGET_DIR:-$PWD/target}/debug
folder=${CARGO_TARGET_DIR:-target}/state-machine
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

fail() {
    printf 'FAILED  %s\n' "$*" >&2
    exit 1
}

for command in cargo npm node python3; do
    command -v "$command" >/dev/null || fail "$command is not on the PATH"
done

npm install --silent --no-save --no-fund --no-audit --prefix "$folder" asl-validator@4.0.0
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check boto3==1.44.8 'moto[stepfunctions]==5.2.5'
cargo build --quiet --locked --package aggregations --package recalculate-aggregations

# As CloudFormation does it.
definition=$work/definition.asl.json
sed -e 's/[$]{Partition}/aws/' \
    -e 's/[$]{RepairAggregations}/arn:aws:lambda:us-east-1:123456789012:function:repair-aggregations:live/' \
    infra/rebuild.asl.json >"$definition"
! grep -n '[$]{' "$definition" || fail "infra/rebuild.asl.json has placeholders that infra/rebuild.yaml does not fill"

valid() {
    "$folder/node_modules/.bin/asl-validator" --json-path "$1" >"$work/validator" 2>&1
}

valid "$definition" || fail "infra/rebuild.asl.json is not valid: $(<"$work/validator")"
printf 'ok      the validator finds nothing in infra/rebuild.asl.json\n'
# Each breaks something that it must find: a state that is not there, a path that is none, a state without an end.
for broken in 's/"Next": "Finished"/"Next": "Ready"/' 's/"\$\.segments"/"$.segments["/' '/"Default": "AllDone"/s/"Default"/"Otherwise"/'; do
    sed "$broken" "$definition" >"$work/broken.asl.json"
    ! cmp -s "$definition" "$work/broken.asl.json" || fail "nothing to break by $broken"
    ! valid "$work/broken.asl.json" || fail "the validator does not find what $broken breaks"
    printf 'ok      ... and finds what is broken by %s\n' "$broken"
done

if ! PYTHONDONTWRITEBYTECODE=1 "$folder/venv/bin/python" tests/state-machine/checks.py "$binaries" "$definition" "$work/log"; then
    tail -n 15 "$work/log" >&2
    exit 1
fi
