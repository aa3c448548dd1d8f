#!/usr/bin/env bash
# Very many lite topics, or what comes nearest to them, in Rivulet's peers: the work of
# bench/ten-million.sh. NATS: a subject each, all in one JetStream stream; Redis: a stream each;
# RocketMQ: lite topics.
#
#   bench/peers/scale.sh [SERVER...]     SERVER: redis nats rocketmq rivulet (default: all but rivulet)
#
# Prints one line of JSON per figure, shaped as those of bench/ten-million.sh, and appends it to the
# file RESULTS (default: bench/target/scale/results.jsonl). bench/plots.py draws both together. Under
# twenty minutes for the three on a quiet machine with two cores; 5 GB of memory for Redis.
#
#   redis-server, nats-server   taken from the PATH (Debian: redis, nats-server)
#   ROCKETMQ          as in bench/peers/run.sh; not set: RocketMQ is left out
#   WORK              where the servers keep their data (default: bench/target/scale)
#   COUNT             lite topics to come to (default 1000000)
#   STEPS             smaller counts, in this order (default "1000 10000 100000")
#   FOLLOW            how many one client follows, one case each (default "1 1000 10000 100000")
#   SECONDS_EACH      how long each case measures (default 6)
#   WARM_UP           seconds of load before the first figures and before each case of following
#                     (default 8)
#   FILL_LIMIT        seconds that making the missing ones may take; then that is where it ends, and
#                     the line says so with endedEarlyAt (default 240)
#   SUBSCRIBE_LIMIT   seconds until a client's subscriptions must be there (default 60)
#
# All with durability "interval": an answer means that the message is in the file; the disk follows.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=${WORK:-$root/bench/target/scale}
results=${RESULTS:-$work/results.jsonl}
count=${COUNT:-1000000}
steps=${STEPS-1000 10000 100000}
follow=${FOLLOW-1 1000 10000 100000}
each=${SECONDS_EACH:-6}
warm=${WARM_UP:-8}
fill_limit=${FILL_LIMIT:-240}
subscribe_limit=${SUBSCRIBE_LIMIT:-60}
servers=${*:-redis nats rocketmq}
mkdir -p "$work"
. "$root/bench/peers/common.sh"

data=
port=
trap 'end; [ -z "$data" ] || rm -rf "$data" "$data.log"' EXIT

# What differs from server to server: starting, ending, forgetting everything.

begin() {
  if [ "$server" = rocketmq ]; then
    rocketmq start >>"$work/rocketmq.log" 2>&1
  else
    "start_$server" interval "$data" "$port"
    await_port "$port"
  fi
}

pids() {
  if [ "$server" = rocketmq ]; then rocketmq pids; else echo "$server_pid"; fi
}

# end [SIGNAL]
end() {
  if [ "${server:-}" != rocketmq ]; then
    end_server "$@"
  elif [ "${1:-TERM}" = TERM ]; then
    rocketmq stop >>"$work/rocketmq.log" 2>&1
  else
    local pid
    for pid in $(rocketmq pids); do
      kill "-$1" "$pid"
      while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
    done
  fi
}

# A server without anything in it.
begin_anew() {
  if [ "$server" = rocketmq ]; then
    rocketmq wipe
    begin
    rocketmq_topics rv-lite-warm LITE >"$work/rocketmq.topics" 2>&1
  else
    [ -z "$data" ] || rm -rf "$data" "$data.log"
    data=$(mktemp -d "$work/$server.XXXXXX")
    port=$(free_port)
    begin
  fi
}

# A case of "rivulet bench" with this server; what it has printed counts even where it ends early.
measured() {
  local code=0 name=$1 all
  shift
  all=$(pids)
  timeout $((fill_limit * 2 + 300)) "$root/rivulet" bench "$name" --client "$client" \
    --endpoint "127.0.0.1:$port" --label "$label" --size 64 --topic "$topic" \
    --server-pid "${all// /,}" "$@" || code=$?
  case $code in
    0) ;;
    3) say "$label: $name $* ended early" ;;
    *) say "$label: $name $* failed ($code)" ;;
  esac
}

# create COUNT SECONDS WARM_UP: makes the missing ones of COUNT. Leaves its figures in last_lines,
# and in there how many there are then: more than COUNT where first messages were measured, fewer
# where it ended early.
create() {
  last_lines=$(measured lite-create --count "$1" --there "$there" --batch "$batch" --seconds "$2" \
    --warm-up "$3" --warm-up-names 1000 --fill-limit "$fill_limit")
  there=$(awk -F'[:,]' -v there="$there" '
    /"messagesTo":"(new|fill)"/ {
      for (i = 1; i < NF; i++) {
        if ($i == "\"liteTopics\"") before = $(i + 1)
        if ($i == "\"messages\"") made = $(i + 1)
      }
      there = before + made
    }
    END {print there}' <<<"$last_lines")
}

idle() {
  local folder=$data
  [ "$server" != rocketmq ] || folder=$work/rocketmq/store
  sleep 8
  # shellcheck disable=SC2046 # several process ids
  printf '{"case":"lite-idle","label":"%s","liteTopics":%d,"serverRssMib":%d,"diskKib":%d}\n' \
    "$label" "$1" "$(rss_mib $(pids))" "$(du -sk "$folder" | cut -f1)" | keep
}

# restart LITE_TOPICS SIGNAL: from the start of the process until a send is answered, as a client
# sees it that is ready before.
restart() {
  local line probe_in probe_out
  coproc probe {
    exec "$root/rivulet" bench first-send --client "$client" --endpoint "127.0.0.1:$port" \
      --label "$label" --size 64 --topic "$topic" --start "after SIG$2" --limit "$fill_limit"
  }
  local pid=$probe_PID
  exec {probe_out}<&"${probe[0]}" {probe_in}>&"${probe[1]}"
  if read -r line <&"$probe_out" && [ "$line" = ready ]; then
    end "$2"
    now_millis >&"$probe_in"
    begin
    if read -r line <&"$probe_out"; then
      # shellcheck disable=SC2046 # several process ids
      printf '%s,"serverRssMib":%d,"liteTopics":%d}\n' "${line%\}}" "$(rss_mib $(pids))" "$1" | keep
    else
      say "$label: no send was answered after the restart with $1"
    fi
  else
    say "$label: no send is answered before the restart with $1"
  fi
  exec {probe_out}<&- {probe_in}>&-
  wait "$pid" || true
}

# One message each: what memory and restart take then is no matter of how fast a server is.
measure_growth() {
  local step before
  for step in $steps "$count"; do
    [ "$step" -le "$count" ] && [ "$step" -gt "$there" ] || continue
    say "$label: $step, memory and restart"
    before=$there
    create "$step" 0 0
    [ "$there" -gt "$before" ] || break
    # A few that failed leave no gap in the count: their names are used up.
    grep endedEarlyAt <<<"$last_lines" | keep || there=$step
    idle "$there"
    restart "$there" TERM
    restart "$there" KILL
    [ "$there" -ge "$step" ] || break
  done
}

measure_following() {
  local followed
  for followed in $follow; do
    say "$label: $followed are followed"
    measured lite-follow --group g-lite --prefix "f$followed-" --follow "$followed" --rate 1000 \
      --seconds "$each" --warm-up "$warm" --subscribe-limit "$subscribe_limit" | keep
  done
}

# measure_create COUNT: the figures of the steps up to there.
measure_create() {
  say "$label: messages to new and to old ones, up to $1"
  create "$1" "$each" "$warm"
  [ -z "$last_lines" ] || keep <<<"$last_lines"
}

measure_server() {
  local most there=0
  begin_anew
  measure_growth
  measure_following
  measure_create "$there"
  end
  # Below that on a server of its own: so many are made while it is measured that the next step is
  # passed at once.
  most=$(printf '%s\n' $steps | sort -n | tail -n 1)
  [ -n "$most" ] || return 0
  there=0
  begin_anew
  measure_create "$most"
  end
}

"$root/rivulet" bench --help >/dev/null 2>&1 # builds what is to be built
"$root/rivulet" config >/dev/null

for server in $servers; do
  label="$server interval" client=$server topic=many batch=50
  case $server in
    rivulet) client=raw ;;
    redis | nats) have "$server-server" || { say "$server is left out: not installed" && continue; } ;;
    rocketmq)
      rocketmq_is_there || continue
      # One message in each request: it does not take messages to several lite topics in one.
      client=raw topic=rv-lite batch=1 port=18081
      ;;
    *) say "unknown server $server" && exit 2 ;;
  esac
  measure_server
done
say "done: $results"
