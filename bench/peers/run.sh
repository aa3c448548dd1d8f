#!/usr/bin/env bash
# Measures Rivulet and its peers side by side: same machine, same run, same work, same durability.
#
#   bench/peers/run.sh [--quick] [SERVER...]      SERVER: disk echo rivulet rocketmq redis nats
#
# Prints one line of JSON per case, and appends it to the file RESULTS (default:
# bench/target/peers/results.jsonl). Without arguments everything that is installed is measured.
#
#   redis-server, redis-benchmark, nats-server   taken from the PATH (Debian: redis, nats-server)
#   ROCKETMQ      a folder with a RocketMQ 5.5 distribution script "run.sh" that knows
#                 build | start | stop | wipe | topics | pids | admin, as this script calls them;
#                 not set: RocketMQ is left out
#   WORK          where the servers keep their data (default: bench/target/peers)
#   SECONDS_EACH  how long each case measures (default 8; --quick: 4)
#   WARM_UP       seconds of the same load before, not measured (default 20; --quick: 3). A JVM
#                 compiles for that long under full load, and with three seconds that is what is
#                 measured
#   PAGE_CACHE    no: don't fill the memory with a file's pages before each server. A virtual
#                 machine may take its free memory from the host page by page, which costs ten
#                 times as much as writing to the page; on a machine that has been up for a while
#                 all memory is page cache. Takes as much disk as there is memory
#
# Durability "fsync": an answer means that the message is on disk. "interval": it is in the file;
# the disk follows later.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=${WORK:-$root/bench/target/peers}
results=${RESULTS:-$work/results.jsonl}
each=${SECONDS_EACH:-8}
warm=${WARM_UP:-20}
if [ "${1:-}" = --quick ]; then
  each=4 warm=3
  shift
fi
servers=${*:-disk echo rivulet redis nats rocketmq}
mkdir -p "$work"
. "$root/bench/peers/common.sh"

measured() { bench "$@" --seconds "$each" --warm-up "$warm"; }

trap 'end_server; rm -f "$work/page-cache"' EXIT

# Leaves no memory free that was not used for something before.
fill_page_cache() {
  local file=$work/page-cache mib free
  [ "${PAGE_CACHE:-}" != no ] || return 0
  if [ ! -e "$file" ]; then
    mib=$(awk '/^MemAvailable:/ {print int($2 / 1024) - 2048}' /proc/meminfo)
    free=$(df -Pm "$work" | awk 'END {print $4}')
    if [ "$mib" -le 0 ] || [ "$free" -lt $((mib + 16384)) ]; then
      say "the page cache is not filled: too little memory, or room in $work"
      return 0
    fi
    dd if=/dev/zero of="$file" bs=1M count="$mib" status=none
  fi
  cat "$file" >/dev/null
}

# start LABEL BEGIN_MILLIS PIDS...: what it took to start and what it needs at rest.
report_start() {
  local label=$1 begin=$2 millis
  shift 2
  millis=$(($(now_millis) - begin))
  sleep 10
  printf '{"case":"start","label":"%s","startMillis":%d,"idleRssMib":%d}\n' \
    "$label" "$millis" "$(rss_mib "$@")" | keep
}

# The cases that every server of RocketMQ's protocol is given: label, endpoint, pids, topics.
protocol_cases() {
  local label=$1 endpoint=$2 pids=$3 normal=$4 latency=$5 lite=$6
  local common=(--endpoint "$endpoint" --server-pid "$pids" --label "$label")
  measured send --client official --in-flight 64 --topic "$normal" "${common[@]}"
  measured send --in-flight 64 --topic "$normal" "${common[@]}"
  measured send --in-flight 512 --topic "$normal" "${common[@]}"
  measured send --batch 64 --in-flight 8 --topic "$normal" "${common[@]}"
  [ -z "$latency" ] ||
    measured latency --client official --rate 1000 --topic "$latency" --group bench-latency \
      "${common[@]}"
  [ -z "$lite" ] || measured lite-create --in-flight 64 --topic "$lite" "${common[@]}"
}

run_disk() {
  bench disk --folder "$work" --seconds "$each"
  bench disk --folder "$work" --seconds "$each" --preallocated
}

run_echo() {
  local port
  port=$(free_port)
  "$root/rivulet" bench echo --listen "127.0.0.1:$port" 2>"$work/echo.log" &
  server_pid=$!
  await_port "$port"
  protocol_cases echo "127.0.0.1:$port" "$server_pid" bench-normal '' ''
  end_server
}

run_rivulet() {
  local durability data port begin
  for durability in fsync interval; do
    fill_page_cache
    data=$(mktemp -d "$work/rivulet.XXXXXX")
    port=$(free_port)
    begin=$(now_millis)
    start_rivulet "$durability" "$data" "$port"
    await_port "$port"
    report_start "rivulet $durability" "$begin" "$server_pid"
    protocol_cases "rivulet $durability" "127.0.0.1:$port" "$server_pid" \
      bench-normal bench-latency bench-lite
    measured send --client rivulet --batch 64 --in-flight 8 --topic bench-normal \
      --endpoint "127.0.0.1:$port" --server-pid "$server_pid" --label "rivulet $durability"
    end_server
    rm -rf "$data"
  done
}

run_rocketmq() {
  local flush durability begin pids
  rocketmq_is_there || return 0
  for flush in SYNC ASYNC; do
    fill_page_cache
    durability=$([ "$flush" = SYNC ] && echo fsync || echo interval)
    rocketmq wipe >&2
    begin=$(now_millis)
    rocketmq start >&2
    pids=$(rocketmq pids)
    # shellcheck disable=SC2086 # several process ids
    report_start "rocketmq $durability" "$begin" $pids
    rocketmq_topics bench-latency NORMAL rv-lite-warm LITE >"$work/rocketmq.topics" 2>&1
    protocol_cases "rocketmq $durability" 127.0.0.1:18081 "${pids// /,}" \
      rv-normal bench-latency rv-lite
    rocketmq stop >&2
    rocketmq wipe >&2
  done
}

# redis-benchmark is Redis's own fastest client: 8 connections, 64 commands in each pipeline.
redis_case() {
  local label=$1 port=$2 pipeline=$3 clients=$4 count=$5 body before after csv
  body=$(head -c 768 /dev/urandom | base64 -w 0)
  before=$(cpu_ticks "$server_pid")
  csv=$(redis-benchmark -p "$port" -c "$clients" -P "$pipeline" -n "$count" --csv \
    XADD bench '*' body "$body" | tail -n 1)
  after=$(cpu_ticks "$server_pid")
  # csv: name, requests per second, then milliseconds: average, min, p50, p95, p99, max
  printf '%s\n' "$csv" | tr -d '"' | awk -F, -v label="$label" -v batch="$pipeline" \
    -v clients="$clients" -v count="$count" -v ticks=$((after - before)) \
    -v rss="$(rss_mib "$server_pid")" '{
      n = NF
      printf "{\"case\":\"redis-xadd\",\"label\":\"%s\",\"size\":1024,\"inFlight\":%d,\"batch\":%d,", label, clients, batch
      printf "\"messages\":%d,\"messagesPerSecond\":%d,\"p50Millis\":%s,\"p99Millis\":%s,\"maxMillis\":%s,", count, $(n - 6), $(n - 3), $(n - 1), $n
      printf "\"serverCpuMicrosPerMessage\":%.3f,\"serverRssMib\":%d}\n", ticks * 10000 / count, rss
    }' | keep
}

run_redis() {
  local durability data port begin
  have redis-server && have redis-benchmark || { say "redis is left out: not installed"; return; }
  for durability in fsync interval; do
    fill_page_cache
    data=$(mktemp -d "$work/redis.XXXXXX")
    port=$(free_port)
    begin=$(now_millis)
    start_redis "$durability" "$data" "$port"
    await_port "$port"
    report_start "redis $durability" "$begin" "$server_pid"
    redis_case "redis $durability" "$port" 64 8 $((each * 60000))
    redis_case "redis $durability" "$port" 1 64 $((each * 10000))
    end_server
    rm -rf "$data"
  done
}

run_nats() {
  local data port begin
  have nats-server || { say "nats is left out: not installed"; return; }
  fill_page_cache
  data=$(mktemp -d "$work/nats.XXXXXX")
  port=$(free_port)
  begin=$(now_millis)
  start_nats interval "$data" "$port"
  await_port "$port"
  report_start "nats interval" "$begin" "$server_pid"
  for in_flight in 64 512; do
    measured nats --in-flight "$in_flight" --endpoint "127.0.0.1:$port" \
      --server-pid "$server_pid" --label "nats interval"
  done
  end_server
  rm -rf "$data"
}

"$root/rivulet" config >/dev/null # builds what is to be built, before anything is measured

for server in $servers; do
  say "== $server"
  case $server in
    disk) run_disk ;;
    echo) run_echo ;;
    rivulet) run_rivulet ;;
    rocketmq) run_rocketmq ;;
    redis) run_redis ;;
    nats) run_nats ;;
    *) say "unknown server $server" && exit 2 ;;
  esac
done
