package io.rivulet.server.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Immutable. What stands in JSON bodies; the schemas of the OpenAPI document are made from it. */
final class Shapes {
  private static final String BODY = "the body: one of text, json and base64";

  private Shapes() {}

  // ---- sending

  record NewMessage(
      @JsonPropertyDescription(BODY) @Nullable String text,
      @JsonPropertyDescription(BODY) @Nullable JsonNode json,
      @JsonPropertyDescription(BODY) @Nullable String base64,
      @JsonPropertyDescription(
              "unique; a message that is sent again with the same id is stored once")
          @Nullable String id,
      @JsonPropertyDescription("by which groups filter") @Nullable String tag,
      @JsonPropertyDescription("for people who look for it") @Nullable List<String> keys,
      @Nullable Map<String, String> properties,
      @JsonPropertyDescription("from 0, higher first") @Nullable Integer priority,
      @JsonPropertyDescription("what serving it takes, from 1: for example estimated tokens")
          @Nullable Integer cost,
      @JsonPropertyDescription("whose it is, for example a tenant") @Nullable String fairnessKey,
      @JsonPropertyDescription("after this time it is not handed out: 30s from now, or RFC 3339")
          @Nullable String deadline,
      @JsonPropertyDescription(
              "not of lite topics and message groups: it is handed out then at the earliest, 10m"
                  + " from now, or RFC 3339")
          @Nullable String delay,
      @JsonPropertyDescription("FIFO topics: messages of one group are kept in order")
          @Nullable String group) {}

  record NewMessages(
      @JsonPropertyDescription("stored as one stretch of the log, at most 10,000")
          List<NewMessage> messages) {}

  record Receipt(
      String id,
      @JsonPropertyDescription("which life of the queue it is in") long incarnation,
      long offset,
      @JsonPropertyDescription("it had been stored before, with the same id") boolean duplicate,
      @JsonPropertyDescription("by which it can be cancelled or get another priority")
          String handle) {}

  record ProblemBody(String type, int status, String title, String detail) {}

  record SendResult(@Nullable Receipt stored, @Nullable ProblemBody problem) {}

  record SendResults(
      @JsonPropertyDescription("in the order of the messages") List<SendResult> results) {}

  // ---- reading and receiving

  record DeadLetter(String topic, String id, String group, String reason) {}

  record StoredMessage(
      String id,
      String topic,
      @Nullable String lite,
      @JsonPropertyDescription("which life of the queue it is in") long incarnation,
      long offset,
      String storedAt,
      @Nullable String tag,
      List<String> keys,
      Map<String, String> properties,
      @Nullable Integer priority,
      @Nullable String group,
      @JsonPropertyDescription("when it was to be delivered at the earliest, if somebody said")
          @Nullable String deliverAt,
      @JsonPropertyDescription(BODY) @Nullable String text,
      @JsonPropertyDescription(BODY) @Nullable Object json,
      @JsonPropertyDescription(BODY) @Nullable String base64,
      @JsonPropertyDescription("a dead letter: where it comes from")
          @Nullable DeadLetter deadLetter) {}

  record History(
      List<StoredMessage> messages,
      @JsonPropertyDescription("the cursor of the next page, if there is one now")
          @Nullable String next,
      @JsonPropertyDescription("the cursor of what comes after these, now or later")
          @Nullable String resume) {}

  record Receive(
      @JsonPropertyDescription("what to receive; may be left out if the group is bound to a topic")
          @Nullable String topic,
      @JsonPropertyDescription("of a LITE topic: which lite topics to follow")
          @Nullable List<String> lite,
      @JsonPropertyDescription("only these tags; none: all messages") @Nullable List<String> tags,
      @JsonPropertyDescription("at most so many messages, usually 1") @Nullable Integer max,
      @JsonPropertyDescription("how long to wait for the first, usually 0s") @JsonProperty("wait")
          @Nullable String waitTime,
      @JsonPropertyDescription("for how long nobody else gets them, usually 30s")
          @Nullable String lease,
      @JsonPropertyDescription("tells workers of one address apart") @Nullable String client) {}

  record Delivery(
      @JsonPropertyDescription("proves the lease: ack, nack and extend take it") String receipt,
      @JsonPropertyDescription("which delivery this is, from 1") int attempt,
      StoredMessage message) {}

  record Deliveries(List<Delivery> deliveries) {}

  record Receipts(@JsonPropertyDescription("at most 1,000") List<String> receipts) {}

  record Nack(
      @JsonPropertyDescription("at most 1,000") List<String> receipts,
      @JsonPropertyDescription("when they are handed out again, usually 0s: at once")
          @Nullable String delay) {}

  record Extend(
      @JsonPropertyDescription("at most 1,000") List<String> receipts,
      @JsonPropertyDescription("the lease ends so long from now, usually 30s")
          @Nullable String lease) {}

  record Bury(
      @JsonPropertyDescription("at most 1,000") List<String> receipts,
      @JsonPropertyDescription("for the person who looks at the dead letters")
          @Nullable String reason) {}

  record LeaseResult(
      @JsonPropertyDescription("what proves the lease from now on") @Nullable String receipt,
      @Nullable ProblemBody problem) {}

  record LeaseResults(
      @JsonPropertyDescription("in the order of the receipts") List<LeaseResult> results) {}

  record Reply(@JsonPropertyDescription("what was sent") Receipt request, StoredMessage reply) {}

  record Handle(@JsonPropertyDescription("from the receipt of the send") String handle) {}

  record Cancelled(
      @JsonPropertyDescription("how far it had come: waiting, running, done or cancelled")
          String found,
      String id) {}

  record NewPriority(
      String handle, @JsonPropertyDescription("from 0, higher first") int priority) {}

  record Reprioritized(
      String handle,
      int priority,
      @JsonPropertyDescription("it is that of the whole lite topic or message group")
          boolean wholeQueue) {}

  // ---- topics, lite topics, groups

  /** Words as in a definitions file; its schema is made of the vocabulary. */
  record TopicWords() {}

  /** Words as in a definitions file; its schema is made of the vocabulary. */
  record GroupWords() {}

  record Topic(String name, TopicWords definition) {}

  record Group(String name, GroupWords definition) {}

  record TopicPage(List<Topic> topics, @Nullable String next) {}

  record GroupPage(List<Group> groups, @Nullable String next) {}

  record Progress(
      String group,
      String topic,
      List<String> tags,
      @JsonPropertyDescription("messages not acknowledged") long backlog,
      @JsonPropertyDescription("of these, handed out now") long leased) {}

  record TopicView(
      String name,
      TopicWords definition,
      @JsonPropertyDescription("messages that wait for their delivery time") long parked,
      @JsonPropertyDescription("groups that follow it, at most 100") List<Progress> groups) {}

  record GroupView(
      String name, GroupWords definition, List<Progress> topics, List<String> clients) {}

  record Follower(String group, String client) {}

  record LiteProgress(String group, long committed, long backlog, int leased) {}

  record LiteTopic(
      String topic,
      String name,
      long incarnation,
      @JsonPropertyDescription("the oldest message there is") long firstOffset,
      @JsonPropertyDescription("the next message will have it") long endOffset,
      @Nullable String lastAppend,
      @Nullable String lastActive,
      @Nullable String ttl,
      @JsonPropertyDescription("clients that follow it by name, at most 100")
          List<Follower> clients,
      List<LiteProgress> groups) {}

  record LitePage(List<LiteTopic> liteTopics, @Nullable String next) {}

  record LiteSettings(
      @JsonPropertyDescription("a time such as 1h; none: its parent's again")
          @Nullable String ttl) {}

  // ---- how groups are served

  record Served(double messages, double cost) {}

  record Waits(long messages, long cost, @Nullable String oldest) {}

  record PriorityClass(int priority, Waits waiting, Served served) {}

  record FairnessKey(
      String key, Waits waiting, long leased, int weight, @Nullable String suspendedUntil) {}

  record Worker(String client, int leased, @Nullable Integer limit, boolean stalled) {}

  record Scheduling(
      @JsonPropertyDescription("why no more is handed out; nothing: it is not held back")
          String heldBackBy,
      long leased,
      @JsonPropertyDescription("handed out in a second") Served served,
      List<PriorityClass> classes,
      long keys,
      List<FairnessKey> topKeys,
      List<Worker> workers) {}

  record WaitEstimate(
      @JsonPropertyDescription("its place in line, from 1") long position,
      @JsonPropertyDescription("how long; absent: nobody can tell") @JsonProperty("wait")
          @Nullable String waitTime) {}

  record Settle(String receipt, @JsonPropertyDescription("what it really cost, from 0") int cost) {}

  record Settled(@JsonPropertyDescription("what was charged before") int previousCost) {}

  record Suspend(
      @JsonPropertyDescription("a fairness key; give this, or topic and lite")
          @Nullable String fairnessKey,
      @Nullable String topic,
      @Nullable String lite,
      @JsonPropertyDescription("how long, at most 30d; 0s: handed out again") String length) {}

  record Suspended(String until) {}

  record Redrive(
      @JsonPropertyDescription("how many at most, usually 10,000") @Nullable Integer limit) {}

  record Reset(
      String topic,
      @Nullable String lite,
      @JsonPropertyDescription("first, last, an offset or a time as in RFC 3339") String to) {}

  record Count(int count) {}

  record NewToken(
      @JsonPropertyDescription("may read these: TOPIC/LITE or TOPIC, * at the end for many")
          @Nullable List<String> read,
      @JsonPropertyDescription("may send to these, make, close and delete them")
          @Nullable List<String> write,
      @JsonPropertyDescription("may receive for these groups") @Nullable List<String> consume,
      @JsonPropertyDescription("may do everything") @Nullable Boolean admin,
      @JsonPropertyDescription("who will use it, for quotas and logs") @Nullable String subject,
      @JsonPropertyDescription("how long it holds, usually 1h") @Nullable String ttl) {}

  record Token(
      @JsonPropertyDescription("a signed JSON Web Token") String token,
      @JsonPropertyDescription("when it ends (RFC 3339)") String end) {}

  record TokenKey(
      @JsonPropertyDescription("as tokens name it (kid)") String id,
      @JsonPropertyDescription("when it was made (RFC 3339)") String made,
      @JsonPropertyDescription("until when its tokens are taken; absent: it signs new ones")
          @Nullable String end) {}

  record TokenKeyList(List<TokenKey> keys) {}
}
