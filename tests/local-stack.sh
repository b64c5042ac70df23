# shellcheck shell=bash
# A local stack for the scripts beside this one, which source it.

# start_stack [FLAG OF aggregations up]..: starts one in memory on ports of its own, waits for it, and sets `stack` to its process
# and `url` to the address of its HTTP API.
start_stack() {
  local folder line
  # Built first, so that the wait below is for the stack alone.
  cargo build --quiet --locked --package aggregations
  folder=$(mktemp -d)
  mkfifo "$folder/stdout"
  cargo run --quiet --locked -- up --in-memory --http 127.0.0.1:0 --dynamodb 127.0.0.1:0 "$@" > "$folder/stdout" &
  stack=$!
  exec 3< "$folder/stdout"
  rm -r "$folder"
  # Its first line is: HTTP API   http://127.0.0.1:PORT/profiles/{profileId}/aggregations
  if ! read -r -t 60 line <&3 || [[ $line != "HTTP API"*http://*/profiles/* ]]; then
    echo "the local stack did not say within 60 seconds where it listens: ${line:-nothing}" >&2
    return 1
  fi
  url=http://${line#*http://}
  url=${url%%/profiles/*}
  # The rest of what the stack prints is read away, so that it never waits for a reader.
  cat <&3 > /dev/null &
  exec 3<&-
}

# stop_stack: stops the one that was started last, if it still runs.
stop_stack() {
  [[ -n ${stack:-} ]] || return 0
  kill "$stack" 2> /dev/null || true
  wait "$stack" || true
  stack=
}
