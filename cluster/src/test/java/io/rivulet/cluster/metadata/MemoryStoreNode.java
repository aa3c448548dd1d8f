package io.rivulet.cluster.metadata;

import io.rivulet.cluster.metadata.MemoryStore.Held;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of the simulation. The {@link MemoryStore} as one process sees it, through a
 * network that may lose its requests, the answers to them, or both.
 */
public final class MemoryStoreNode implements MetadataStore {
  private final String name;
  private final MemoryStore store;
  private final Set<String> watched = new LinkedHashSet<>();

  /** What a paused process has not heard of yet. */
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();

  // One stream each way: whatever the delays, what was sent first arrives first.
  private final ArrayDeque<Runnable> sent = new ArrayDeque<>();
  private final ArrayDeque<Runnable> answered = new ArrayDeque<>();
  private final TreeMap<Integer, CompletableFuture<?>> outstanding = new TreeMap<>();
  private int asked;

  private @Nullable Listener listener;
  private @Nullable Held session;
  private boolean isConnected;

  /** Counts the connections: answers over an earlier one never arrive. */
  private int connection;

  /** Counts the times at which the store stopped or began to hear of this node. */
  private int hearing;

  private boolean requestsArrive = true;
  private boolean answersArrive = true;
  private boolean isPaused;
  private boolean isDead;

  MemoryStoreNode(String name, MemoryStore store) {
    this.name = name;
    this.store = store;
  }

  // ---- what a test does to the node

  /** From now on nothing that this node sends arrives, or nothing that is sent to it, or both. */
  public void cutOff(boolean losesRequests, boolean losesAnswers) {
    requestsArrive = !losesRequests;
    answersArrive = !losesAnswers;
    if (isReachable()) {
      heal();
      return;
    }
    silent();
    int now = connection;
    store.afterReadTimeout(() -> {
      if (now == connection && !isReachable()) {
        disconnect();
      }
    });
  }

  /** All messages arrive again; those that were lost remain so. */
  public void heal() {
    requestsArrive = true;
    answersArrive = true;
    hearing++;
    disconnect();
    reconnectSoon();
  }

  /** The process stands still: it hears of nothing until it is resumed. What it sent goes on. */
  public void pause() {
    isPaused = true;
    silent();
  }

  public void resume() {
    isPaused = false;
    hearing++;
    while (!isPaused && !held.isEmpty()) {
      held.poll().run();
    }
    if (!isReachable()) {
      silent();
    } else if (!isConnected || session == null || !session.isOpen) {
      disconnect();
      reconnectSoon();
    }
  }

  /** The process is dead: it never hears of anything again. What it sent may still arrive. */
  public void kill() {
    isDead = true;
    held.clear();
    silent();
  }

  /** The store ends the session at once. */
  public void expire() {
    if (session != null && session.isOpen) {
      store.end(session);
      disconnect();
      reconnectSoon();
    }
  }

  /** The connection breaks and comes back; what was under way is done or not, nobody knows. */
  public void stumble() {
    disconnect();
    reconnectSoon();
  }

  private boolean isReachable() {
    return requestsArrive && answersArrive && !isDead && store.isAvailable();
  }

  /** From now on the store does not hear of this node. */
  private void silent() {
    int from = ++hearing;
    Held silent = session;
    if (silent != null) {
      store.afterSessionTimeout(() -> {
        if (from == hearing && store.isAvailable()) {
          store.end(silent);
        }
      });
    }
  }

  /** The store has lost its quorum, or has one again: then all sessions begin to count anew. */
  void quorumChanged() {
    hearing++;
    if (!store.isAvailable()) {
      disconnect();
    } else if (isReachable() && !isPaused) {
      reconnectSoon();
    } else {
      silent();
    }
  }

  // ---- sessions

  private void disconnect() {
    if (!isConnected) {
      return;
    }
    isConnected = false;
    connection++;
    List<CompletableFuture<?>> lost = List.copyOf(outstanding.values());
    outstanding.clear();
    tellSession(Session.SUSPENDED);
    for (CompletableFuture<?> each : lost) {
      tell(() -> each.completeExceptionally(noAnswer()));
    }
  }

  void reconnectSoon() {
    store.afterReconnect(() -> {
      if (isConnected || isPaused || !isReachable()) {
        return;
      }
      if (session != null && !session.isOpen) {
        tellSession(Session.LOST);
        session = null;
      }
      if (session == null) {
        session = new Held(this);
      }
      hearing++;
      isConnected = true;
      connection++;
      tellSession(Session.CONNECTED);
      watched.forEach(this::send);
    });
  }

  private void tellSession(Session state) {
    tell(() -> {
      if (listener != null) {
        listener.session(state);
      }
    });
  }

  /** News of a change travel to this node. */
  void changedAtStore(Held to, String changed) {
    int over = connection;
    answered.add(() -> {
      if (over == connection && to == session) {
        tellChanged(changed);
      }
    });
    store.travel(() -> answer(answered.remove()));
  }

  private void tellChanged(String changed) {
    if (listener != null) {
      listener.changed(changed);
    }
  }

  // ---- the port

  @Override
  public CompletableFuture<Optional<Versioned>> get(String which) {
    return ask(_ -> store.get(which));
  }

  @Override
  public CompletableFuture<List<String>> children(String which) {
    return ask(_ -> store.children(which));
  }

  @Override
  public CompletableFuture<OptionalLong> put(String which, String value, long expectedVersion) {
    return ask(_ -> store.put(which, value, expectedVersion));
  }

  @Override
  public CompletableFuture<Boolean> delete(String which, long expectedVersion) {
    return ask(_ -> store.delete(which, expectedVersion));
  }

  @Override
  public CompletableFuture<Boolean> claim(String which, String value) {
    return ask(by -> store.make(which, value, by));
  }

  @Override
  public void watch(String which) {
    if (watched.add(which) && isConnected) {
      send(which);
    }
  }

  private void send(String which) {
    var _ =
        ask(
                by -> {
                  store.watch(which, by);
                  return true;
                })
            .thenAccept(_ -> tellChanged(which));
  }

  @Override
  public void listen(Listener newListener) {
    listener = newListener;
    if (isConnected) {
      newListener.session(Session.CONNECTED);
    }
  }

  @Override
  public void close() {
    Held ending = session;
    if (isConnected && ending != null) {
      var _ =
          ask(_ -> {
            store.end(ending);
            return true;
          });
    }
    kill();
  }

  @Override
  public String toString() {
    return "metadata of " + name;
  }

  // ---- travelling

  private <T> CompletableFuture<T> ask(Function<Held, T> request) {
    var answer = new CompletableFuture<T>();
    Held by = session;
    if (isDead) {
      return answer;
    }
    if (!isConnected || by == null) {
      store.travel(() -> tell(() -> answer.completeExceptionally(noAnswer())));
      return answer;
    }
    int number = ++asked;
    outstanding.put(number, answer);
    int over = connection;
    sent.add(() -> arrive(number, request, by, over, answer));
    store.travel(() -> sent.remove().run());
    return answer;
  }

  private <T> void arrive(
      int number, Function<Held, T> request, Held by, int over, CompletableFuture<T> answer) {
    if (!requestsArrive || !store.isAvailable()) {
      return;
    }
    Runnable outcome;
    if (by.isOpen) {
      outcome = outcome(request, by, answer);
    } else {
      outcome = () -> answer.completeExceptionally(noAnswer());
    }
    answered.add(() -> {
      if (over == connection && outstanding.remove(number) != null) {
        outcome.run();
      }
    });
    store.travel(() -> answer(answered.remove()));
  }

  private static <T> Runnable outcome(
      Function<Held, T> request, Held by, CompletableFuture<T> answer) {
    try {
      T result = request.apply(by);
      return () -> answer.complete(result);
    } catch (IllegalArgumentException e) {
      return () -> answer.completeExceptionally(e);
    }
  }

  private void answer(Runnable news) {
    if (answersArrive && store.isAvailable()) {
      tell(news);
    }
  }

  private void tell(Runnable news) {
    if (isDead) {
      return;
    }
    if (isPaused) {
      held.add(news);
    } else {
      news.run();
    }
  }

  private static MetadataException noAnswer() {
    return new MetadataException(
        "the metadata store did not answer", new IOException("the connection was lost"));
  }
}
