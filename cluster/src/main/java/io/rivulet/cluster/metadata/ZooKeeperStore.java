package io.rivulet.cluster.metadata;

import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.PathUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: questions go to ZooKeeper's client, whose answers and news all pass through
 * one thread, {@code rivulet-metadata}.
 *
 * <p>ZooKeeper's client reconnects by itself, but a session that the members have given up is gone
 * for good: then another client takes its place. Watches are of the persistent kind. Those survive
 * a reconnection, yet what changed meanwhile is not told; so all of them are set again then, and
 * everything watched is told to have changed.
 *
 * <p>When no member answers for longer than a session lasts, ZooKeeper's client gives its session
 * up by itself. That is no news of the session: it is gone only if the members say so, and while
 * they have no quorum they say nothing, and nobody else gets what it holds. So another client takes
 * the same session up, until a member has answered.
 *
 * <p>Questions that wait are bounded by who asks; while nothing is connected, each attempt to
 * connect that fails (a fraction of the session's time-out) fails all that wait.
 */
public final class ZooKeeperStore implements MetadataStore {
  private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperStore.class);

  private static final long RETRY_MILLIS = 1000;
  private static final int CLOSE_MILLIS = 3000;

  private final ZooKeeperConfig config;
  private final Clock clock;
  private final ScheduledThreadPoolExecutor thread;
  private final Set<String> watched = new ConcurrentSkipListSet<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Listener listener;

  /** Written by the store's thread, and by close. */
  private volatile @Nullable ZooKeeper client;

  /** What was told last. Owned by the store's thread. */
  private @Nullable Session told;

  /** How many sessions were begun: news of an earlier one is none. Owned by the store's thread. */
  private int opened;

  /** Since when no member is connected. Owned by the store's thread. */
  private long silentSinceNanos;

  /** Begins to connect; whether it worked is told to the listener. */
  public ZooKeeperStore(ZooKeeperConfig config) {
    this(config, Clock.system());
  }

  private ZooKeeperStore(ZooKeeperConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
    thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("rivulet-metadata").daemon().factory());
    // After the end, whoever still brings an answer carries it on.
    thread.setRejectedExecutionHandler((task, _) -> task.run());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    thread.execute(() -> open(null));
  }

  // ---- sessions, on the store's thread

  /**
   * Begins a session.
   *
   * @param before whose session to go on with; null: another one
   */
  private void open(@Nullable ZooKeeper before) {
    if (closed.get()) {
      return;
    }
    int number = ++opened;
    silentSinceNanos = clock.nanos();
    try {
      ZooKeeper session = connect(number, before);
      client = session;
      if (closed.get()) {
        end(session);
      }
    } catch (IOException e) {
      LOG.warn(
          "no session with the metadata store {}: {}; trying again",
          config.connect(),
          e.toString());
      var _ = thread.schedule(() -> open(before), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private ZooKeeper connect(int number, @Nullable ZooKeeper before) throws IOException {
    var settings = new ZKClientConfig();
    settings.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
    int millis = Math.toIntExact(config.sessionTimeout().toMillis());
    Watcher watcher = event -> thread.execute(() -> happened(number, event));
    var hosts = new QuickHosts(config.connect());
    return before == null
        ? new ZooKeeper(config.connect(), millis, watcher, false, hosts, settings)
        : new ZooKeeper(
            config.connect(),
            millis,
            watcher,
            before.getSessionId(),
            before.getSessionPasswd(),
            false,
            hosts,
            settings);
  }

  private void happened(int number, WatchedEvent event) {
    ZooKeeper session = client;
    if (closed.get() || number != opened || session == null) {
      return;
    }
    if (event.getType() != EventType.None) {
      String name = event.getPath();
      if (name != null && event.getType() != EventType.PersistentWatchRemoved) {
        tellChanged(name);
      }
      return;
    }
    KeeperState state = event.getState();
    if (state == KeeperState.SyncConnected) {
      connected(session);
    } else if (state == KeeperState.Disconnected) {
      silentSinceNanos = clock.nanos();
      tell(Session.SUSPENDED);
    } else if (state == KeeperState.Expired && hasGivenUp(session)) {
      open(session.getSessionId() == 0 ? null : session);
    } else if (state == KeeperState.Expired) {
      LOG.warn(
          "session 0x{} with the metadata store has ended",
          Long.toHexString(session.getSessionId()));
      tell(Session.LOST);
      open(null);
    } else {
      LOG.warn("the session with the metadata store is in the state {}", state);
    }
  }

  /**
   * Whether the client says so because nobody answers. When a member says that the session has
   * ended, it grants it no more time; what was granted before is still there if none did. A client
   * that no member has answered yet was granted nothing: then it has waited for long.
   */
  private boolean hasGivenUp(ZooKeeper session) {
    return session.getSessionTimeout() > 0
        || clock.nanos() - silentSinceNanos >= config.sessionTimeout().toNanos();
  }

  private void connected(ZooKeeper session) {
    long granted = session.getSessionTimeout();
    if (told == null && granted != config.sessionTimeout().toMillis()) {
      LOG.warn(
          "the metadata store grants sessions of {} ms, not of {} ms",
          granted,
          config.sessionTimeout().toMillis());
    }
    tell(Session.CONNECTED);
    watched.forEach(name -> watch(session, name));
  }

  private void tell(Session state) {
    Listener hearing = listener;
    if (state != told && hearing != null) {
      hearing.session(state);
    }
    told = state;
  }

  private void tellChanged(String name) {
    Listener hearing = listener;
    if (hearing != null && !closed.get()) {
      hearing.changed(name);
    }
  }

  /** For tests, which end it at the member. */
  long sessionId() {
    ZooKeeper now = client;
    return now == null ? 0 : now.getSessionId();
  }

  // ---- questions and changes

  @Override
  public CompletableFuture<Optional<Versioned>> get(String name) {
    return ask(
        name,
        (connection, answer) ->
            connection.getData(
                name,
                false,
                (code, _, _, data, stat) ->
                    answered(
                        answer,
                        () ->
                            switch (Code.get(code)) {
                              case OK ->
                                  Optional.of(
                                      new Versioned(
                                          new String(data, StandardCharsets.UTF_8),
                                          stat.getVersion()));
                              case NONODE -> Optional.empty();
                              default -> throw failure(code, "reading", name);
                            }),
                null));
  }

  @Override
  public CompletableFuture<List<String>> children(String name) {
    return ask(
        name,
        (connection, answer) ->
            connection.getChildren(
                name,
                false,
                (code, _, _, children) ->
                    answered(
                        answer,
                        () ->
                            switch (Code.get(code)) {
                              case OK -> children.stream().sorted().toList();
                              case NONODE -> List.<String>of();
                              default -> throw failure(code, "listing", name);
                            }),
                null));
  }

  @Override
  public CompletableFuture<OptionalLong> put(String name, String value, long expectedVersion) {
    byte[] data = value.getBytes(StandardCharsets.UTF_8);
    if (expectedVersion == ABSENT) {
      return create(name, data, CreateMode.PERSISTENT)
          .thenApply(made -> made ? OptionalLong.of(0) : OptionalLong.empty());
    }
    return ask(
        name,
        (connection, answer) ->
            connection.setData(
                name,
                data,
                version(expectedVersion),
                (code, _, _, stat) ->
                    answered(
                        answer,
                        () ->
                            switch (Code.get(code)) {
                              case OK -> OptionalLong.of(stat.getVersion());
                              case NONODE, BADVERSION -> OptionalLong.empty();
                              default -> throw failure(code, "changing", name);
                            }),
                null));
  }

  @Override
  public CompletableFuture<Boolean> delete(String name, long expectedVersion) {
    return ask(
        name,
        (connection, answer) ->
            connection.delete(
                name,
                version(expectedVersion),
                (code, _, _) ->
                    answered(
                        answer,
                        () ->
                            switch (Code.get(code)) {
                              case OK, NONODE -> true;
                              case BADVERSION -> false;
                              default -> throw failure(code, "removing", name);
                            }),
                null));
  }

  @Override
  public CompletableFuture<Boolean> claim(String name, String value) {
    return create(name, value.getBytes(StandardCharsets.UTF_8), CreateMode.EPHEMERAL);
  }

  /** Makes a name and, if they are missing, its parents; false: it is there already. */
  private CompletableFuture<Boolean> create(String name, byte[] data, CreateMode mode) {
    return tryToCreate(name, data, mode)
        .thenCompose(made ->
            made != Made.NO_PARENT
                ? CompletableFuture.completedFuture(made)
                : create(parent(name), new byte[0], CreateMode.PERSISTENT)
                    .thenCompose(_ -> tryToCreate(name, data, mode)))
        .thenApply(made -> {
          if (made == Made.NO_PARENT) {
            throw failure(Code.NONODE.intValue(), "making", name);
          }
          return made == Made.NOW;
        });
  }

  private enum Made {
    NOW,
    BEFORE,
    NO_PARENT
  }

  private CompletableFuture<Made> tryToCreate(String name, byte[] data, CreateMode mode) {
    return ask(
        name,
        (connection, answer) ->
            connection.create(
                name,
                data,
                ZooDefs.Ids.OPEN_ACL_UNSAFE,
                mode,
                (code, _, _, _) ->
                    answered(
                        answer,
                        () ->
                            switch (Code.get(code)) {
                              case OK -> Made.NOW;
                              case NODEEXISTS -> Made.BEFORE;
                              case NONODE -> Made.NO_PARENT;
                              default -> throw failure(code, "making", name);
                            }),
                null));
  }

  private static String parent(String name) {
    int slash = name.lastIndexOf('/');
    return slash <= 0 ? "/" : name.substring(0, slash);
  }

  // ---- watches

  @Override
  public void watch(String name) {
    check(name);
    ZooKeeper now = client;
    if (watched.add(name) && now != null) {
      watch(now, name);
    }
  }

  /** Changes from now on are told, and what was before may have been missed: told as well. */
  private void watch(ZooKeeper connection, String name) {
    connection.addWatch(
        name,
        AddWatchMode.PERSISTENT,
        (code, _, _) -> {
          // Anything else comes with the loss of the connection, after which this is done again.
          if (Code.get(code) == Code.OK) {
            thread.execute(() -> tellChanged(name));
          }
        },
        null);
  }

  @Override
  public void listen(Listener hearing) {
    thread.execute(() -> {
      listener = hearing;
      if (told != null) {
        hearing.session(told);
      }
    });
  }

  // ---- asking

  private interface Question<T> {
    void ask(ZooKeeper connection, CompletableFuture<T> answer);
  }

  private interface Answer<T> {
    T get() throws AnswerException;
  }

  /** Carries a failure out of an answer. */
  private static final class AnswerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Exception failure;

    AnswerException(Exception failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private <T> CompletableFuture<T> ask(String name, Question<T> question) {
    check(name);
    ZooKeeper connection = client;
    if (connection == null) {
      return CompletableFuture.failedFuture(
          new MetadataException(
              "the metadata store is not connected",
              new KeeperException.ConnectionLossException()));
    }
    var answer = new CompletableFuture<T>();
    question.ask(connection, answer);
    return answer;
  }

  private <T> void answered(CompletableFuture<T> answer, Answer<T> how) {
    thread.execute(() -> {
      T value;
      try {
        value = how.get();
      } catch (AnswerException e) {
        answer.completeExceptionally(e.failure);
        return;
      }
      answer.complete(value);
    });
  }

  private static AnswerException failure(int code, String doing, String name) {
    KeeperException cause = KeeperException.create(Code.get(code), name);
    return new AnswerException(
        switch (Code.get(code)) {
          case NOTEMPTY ->
              new IllegalArgumentException(name + " has names below it and stays", cause);
          case NOCHILDRENFOREPHEMERALS ->
              new IllegalArgumentException("there can be nothing below a claim: " + name, cause);
          default ->
              new MetadataException("%s %s: %s".formatted(doing, name, cause.getMessage()), cause);
        });
  }

  private static void check(String name) {
    PathUtils.validatePath(name);
  }

  /** ZooKeeper's are ints, and -1 would mean any of them. */
  private static int version(long expected) {
    if (expected < 0) {
      throw new IllegalArgumentException("no version: " + expected);
    }
    return Math.toIntExact(expected);
  }

  // ---- end

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      ZooKeeper now = client;
      if (now != null) {
        end(now);
      }
      thread.shutdown();
    }
  }

  private static void end(ZooKeeper session) {
    try {
      session.close(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "ZooKeeper at " + config.connect();
  }
}
