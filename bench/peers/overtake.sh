#!/usr/bin/env bash
# An urgent message behind a backlog, in Rivulet and its peers: how many others are delivered before
# it, and how long it takes ("rivulet bench overtake --help").
#
#   bench/peers/overtake.sh [SERVER...]     SERVER: rivulet rocketmq rabbitmq rabbitmq-quorum
#                                           (default: all that are installed)
#
# Prints one line of JSON per figure, appends it to the file RESULTS (default:
# bench/target/overtake/results.jsonl), and at the end a table of this run. Under fifteen minutes on a
# quiet machine with two cores; 3 GB of disk.
#
#   ROCKETMQ      as in bench/peers/run.sh; not set: RocketMQ is left out
#   RABBITMQ      RabbitMQ's start script (default: that of Debian's package rabbitmq-server); epmd is
#                 taken from the PATH
#   WORK          where the servers keep their data (default: bench/target/overtake)
#   BACKLOG       messages of low priority (default 1000000)
#   ROUNDS        urgent messages in each phase (default 100)
#   SIZE          bytes of each body (default 100)
#   HOLD          messages that a busy consumer holds at most (default 32)
#   RATE          a busy consumer's messages per second (default 1000)
#   WARM_UP       seconds of rounds that are not measured (default 15)
#   DURABILITY    fsync (default) or interval, for Rivulet and RocketMQ; RabbitMQ has fsync only
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=${WORK:-$root/bench/target/overtake}
results=${RESULTS:-$work/results.jsonl}
durability=${DURABILITY:-fsync}
rate=${RATE:-1000}
servers=${*:-rivulet rocketmq rabbitmq rabbitmq-quorum}
flush=$([ "$durability" = fsync ] && echo SYNC || echo ASYNC)
mkdir -p "$work"
. "$root/bench/peers/common.sh"

data=
is_rocketmq=
# Called by the trap.
# shellcheck disable=SC2329
clean_up() {
  end_server
  [ -z "$is_rocketmq" ] || rocketmq stop >&2
  [ -z "$data" ] || rm -rf "$data" "$data.log"
}
trap clean_up EXIT

# overtake LABEL PORT PIDS OPTIONS...
overtake() {
  local label=$1 port=$2 all=$3
  shift 3
  bench overtake --label "$label" --endpoint "127.0.0.1:$port" --server-pid "${all// /,}" \
    --backlog "${BACKLOG:-1000000}" --size "${SIZE:-100}" --warm-up "${WARM_UP:-15}" \
    --rounds "${ROUNDS:-100}" --hold "${HOLD:-32}" --rate "$rate" "$@"
}

# begin SERVER: starts it on a folder and a port of its own.
begin() {
  data=$(mktemp -d "$work/$1.XXXXXX")
  port=$(free_port)
  "start_$1" "$durability" "$data" "$port"
  await_port "$port"
}

end() {
  end_server
  rm -rf "$data" "$data.log"
  data=
}

run_rivulet() {
  begin rivulet
  overtake "rivulet $durability" "$port" "$server_pid"
  end
}

# A message in each request, as its own clients send it.
run_rocketmq() {
  rocketmq_is_there || return 0
  rocketmq wipe >&2
  is_rocketmq=yes
  rocketmq start >&2
  rocketmq_topics >"$work/rocketmq.topics" 2>&1
  overtake "rocketmq $durability" 18081 "$(rocketmq pids)" --topic rv-prio --group g-prio \
    --batch 1 --in-flight 512
  rocketmq stop >&2
  is_rocketmq=
  rocketmq wipe >&2
}

run_rabbitmq() {
  rabbitmq_is_there || return 0
  begin rabbitmq
  overtake "rabbitmq classic" "$port" "$server_pid" --client rabbitmq
  end
}

# Before RabbitMQ 4 a quorum queue has no priorities: then the first urgent message comes after the
# whole backlog, which a consumer without pauses gets through in a minute or two. There is no second one.
run_quorum() {
  rabbitmq_is_there || return 0
  begin rabbitmq
  rate=0 overtake "rabbitmq quorum" "$port" "$server_pid" --client rabbitmq --queue quorum \
    --phase busy
  end
}

# The lines of this run as a table.
table() {
  echo "| server | consumer | urgent messages | others before it, p50 | most | not asked for when it was stored | answered ms, p50 | received ms, p50 | p99 |"
  echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
  tail -n "+$((lines_before + 1))" "$results" | grep -v '"phase":"fill"' | awk '
    function field(name,   part) {
      if (!match($0, "\"" name "\":\"?[^,\"}]*")) return "–"
      part = substr($0, RSTART, RLENGTH)
      sub(/^"[^"]*":"?/, "", part)
      return part
    }
    {
      printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", field("label"), field("phase"),
        field("rounds"), field("beforeP50"), field("beforeMax"), field("beyondHeldMax"),
        field("answeredP50Millis"), field("p50Millis"), field("p99Millis")
    }'
}

"$root/rivulet" bench --help >/dev/null 2>&1 # builds what is to be built
"$root/rivulet" config >/dev/null
touch "$results"
lines_before=$(wc -l <"$results")

for server in $servers; do
  say "== $server"
  case $server in
    rivulet) run_rivulet ;;
    rocketmq) run_rocketmq ;;
    rabbitmq) run_rabbitmq ;;
    rabbitmq-quorum) run_quorum ;;
    *) say "unknown server $server" && exit 2 ;;
  esac
done
table
