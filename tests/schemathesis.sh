#!/usr/bin/env bash
# Requests made up from infra/openapi.yaml, good ones and bad ones, against the running local stack: `bash tests/schemathesis.sh`.
# Needs Rust and schemathesis 4 (`pip install schemathesis==4.32.5`). The requests are the same at every run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v schemathesis > /dev/null; then
  echo "schemathesis is not on the PATH; install it with: pip install schemathesis==4.32.5" >&2
  exit 1
fi

description=$PWD/infra/openapi.yaml
work=$(mktemp -d)
clean_up() {
  stop_stack
  rm -rf "$work"
}
trap clean_up EXIT
# A signal ends the script as well, by way of the trap above.
trap 'exit 130' INT TERM

# shellcheck source=tests/local-stack.sh
. tests/local-stack.sh
start_stack --envelope none

# A token with these claims; the local stack takes them unverified.
token() {
  local part encoded=()
  for part in '{"alg":"none"}' "$1" signature; do
    encoded+=("$(printf '%s' "$part" | base64 | tr '+/' '-_' | tr -d '=\n')")
  done
  (IFS=. && printf '%s' "${encoded[*]}")
}

# Every check but those that cannot hold here:
# - ignored_auth, missing_required_header: the local stack takes tokens unverified, and a request without one is a service's;
# - unsupported_method: API Gateway answers 404, not 405, when the path has no route of the method.
skipped=ignored_auth,missing_required_header,unsupported_method

# Runs against the operation $1 with the claims $2; the other arguments are the statuses that must have been among the answers.
check() {
  local operation=$1 claims=$2 status skipped=$skipped
  # What depends on two parameters together, a schema cannot say.
  [[ $operation != get*History ]] || skipped+=,positive_data_acceptance
  shift 2
  printf '\n== %s with %s\n' "$operation" "$claims"
  # From the temporary folder, since it leaves folders of its own where it runs.
  (cd "$work" && schemathesis run "$description" --url "$url" \
    --include-operation-id "$operation" \
    --header "Authorization: Bearer $(token "$claims")" \
    --checks all --exclude-checks "$skipped" \
    --mode all --max-examples 200 --continue-on-failure \
    --seed 1 --generation-database none \
    --request-timeout 10 --warnings off \
    --report vcr --report-vcr-path "$work/report.yaml")
  for status in "$@"; do
    if ! grep -q "code: '$status'" "$work/report.yaml"; then
      echo "no request was answered $status: the examples of the description no longer reach what is stored" >&2
      return 1
    fi
  done
}

check getAggregations '{"scope":"aggregations:read"}' 200 304 400 404
check getAggregations '{"profile_id":"922fafaf-1115-2221-a33-fed3333397"}' 200 304 400 403
check getOwnAggregations '{"profile_id":"922fafaf-1115-2221-a33-fed3333397"}' 200 304 400
check getOwnAggregations '{"scope":"aggregations:read"}' 403
check getAggregations '{}' 400 403
check getHistory '{"scope":"aggregations:read"}' 200 304 400 404
check getOwnHistory '{"profile_id":"922fafaf-1115-2221-a33-fed3333397"}' 200 400
check calculateAggregations '{"scope":"aggregations:read"}' 200 304 400 404
check calculateOwnAggregations '{"profile_id":"922fafaf-1115-2221-a33-fed3333397"}' 200 304
check getManyAggregations '{"scope":"aggregations:read"}' 200 304 400
check getManyAggregations '{"profile_id":"922fafaf-1115-2221-a33-fed3333397"}' 400 403
