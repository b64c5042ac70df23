#!/usr/bin/env bash
# Compares what the system costs with the numbers that are kept in `tests/baselines.json`, and fails if one is worse, or better,
# by more than its section's margin:
#
#   bash tests/baselines.sh            compares
#   bash tests/baselines.sh --renew    keeps the numbers measured
#
# None depends on the speed of a machine: instructions under callgrind, capacity units and bytes, sizes of the built functions.
# It needs Linux, valgrind, Python 3 and gungraun-runner, which `cargo install gungraun-runner` installs in the version of
# `Cargo.lock`.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1-}" in
  "") task=compare ;;
  --renew) task=renew ;;
  *)
    echo "usage: bash tests/baselines.sh [--renew]" >&2
    exit 2
    ;;
esac

measured=$(mktemp -d)
trap 'rm -rf "$measured"' EXIT

# A part of a section that fails must not look like one that is not there.
cargo bench --quiet --locked -p benchmarks --no-default-features --bench instructions -- \
  --output-format=json --callgrind-args=--cache-sim=no > "$measured/instructions"
python3 tests/baselines.py instructions < "$measured/instructions" > "$measured/instructions.json"

cargo bench --quiet --locked --profile dev -p benchmarks --no-default-features --features metering --bench history -- --exact \
  > "$measured/capacity.json"

# As `sam build` leaves them. Where it was not run, they are not compared.
sizes=()
for binary in target/lambda/{get,recalculate}-aggregations/bootstrap; do
  [ -f "$binary" ] && sizes+=("\"$(basename "$(dirname "$binary")")\": $(wc -c < "$binary")")
done
if [ ${#sizes[@]} -gt 0 ]; then
  (IFS=, && echo "{${sizes[*]}}") > "$measured/binaries.json"
fi

python3 tests/baselines.py "$task" "$measured"
