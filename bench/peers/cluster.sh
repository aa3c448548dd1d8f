#!/usr/bin/env bash
# Measures what replication costs: one process, three nodes of a cluster on this machine, and
# RocketMQ that syncs before it answers; same machine, same run, same work.
#
#   bench/peers/cluster.sh [--quick] [SERVER...]      SERVER: embedded cluster rocketmq
#
# Prints one line of JSON per case, and appends it to the file RESULTS (default:
# bench/target/cluster/results.jsonl). ROCKETMQ, WORK, SECONDS_EACH and WARM_UP are as in run.sh;
# the warm-up is longer (40 s): four JVMs compile on the same cores.
#
# A topic lives in one shard. "owner": the client sends to the node that owns it; "other": to one
# that hands each message on. "wireBytesPerMessage": what passes the loopback device per message
# meanwhile, between client and nodes and between nodes, headers included.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=${WORK:-$root/bench/target/cluster}
results=${RESULTS:-$work/results.jsonl}
each=${SECONDS_EACH:-8}
warm=${WARM_UP:-40}
if [ "${1:-}" = --quick ]; then
  each=4 warm=6
  shift
fi
servers=${*:-embedded cluster rocketmq}
mkdir -p "$work"
. "$root/bench/peers/common.sh"

node_pids=
trap 'end_nodes; end_server' EXIT

loopback_bytes() { awk '/^ *lo:/ {print $2}' /proc/net/dev; }

# Writes milliseconds and bytes, twice a second, until it is ended.
watch_loopback() {
  while :; do
    echo "$(now_millis) $(loopback_bytes)"
    sleep 0.5
  done
}

# measured LABEL PIDS WARM_UP CASE...: one case, with what went over the loopback device in the last
# seconds before it ended: those that were measured.
measured() {
  local label=$1 pids=$2 warm_up=$3 line watcher per_second
  shift 3
  watch_loopback >"$work/loopback" &
  watcher=$!
  line=$("$root/rivulet" bench "$@" --label "$label" --server-pid "$pids" \
    --seconds "$each" --warm-up "$warm_up") || line=
  kill "$watcher"
  wait "$watcher" 2>/dev/null || true
  if [ -z "$line" ]; then
    say "failed: bench $*"
    return
  fi
  # The last second is the end of the load program.
  per_second=$(tail -n $((2 * each)) "$work/loopback" | head -n $((2 * each - 2)) |
    awk 'NR == 1 {t = $1; b = $2} END {printf "%d", ($2 - b) * 1000 / ($1 - t)}')
  printf '%s\n' "$line" | awk -v bytes="$per_second" '{
    rate = 0
    if (match($0, /"messagesPerSecond":[0-9.]+/)) rate = substr($0, RSTART + 20, RLENGTH - 20)
    sub(/}$/, "")
    if (rate > 0) printf "%s,\"wireBytesPerMessage\":%d}\n", $0, bytes / rate
    else print $0 "}"
  }' | keep
}

# cases LABEL ENDPOINT PIDS TOPIC LATENCY_TOPIC
cases() {
  local label=$1 endpoint=$2 pids=$3 topic=$4 latency=$5
  measured "$label" "$pids" "$warm" send --in-flight 64 --topic "$topic" --endpoint "$endpoint"
  measured "$label" "$pids" 5 send --in-flight 1 --topic "$topic" --endpoint "$endpoint"
  measured "$label" "$pids" 5 send --in-flight 512 --topic "$topic" --endpoint "$endpoint"
  measured "$label" "$pids" 5 send --batch 64 --in-flight 8 --topic "$topic" --endpoint "$endpoint"
  measured "$label" "$pids" 10 send --client official --in-flight 64 --topic "$topic" \
    --endpoint "$endpoint"
  measured "$label" "$pids" 10 latency --client official --rate 1000 --topic "$latency" \
    --group bench-latency --endpoint "$endpoint"
}

at_rest() {
  local label=$1
  shift
  sleep 20
  printf '{"case":"rest","label":"%s","processes":%d,"idleRssMib":%d}\n' \
    "$label" $# "$(rss_mib "$@")" | keep
}

run_embedded() {
  local data port
  data=$(mktemp -d "$work/embedded.XXXXXX")
  port=$(free_port)
  start_rivulet fsync "$data" "$port"
  await_port "$port"
  at_rest embedded "$server_pid"
  cases embedded "127.0.0.1:$port" "$server_pid" bench-normal bench-latency
  end_server
  rm -rf "$data"
}

end_nodes() {
  local pid
  for pid in $node_pids; do
    kill "$pid" 2>/dev/null || true
  done
  for pid in $node_pids; do
    wait "$pid" 2>/dev/null || true
  done
  node_pids=
}

# Ports in a row: five of each node, then gRPC of the three.
run_cluster() {
  local data base nodes node i large pids
  data=$(mktemp -d "$work/nodes.XXXXXX")
  base=$((20000 + RANDOM % 500 * 20))
  nodes=a=127.0.0.1:$base,b=127.0.0.1:$((base + 5)),c=127.0.0.1:$((base + 10))
  i=0
  for node in a b c; do
    RIVULET_QUOTA_CLIENT_LITE_TOPIC_RATE=0 "$root/rivulet" server --cluster --nodes "$nodes" \
      --node "$node" --data "$data/$node" --grpc "127.0.0.1:$((base + 15 + i))" \
      --http 127.0.0.1:0 >>"$data/$node.log" 2>&1 &
    node_pids="$node_pids $!"
    i=$((i + 1))
  done
  for i in 0 1 2; do
    await_port $((base + 15 + i))
  done
  # shellcheck disable=SC2086 # several process ids
  at_rest "cluster of three" $node_pids
  pids=${node_pids# }
  pids=${pids// /,}
  # Which node owns the shard of a topic is seen by who answers fastest.
  for i in 0 1 2; do
    cases "cluster of three, node $i" "127.0.0.1:$((base + 15 + i))" "$pids" \
      bench-normal "bench-latency-$i"
  done
  large="--rate 200 --receivers 1 --endpoint 127.0.0.1:$((base + 15)) --server-pid $pids"
  # shellcheck disable=SC2086 # several options
  bench large $large --large-size 67108864 --in-flight 1 --count 20 --topic bench-large \
    --label "cluster of three"
  end_nodes
  rm -rf "$data"
}

run_rocketmq() {
  local flush=SYNC pids
  rocketmq_is_there || return 0
  rocketmq wipe >&2
  rocketmq start >&2
  pids=$(rocketmq pids)
  # shellcheck disable=SC2086 # several process ids
  at_rest "rocketmq fsync" $pids
  rocketmq_topics bench-latency NORMAL >"$work/rocketmq.topics" 2>&1
  cases "rocketmq fsync" 127.0.0.1:18081 "${pids// /,}" rv-normal bench-latency
  rocketmq stop >&2
  rocketmq wipe >&2
}

"$root/rivulet" bench --help >/dev/null # builds what is to be built, before anything is measured

for server in $servers; do
  say "== $server"
  case $server in
    embedded) run_embedded ;;
    cluster) run_cluster ;;
    rocketmq) run_rocketmq ;;
    *) say "unknown server $server" && exit 2 ;;
  esac
done
