#!/usr/bin/env bash
# The whole system on AWS's own DynamoDB Local, its stream included: the end-to-end suite, what requests consume, some
# schedules of faults, and the `aggregations` command itself.
#
#   bash tests/dynamodb-local.sh [ARGUMENT OF CARGO TEST..]
#
# With Rust, Java 17 or newer, npm, tar and curl. DynamoDB Local comes from npm and stays in the target folder: its licence
# lets everybody use it, but nobody pass it on.
set -euo pipefail
cd "$(dirname "$0")/.."

package=amplify-dynamodb-simulator@2.9.30
folder=${CARGO_TARGET_DIR:-target}/dynamodb-local/$package
example='/profiles/922fafaf-1115-2221-a33-fed3333397/aggregations?as_of=2020-12-08'
work=$(mktemp -d)
started=()

stop_all() {
    # In reverse, so that what is still read from ends last.
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do
        kill "${started[i]}" 2>/dev/null || continue
        wait "${started[i]}" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' INT TERM

fail() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || tail -n 20 "$2" >&2
    exit 1
}

step() { printf '\n== %s\n' "$*"; }

for program in cargo java npm node tar curl; do
    command -v "$program" >/dev/null || fail "$program is not on the PATH; this needs Rust, Java 17, npm, tar and curl"
done
version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
[ "${version:-0}" -ge 17 ] || fail "java is version ${version:-unknown}; DynamoDB Local needs 17 or newer"

if [ ! -d "$folder" ]; then
    step "fetching $package"
    # The package alone: its programs, and what those depend on, are not needed.
    npm pack --silent --ignore-scripts --pack-destination "$work" "$package" >/dev/null ||
        fail "npm cannot fetch $package"
    # Beside its place, so that it comes there whole or not at all.
    rm -rf "$folder.part"
    mkdir -p "$folder.part"
    tar -xzf "$work"/*.tgz -C "$folder.part" --strip-components=1
    mv "$folder.part" "$folder"
fi

step "starting DynamoDB Local"
port=$(node -e '
const server = require("net").createServer().listen(0, "127.0.0.1", () => {
    console.log(server.address().port);
    server.close();
});')
url=http://127.0.0.1:$port
(
    cd "$folder/emulator"
    exec java -Djava.library.path=./DynamoDBLocal_lib -jar DynamoDBLocal.jar -inMemory -sharedDb -disableTelemetry -port "$port"
) >"$work/java" 2>&1 &
java=$!
started+=("$java")
for _ in {1..300}; do
    # To a request without a signature it answers 400, which will do.
    if curl --silent --noproxy '*' --max-time 2 --output "$work/answer" "$url"; then
        break
    fi
    kill -0 "$java" 2>/dev/null || fail "DynamoDB Local ended:" "$work/java"
    sleep 0.1
done
kill -0 "$java" 2>/dev/null || fail "DynamoDB Local ended; has somebody else taken port $port?" "$work/java"
grep -q com.amazonaws.dynamodb "$work/answer" || fail "DynamoDB Local does not answer at $url:" "$work/java"
echo "$url"

step "tests"
# The cases of poison write some 100,000 items, for which this engine takes long: name them to have them.
arguments=("$@")
(($#)) || arguments=(-- --skip poison::)
TEST_DYNAMODB_URL=$url FAULTS_SCHEDULES=${FAULTS_SCHEDULES:-50} \
    cargo test --locked --workspace --test end_to_end --test capacity --test schedules "${arguments[@]}"

step "aggregations up --endpoint-url $url"
cargo build --quiet --locked -p aggregations
# It is read before the background job has made it, on a busy machine.
touch "$work/out"
cargo run --quiet --locked -- up --endpoint-url "$url" --in-memory --http 127.0.0.1:0 >"$work/out" 2>"$work/err" &
up=$!
started+=("$up")
for _ in {1..600}; do
    http=$(sed -n 's|^HTTP API *\(http://[^/]*\)/.*|\1|p' "$work/out")
    [ -z "$http" ] || break
    kill -0 "$up" 2>/dev/null || fail "aggregations up ended:" "$work/err"
    sleep 0.1
done
[ -n "$http" ] || fail "aggregations up did not start within a minute:" "$work/err"
curl --silent --show-error --noproxy '*' --max-time 30 "$http$example" >"$work/answer"
grep -q '"spend_12m":2000,' "$work/answer" || fail "the published example is another:" "$work/answer"
echo "$http$example"
kill -TERM "$up"
wait "$up" || fail "aggregations up did not end well:" "$work/err"
[ ! -s "$work/err" ] || fail "aggregations up had something to say:" "$work/err"
step "all is well"
