#!/usr/bin/env bash
# Every event of infra/events through `sam local invoke`, and the example through `sam local start-api`, against the local stack,
# which this starts. For a person, not for CI: it needs Linux or macOS, Rust, SAM CLI, a running Docker, Python 3, curl and
# what `sam build` has built.
#
#   sam build && bash tests/sam-local.sh [OPTION OF sam local]..
#
# For example `--skip-pull-image`. Port 8000 has to be free: infra/events/env.json names it.
set -euo pipefail
cd "$(dirname "$0")/.."

# The other options, the table's address among them, are in samconfig.toml.
sam_options=("$@")
example='/profiles/922fafaf-1115-2221-a33-fed3333397/aggregations?as_of=2020-12-08'
export SAM_CLI_TELEMETRY=0
work=$(mktemp -d)
started=()

stop_all() {
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' INT TERM

fail() {
    printf 'FAILED  %s\n' "$*" >&2
    exit 1
}

# background NAME COMMAND..: its output in NAME
background() {
    local name=$1
    shift
    "$@" >"$work/$name" 2>&1 </dev/null &
    started+=($!)
    # So that the shell does not announce its end.
    disown
}

# listens NAME ADDRESS PORT: waits until the background command started last does
listens() {
    for _ in {1..300}; do
        kill -0 "${started[${#started[@]} - 1]}" 2>/dev/null || fail "$1 ended: $(<"$work/$1")"
        ! (exec 3<>"/dev/tcp/$2/$3") 2>/dev/null || return 0
        sleep 0.1
    done
    fail "$1 does not listen: $(<"$work/$1")"
}

for command in sam docker python3 curl; do
    command -v "$command" >/dev/null || fail "$command is not on the PATH"
done
docker info >/dev/null 2>&1 || fail "docker does not run: docker info"
[ -f .aws-sam/build/template.yaml ] || fail "nothing is built: sam build"

# Containers are on Docker's bridge whatever `--docker-network` says. On Linux the host's loopback cannot be reached from there,
# so the table listens on the bridge; Docker Desktop passes loopback on by itself.
limit=()
! command -v timeout >/dev/null || limit=(timeout 180)
bridge=$(ip -4 -o address show docker0 2>/dev/null | sed -n 's/.* inet \([0-9.]*\).*/\1/p' || true)
options=()
[ -z "$bridge" ] || options=(--dynamodb "$bridge:8000" --allow-non-loopback)
cargo build --quiet --locked --package aggregations
! (exec 3<>"/dev/tcp/${bridge:-127.0.0.1}/8000") 2>/dev/null || fail "port 8000 is in use; a local stack that runs already has to be stopped"
background stack "${CARGO_TARGET_DIR:-target}/debug/aggregations" up --in-memory --http 127.0.0.1:0 ${options[@]+"${options[@]}"}
listens stack "${bridge:-127.0.0.1}" 8000

events=0
for event in infra/events/*.json; do
    name=$(basename "$event" .json)
    function=GetAggregations
    case $name in
        env) continue ;;
        get-profile | get-me | get-explained | get-history | get-calculated | get-many) expected=200 ;;
        get-not-modified) expected=304 ;;
        get-unknown) expected=404 ;;
        get-invalid-date) expected=400 ;;
        unfinished-*) function=RepairAggregations expected='{"batchItemFailures":[]}' ;;
        stream-*) function=RecalculateAggregations expected='{"batchItemFailures":[]}' ;;
        *) fail "$event: nothing is expected of it here" ;;
    esac
    ${limit[@]+"${limit[@]}"} sam local invoke "$function" --event "$event" ${sam_options[@]+"${sam_options[@]}"} >"$work/answer" 2>"$work/log" ||
        fail "$name: $(<"$work/log")"
    seen=$(python3 -c '
import json, sys
answer = json.load(open(sys.argv[1]))
print(answer["statusCode"] if "statusCode" in answer else json.dumps(answer, separators=(",", ":")))
' "$work/answer") || fail "$name: $(cat "$work/answer" "$work/log")"
    # The metrics of the function in the container: the stack's own has calculated everything before.
    [[ $function == GetAggregations ]] || grep -q '"ProfilesRecalculated":[1-9]' "$work/log" ||
        fail "$name: nothing was recalculated: $(<"$work/log")"
    [ "$seen" = "$expected" ] || fail "$name: expected $expected, saw $(cat "$work/answer" "$work/log")"
    printf 'ok      %s: %s\n' "$name" "$seen"
    events=$((events + 1))
done
[ $events -gt 0 ] || fail "infra/events holds no event"

port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
background api sam local start-api --port "$port" ${sam_options[@]+"${sam_options[@]}"}
listens api 127.0.0.1 "$port"
seen=$(curl -sS --max-time 180 -w ' %{http_code}' "http://127.0.0.1:$port$example") || fail "start-api: $(<"$work/api")"
[[ $seen == *'"spend_12m":2000,'*' 200' ]] || fail "start-api: saw $seen"$'\n'"$(<"$work/api")"
printf 'ok      start-api: 200\n'
