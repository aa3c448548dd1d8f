package io.rivulet.engine.shard;

import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.time.ShardClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Makes lite topics as streams: empty ones, with first messages, as
 * forks of others. A stream, its first messages and that it is closed go into one batch of the log.
 */
final class StreamMaker {
  private static final String JSON = "application/json";

  private final Streams streams;
  private final QueueTable queues;
  private final Recorder recorder;
  private final ShardClock clock;
  private final Appender appender;
  private final MessageLoader loader;
  private final Executor readers;
  private final Consumer<Runnable> later;

  StreamMaker(
      ShardState state,
      Streams streams,
      Appender appender,
      MessageLoader loader,
      Executor readers,
      Consumer<Runnable> later) {
    this.streams = streams;
    queues = state.queues();
    recorder = state.recorder();
    clock = state.clock();
    this.appender = appender;
    this.loader = loader;
    this.readers = readers;
    this.later = later;
  }

  /**
   * What is to be made, with what a fork has of its source.
   *
   * @param copied if the source is in another shard
   */
  private record Plan(StreamDefinition definition, StreamOrigin origin, @Nullable Copied copied) {}

  /**
   * What a fork begins with whose source is in another shard.
   *
   * @param queueId the copy here; 0: there is none, and the fork should be there
   */
  record Copied(long queueId, ForkSource source) {}

  /**
   * Makes a stream, or finds it.
   *
   * @param drafts its first messages
   */
  void create(
      StreamCreation wanted,
      List<Draft> drafts,
      String client,
      boolean createsTopic,
      Consumer<Outcome<StreamCreated>> reply) {
    create(wanted, new Parts(new byte[0], null, drafts, null), client, createsTopic, reply);
  }

  /** The same for a fork of a stream in another shard, of which a copy is here. */
  void createFromCopy(
      StreamCreation wanted,
      Copied copied,
      List<Draft> drafts,
      String client,
      Consumer<Outcome<StreamCreated>> reply) {
    create(wanted, new Parts(new byte[0], null, drafts, copied), client, false, reply);
  }

  /**
   * Why a stream that is not there could not be made now, whatever it begins with; null: it could.
   */
  @Nullable Refusal refusalOf(String topic, String client) {
    return switch (appender.liteParent(topic)) {
      case Outcome.Refused<Topic>(Refusal refusal) -> refusal;
      case Outcome.Ok<Topic>(Topic parent) -> appender.refusalOfLite(parent, client);
    };
  }

  /** What a fork in another shard is to begin with. */
  void source(StreamCreation wanted, Consumer<Outcome<ForkSource>> reply) {
    Outcome<ForkSource> source = plan(wanted, null).map(this::sourceOf);
    recorder.whenDurable(() -> reply.accept(source));
  }

  private ForkSource sourceOf(Plan plan) {
    StreamOrigin origin = plan.origin;
    Queue source = queues.byId(origin.sourceId());
    return new ForkSource(
        origin.sourceId(),
        plan.definition,
        source == null ? 0 : streams.firstOf(source),
        origin.wantedOffset(),
        origin.subOffset(),
        origin.offset(),
        hasPrefix(plan) ? origin.offset() + 1 : origin.offset());
  }

  /**
   * What it begins with of its own.
   *
   * @param prefix of the message at which a fork parts from its source, if that was read
   * @param readFor the fork for which it was
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  private record Parts(
      byte[] prefix, @Nullable StreamOrigin readFor, List<Draft> drafts, @Nullable Copied copied) {}

  private void create(
      StreamCreation wanted,
      Parts parts,
      String client,
      boolean createsTopic,
      Consumer<Outcome<StreamCreated>> reply) {
    switch (plan(wanted, parts.copied)) {
      case Outcome.Refused<Plan>(Refusal refusal) ->
          recorder.whenDurable(() -> reply.accept(Outcome.refused(refusal)));
      case Outcome.Ok<Plan>(Plan plan) -> {
        Queue found = streams.find(wanted.topic(), wanted.liteTopic());
        if (found != null) {
          answerFound(found, wanted, plan, reply);
        } else if (hasPrefix(plan) && !plan.origin.equals(parts.readFor)) {
          readPrefix(
              plan.origin,
              reply,
              prefix ->
                  create(
                      wanted,
                      new Parts(prefix, plan.origin, parts.drafts, parts.copied),
                      client,
                      createsTopic,
                      reply));
        } else {
          List<Draft> first = drafts(wanted, parts);
          if (first.isEmpty() || appender.fitsOneBatch(first)) {
            new Creation(wanted, plan, client, reply).begin(first, createsTopic);
          } else {
            // In parts, a crash might leave some of them, and who asks again would find the stream.
            reply.accept(
                Outcome.refused(
                    RefusalCode.MESSAGE_TOO_LARGE,
                    "a stream begins with one message or with several of 1 MiB together: make it"
                        + " without, then append"));
          }
        }
      }
    }
  }

  private static List<Draft> drafts(StreamCreation wanted, Parts parts) {
    if (parts.prefix.length == 0) {
      return parts.drafts;
    }
    // Its id is new each time: it is part of a stream that is new each time.
    Message message =
        Message.builder(wanted.topic(), java.util.UUID.randomUUID().toString(), parts.prefix)
            .liteTopic(wanted.liteTopic())
            .build();
    List<Draft> all = new ArrayList<>(parts.drafts.size() + 1);
    all.add(Draft.of(message, Demand.NONE));
    all.addAll(parts.drafts);
    return all;
  }

  // ---- forks

  private Outcome<Plan> plan(StreamCreation wanted, @Nullable Copied copied) {
    if (copied != null) {
      ForkSource of = copied.source;
      StreamOrigin origin =
          new StreamOrigin(copied.queueId, of.forkOffset(), of.offset(), of.subOffset());
      return Outcome.ok(new Plan(of.definition(), origin, copied));
    }
    StreamFork fork = wanted.fork().orElse(null);
    if (fork == null) {
      StreamDefinition definition = wanted.definition();
      return definition.contentType().isEmpty()
          ? Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, "a stream has a content type")
          : Outcome.ok(new Plan(definition, StreamOrigin.NONE, null));
    }
    Queue source = streams.find(wanted.topic(), fork.source());
    if (source == null) {
      return Outcome.refused(Streams.missing(wanted.topic(), fork.source()));
    }
    if (Streams.isRetired(source)) {
      return Outcome.refused(
          RefusalCode.STREAM_CLOSED, Streams.retired(source).message() + ", no new ones");
    }
    StreamDefinition of = Streams.definitionOf(source);
    String contentType = wanted.definition().contentType();
    if (!contentType.isEmpty() && !contentType.equals(of.contentType())) {
      return Outcome.refused(
          RefusalCode.TYPE_MISMATCH,
          "a fork has the content type of its source, " + of.contentType());
    }
    return origin(source, of, fork).map(origin -> new Plan(inherited(wanted, of), origin, null));
  }

  private static StreamDefinition inherited(StreamCreation wanted, StreamDefinition of) {
    boolean hasOwn =
        wanted.definition().ttl().isPresent() || wanted.definition().expiresAt().isPresent();
    StreamDefinition lifetime = hasOwn ? wanted.definition() : of;
    return new StreamDefinition(of.contentType(), lifetime.ttl(), lifetime.expiresAt());
  }

  private Outcome<StreamOrigin> origin(Queue source, StreamDefinition of, StreamFork fork) {
    long end = source.nextOffset;
    long offset = fork.offset().orElse(end);
    boolean isJson = of.contentType().equals(JSON);
    long last = isJson ? offset + fork.subOffset() : offset;
    if (last > end || (fork.subOffset() > 0 && offset >= end)) {
      return Outcome.refused(
          RefusalCode.ILLEGAL_ARGUMENT,
          "offset "
              + offset
              + " and "
              + fork.subOffset()
              + " more are beyond the end of the source, "
              + end);
    }
    long first = streams.firstOf(source);
    if (offset < first) {
      return Outcome.refused(
          RefusalCode.GONE,
          "retention has taken what was at offset " + offset + "; the first is " + first);
    }
    return Outcome.ok(new StreamOrigin(source.id, last, offset, fork.subOffset()));
  }

  /** Whether it begins with a part of a message. */
  private static boolean hasPrefix(Plan plan) {
    return plan.origin.subOffset() > 0 && !plan.definition.contentType().equals(JSON);
  }

  private void readPrefix(
      StreamOrigin origin, Consumer<Outcome<StreamCreated>> reply, Consumer<byte[]> next) {
    Queue source = queues.byId(origin.sourceId());
    List<QueueReader.Part> parts =
        source == null ? List.of() : streams.inherited(source, origin.wantedOffset());
    Queue holder = parts.isEmpty() ? source : parts.getFirst().queue();
    Run run = holder == null ? null : queues.runAt(holder, origin.wantedOffset());
    if (holder == null || run == null) {
      reply.accept(Outcome.refused(RefusalCode.GONE, "retention has taken what was there"));
      return;
    }
    MessageLoader.Place place = new MessageLoader.Place(holder.id, run, origin.wantedOffset());
    recorder.whenWritten(() ->
        readers.execute(() -> {
          Outcome<byte[]> prefix = prefix(place, origin.subOffset());
          later.accept(() -> {
            switch (prefix) {
              case Outcome.Ok<byte[]>(byte[] bytes) -> next.accept(bytes);
              case Outcome.Refused<byte[]>(Refusal refusal) ->
                  reply.accept(Outcome.refused(refusal));
            }
          });
        }));
  }

  private Outcome<byte[]> prefix(MessageLoader.Place place, long bytes) {
    try {
      byte[] body = loader.load(place).message().body().toArray();
      return bytes <= body.length
          ? Outcome.ok(Arrays.copyOf(body, (int) bytes))
          : Outcome.refused(
              RefusalCode.ILLEGAL_ARGUMENT,
              "the message at that offset has " + body.length + " bytes, not " + bytes);
    } catch (IOException e) {
      return Outcome.refused(MessageLoader.refusalOf(e));
    }
  }

  // ---- found

  private void answerFound(
      Queue found, StreamCreation wanted, Plan plan, Consumer<Outcome<StreamCreated>> reply) {
    StreamView view = Streams.view(found, found.nextOffset);
    boolean isSame =
        !Streams.isRetired(found)
            && view.definition().equals(plan.definition)
            && view.isClosed() == wanted.isClosed()
            && (wanted.fork().isEmpty() || isSameFork(found, wanted.fork().get(), plan));
    recorder.answer(
        Outcome.ok(isSame ? new StreamCreated.Found(view) : new StreamCreated.Differs(view)),
        reply);
  }

  private boolean isSameFork(Queue found, StreamFork wanted, Plan plan) {
    StreamOrigin origin = plan.origin;
    StreamOrigin is = found.stream == null ? StreamOrigin.NONE : found.stream.origin;
    return isSameSource(is, plan)
        && (wanted.offset().isEmpty() || is.wantedOffset() == origin.wantedOffset())
        && is.subOffset() == origin.subOffset();
  }

  private boolean isSameSource(StreamOrigin is, Plan plan) {
    if (plan.copied == null) {
      return is.sourceId() == plan.origin.sourceId();
    }
    Queue copy = queues.byId(is.sourceId());
    return copy != null && ForkCopies.sourceOf(copy) == plan.copied.source.queueId();
  }

  // ---- made

  /** Owned by the shard thread. One stream that is being made. */
  private final class Creation {
    private final StreamCreation wanted;
    private final Plan plan;
    private final String client;
    private final Consumer<Outcome<StreamCreated>> reply;

    /** Recorded after the messages: that it is closed. */
    private final List<Change> afterwards = new ArrayList<>(1);

    private @Nullable Queue made;
    private @Nullable Queue found;

    private Creation(
        StreamCreation wanted, Plan plan, String client, Consumer<Outcome<StreamCreated>> reply) {
      this.wanted = wanted;
      this.plan = plan;
      this.client = client;
      this.reply = reply;
    }

    private void begin(List<Draft> drafts, boolean createsTopic) {
      if (!drafts.isEmpty()) {
        appender.append(
            new Appender.Request(
                wanted.topic(),
                client,
                drafts,
                createsTopic,
                afterwards,
                this::make,
                this::appended));
        return;
      }
      Refusal refusal = recorder.hasRoomForDefinitions() ? make() : recorder.noRoom();
      if (refusal != null) {
        reply.accept(Outcome.refused(refusal));
      } else {
        afterwards.forEach(recorder::record);
        recorder.whenDurable(() -> answer(plan.origin.offset()));
      }
    }

    /** Right before its messages are appended: it goes into one batch with them. */
    private @Nullable Refusal make() {
      Queue other = streams.find(wanted.topic(), wanted.liteTopic());
      if (other != null) {
        // Made by somebody else while large messages came.
        found = other;
        return Streams.missing(wanted.topic(), wanted.liteTopic());
      }
      if (plan.origin.isFork() && !isStillThere(plan.origin)) {
        return new Refusal(
            RefusalCode.LITE_TOPIC_NOT_FOUND, "the source of the fork was deleted meanwhile");
      }
      return switch (appender.liteParent(wanted.topic())) {
        case Outcome.Refused<Topic>(Refusal refusal) -> refusal;
        case Outcome.Ok<Topic>(Topic topic) ->
            switch (appender.makeLite(topic, wanted.liteTopic(), client)) {
              case Outcome.Refused<Queue>(Refusal refusal) -> refusal;
              case Outcome.Ok<Queue>(Queue queue) -> {
                made(queue);
                yield null;
              }
            };
      };
    }

    private boolean isStillThere(StreamOrigin origin) {
      Queue source = queues.byId(origin.sourceId());
      return source != null && !Streams.isRetired(source);
    }

    private void made(Queue queue) {
      recorder.record(new Change.StreamMade(queue.id, plan.definition, plan.origin));
      if (plan.copied != null) {
        // It is for this fork only, and goes with it.
        recorder.record(new Change.StreamRetired(plan.copied.queueId));
      }
      made = queue;
      if (wanted.isClosed()) {
        afterwards.add(new Change.StreamWritten(queue.id, "", "", 0, 0, true, clock.millis()));
      }
    }

    private void appended(List<Outcome<SendReceipt>> outcomes) {
      if (found != null) {
        answerFound(found, wanted, plan, reply);
        return;
      }
      Refusal refusal = Streams.firstRefusal(outcomes);
      if (refusal != null) {
        reply.accept(Outcome.refused(refusal));
      } else {
        long end = 0;
        for (Outcome<SendReceipt> outcome : outcomes) {
          end = Math.max(end, outcome.value().offset() + 1);
        }
        answer(end);
      }
    }

    /** As it was made: what others have appended since need not be durable. */
    private void answer(long end) {
      Queue queue = made;
      if (queue == null) {
        throw new IllegalStateException("the stream was made and is not there");
      }
      StreamView view = new StreamView(queue.id, plan.definition, end, wanted.isClosed());
      reply.accept(Outcome.ok(new StreamCreated.Made(view)));
    }
  }
}
