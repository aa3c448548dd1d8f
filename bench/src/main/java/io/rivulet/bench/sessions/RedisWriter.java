package io.rivulet.bench.sessions;

import io.rivulet.bench.redis.RedisCommand;
import io.rivulet.bench.redis.RedisConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Owned by the thread that writes. Adds to a Redis stream per session, on one connection. */
final class RedisWriter implements SessionWriter {
  private final RedisConnection connection;
  private final AtomicLong unanswered = new AtomicLong();
  private volatile String refusal = "";

  RedisWriter(String endpoint) {
    try {
      connection = RedisConnection.open(endpoint);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void write(int session, byte[] body) {
    unanswered.incrementAndGet();
    var _ =
        connection
            .send(new RedisCommand(5).add("XADD").add("s" + session).add("*").add("body").add(body))
            .whenComplete((_, failure) -> answered(failure));
  }

  private void answered(@Nullable Throwable failure) {
    if (failure != null) {
      refusal = String.valueOf(failure.getMessage());
    }
    unanswered.decrementAndGet();
  }

  @Override
  public void flush() {
    // The connection writes what has come meanwhile at once.
  }

  @Override
  public long unanswered() {
    return unanswered.get();
  }

  @Override
  public String refusal() {
    return refusal;
  }

  @Override
  public void close() {
    connection.close();
  }
}
