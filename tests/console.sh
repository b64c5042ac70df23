#!/usr/bin/env bash
# The console of the local stack, as a person uses it, in headless Chromium: `bash tests/console.sh`. With `--screenshots` it also
# makes the pictures of docs/console.md anew. Needs Rust, Node.js 20 with npm, and chromium; playwright-core and axe-core are
# installed into the target folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pictures=
[[ ${1:-} == --screenshots ]] && pictures=$PWD/docs/console

folder=$PWD/target/console
mkdir -p "$folder"
trap 'stop_stack' EXIT
# A signal ends the script as well, by way of the trap above.
trap 'exit 130' INT TERM

# shellcheck source=tests/local-stack.sh
. tests/local-stack.sh

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [[ -z $chromium ]]; then
  echo "chromium is not on the PATH" >&2
  exit 1
fi
for command in cargo npm node; do
  if ! command -v "$command" > /dev/null; then
    echo "$command is not on the PATH" >&2
    exit 1
  fi
done

npm install --silent --no-save --no-fund --no-audit --prefix "$folder" playwright-core@1.65.1 axe-core@4.14.1
cp tests/console/*.mjs "$folder"
# shellcheck disable=SC2119
start_stack
CHROMIUM=$chromium CONSOLE_URL=$url PICTURES=$pictures node --test "$folder"/*.test.mjs
