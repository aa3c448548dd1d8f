# Sourced by the scripts beside it: starts and ends servers, looks at their processes, keeps results.
# They set root, work and results before. The server that runs is one process, server_pid, except
# RocketMQ's three; RabbitMQ's has epmd_pid beside it.
# shellcheck shell=bash disable=SC2154 # set by those who source this

server_pid=
epmd_pid=

say() { echo "$(date +%T) $*" >&2; }
have() { command -v "$1" >/dev/null; }
now_millis() { date +%s%3N; }

# Lines of "rivulet bench" or others, as they come: to standard output and into the file of results.
keep() { tee -a "$results"; }

# One case of "rivulet bench"; a case that fails is said and does not end the run.
bench() {
  local line
  if line=$("$root/rivulet" bench "$@"); then
    printf '%s\n' "$line" | keep
  else
    say "failed: bench $*"
  fi
}

# Waits until a port takes connections; gives up after a minute.
await_port() {
  for _ in $(seq 6000); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    sleep 0.01
  done
  say "nothing listens on port $1"
  return 1
}

# Below the ports that the kernel gives to outgoing connections: one of these that tries a port
# where nobody listens yet can end up connected to itself.
free_port() {
  local port
  while :; do
    port=$((10000 + RANDOM % 5000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return; }
  done
}

cpu_ticks() { awk '{sub(/.*\) /, ""); sum += $12 + $13} END {print sum}' $(printf '/proc/%s/stat ' "$@"); }
rss_mib() { awk '/^VmRSS:/ {sum += $2} END {print int(sum / 1024)}' $(printf '/proc/%s/status ' "$@"); }

# start_rivulet DURABILITY DATA PORT, and so on: the process is there, its port not yet open.
start_rivulet() {
  # One program makes all lite topics.
  RIVULET_QUOTA_CLIENT_LITE_TOPIC_RATE=0 RIVULET_LOG_DURABILITY=$1 "$root/rivulet" server \
    --data "$2" --grpc "127.0.0.1:$3" --http 127.0.0.1:0 >>"$2.log" 2>&1 &
  server_pid=$!
}

start_redis() {
  redis-server --port "$3" --bind 127.0.0.1 --dir "$2" --save '' --appendonly yes \
    --appendfsync "$([ "$1" = fsync ] && echo always || echo everysec)" >>"$2.log" 2>&1 &
  server_pid=$!
}

# Debian's 2.9 has no setting to sync before the answer; it syncs every two minutes.
start_nats() {
  nats-server --jetstream --store_dir "$2" --addr 127.0.0.1 --port "$3" >>"$2.log" 2>&1 &
  server_pid=$!
}

# Debian's script itself: the one on the PATH turns into a user of its own. Erlang's register of
# names (epmd) is started here, or Erlang would leave one of its own behind, listening everywhere.
rabbitmq_script=${RABBITMQ:-/usr/lib/rabbitmq/bin/rabbitmq-server}

rabbitmq_is_there() {
  have epmd && [ -x "$rabbitmq_script" ] || { say "rabbitmq is left out: not installed" && return 1; }
}

# A persistent message is confirmed when it is on disk; there is no setting for less.
start_rabbitmq() {
  local names distribution
  names=$(free_port)
  ERL_EPMD_ADDRESS=127.0.0.1 epmd -port "$names" >>"$2.log" 2>&1 &
  epmd_pid=$!
  await_port "$names"
  distribution=$(free_port)
  printf 'listeners.tcp.1 = 127.0.0.1:%d\n' "$3" >"$2/rabbitmq.conf"
  HOME=$2 ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$names \
    RABBITMQ_NODENAME=bench-$3@localhost RABBITMQ_DIST_PORT=$distribution \
    RABBITMQ_CONFIG_FILE=$2/rabbitmq RABBITMQ_CONF_ENV_FILE=$2/none \
    RABBITMQ_ENABLED_PLUGINS_FILE=$2/plugins RABBITMQ_MNESIA_BASE=$2/mnesia \
    RABBITMQ_LOG_BASE=$2/log RABBITMQ_LOGS=- \
    RABBITMQ_ALLOW_INPUT=1 RABBITMQ_SERVER_START_ARGS=-noinput \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    "$rabbitmq_script" </dev/null >>"$2.log" 2>&1 &
  server_pid=$!
}

end_server() {
  if [ -n "$server_pid" ]; then
    kill "-${1:-TERM}" "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
  fi
  if [ -n "$epmd_pid" ]; then
    kill "$epmd_pid" 2>/dev/null || true
    wait "$epmd_pid" 2>/dev/null || true
    epmd_pid=
  fi
}

# RocketMQ: the folder ROCKETMQ knows how.
rocketmq() { FLUSH=${flush:-ASYNC} RUN=$work/rocketmq "$ROCKETMQ/run.sh" "$@"; }

rocketmq_is_there() {
  if [ -z "${ROCKETMQ:-}" ]; then
    say "rocketmq is left out: ROCKETMQ names no folder"
    return 1
  fi
  [ -d "$work/rocketmq/lib" ] || rocketmq build >&2
}

# The topics and groups that its script knows, and TOPIC TYPE for each more that is wanted.
rocketmq_topics() {
  rocketmq topics
  while [ $# -gt 0 ]; do
    rocketmq admin updateTopic -b 127.0.0.1:20911 -t "$1" -r 8 -w 8 -a "+message.type=$2"
    shift 2
  done
}
