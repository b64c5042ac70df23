#!/usr/bin/env bash
# What others make of infra/openapi.yaml: two linters find nothing, and two generators make clients that read what a running local
# stack answers: `bash tests/openapi-clients.sh`. Needs Rust, Node.js 20.19 with npm, Python 3 with venv, and curl. The tools are
# installed into the target folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

description=$PWD/infra/openapi.yaml
sources=$PWD/tests/openapi-clients
folder=${CARGO_TARGET_DIR:-target}/openapi-clients
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
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

for command in cargo npm node python3 curl; do
  if ! command -v "$command" > /dev/null; then
    echo "$command is not on the PATH" >&2
    exit 1
  fi
done

printf '\n== tools\n'
npm install --silent --no-save --no-fund --no-audit --prefix "$folder" \
  openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3 @types/node@20.19.43 \
  @stoplight/spectral-cli@6.16.3 @redocly/cli@2.77.0
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openapi-python-client==0.29.1
export PATH=$folder/node_modules/.bin:$folder/venv/bin:$PATH
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

printf '\n== linters\n'
echo 'extends: ["spectral:oas"]' > "$work/spectral.yaml"
spectral lint --ruleset "$work/spectral.yaml" --fail-severity=hint "$description"
# The recommended rules, with every warning an error.
redocly lint --extends recommended-strict "$description"

printf '\n== clients\n'
openapi-typescript "$description" --output "$work/description.d.ts"
(cd "$work" && openapi-python-client generate --path "$description" --meta none --output-path description --fail-on-warning)
cp "$sources"/client.* "$work"
ln -s "$folder/node_modules" "$work/node_modules"
echo '{"type": "module"}' > "$work/package.json"

# compile FILE..: checks them, and makes JavaScript of them
compile() {
  (cd "$work" && tsc --strict --target es2022 --module nodenext --lib es2022,dom "$@")
}
compile client.ts

# answer NAME STATUS PATH: the body of the response in answers/NAME.json
answer() {
  local status
  status=$(curl --silent --show-error --noproxy '*' --max-time 30 --output "$work/answers/$1.json" --write-out '%{http_code}' "$url$3")
  if [[ $status != "$2" ]]; then
    echo "$3: expected $2, saw $status" >&2
    return 1
  fi
}

mkdir "$work/answers"
profile=/profiles/922fafaf-1115-2221-a33-fed3333397/aggregations
for envelope in none data; do
  printf '\n== responses with the envelope %s\n' "$envelope"
  start_stack --envelope "$envelope"
  NO_PROXY='*' python3 "$work/client.py" "$url" "$envelope"
  node "$work/client.js" "$url" "$envelope"
  answer "200-$envelope-published" 200 "$profile?as_of=2020-12-08"
  answer "200-$envelope-today" 200 "$profile"
  answer "200-$envelope-explained" 200 "$profile?as_of=2020-12-08&fields=all&explain=true"
  answer "404-$envelope" 404 /profiles/nobody/aggregations
  answer "400-$envelope" 400 "$profile?as_of=yesterday"
  stop_stack
done

printf '\n== responses against the types\n'
# Each response is written as a constant of its type, so that the compiler checks it; and then with a change that makes it wrong,
# which the compiler must refuse.
python3 - "$work/answers" > "$work/answers.ts" << 'PYTHON'
import copy, json, pathlib, sys

print('import type { paths } from "./description.js";')
print('type Responses = paths["/profiles/{profileId}/aggregations"]["get"]["responses"];')
names = 0

def constant(kind, body, wrong=False):
    global names
    names += 1
    if wrong:
        print("// @ts-expect-error")
    print(f"export const answer{names}: {kind} = {json.dumps(body)};")

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    body = json.loads(path.read_text())
    status = path.name[:3]
    form = "application/json" if status == "200" else "application/problem+json"
    kind = f'Responses["{status}"]["content"]["{form}"]'
    constant(kind, body)
    document = body.get("data", body)
    for key in document:
        # Of a 200 any other field may be one that is not asked for.
        if status != "200" or key == "profile_id":
            wrong = copy.deepcopy(body)
            del wrong.get("data", wrong)[key]
            constant(kind, wrong, wrong=True)
        wrong = copy.deepcopy(body)
        wrong.get("data", wrong)[key] = {"wrong": True}
        constant(kind, wrong, wrong=True)
    if status == "200":
        wrong = copy.deepcopy(body)
        wrong.get("data", wrong)["other"] = 1
        constant(kind, wrong, wrong=True)
PYTHON
compile --noEmit answers.ts
printf '%s constants\n' "$(grep -c '^export const' "$work/answers.ts")"
