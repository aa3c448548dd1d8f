package io.rivulet.cluster.shard;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.metadata.MetadataException;
import io.rivulet.cluster.metadata.MetadataStore;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Owned by the thread of the test. A metadata store without sessions, whose answers may be lost:
 * enough for records that change by compare-and-set.
 */
public final class PlainStore implements MetadataStore {
  private static final Duration TRAVEL = Duration.ofMillis(2);

  private final Timer timer;
  private final Map<String, Versioned> values = new HashMap<>();
  private int reads;
  private long versions;
  private int lostRequests;
  private int lostAnswers;
  private boolean isSilent;

  public PlainStore(Timer timer) {
    this.timer = timer;
  }

  /** So many of the next requests do not arrive. */
  public void loseRequests(int count) {
    lostRequests = count;
  }

  /** So many of the next answers do not arrive, though what was asked is done. */
  public void loseAnswers(int count) {
    lostAnswers = count;
  }

  /** From now on it says nothing at all, not even that it has failed. */
  public void beSilent() {
    isSilent = true;
  }

  /** How often something was read. */
  public int reads() {
    return reads;
  }

  @Override
  public CompletableFuture<Optional<Versioned>> get(String name) {
    return ask(() -> {
      reads++;
      return Optional.ofNullable(values.get(name));
    });
  }

  @Override
  public CompletableFuture<OptionalLong> put(String name, String value, long expectedVersion) {
    return ask(() -> {
      Versioned before = values.get(name);
      if ((before == null ? ABSENT : before.version()) != expectedVersion) {
        return OptionalLong.empty();
      }
      values.put(name, new Versioned(value, ++versions));
      return OptionalLong.of(versions);
    });
  }

  @Override
  public CompletableFuture<Boolean> delete(String name, long expectedVersion) {
    return ask(() -> values.remove(name) != null);
  }

  @Override
  public CompletableFuture<List<String>> children(String name) {
    return ask(() ->
        values.keySet().stream()
            .filter(each -> each.startsWith(name + "/"))
            .map(each -> each.substring(name.length() + 1))
            .toList());
  }

  @Override
  public CompletableFuture<Boolean> claim(String name, String value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void watch(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void listen(Listener listener) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}

  private <T> CompletableFuture<T> ask(Supplier<T> request) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (isSilent) {
      return answer;
    }
    timer.after(
        TRAVEL,
        () -> {
          boolean arrives = lostRequests == 0;
          lostRequests -= arrives ? 0 : 1;
          boolean isAnswered = arrives && lostAnswers == 0;
          lostAnswers -= arrives && !isAnswered ? 1 : 0;
          T result = arrives ? request.get() : null;
          if (result != null && isAnswered) {
            answer.complete(result);
          } else {
            answer.completeExceptionally(
                new MetadataException("no answer", new IOException("lost on the way")));
          }
        });
    return answer;
  }
}
