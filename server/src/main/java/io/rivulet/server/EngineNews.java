package io.rivulet.server;

import io.rivulet.engine.EngineListener;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: a copy-on-write list, and one thread that passes the news on, so that the
 * shard thread never waits for a listener. The rooms of the server come after the engine and add
 * themselves here.
 */
public final class EngineNews implements EngineListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineNews.class);

  private final List<EngineListener> listeners = new CopyOnWriteArrayList<>();
  private final Consumer<Throwable> onFailure;
  private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
  private final ExecutorService courier =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("rivulet-engine-news").daemon().factory());

  EngineNews(Consumer<Throwable> onFailure) {
    this.onFailure = onFailure;
  }

  /** Told everything from now on, on one thread, in order. */
  public void add(EngineListener listener) {
    listeners.add(listener);
  }

  /** Completes when the engine has failed for good, with the cause. */
  CompletableFuture<Throwable> failure() {
    return failure;
  }

  @Override
  public void unsubscribed(String clientId, String group, String topic, String liteTopic) {
    courier.execute(
        () -> listeners.forEach(l -> l.unsubscribed(clientId, group, topic, liteTopic)));
  }

  @Override
  public void unreadLost(String group, String topic, long count) {
    LOG.warn(
        "{} messages of topic {} went with the retention before group {} had read them; see"
            + " engine.retention-time and engine.retention-bytes",
        count,
        topic,
        group);
    courier.execute(() -> listeners.forEach(l -> l.unreadLost(group, topic, count)));
  }

  @Override
  public void failed(Throwable cause) {
    courier.execute(() -> {
      onFailure.accept(cause);
      failure.complete(cause);
      listeners.forEach(l -> l.failed(cause));
    });
  }

  @Override
  public void close() {
    courier.shutdown();
  }
}
