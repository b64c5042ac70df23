#!/usr/bin/env bash
# Changes the code in small ways, one at a time, and fails where no test notices. Needs `cargo install cargo-mutants`.
#
#   bash tests/mutants.sh --since COMMIT      what changed since a commit, in all crates but those of tests
#   bash tests/mutants.sh calculation         all of shared/calculation: 1,000 mutants, more than an hour on a core
#   bash tests/mutants.sh recalculation       all of the stream function, and of the protocol in shared/table: some hours
#
# More arguments are those of `cargo mutants`: `--shard 0/8` takes an eighth, `--jobs 2` two at a time, `--in-place` builds faster and wants
# a clone of its own. Each mutant meets the tests of its own package; where some are in another one, `--package local-console
# --test-package local-console,local-stack` says so. What survives for a reason is in tests/mutants.toml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  sed -n 's/^#   //p' "$0" >&2
  exit 2
}

(($#)) || usage
what=$1
shift
case $what in
  --since)
    (($#)) || usage
    difference=$(mktemp)
    trap 'rm -f "$difference"' EXIT
    git diff "$1" -- '*.rs' > "$difference"
    shift
    arguments=(--workspace --exclude 'tests/**' --in-diff "$difference")
    ;;
  calculation) arguments=(--package calculation) ;;
  recalculation)
    arguments=(--package recalculate-aggregations --package table --test-package "recalculate-aggregations,table")
    # No part of a recalculation: what answers, scans, verifies, merges, forgets and imports.
    for file in base batch batch_get calculated comparison documents forget locations many merge printable right_now scan verify; do
      arguments+=(--exclude "shared/table/src/$file.rs" --exclude "shared/table/src/$file/**")
    done
    ;;
  *) usage ;;
esac

mkdir -p target
export PROPTEST_DISABLE_FAILURE_PERSISTENCE=true
cargo mutants --config tests/mutants.toml --output target/mutants --colors never "${arguments[@]}" "$@"
