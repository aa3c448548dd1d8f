package io.rivulet.client;

import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: what it holds is. One conversation: a lite topic that is written to and
 * read from.
 *
 * <p>Appends keep their order: those of one session object are stored as they were called, each
 * exactly once, also across breaks of the connection and restarts of the server. They need not be
 * waited for: while one request is under way the next ones gather and travel together.
 */
public final class Session {
  private final RivuletClient client;
  private final BatchingProducer producer;
  private final String parent;
  private final String liteTopic;

  Session(RivuletClient client, BatchingProducer producer, String parent, String liteTopic) {
    this.client = client;
    this.producer = producer;
    this.parent = parent;
    this.liteTopic = liteTopic;
  }

  /** Appends a text; see {@link #append(OutgoingMessage)}. */
  public CompletableFuture<Receipt> append(String text) {
    return append(OutgoingMessage.of(text));
  }

  /**
   * Appends a message. Waits if too much is under way already.
   *
   * @return completes when the message is durable, or with a {@link RivuletException}
   */
  public CompletableFuture<Receipt> append(OutgoingMessage message) {
    return producer.send(message.liteTopic(liteTopic));
  }

  /** Follows the session from here on. A session that nobody has written to yet is waited for. */
  public Tail tail(ReadFrom from) {
    return client.tail(parent, liteTopic, from);
  }

  @Override
  public String toString() {
    return parent + "/" + liteTopic;
  }
}
