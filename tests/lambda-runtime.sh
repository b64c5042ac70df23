#!/usr/bin/env bash
# The two functions as Lambda runs them: built for release and driven through the runtime interface of `cargo lambda watch`,
# on a table in the local stack's DynamoDB that no poller of the stack works on. A line for each check; the first that fails
# ends it.
#
#   bash tests/lambda-runtime.sh
#
# On Linux, with cargo-lambda 1.9 (`pip install cargo-lambda ziglang`), Python 3 and curl.
set -euo pipefail
cd "$(dirname "$0")/.."

binaries=${CARGO_TARGET_DIR:-target}/lambda
table=lambda-runtime
example=922fafaf-1115-2221-a33-fed3333397
work=$(mktemp -d)
started=()

stop_all() {
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
    [ -z "${watching:-}" ] || kill -- "-$watching" 2>/dev/null || true
    rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' INT TERM

fail() {
    printf 'FAILED  %s\n' "$*" >&2
    for log in "$work"/*.out "$work"/*.err; do
        [ ! -s "$log" ] || { echo "-- ${log##*/}" && tail -n 15 "$log"; } >&2
    done
    exit 1
}

# expect WHAT PATTERN SEEN
expect() {
    # shellcheck disable=SC2053 # it is a pattern
    [[ $3 == $2 ]] || fail "$1"$'\n'"  expected  $2"$'\n'"  saw       $3"
    printf 'ok      %s\n' "$1"
}

# background NAME COMMAND..: its output in NAME.out and NAME.err
background() {
    local name=$1
    shift
    : >"$work/$name.out"
    "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
    started+=($!)
    # So that the shell does not announce its end.
    disown
}

# first_line NAME: the first line that a background command wrote, waited for
first_line() {
    for _ in {1..300}; do
        if [ "$(wc -l <"$work/$1.out")" -gt 0 ]; then
            head -n 1 "$work/$1.out"
            return
        fi
        sleep 0.1
    done
    fail "$1 did not start"
}

# `cargo lambda watch` names the same deadline for every invocation, ten minutes after 1970 began. This stands between it and
# the functions and names one that lies SECONDS ahead, as Lambda does.
interface='
import http.client, http.server, socket, sys, time
port, seconds = int(sys.argv[1]), int(sys.argv[2])
class Interface(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    def setup(self):
        super().setup()
        self.emulator = socket.create_connection(("127.0.0.1", port))
    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        head = [f"{self.command} /.rt{self.path} HTTP/1.1", f"Content-Length: {len(body)}"]
        head += [f"{n}: {v}" for n, v in self.headers.items() if n.lower() != "content-length"]
        # In one piece: it answers before it reads a body, and may lose one that comes later.
        self.emulator.sendall("\r\n".join(head + ["", ""]).encode() + body)
        answer = http.client.HTTPResponse(self.emulator)
        answer.begin()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() == "lambda-runtime-deadline-ms":
                value = int((time.time() + seconds) * 1000)
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", len(content))
        self.end_headers()
        self.wfile.write(content)
    do_GET = do_POST = pass_on
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Interface)
print(server.server_port, flush=True)
server.serve_forever()
'

# Connections are taken and nothing is ever answered.
silence='
import signal, socket
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(listener.getsockname()[1], flush=True)
signal.pause()
'

free_port='
import socket
print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])
'

# emulator NAME SECONDS: invocations go to $invoke, functions listen at $runtime_api
emulator() {
    local attempt port pid
    for attempt in 1 2 3; do
        port=$(python3 -c "$free_port")
        background "$1-$attempt" cargo-lambda lambda watch --only-lambda-apis --ignore-changes \
            --invoke-address 127.0.0.1 --invoke-port "$port"
        pid=${started[-1]}
        # It ends if someone else took the port first.
        for _ in {1..300}; do
            kill -0 "$pid" 2>/dev/null || continue 2
            if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
                background "$1-interface" python3 -c "$interface" "$port" "$2"
                invoke=http://127.0.0.1:$port
                runtime_api=http://127.0.0.1:$(first_line "$1-interface")
                return
            fi
            sleep 0.1
        done
    done
    fail "cargo lambda watch did not start"
}

# What Lambda sets, and nothing of the caller's environment.
lambda_environment=(
    AWS_LAMBDA_FUNCTION_VERSION=\$LATEST AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256 AWS_LAMBDA_INITIALIZATION_TYPE=on-demand
    AWS_LAMBDA_LOG_FORMAT=JSON AWS_LAMBDA_LOG_LEVEL=INFO
    AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
)

# start NAME FUNCTION VARIABLE=VALUE..: the built file itself
start() {
    local name=$1 function=$2
    shift 2
    background "$name" env -i "${lambda_environment[@]}" AWS_LAMBDA_FUNCTION_NAME="$function" \
        AWS_LAMBDA_RUNTIME_API="$runtime_api/$function" AUTHORIZER=none "$@" "$binaries/$function/bootstrap"
}

# get EMULATOR PATH: prints status, content type and body; the headers are in a file
get() {
    curl -sS --max-time 30 -o "$work/body" -D "$work/headers" -w '%{http_code} %{content_type} ' "$1$2" 2>&1 || true
    cat "$work/body" 2>/dev/null || true
}

# send EMULATOR EVENT: prints status and body of an invocation of the stream function
send() {
    curl -sS --max-time 30 -o "$work/answer" -w '%{http_code} ' --data-binary "$2" \
        "$1/2015-03-31/functions/recalculate-aggregations/invocations" 2>&1 || true
    cat "$work/answer" 2>/dev/null || true
}

# record PROFILE SK SEQUENCE_NUMBER: what the stream says of a put
record() {
    printf '{"eventID": "%s", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1", "dynamodb": {"ApproximateCreationDateTime": %s, "SequenceNumber": "%s",
        "SizeBytes": 60, "StreamViewType": "KEYS_ONLY",
        "Keys": {"pk": {"S": "PROFILE#%s"}, "sk": {"S": "%s"}}}}' "$3" "$(date +%s)" "$3" "$1" "$2"
}

# dynamodb OPERATION REQUEST
dynamodb() {
    curl -sS --fail-with-body --max-time 30 --aws-sigv4 aws:amz:us-east-1:dynamodb --user local:local \
        -H "X-Amz-Target: DynamoDB_20120810.$1" -H 'Content-Type: application/x-amz-json-1.0' --data-binary "$2" \
        "$dynamodb_url" || fail "$1"
}

command -v cargo-lambda >/dev/null || fail "cargo-lambda is not on the PATH: pip install cargo-lambda ziglang"
command -v python3 >/dev/null || fail "python3 is not on the PATH"
command -v curl >/dev/null || fail "curl is not on the PATH"

options=()
# cargo-lambda builds for x86_64 unless told otherwise.
[ "$(uname -m)" != aarch64 ] || options+=(--arm64)
for function in get-aggregations recalculate-aggregations; do
    # As `sam build` does it, so that whichever comes second finds everything built.
    (cd "functions/$function" && cargo lambda build --release --locked --bin "$function" "${options[@]}")
done
cargo build --quiet --locked --package aggregations

background stack "${CARGO_TARGET_DIR:-target}/debug/aggregations" up --in-memory --http 127.0.0.1:0 --dynamodb 127.0.0.1:0
first_line stack >"$work/http"
for _ in {1..100}; do
    dynamodb_url=$(sed -n 's/^DynamoDB  *\(http[^ ]*\) .*/\1/p' "$work/stack.out")
    [ -z "$dynamodb_url" ] || break
    sleep 0.1
done
[ -n "$dynamodb_url" ] || fail "the stack did not say where its DynamoDB is"

dynamodb CreateTable '{"TableName": "'$table'", "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}' >/dev/null
# The published example, without what the stack's own function derived from it.
for pk in "PROFILE#$example" LOCATION#1; do
    dynamodb Query '{"TableName": "profile-aggregations", "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "'"$pk"'"}}}' >"$work/items"
    puts=$(python3 -c '
import json, sys
items = [item for item in json.load(open(sys.argv[1]))["Items"] if item["sk"]["S"] != "AGG"]
print(json.dumps({"RequestItems": {sys.argv[2]: [{"PutRequest": {"Item": item}} for item in items]}}))
' "$work/items" "$table")
    dynamodb BatchWriteItem "$puts" >/dev/null
done

emulator emulator 60
start get get-aggregations TABLE_NAME=$table AWS_ENDPOINT_URL_DYNAMODB="$dynamodb_url"
start recalculate recalculate-aggregations TABLE_NAME=$table AWS_ENDPOINT_URL_DYNAMODB="$dynamodb_url"
usual=$invoke
path=/profiles/$example/aggregations

expect "GET before anything was recalculated" \
    '404 application/problem+json {*"status":404*}' "$(get "$usual" "$path?as_of=2020-12-08")"
expect "an event file through cargo lambda invoke" '{"batchItemFailures":\[\]}' \
    "$(timeout 60 cargo-lambda lambda invoke recalculate-aggregations --invoke-address 127.0.0.1 \
        --invoke-port "${usual##*:}" --data-file infra/events/stream-inserts.json 2>&1)"
expect "GET of what the event made" \
    '200 application/json {*"spend_12m":2000,*}' "$(get "$usual" "$path?as_of=2020-12-08")"
expect "GET with a bad date" \
    '400 application/problem+json {*"status":400*as_of*}' "$(get "$usual" "$path?as_of=yesterday")"

purchase='TXN#2026-01-15T09:30:00Z#order-1'
dynamodb PutItem '{"TableName": "'$table'", "Item": {"pk": {"S": "PROFILE#ada"}, "sk": {"S": "'$purchase'"},
    "total": {"N": "49.90"}}}' >/dev/null
expect "a stream event of a purchase" \
    '200 {"batchItemFailures":\[\]}' "$(send "$usual" "{\"Records\": [$(record ada "$purchase" 101)]}")"
expect "GET of the purchase" \
    '200 application/json {"profile_id":"ada",*"spend_all":49.9,*"shop_count":1,*}' "$(get "$usual" /profiles/ada/aggregations)"

expect "an event that is none" '500 {"errorType":"NotAnEvent",*}' "$(send "$usual" '{"Records": 1}')"
expect "a stream event after it" \
    '200 {"batchItemFailures":\[\]}' "$(send "$usual" "{\"Records\": [$(record ada "$purchase" 102)]}")"

# A DynamoDB that never answers, and the API function's time-out in the template.
seconds=10
background silence python3 -c "$silence"
silent_url=http://127.0.0.1:$(first_line silence)
emulator emulator-of-silence $seconds
start get-of-silence get-aggregations TABLE_NAME=$table AWS_ENDPOINT_URL_DYNAMODB="$silent_url"
start recalculate-of-silence recalculate-aggregations TABLE_NAME=$table AWS_ENDPOINT_URL_DYNAMODB="$silent_url"
# Side by side: the second waits for most of that time.
{
    get "$invoke" "$path" >"$work/silent-get"
    date +%s%3N >"$work/silent-get-at"
} &
getting=$!
begin=$(date +%s%3N)
answer=$(send "$invoke" "{\"Records\": [$(record ada "$purchase" 300), $(record $example PROFILE 200)]}")
took=$(($(date +%s%3N) - begin))
wait $getting
get_took=$(($(<"$work/silent-get-at") - begin))
expect "a stream event without DynamoDB names the first that is unfinished" \
    '200 {"batchItemFailures":\[{"itemIdentifier":"200"}\]}' "$answer"
expect "... before its deadline" 'true' "$([ $took -lt ${seconds}000 ] && echo true || echo "after $took ms")"
expect "GET without DynamoDB" '503 application/problem+json {*"status":503,*}' "$(<"$work/silent-get")"
expect "... says when to ask again" 'retry-after: [1-9]*' "$(grep -i '^retry-after:' "$work/headers" | tr '[:upper:]' '[:lower:]')"
# It has just been started: half a second for the connection and three for the answer.
expect "... within 4 seconds" 'true' "$([ $get_took -lt 4000 ] && echo true || echo "after $get_took ms")"
expect "... tells nothing of the inside" '' \
    "$(grep -ioE "dynamo|127\.0\.0\.1|time-?d? ?out|attempt|dispatch|connect|$table" "$work/silent-get" || true)"

# As docs/sam.md has it: `cargo lambda watch` itself, which builds and starts what it is asked for.
port=$(python3 -c "$free_port")
TABLE_NAME=$table AUTHORIZER=none AWS_ENDPOINT_URL_DYNAMODB="$dynamodb_url" AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local \
    AWS_REGION=us-east-1 background watch setsid cargo-lambda lambda watch --invoke-address 127.0.0.1 --invoke-port "$port"
# It starts programs of its own, which end with its group.
watching=${started[-1]}
for _ in {1..300}; do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    sleep 0.1
done
expect "GET by cargo lambda watch" '200 *"spend_12m":2000,*' \
    "$(curl -sS --max-time 600 -o "$work/watched" -w '%{http_code} ' "http://127.0.0.1:$port$path?as_of=2020-12-08"; cat "$work/watched")"
expect "an event file by cargo lambda watch" '{"batchItemFailures":\[\]}' \
    "$(timeout 600 cargo-lambda lambda invoke recalculate-aggregations --invoke-address 127.0.0.1 --invoke-port "$port" \
        --data-file infra/events/stream-inserts.json 2>&1)"

for function in get-aggregations recalculate-aggregations; do
    code=0
    # Nothing listens for it: it must end before it asks for an event.
    timeout 10 env -i "${lambda_environment[@]}" AWS_LAMBDA_FUNCTION_NAME=$function AWS_LAMBDA_RUNTIME_API=127.0.0.1:9 \
        "$binaries/$function/bootstrap" >"$work/unset" 2>&1 || code=$?
    expect "$function without TABLE_NAME ends and says so" '1 *TABLE_NAME is not set*' "$code $(<"$work/unset")"
done

for name in get recalculate get-of-silence recalculate-of-silence; do
    expect "log of $name: JSON objects, metrics among them, tied together by request ids" 'fine' "$(python3 -c '
import json, sys
measured, logged = set(), set()
for line in open(sys.argv[1]):
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        sys.exit(print("no JSON object:", line))
    if "_aws" in record:
        measured.add(record["function_request_id"])
    elif "span" in record:
        # The runtime has a name of its own for it in lines of its own.
        logged.add(record["span"].get("function_request_id") or record["span"].get("requestId"))
if not measured or "" in measured:
    sys.exit(print("no line with _aws and a request id"))
if "silence" in sys.argv[1] and not logged:
    sys.exit(print("what went wrong was not logged"))
if not logged <= measured:
    sys.exit(print("lines of no invocation:", logged - measured))
print("fine")
' "$work/$name.out" 2>&1)"
    expect "... names nobody" '' "$(grep -owE "$example|PROFILE#|TXN#|order-1|ada" "$work/$name.out" | head -n 1 || true)"
    expect "... and nothing went by it" '' "$(<"$work/$name.err")"
done
