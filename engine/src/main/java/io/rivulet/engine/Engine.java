package io.rivulet.engine;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.group.SchedulingView;
import io.rivulet.engine.group.WaitEstimate;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.limit.Allotment;
import io.rivulet.engine.limit.LimitAsk;
import io.rivulet.engine.lite.LiteBacklog;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.Reprioritized;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.outbox.OwedMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.shard.ShardEngine;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.ForkStep;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.subscription.Claimed;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.ShardAck;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionMade;
import io.rivulet.engine.subscription.SubscriptionNews;
import io.rivulet.engine.subscription.SubscriptionReport;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeKey;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What a message engine does for its callers, whether one process holds everything or many share
 * it.
 *
 * <p>Safe for all threads. Futures always complete normally, with a value or a {@link
 * io.rivulet.engine.refusal.Refusal}; they complete on the engine's own reply threads, so
 * dependents must not block. An answer to a change means that the change is durable.
 */
public interface Engine extends AutoCloseable {

  /**
   * An engine of one shard: brings the index up to date with the log, starts the shard thread and
   * answers once it can take requests. Owns log and index from then on.
   *
   * @throws IOException if log or index can't be read; the message names position and file
   */
  static Engine open(
      EngineConfig config, CommitLog log, Index index, Clock clock, EngineListener listener)
      throws IOException {
    return ShardEngine.open(config, log, index, clock, listener);
  }

  /** The definition of a topic, if there is one. Never blocks. */
  Optional<TopicDefinition> topic(String name);

  /** Messages of a topic that wait for their delivery time. Never blocks. */
  long parked(String topic);

  /** The definition of a group, if there is one. Never blocks. */
  Optional<GroupDefinition> group(String name);

  Collection<TopicDefinition> topics();

  Collection<GroupDefinition> groups();

  /**
   * Makes a topic, or changes the TTL settings of one. Refused with TYPE_MISMATCH if it exists with
   * another type, ILLEGAL_TOPIC if the name is not allowed, ILLEGAL_ARGUMENT if the TTL is longer
   * than the retention.
   */
  CompletableFuture<Outcome<TopicDefinition>> defineTopic(TopicDefinition definition);

  /**
   * Deletes a topic with its queues, and the progress and subscriptions of all groups on it. First
   * the subscriptions end, a few at a time; until it is gone nothing new can follow it, and what is
   * sent meanwhile goes with it. A refusal with STORAGE_FULL or UNAVAILABLE, or no answer, leaves
   * some of the subscriptions ended.
   */
  CompletableFuture<Outcome<TopicDefinition>> deleteTopic(String name);

  /** Makes a group or changes its settings; kind and bound topic can't be changed. */
  CompletableFuture<Outcome<GroupDefinition>> defineGroup(GroupDefinition definition);

  /**
   * The group of that name: the existing one if kind and bound topic fit (else GROUP_MISMATCH), or
   * a new one made as {@code wanted} if groups are auto-created (else GROUP_NOT_FOUND).
   */
  CompletableFuture<Outcome<GroupDefinition>> ensureGroup(GroupDefinition wanted);

  /**
   * Deletes a group with its progress and subscriptions, in the manner of {@link #deleteTopic}; its
   * polls are answered with nothing, and refused with GROUP_NOT_FOUND from now on.
   */
  CompletableFuture<Outcome<GroupDefinition>> deleteGroup(String name);

  /** A group with its progress, backlog and clients. */
  CompletableFuture<Outcome<GroupView>> describeGroup(String name);

  /**
   * Notes that a group follows a topic, with this filter from now on. The first time fixes where
   * the group starts. An unknown topic is remembered by name and followed once it exists. LITE
   * groups follow their bound topic through {@link #changeSubscription} instead.
   */
  CompletableFuture<Outcome<Filter>> subscribe(String group, String topic, Filter filter);

  /**
   * Stores messages, all of the same topic, as one batch. One outcome per message, in order; each
   * is complete only when all are durable. A missing topic is made with the type of the first
   * message if topics are auto-created.
   */
  default CompletableFuture<List<Outcome<SendReceipt>>> send(List<Message> messages) {
    return send("", messages);
  }

  /**
   * The same for a client whose rates are bounded by {@link Quotas}: beyond them everything is
   * refused with TOO_MANY_REQUESTS and the time after which to come again.
   *
   * @param client whatever tells clients apart
   */
  CompletableFuture<List<Outcome<SendReceipt>>> send(String client, List<Message> messages);

  /**
   * Takes messages that are ready, or waits for some. An empty list when the wait is over. A caller
   * that has gone cancels the future; what was leased for it then becomes visible again.
   */
  CompletableFuture<Outcome<List<DeliveredMessage>>> poll(PollRequest request);

  /**
   * Acknowledges deliveries, one outcome per receipt handle, in order. A handle that was
   * acknowledged before is fine; one whose lease ended is INVALID_RECEIPT_HANDLE.
   */
  CompletableFuture<List<Outcome<String>>> acknowledge(String group, List<String> receiptHandles);

  /**
   * Gives back deliveries that did not reach anybody: the messages are visible again at once, and
   * the attempts are not counted. One outcome per receipt handle, in order. A handle that was
   * replaced, or whose message a repeated poll was handed since, is INVALID_RECEIPT_HANDLE.
   */
  CompletableFuture<List<Outcome<String>>> release(String group, List<String> receiptHandles);

  /**
   * Ends a lease's invisible time after {@code invisible} from now (0: visible at once) and answers
   * the new receipt handle.
   *
   * @param suspend LITE: nothing of the lite topic is delivered to the group until then, and the
   *     attempt is not counted
   */
  CompletableFuture<Outcome<String>> changeInvisible(
      String group, String receiptHandle, Duration invisible, boolean suspend);

  /**
   * Says what a message really cost, once that is known: while it is leased or for some time after
   * its acknowledgement. The difference to what its fairness key was charged with counts before the
   * key is served again. Said again, the last one counts. The outcome is what was charged before.
   *
   * @param cost 0 to 1,000,000,000
   */
  default CompletableFuture<Outcome<Integer>> settle(String receiptHandle, int cost) {
    return settle("", receiptHandle, cost);
  }

  /**
   * The same.
   *
   * @param group the handle must have been given to it
   */
  CompletableFuture<Outcome<Integer>> settle(String group, String receiptHandle, int cost);

  /**
   * How a group is being served: what waits by priority and key, what is handed out, what holds it
   * back. Adds up over all queues in which something waits, a few a turn.
   *
   * @param topKeys of the fairness keys with the most cost waiting, so many at most, 0 to 1000
   */
  CompletableFuture<Outcome<SchedulingView>> describeScheduling(String group, int topKeys);

  /**
   * When a message that is sent now will be handed out to a group.
   *
   * @param priority its priority; -1: none
   * @param key its fairness key; empty: none
   */
  CompletableFuture<Outcome<WaitEstimate>> estimateWait(String group, int priority, String key);

  /**
   * Suspends a fairness key of a group for so long from now on, zero to 30 days; zero: it is handed
   * out again. What is leased stays leased, and no attempt is counted. The outcome is when it is
   * handed out again.
   */
  CompletableFuture<Outcome<Instant>> suspendKey(String group, String key, Duration duration);

  /** Copies the message to the group's dead-letter topic and acknowledges it, as one. */
  CompletableFuture<Outcome<String>> deadLetter(String group, String receiptHandle, String reason);

  /**
   * Cancels a message by the handle in its {@link SendReceipt}: from the answer on it is delivered
   * to no group. Whoever has it loses its lease; if it was handed out and names a {@linkplain
   * io.rivulet.engine.message.ReplyAddress reply lite topic}, a note appears there in the same
   * batch of the log; in a cluster, where that is another log, a moment later, and once. Cancelling
   * again, or what is done, is fine and changes nothing. A handle from before a change of priority
   * is followed for a while. Refused with ILLEGAL_ARGUMENT if it is no handle, MESSAGE_NOT_FOUND if
   * the message is not retained.
   *
   * @param topic the handle must be of a message of this topic; empty: of any
   */
  CompletableFuture<Outcome<Cancellation>> cancel(String topic, String handle);

  /**
   * Gives a waiting message another priority by the handle in its {@link SendReceipt}. In a
   * PRIORITY topic it moves to the end of that priority's queue, and has another handle from then
   * on; refused with MESSAGE_NOT_WAITING if some group has it or has acknowledged it. In a LITE or
   * FIFO topic the whole lite topic or message group gets the priority. Refused with TYPE_MISMATCH
   * in others.
   *
   * @param priority from 0, higher first
   */
  default CompletableFuture<Outcome<Reprioritized>> reprioritize(String handle, int priority) {
    return reprioritize("", handle, priority);
  }

  /**
   * The same.
   *
   * @param topic the handle must be of a message of this topic
   */
  CompletableFuture<Outcome<Reprioritized>> reprioritize(String topic, String handle, int priority);

  /**
   * Hands out nothing of a lite topic to a group for a while, instead of what was said before. What
   * is leased stays so; attempts do not grow. Holds across restarts.
   *
   * @param length at most 30 days; zero: it is handed out again
   * @return until when, by the wall clock
   */
  CompletableFuture<Outcome<Instant>> suspendLite(
      String group, String topic, String name, Duration length);

  /** A client introduced itself or changed its settings. */
  void clientSeen(ClientInfo client);

  /** A sign of life; false if the client is not known (it should introduce itself again). */
  boolean clientAlive(String clientId);

  /** The client said goodbye: its leases end within a second, its subscriptions at once. */
  void clientGone(String clientId);

  /**
   * Answers to these clients may have been lost on their way. What was leased to them just now for
   * as long as they live is not renewed any more: what did not arrive is delivered again when its
   * lease ends. Whoever did get it has until then, and may acknowledge it. Of what was granted in
   * that time before the shard was opened here, nothing is renewed any more, whoever has it.
   *
   * @param grantedWithin how long ago it was granted, at most
   * @return how many leases these were, but for those from before the opening
   */
  CompletableFuture<Outcome<Integer>> endRenewal(Set<String> clientIds, Duration grantedWithin);

  /** Changes which lite topics a client follows. The outcome is the number it follows now. */
  CompletableFuture<Outcome<Integer>> changeSubscription(SubscriptionChange change);

  /** Reads without a group; see {@link ReadRequest}. Cancel the future to stop waiting. */
  CompletableFuture<Outcome<ReadReply>> read(ReadRequest request);

  /**
   * Makes a lite topic as a stream, if it is not there; see {@link StreamCreation}.
   *
   * @param client who is asking, as quotas know it
   */
  CompletableFuture<Outcome<StreamCreated>> createStream(String client, StreamCreation wanted);

  /**
   * What a fork begins with that is to be made in another shard. Refused as {@link #createStream}
   * would refuse it for its source.
   *
   * @param wanted is not made, and its messages are not looked at
   */
  CompletableFuture<Outcome<ForkSource>> forkSource(StreamCreation wanted);

  /**
   * Makes a fork whose source is in another shard, once what it begins with is here: see {@link
   * #fillFork}. Asked again it goes on where it was.
   *
   * @param source what its shard said
   */
  CompletableFuture<Outcome<ForkStep>> createFork(
      String client, StreamCreation wanted, ForkSource source);

  /**
   * Takes a part of what a fork begins with, which nobody sees before the fork is made. The
   * outcome: everything below this offset is here; -1: the fork was made meanwhile, or what was
   * here was given up, and {@link #createFork} is to be asked again.
   *
   * @param from where the page was asked from: if not everything below is here, nothing is taken
   * @param page of the source, from where the last one ended
   */
  CompletableFuture<Outcome<Long>> fillFork(
      String topic, String liteTopic, long sourceId, long from, StreamPage page);

  /**
   * Appends to a stream, closes it, or both; see {@link StreamAppend}. A lite topic that was made
   * by a send is a stream of bytes.
   *
   * @param client who is asking, as quotas know it
   */
  CompletableFuture<Outcome<StreamAppended>> appendToStream(String client, StreamAppend wanted);

  /** Describes a lite topic as a stream; refused with LITE_TOPIC_NOT_FOUND if it is not there. */
  CompletableFuture<Outcome<StreamView>> describeStream(String topic, String liteTopic);

  /** Removes a lite topic for good; the outcome is what it was. */
  CompletableFuture<Outcome<StreamView>> deleteStream(String topic, String liteTopic);

  /**
   * Reads a lite topic as a stream; refused with LITE_TOPIC_NOT_FOUND if it is not there. Cancel
   * the future to stop waiting.
   */
  CompletableFuture<Outcome<StreamPage>> readStream(StreamRead wanted);

  /**
   * Makes a subscription to streams, at the end of all that it follows. Refused with ALREADY_EXISTS
   * if there is another one of that name, LITE_SUBSCRIPTION_QUOTA_EXCEEDED if there are too many.
   */
  CompletableFuture<Outcome<SubscriptionMade>> makeSubscription(
      String name, SubscriptionDefinition definition);

  /**
   * A subscription as it is; refused with SUBSCRIPTION_NOT_FOUND if there is none.
   *
   * @param limit streams that are listed at most, 0 to 10,000
   */
  CompletableFuture<Outcome<SubscriptionView>> describeSubscription(String name, int limit);

  /** Deletes a subscription; whoever works for it is fenced. The outcome: there was one. */
  CompletableFuture<Outcome<Boolean>> deleteSubscription(String name);

  /** Lets a subscription follow streams by name, from their ends on. The outcome: how many now. */
  CompletableFuture<Outcome<Integer>> linkStreams(String name, List<StreamPath> streams);

  /** The stream is followed by name no more, but by the pattern if that means it. */
  CompletableFuture<Outcome<Boolean>> unlinkStream(String name, StreamPath stream);

  /**
   * Waits until subscribers are to be woken. Each wake that is handed out is to be answered with
   * {@link #wakeDelivered} or {@link #wakeFailed}; one that is not is handed out again when its
   * lease has long ended, and after a restart.
   *
   * @param limit at most, from 1
   */
  CompletableFuture<Outcome<List<Wake>>> takeWakes(int limit);

  /** The subscriber, or the stream that its workers read, has the wake. False: it is over. */
  CompletableFuture<Outcome<Boolean>> wakeDelivered(WakeKey wake);

  /** The wake did not get there: it is handed out again after this time. False: it is over. */
  CompletableFuture<Outcome<Boolean>> wakeFailed(WakeKey wake, Duration retryAfter);

  /** Gives the lease of a subscription to a worker, if nobody has it and something is pending. */
  CompletableFuture<Outcome<Claimed>> claim(String subscription, String worker);

  /**
   * Says how far streams are done, all or none, and prolongs the lease or ends it.
   *
   * @param acks at most 1024; what is done already, or of a stream that is gone, is fine
   */
  CompletableFuture<Outcome<WakeAnswer>> acknowledgeStreams(
      WakeKey wake, List<StreamAck> acks, boolean isDone);

  /** A subscription that this shard holds, as the others are to follow it. */
  CompletableFuture<Outcome<FollowedSubscription>> heldSubscription(String name);

  /**
   * Follows a subscription that another shard holds: what is appended to its streams here is told
   * there. The outcome: it was not followed so before.
   */
  CompletableFuture<Outcome<Boolean>> followSubscription(FollowedSubscription subscription);

  /**
   * A part of {@link #acknowledgeStreams}: streams of this shard, for a subscription that another
   * one holds, all or none.
   *
   * @param applies else it is only said whether they could be
   */
  CompletableFuture<Outcome<ShardAck>> acknowledgeInShard(
      String subscription, List<StreamAck> acks, boolean applies);

  /**
   * Takes what other shards have for subscriptions that this one holds. The outcome: the ids of
   * those that it does not know.
   */
  CompletableFuture<Outcome<List<Long>>> hearReports(List<SubscriptionReport> reports);

  /** To be asked when {@link EngineListener#subscriptionNews} said so. */
  default CompletableFuture<Outcome<SubscriptionNews>> subscriptionNews() {
    return CompletableFuture.completedFuture(Outcome.ok(SubscriptionNews.NONE));
  }

  /** These of {@link #subscriptionNews} are known in all shards. */
  default CompletableFuture<Outcome<Integer>> subscriptionsTold(List<FollowedSubscription> told) {
    return CompletableFuture.completedFuture(Outcome.ok(0));
  }

  /**
   * Lists the lite topics of a parent in order of name.
   *
   * @param prefix only names that begin so; empty: all
   * @param after only names after this one; empty: from the beginning
   * @param limit 1 to 10,000
   */
  CompletableFuture<Outcome<LiteTopicPage>> listLite(
      String topic, String prefix, String after, int limit);

  /**
   * The lite topics of a topic with the most unread messages, largest first; the backlog of a lite
   * topic is that of its slowest group.
   *
   * @param limit how many at most, 1 to 1000
   */
  CompletableFuture<Outcome<List<LiteBacklog>>> topLite(String topic, int limit);

  CompletableFuture<Outcome<LiteTopicView>> describeLite(String topic, String name);

  /** Reclaims a lite topic now, unread or not; its subscribers are told. */
  CompletableFuture<Outcome<LiteTopicView>> reclaimLite(String topic, String name);

  /** Gives a lite topic a TTL of its own; empty: its parent's again. */
  CompletableFuture<Outcome<LiteTopicView>> setLiteTtl(
      String topic, String name, Optional<Duration> ttl);

  /**
   * Moves a group's progress, on one lite topic or on all queues of a topic. What was leased there
   * is released. The outcome is the number of queues moved; all queues of a topic are moved a few
   * at a time, and without an answer or with a refusal some of them may have been.
   */
  CompletableFuture<Outcome<Integer>> resetOffset(
      String group, String topic, Optional<String> liteTopic, OffsetOption to);

  /**
   * Sends the group's dead letters back to the topics that they came from and takes them off the
   * dead-letter topic. Each is re-sent at most once.
   *
   * @param limit how many at most, 1 to 10,000
   * @return how many were re-sent
   */
  CompletableFuture<Outcome<Integer>> redrive(String group, int limit);

  /**
   * Asks the home of limits that hold for several shards together for a part of what they allow.
   * Outside of a cluster nobody asks.
   *
   * @param asker tells those apart who ask
   * @return what the asker gets, in the order of what it asked for
   */
  CompletableFuture<Outcome<List<Allotment>>> allot(String asker, List<LimitAsk> asks);

  /**
   * What this shard wants to be asked for of such limits; each must be answered by {@link
   * #limitsAllotted}. To be called when {@link EngineListener#limitsWanted} said so.
   */
  default CompletableFuture<Outcome<List<LimitAsk>>> wantedLimits() {
    return CompletableFuture.completedFuture(Outcome.ok(List.of()));
  }

  /** What the homes have answered, or that they have not. The outcome: how many. */
  default CompletableFuture<Outcome<Integer>> limitsAllotted(List<Allotment> allotments) {
    return CompletableFuture.completedFuture(Outcome.ok(allotments.size()));
  }

  /**
   * Messages that this shard owes others, in the order in which they came to be owed; each must be
   * answered by {@link #handedOver}. To be asked when {@link EngineListener#outgoing} said so.
   *
   * @param afterId those after this one; 0: from the first
   */
  default CompletableFuture<Outcome<List<OwedMessage>>> owed(long afterId, int limit) {
    return CompletableFuture.completedFuture(Outcome.ok(List.of()));
  }

  /**
   * Messages that were owed are owed no more. The outcome: how many were.
   *
   * @param handed that are in the shards where they belong
   * @param refused that can't be stored there, whatever happens
   */
  default CompletableFuture<Outcome<Integer>> handedOver(List<Long> handed, List<Long> refused) {
    return CompletableFuture.completedFuture(Outcome.ok(0));
  }

  /** A snapshot of the index is made soon; {@link #stats} say when it is stored. Never blocks. */
  void wantSnapshot();

  EngineStats stats();

  /** Refuses new requests, finishes those taken, brings the index up to date. */
  @Override
  void close();
}
