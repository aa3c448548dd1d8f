package io.rivulet.bench;

import apache.rocketmq.v2.Message;
import io.rivulet.bench.raw.RawClient;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: one poll is in flight at a time and its answer starts the next. Hands on
 * the bodies of a group's messages and acknowledges them.
 */
final class Reception {
  private static final int MAX_MESSAGES = 32;
  private static final Duration INVISIBLE = Duration.ofSeconds(60);
  private static final Duration WAIT = Duration.ofSeconds(20);

  private final RawClient consumer;
  private final Consumer<ByteBuffer> listener;
  private final AtomicBoolean isRefused = new AtomicBoolean();
  private volatile boolean isEnded;

  Reception(RawClient consumer, Consumer<ByteBuffer> listener) {
    this.consumer = consumer;
    this.listener = listener;
  }

  void begin() {
    CompletableFuture<?> _ =
        consumer.receive(MAX_MESSAGES, INVISIBLE, WAIT).whenComplete(this::received);
  }

  void end() {
    isEnded = true;
  }

  private void received(@Nullable List<Message> messages, @Nullable Throwable failure) {
    if (isEnded) {
      return;
    }
    if (messages == null) {
      System.err.println("a receive failed: " + failure);
      isEnded = true;
      return;
    }
    begin();
    for (Message message : messages) {
      listener.accept(message.getBody().asReadOnlyByteBuffer());
      CompletableFuture<?> _ =
          consumer.acknowledge(message).whenComplete((_, refusal) -> acknowledged(refusal));
    }
  }

  /** The first refusal is said: the message comes again, and the figures are not what they seem. */
  private void acknowledged(@Nullable Throwable refusal) {
    if (refusal != null && !isEnded && isRefused.compareAndSet(false, true)) {
      System.err.println("an acknowledgement failed: " + refusal);
    }
  }
}
