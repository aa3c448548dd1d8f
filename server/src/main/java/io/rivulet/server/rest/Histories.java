package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.server.http.AnswerMemory;
import io.rivulet.server.rivulet.ReadStart;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: immutable. Reading without a group.
 *
 * <p>The messages of a NORMAL topic are spread over a few queues. They are read side by side and
 * shown in the order of time; the cursor then has a place for each.
 */
final class Histories {
  static final String DEAD_LETTERS = "%DLQ%";
  private static final int USUAL_LIMIT = 100;
  private static final int OK = 200;

  /** Between the places of several queues in a cursor. */
  private static final String AND = ".";

  private final Engine engine;
  private final RestConfig config;
  private final Waiting waiting;
  private final AnswerMemory answers;

  /** Immutable. What has been asked for. */
  private record Wanted(
      String topic, List<String> queues, List<ReadStart> starts, int limit, Duration patience) {}

  Histories(Engine engine, RestConfig config, Waiting waiting, AnswerMemory answers) {
    this.answers = answers;
    this.engine = engine;
    this.config = config;
    this.waiting = waiting;
  }

  /** The messages of a topic or lite topic. */
  void read(RestCall call) {
    Optional<TopicDefinition> topic = engine.topic(call.topic());
    if (topic.isEmpty()) {
      Definitions.refuseTopic(call, call.topic());
      return;
    }
    read(call, call.topic(), queues(call, topic.get()));
  }

  /** What has become of messages that a group could not handle. */
  void deadLetters(RestCall call) {
    String topic = DEAD_LETTERS + call.group();
    if (engine.topic(topic).isPresent()) {
      read(call, topic, List.of("0"));
    } else if (engine.group(call.group()).isPresent()) {
      call.answer(new Shapes.History(List.of(), null, null));
    } else {
      Definitions.refuseGroup(call, call.group());
    }
  }

  private void read(RestCall call, String topic, List<String> queues) {
    boolean isOneEvent = call.accepts(CloudEvent.STRUCTURED) && !call.accepts(CloudEvent.BATCH);
    int max = isOneEvent ? 1 : config.maxMessages();
    Wanted wanted =
        new Wanted(
            topic,
            queues,
            starts(call, queues.size()),
            call.count("limit", USUAL_LIMIT, max),
            call.time("wait", Duration.ZERO, config.maxReceiveTime()));
    if (queues.size() > 1 && wanted.patience.isPositive()) {
      throw new IllegalArgumentException(
          "wait is for lite topics, message groups and single queues; receive with a group instead");
    }
    if (!waiting.enter()) {
      Receives.refuseToWait(call, waiting);
      return;
    }
    CompletableFuture<List<Outcome<ReadReply>>> reading = all(wanted);
    CompletableFuture<Outcome<List<Outcome<ReadReply>>>> whole = reading.thenApply(Outcome::ok);
    var _ =
        whole.whenComplete((_, _) -> {
          waiting.leave();
          if (whole.isCancelled()) {
            reading.cancel(false);
          }
        });
    AnswerMemory.Share share = answers.share();
    call.then(
        share.load(whole, new Replies(), _ -> {}),
        replies -> share.send(call, () -> answer(call, wanted, replies)),
        _ -> share.giveBack());
  }

  /** Immutable. What was read of several queues; what is refused has nothing in it. */
  private record Replies() implements AnswerMemory.Bodies<List<Outcome<ReadReply>>> {
    @Override
    public List<StoredMessage> in(List<Outcome<ReadReply>> found) {
      return found.stream()
          .filter(Outcome::isOk)
          .flatMap(each -> each.value().messages().stream())
          .toList();
    }

    @Override
    public List<Outcome<ReadReply>> load(List<Outcome<ReadReply>> found) throws IOException {
      List<Outcome<ReadReply>> loaded = new ArrayList<>(found.size());
      for (Outcome<ReadReply> each : found) {
        loaded.add(each.isOk() ? Outcome.ok(AnswerMemory.OF_REPLY.load(each.value())) : each);
      }
      return loaded;
    }
  }

  private CompletableFuture<List<Outcome<ReadReply>>> all(Wanted wanted) {
    List<CompletableFuture<Outcome<ReadReply>>> reads = new ArrayList<>();
    for (int i = 0; i < wanted.queues.size(); i++) {
      ReadStart start = wanted.starts.get(i);
      reads.add(
          engine.read(
              new ReadRequest(
                      wanted.topic,
                      Optional.of(wanted.queues.get(i)),
                      start.option(),
                      start.incarnation(),
                      wanted.limit,
                      wanted.patience)
                  .leavingLargeBodies()));
    }
    CompletableFuture<List<Outcome<ReadReply>>> all =
        CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
            .thenApply(_ -> reads.stream().map(CompletableFuture::join).toList());
    var _ =
        all.whenComplete((_, _) -> {
          if (all.isCancelled()) {
            reads.forEach(each -> each.cancel(false));
          }
        });
    return all;
  }

  private List<String> queues(RestCall call, TopicDefinition topic) {
    if (call.lite() != null) {
      return List.of(call.lite());
    }
    Optional<String> key = call.query("fairness-key");
    return switch (topic.type()) {
      case LITE ->
          throw new IllegalArgumentException(
              "topic '%s' is LITE: read one of its lite topics, /v1/topics/%s/lite/{lite}/messages"
                  .formatted(topic.name(), topic.name()));
      case FIFO ->
          List.of(
              call.query("group")
                  .orElseThrow(() ->
                      new IllegalArgumentException(
                          "topic '" + topic.name() + "' is FIFO: say which ?group= to read")));
      case PRIORITY ->
          List.of(
              "p"
                  + RestCall.count(
                      "priority", call.query("priority").orElse(""), 0, Integer.MAX_VALUE)
                  + key.map(each -> "/" + each).orElse(""));
      case NORMAL, DELAY, TRANSACTION ->
          key.map(each -> List.of("k/" + each)).orElse(spread(topic));
    };
  }

  private List<String> spread(TopicDefinition topic) {
    int count = topic.name().startsWith(DEAD_LETTERS) ? 1 : config.normalQueues();
    List<String> names = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      names.add(Integer.toString(i));
    }
    return names;
  }

  private static List<ReadStart> starts(RestCall call, int queues) {
    List<ReadStart> starts = new ArrayList<>(queues);
    Optional<String> cursor = call.query("cursor");
    if (cursor.isPresent()) {
      for (String token : cursor.get().split("\\" + AND, -1)) {
        if (ReadStart.ofToken(token) instanceof Outcome.Ok<ReadStart>(ReadStart start)) {
          starts.add(start);
        }
      }
      if (starts.size() != queues) {
        throw new IllegalArgumentException(
            "cursor '" + cursor.get() + "' is none of this history: take one from an answer");
      }
      return starts;
    }
    ReadStart from =
        new ReadStart(Places.of("from", call.query("from").orElse("first")), Optional.empty());
    for (int i = 0; i < queues; i++) {
      starts.add(from);
    }
    return starts;
  }

  private Future<Void> answer(RestCall call, Wanted wanted, List<Outcome<ReadReply>> replies) {
    List<StoredMessage> merged = new ArrayList<>();
    for (Outcome<ReadReply> reply : replies) {
      if (reply instanceof Outcome.Refused<ReadReply>(var refusal)) {
        call.refuse(refusal);
        return Future.succeededFuture();
      }
      merged.addAll(reply.value().messages());
    }
    merged.sort(Comparator.comparingLong(StoredMessage::storeMillis));
    List<StoredMessage> shown = merged.subList(0, Math.min(wanted.limit, merged.size()));
    Set<StoredMessage> isShown = Collections.newSetFromMap(new IdentityHashMap<>());
    isShown.addAll(shown);
    List<String> tokens = new ArrayList<>();
    boolean hasMore = shown.size() < merged.size();
    for (int i = 0; i < replies.size(); i++) {
      ReadReply reply = replies.get(i).value();
      hasMore |= reply.nextOffset() < reply.endOffset();
      tokens.add(token(wanted.starts.get(i), reply, isShown));
    }
    String resume = tokens.contains("") ? null : String.join(AND, tokens);
    return answer(call, shown, hasMore ? resume : null, resume);
  }

  /** Where reading of one queue goes on behind what is shown of it. */
  private static String token(ReadStart start, ReadReply reply, Set<StoredMessage> isShown) {
    long next = reply.nextOffset();
    for (StoredMessage each : reply.messages()) {
      if (!isShown.contains(each)) {
        next = Math.min(next, each.offset());
      }
    }
    return start
        .after(new ReadReply(List.of(), reply.queueId(), next, reply.endOffset(), reply.isClosed()))
        .token();
  }

  private static Future<Void> answer(
      RestCall call, List<StoredMessage> messages, @Nullable String next, @Nullable String resume) {
    if (next != null) {
      call.linkNext(next);
    }
    if (Events.isWanted(call)) {
      return Events.answer(call, messages.stream().map(MessageViews::event).toList(), _ -> {});
    }
    return call.answer(
        OK, new Shapes.History(messages.stream().map(MessageViews::of).toList(), next, resume));
  }

  /** A cursor that is the name behind which a listing goes on. */
  static String nameCursor(String name) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(name.getBytes(StandardCharsets.UTF_8));
  }

  /** The name in the cursor of a listing; empty: it begins. */
  static String nameAfter(RestCall call) {
    Optional<String> cursor = call.query("cursor");
    try {
      return cursor
          .map(text -> new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8))
          .orElse("");
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "cursor '" + cursor.orElse("") + "' is none: take one from an answer", e);
    }
  }
}
