package io.rivulet.bench;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Safe for all threads: its connection is. One client that follows lite topics by name. */
interface LiteFollower extends AutoCloseable {
  /** Says all that it follows; complete when the server knows. */
  CompletableFuture<?> follow(List<String> liteTopics);

  /** How many of them the server is known to know. */
  long followed();

  /** Hands on the bodies of what comes from now on; called once, after the first follow. */
  void receive(Consumer<ByteBuffer> listener);

  @Override
  void close();
}
