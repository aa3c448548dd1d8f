#!/usr/bin/env bash
# The case of ten million lite topics on one server: made, idle, followed, restarted, reclaimed.
#
#   bench/ten-million.sh [COUNT]       COUNT: lite topics (default 10000000)
#
# Prints one line of JSON per figure, and appends it to the file RESULTS (default:
# bench/target/ten-million/results.jsonl), from which bench/plots.py draws docs/plots.
#
#   DURABILITY   interval (default) or fsync
#   HEAP         the server's heap (default 768m)
#   WORK         where the server keeps its data (default: bench/target/ten-million; 5 GB for ten
#                million)
#   STEPS        further counts for which memory and restart are measured, each with a server of its
#                own (default "1000 10000 100000 1000000")
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd -P)
count=${1:-10000000}
work=${WORK:-$root/bench/target/ten-million}
results=${RESULTS:-$work/results.jsonl}
steps=${STEPS-1000 10000 100000 1000000}
reclaimed=$((count / 10))
followed=$((count / 100))
# One program makes all lite topics.
export RIVULET_QUOTA_CLIENT_LITE_TOPIC_RATE=0
export RIVULET_LOG_DURABILITY=${DURABILITY:-interval} RIVULET_HEAP=${HEAP:-768m}
label="rivulet $RIVULET_LOG_DURABILITY"
endpoint=127.0.0.1:$((10000 + RANDOM % 5000))
server_pid=
mkdir -p "$work"

say() { echo "$(date +%T) $*" >&2; }

end_server() {
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
  fi
}
trap 'end_server; rm -rf "$work/data"' EXIT

start_server() {
  "$root/rivulet" server --data "$work/data" --grpc "$endpoint" --http 127.0.0.1:0 \
    >>"$work/server.log" 2>&1 &
  server_pid=$!
  until (exec 3<>"/dev/tcp/${endpoint/://}") 2>/dev/null; do
    kill -0 "$server_pid" 2>/dev/null || { say "the server ended: see $work/server.log" && exit 1; }
    sleep 0.05
  done
}

bench() {
  "$root/rivulet" bench "$@" --endpoint "$endpoint" --label "$label" --size 64 |
    tee -a "${RESULTS_HERE:-$results}"
}

# Memory and disk of a server with so many lite topics in which nothing happens.
idle() {
  bench lite-idle --topic many --count 0 --there "$1" --data "$work/data" --server-pid "$server_pid"
}

create() {
  bench lite-create --topic many --count "$1" --batch 64 --seconds "${2:-6}" --warm-up 15 \
    --server-pid "$server_pid"
}

restart() {
  RESULTS_HERE=/dev/null bench restart --command "$root/rivulet" --data "$work/data" --topic many \
    --seconds 5 | sed "s/}\$/,\"liteTopics\":$1}/" | tee -a "$results"
}

"$root/rivulet" bench --help >/dev/null 2>&1 # builds what is to be built

for step in $steps; do
  [ "$step" -lt "$count" ] || continue
  say "$step lite topics: memory and restart"
  rm -rf "$work/data"
  start_server
  RESULTS_HERE=/dev/null create "$step" 0 >/dev/null
  idle "$step"
  end_server
  restart "$step"
done

say "$count lite topics are made"
rm -rf "$work/data"
start_server
create "$count"
say "idle"
idle "$count"
say "following"
for shape in "1 1" "1 $((followed / 10))" "1 $followed" "10 $followed"; do
  read -r clients each <<<"$shape"
  bench lite-follow --topic "follow-$clients-$each" --group "g-$clients-$each" \
    --clients "$clients" --follow "$each" --rate 1000 --seconds 10 --warm-up 15 \
    --resync "$clients" --resync-every 10 --server-pid "$server_pid"
done
say "1,000 clients that all say at once what they follow"
bench lite-follow --topic follow-1000 --group g-1000 --clients 1000 --follow 100 --rate 1000 \
  --seconds 30 --warm-up 15 --resync 1000 --resync-every 30 --server-pid "$server_pid"
end_server
say "restart"
restart "$count"
say "$reclaimed lite topics are reclaimed"
start_server
bench lite-reclaim --topic flow --count "$reclaimed" --ttl 60 --seconds 10 --warm-up 15 \
  --server-pid "$server_pid"
end_server
say "$reclaimed in use: followed, and just written to"
rm -rf "$work/data"
start_server
bench lite-idle --topic active --count "$reclaimed" --followers 10 --data "$work/data" \
  --server-pid "$server_pid"
end_server
say "done: $results"
