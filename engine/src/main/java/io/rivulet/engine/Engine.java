package io.rivulet.engine;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: hands every request to the shard thread through a bounded queue.
 *
 * <p>Futures always complete normally, with a value or a {@link io.rivulet.engine.refusal.Refusal};
 * they complete on the engine's own reply threads, so dependents must not block. An answer to a
 * change means that the change is durable.
 */
@SuppressWarnings("DoNotCallSuggester") // its rooms are being furnished
public final class Engine implements AutoCloseable {

  /**
   * Brings the index up to date with the log, starts the shard thread and answers once the engine
   * can take requests. Owns log and index from then on.
   *
   * @throws IOException if log or index can't be read; the message names position and file
   */
  public static Engine open(
      EngineConfig config, CommitLog log, Index index, Clock clock, EngineListener listener)
      throws IOException {
    throw new IllegalStateException("being built");
  }

  private Engine() {}

  /** The definition of a topic, if there is one. Never blocks. */
  public Optional<TopicDefinition> topic(String name) {
    throw new IllegalStateException("being built");
  }

  /** The definition of a group, if there is one. Never blocks. */
  public Optional<GroupDefinition> group(String name) {
    throw new IllegalStateException("being built");
  }

  public Collection<TopicDefinition> topics() {
    throw new IllegalStateException("being built");
  }

  public Collection<GroupDefinition> groups() {
    throw new IllegalStateException("being built");
  }

  /**
   * Makes a topic, or changes the TTL settings of one. Refused with TYPE_MISMATCH if it exists with
   * another type, ILLEGAL_TOPIC if the name is not allowed, ILLEGAL_ARGUMENT if the TTL is longer
   * than the retention.
   */
  public CompletableFuture<Outcome<TopicDefinition>> defineTopic(TopicDefinition definition) {
    throw new IllegalStateException("being built");
  }

  /** Deletes a topic with its queues, and the progress and subscriptions of all groups on it. */
  public CompletableFuture<Outcome<TopicDefinition>> deleteTopic(String name) {
    throw new IllegalStateException("being built");
  }

  /** Makes a group or changes its settings; kind and bound topic can't be changed. */
  public CompletableFuture<Outcome<GroupDefinition>> defineGroup(GroupDefinition definition) {
    throw new IllegalStateException("being built");
  }

  /**
   * The group of that name: the existing one if kind and bound topic fit (else GROUP_MISMATCH), or
   * a new one made as {@code wanted} if groups are auto-created (else GROUP_NOT_FOUND).
   */
  public CompletableFuture<Outcome<GroupDefinition>> ensureGroup(GroupDefinition wanted) {
    throw new IllegalStateException("being built");
  }

  public CompletableFuture<Outcome<GroupDefinition>> deleteGroup(String name) {
    throw new IllegalStateException("being built");
  }

  /** A group with its progress, backlog and clients. */
  public CompletableFuture<Outcome<GroupView>> describeGroup(String name) {
    throw new IllegalStateException("being built");
  }

  /**
   * Notes that a group follows a topic, with this filter from now on. The first time fixes where
   * the group starts. An unknown topic is remembered by name and followed once it exists. LITE
   * groups follow their bound topic through {@link #changeSubscription} instead.
   */
  public CompletableFuture<Outcome<Filter>> subscribe(String group, String topic, Filter filter) {
    throw new IllegalStateException("being built");
  }

  /**
   * Stores messages, all of the same topic, as one batch. One outcome per message, in order; each
   * is complete only when all are durable. A missing topic is made with the type of the first
   * message if topics are auto-created.
   */
  public CompletableFuture<List<Outcome<SendReceipt>>> send(List<Message> messages) {
    throw new IllegalStateException("being built");
  }

  /**
   * Takes messages that are ready, or waits for some. An empty list when the wait is over. A caller
   * that has gone cancels the future; what was leased for it then becomes visible again.
   */
  public CompletableFuture<Outcome<List<DeliveredMessage>>> poll(PollRequest request) {
    throw new IllegalStateException("being built");
  }

  /**
   * Acknowledges deliveries, one outcome per receipt handle, in order. A handle that was
   * acknowledged before is fine; one whose lease ended is INVALID_RECEIPT_HANDLE.
   */
  public CompletableFuture<List<Outcome<String>>> acknowledge(
      String group, List<String> receiptHandles) {
    throw new IllegalStateException("being built");
  }

  /**
   * Ends a lease's invisible time after {@code invisible} from now (0: visible at once) and answers
   * the new receipt handle.
   *
   * @param suspend LITE: nothing of the lite topic is delivered to the group until then, and the
   *     attempt is not counted
   */
  public CompletableFuture<Outcome<String>> changeInvisible(
      String group, String receiptHandle, Duration invisible, boolean suspend) {
    throw new IllegalStateException("being built");
  }

  /** Copies the message to the group's dead-letter topic and acknowledges it, as one. */
  public CompletableFuture<Outcome<String>> deadLetter(
      String group, String receiptHandle, String reason) {
    throw new IllegalStateException("being built");
  }

  /** A client introduced itself or changed its settings. */
  public void clientSeen(ClientInfo client) {
    throw new IllegalStateException("being built");
  }

  /** A sign of life; false if the client is not known (it should introduce itself again). */
  public boolean clientAlive(String clientId) {
    throw new IllegalStateException("being built");
  }

  /** The client said goodbye: its leases end within a second, its subscriptions at once. */
  public void clientGone(String clientId) {
    throw new IllegalStateException("being built");
  }

  /** Changes which lite topics a client follows. The outcome is the number it follows now. */
  public CompletableFuture<Outcome<Integer>> changeSubscription(SubscriptionChange change) {
    throw new IllegalStateException("being built");
  }

  /** Reads without a group; see {@link ReadRequest}. Cancel the future to stop waiting. */
  public CompletableFuture<Outcome<ReadReply>> read(ReadRequest request) {
    throw new IllegalStateException("being built");
  }

  /**
   * Lists the lite topics of a parent in order of name.
   *
   * @param prefix only names that begin so; empty: all
   * @param after only names after this one; empty: from the beginning
   * @param limit 1 to 10,000
   */
  public CompletableFuture<Outcome<LiteTopicPage>> listLite(
      String topic, String prefix, String after, int limit) {
    throw new IllegalStateException("being built");
  }

  public CompletableFuture<Outcome<LiteTopicView>> describeLite(String topic, String name) {
    throw new IllegalStateException("being built");
  }

  /** Reclaims a lite topic now, unread or not; its subscribers are told. */
  public CompletableFuture<Outcome<LiteTopicView>> reclaimLite(String topic, String name) {
    throw new IllegalStateException("being built");
  }

  /** Gives a lite topic a TTL of its own; empty: its parent's again. */
  public CompletableFuture<Outcome<LiteTopicView>> setLiteTtl(
      String topic, String name, Optional<Duration> ttl) {
    throw new IllegalStateException("being built");
  }

  /**
   * Moves a group's progress, on one lite topic or on all queues of a topic. What was leased there
   * is released. The outcome is the number of queues moved.
   */
  public CompletableFuture<Outcome<Integer>> resetOffset(
      String group, String topic, Optional<String> liteTopic, OffsetOption to) {
    throw new IllegalStateException("being built");
  }

  /**
   * Sends the group's dead letters back to the topics that they came from and takes them off the
   * dead-letter topic. Each is re-sent at most once.
   *
   * @param limit how many at most, 1 to 10,000
   * @return how many were re-sent
   */
  public CompletableFuture<Outcome<Integer>> redrive(String group, int limit) {
    throw new IllegalStateException("being built");
  }

  public EngineStats stats() {
    throw new IllegalStateException("being built");
  }

  /** Refuses new requests, finishes those taken, brings the index up to date. */
  @Override
  public void close() {
    throw new IllegalStateException("being built");
  }
}
