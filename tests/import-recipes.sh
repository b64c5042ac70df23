#!/usr/bin/env bash
# Takes the recipes out of docs/import.md, runs them on the small files in tests/recipes, and lets the import read what they
# write: bash tests/import-recipes.sh
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

# recipe NAME: the program under the heading comment of this name
recipe() {
  awk -v mark="<!-- recipe: $1 -->" '
    $0 == mark { marked = 1 }
    marked && $0 == "```" { exit }
    begun { print }
    marked && $0 == "```python" { begun = 1 }' docs/import.md > "$folder/$1"
  if [ ! -s "$folder/$1" ]; then
    echo "docs/import.md has no recipe $1" >&2
    exit 1
  fi
}

# check NAME ROWS: what the recipe made is as expected, and every row of it loads
check() {
  diff -u "tests/recipes/$1.expected" <(tr -d '\r' < "$folder/$1.out")
  summary=$(cargo run --quiet --locked -- import "$folder/$1.out" --dry-run --json)
  loaded=$(python3 -c 'import json, sys; file = json.load(sys.stdin)["files"][0]; print(file["kind"], file["loaded"])' <<< "$summary")
  if [ "$loaded" != "transactions $2" ]; then
    echo "$1: expected $2 transactions: $summary" >&2
    exit 1
  fi
  echo "$1: $loaded"
}

for name in shopify lines woocommerce; do recipe "$name.py"; done
python3 "$folder/shopify.py" < tests/recipes/shopify.csv > "$folder/shopify.out"
python3 "$folder/lines.py" < tests/recipes/lines.csv > "$folder/lines.out"
python3 "$folder/woocommerce.py" tests/recipes/woocommerce.json > "$folder/woocommerce.out"
check shopify 3
check lines 3
check woocommerce 2
