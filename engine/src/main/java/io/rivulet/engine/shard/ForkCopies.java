package io.rivulet.engine.shard;

import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.ForkStep;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Forks of streams that are in other shards: what they begin with is
 * copied here, page by page, each message under its own offset, and then the fork is made of the
 * copy as of any stream. So until the last page is there, there is no fork, and afterwards it is
 * one like others.
 *
 * <p>A copy is a queue that nobody can ask for, in a topic that nobody can name. It is for one fork
 * and one source: whoever asks for the same fork again goes on with it. It is retired with the
 * making of the fork, and so goes with the fork; one that nobody goes on with is reclaimed.
 */
final class ForkCopies {
  /** A copy that has not grown for so long is given up. */
  static final Duration PATIENCE = Duration.ofHours(1);

  private static final long NO_COPY = -1;

  private final Catalog catalog;
  private final QueueTable queues;
  private final Recorder recorder;
  private final Ids ids;
  private final ShardClock clock;
  private final Streams streams;
  private final StreamMaker maker;
  private final LargeMessages large;
  private final int chunkBytes;

  ForkCopies(
      ShardState state, Streams streams, StreamMaker maker, LargeMessages large, int chunkBytes) {
    catalog = state.catalog();
    queues = state.queues();
    recorder = state.recorder();
    ids = state.ids();
    clock = state.clock();
    this.streams = streams;
    this.maker = maker;
    this.large = large;
    this.chunkBytes = chunkBytes;
  }

  // ---- in the shard of the fork

  /** Makes the fork if what it begins with is here, or says what is missing. */
  void create(
      String client,
      StreamCreation wanted,
      List<Draft> drafts,
      ForkSource source,
      Consumer<Outcome<ForkStep>> reply) {
    Topic topic = catalog.topic(wanted.topic());
    StreamFork fork = wanted.fork().orElse(null);
    if (topic == null || fork == null) {
      reply.accept(Outcome.refused(unknown(wanted.topic())));
      return;
    }
    Queue found = streams.find(wanted.topic(), wanted.liteTopic());
    Queue copy = copyOf(topic, wanted.liteTopic(), source.queueId());
    boolean isWhole = copy != null && copy.nextOffset >= source.copyOffset();
    if (found != null || isWhole) {
      maker.createFromCopy(
          wanted,
          new StreamMaker.Copied(copy == null ? 0 : copy.id, source),
          drafts,
          client,
          created -> reply.accept(created.map(ForkStep.Done::new)));
      return;
    }
    Refusal refused = maker.refusalOf(wanted.topic(), client);
    if (refused != null) {
      // Now, and not when all is copied: it would be in vain.
      reply.accept(Outcome.refused(refused));
      return;
    }
    if (copy == null) {
      Outcome<Queue> begun = begin(topic, wanted.liteTopic(), source);
      if (begun instanceof Outcome.Refused<Queue>(Refusal refusal)) {
        reply.accept(Outcome.refused(refusal));
        return;
      }
      copy = begun.value();
    }
    ForkStep step =
        copy.nextOffset >= source.copyOffset() ? null : new ForkStep.Copying(copy.nextOffset);
    if (step == null) {
      // There is nothing to copy.
      create(client, wanted, drafts, source, reply);
      return;
    }
    recorder.answer(Outcome.ok(step), reply);
  }

  private static Refusal unknown(String topic) {
    return new Refusal(
        RefusalCode.TOPIC_NOT_FOUND,
        "the topic '" + topic + "' does not exist, and topics are not auto-created");
  }

  /** A name that no lite topic can have. */
  private static String nameOf(String liteTopic, long sourceId) {
    return liteTopic + "/" + sourceId;
  }

  /** The queue, in another shard, of which this one is a copy; 0: of none. */
  static long sourceOf(Queue queue) {
    return queue.topic.isCopies
        ? Long.parseLong(queue.name.substring(queue.name.indexOf('/') + 1))
        : 0;
  }

  private @Nullable Queue copyOf(Topic topic, String liteTopic, long sourceId) {
    Topic copies = catalog.copiesOf(topic);
    Queue copy = copies == null ? null : queues.byName(copies, nameOf(liteTopic, sourceId));
    return copy == null || Streams.isRetired(copy) ? null : copy;
  }

  private Outcome<Queue> begin(Topic topic, String liteTopic, ForkSource source) {
    if (!recorder.hasRoomForDefinitions()) {
      return Outcome.refused(recorder.noRoom());
    }
    Topic copies = catalog.copiesOf(topic);
    if (copies == null) {
      recorder.record(
          new Change.TopicDefined(
              ids.next(), TopicDefinition.of(Names.COPIES_PREFIX + topic.name(), TopicType.LITE)));
      copies = catalog.copiesOf(topic);
    }
    String name = nameOf(liteTopic, source.queueId());
    Queue retired = copies == null ? null : queues.byName(copies, name);
    if (copies == null || retired != null) {
      return Outcome.refused(
          RefusalCode.ALREADY_EXISTS,
          "the stream '" + liteTopic + "' was forked and deleted, and has forks itself");
    }
    long id = ids.next();
    recorder.record(new Change.QueueMade(id, copies.id, name, 0, ids.logEnd(), clock.millis(), ""));
    StreamDefinition definition =
        new StreamDefinition(
            source.definition().contentType(), Optional.of(PATIENCE), Optional.empty());
    recorder.record(new Change.StreamMade(id, definition, StreamOrigin.NONE));
    long first = Math.min(source.firstOffset(), source.copyOffset());
    recorder.record(new Change.QueueTrimmed(id, first));
    recorder.record(new Change.StreamFilled(id, first, clock.millis()));
    Queue made = queues.byId(id);
    if (made == null) {
      throw new IllegalStateException("queue " + id + " was recorded and is not there");
    }
    return Outcome.ok(made);
  }

  // ---- copying

  /**
   * Takes a page of the source, or what of it is not here yet. The outcome: everything below is
   * here; -1 if the fork was made meanwhile, or is to be begun anew.
   *
   * @param from where the page was asked from
   * @param page ends where the copy does, at the latest
   */
  void fill(
      String topicName,
      String liteTopic,
      long sourceId,
      long from,
      StreamPage page,
      Consumer<Outcome<Long>> reply) {
    Topic topic = catalog.topic(topicName);
    Queue copy = topic == null ? null : copyOf(topic, liteTopic, sourceId);
    if (copy == null) {
      recorder.answer(Outcome.ok(NO_COPY), reply);
      return;
    }
    if (from > copy.nextOffset) {
      // A page that was long on its way, for an earlier copy: it would leave a hole in this one.
      long missing = copy.nextOffset;
      recorder.answer(Outcome.ok(missing), reply);
      return;
    }
    new Filling(copy.id, page, reply).go();
  }

  /** Owned by the shard thread. One page on its way into a copy. */
  private final class Filling {
    private final long copyId;
    private final StreamPage page;
    private final Consumer<Outcome<Long>> reply;
    private int next;

    Filling(long copyId, StreamPage page, Consumer<Outcome<Long>> reply) {
      this.copyId = copyId;
      this.page = page;
      this.reply = reply;
    }

    private void refuse(Refusal why) {
      reply.accept(Outcome.refused(why));
    }

    /** Appends up to the next large message, and after that what follows it. */
    void go() {
      Queue copy = queues.byId(copyId);
      if (copy == null || Streams.isRetired(copy)) {
        reply.accept(Outcome.ok(NO_COPY));
        return;
      }
      List<StoredMessage> messages = page.messages();
      List<Draft> run = new ArrayList<>();
      int bytes = 0;
      StoredMessage first = null;
      while (next < messages.size()) {
        StoredMessage each = messages.get(next);
        if (each.offset() < copy.nextOffset) {
          next++; // It is here: somebody else copies the same, or an answer was lost.
          continue;
        }
        Draft draft = draftOf(each.message());
        boolean isLarge = draft.sizeBytes() > chunkBytes / 2;
        boolean follows =
            first == null
                || (!isLarge
                    && each.storeMillis() == first.storeMillis()
                    && each.offset() == first.offset() + run.size()
                    && bytes + draft.sizeBytes() <= chunkBytes / 2);
        if (!follows) {
          if (!append(copy, first, run, bytes)) {
            return;
          }
          run = new ArrayList<>();
          bytes = 0;
          first = null;
        }
        if (isLarge) {
          appendLarge(each, draft);
          return;
        }
        first = first == null ? each : first;
        run.add(draft);
        bytes += draft.sizeBytes() + Run.HEADER_BYTES + Demands.PARKED_BYTES;
        next++;
      }
      if (append(copy, first, run, bytes)) {
        finish(copy);
      }
    }

    private boolean append(Queue copy, @Nullable StoredMessage first, List<Draft> run, int bytes) {
      if (first == null) {
        return true;
      }
      if (!recorder.hasRoomForMessages(bytes)) {
        refuse(recorder.noRoom());
        return false;
      }
      skipTo(copy, first.offset());
      recorder.append(copy, first.storeMillis(), run, 0);
      return true;
    }

    /** What lies between could not be read where it comes from, or was taken by retention. */
    private void skipTo(Queue copy, long offset) {
      if (offset > copy.nextOffset) {
        fillTo(copy, offset);
      }
    }

    private void fillTo(Queue copy, long offset) {
      boolean isEmpty = copy.firstOffset == copy.nextOffset;
      recorder.record(new Change.StreamFilled(copy.id, offset, clock.millis()));
      if (isEmpty && offset > copy.firstOffset) {
        // It begins later, as its source does now.
        recorder.record(new Change.QueueTrimmed(copy.id, offset));
      }
    }

    private void appendLarge(StoredMessage message, Draft draft) {
      large.append(
          draft,
          chunks -> {
            Queue copy = queues.byId(copyId);
            if (chunks == null || !recorder.hasRoomForMessages(chunks.length)) {
              refuse(recorder.noRoom());
            } else if (copy != null && message.offset() >= copy.nextOffset) {
              skipTo(copy, message.offset());
              Draft header =
                  new Draft(
                      "",
                      TopicType.LITE,
                      "",
                      Demand.NONE,
                      0,
                      draft.tagHash(),
                      0,
                      chunks,
                      Body.EMPTY);
              recorder.append(copy, message.storeMillis(), List.of(header), draft.sizeBytes());
              next++;
              go();
            } else {
              go();
            }
          });
    }

    private void finish(Queue copy) {
      long end = Math.max(copy.nextOffset, page.nextOffset());
      if (!recorder.hasRoomForProgress()) {
        refuse(recorder.noRoom());
        return;
      }
      // Also for the time: a copy that grows is not given up.
      fillTo(copy, end);
      recorder.whenDurable(() -> {
        copy.visibleEnd = Math.max(copy.visibleEnd, end);
        reply.accept(Outcome.ok(end));
      });
    }
  }

  /** With no id by which it would be recognised: ids of many copies would drive out all others. */
  private static Draft draftOf(Message message) {
    return Draft.of(message, Demand.NONE, 0);
  }
}
