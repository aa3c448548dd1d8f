package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. Fills shards with what stands in others, for another number of shards: from
 * one process to a cluster, and back. Nobody serves any of them meanwhile.
 *
 * <p>First everything but messages, from the indexes: definitions, subscriptions, queues with all
 * who are on their way in them. Then the messages, from the logs, in the order in which they were
 * appended, each under its own offset: the logs are read once from end to end, so it takes what
 * reading and writing takes, whatever the number of lite topics; and what retention will take first
 * comes first. Ids and positions are new; queues remember their former ids.
 *
 * <p>A transfer that was interrupted is begun again in the same way and goes on: the shards that
 * are filled know how far it is. Dead letters get new offsets, since they are in every shard of a
 * cluster and in one queue of a single process; all else keeps its own.
 */
public final class Transfer {
  /** Steps, as they are recorded. */
  private static final int OWED = 0;

  private static final int QUEUES = 1;

  private static final int MESSAGES = 2;
  private static final int DONE = 3;

  /** After so many changes, of all shards together, indexes are written. */
  private static final int MAX_CHANGES = 100_000;

  private static final int LEAST_CHANGES = 2000;

  /** Of several logs, about so much is read from each in turn. */
  private static final long TURN_BYTES = 2L << 20;

  /** After so many bytes were read it is written down in every shard how far that is. */
  private static final long MARK_BYTES = 64L << 20;

  private static final int PAGE = 256;
  private static final byte[] FIRST = new byte[0];
  private static final byte[] LAST = Keys.after(FIRST);

  /** Hears how it gets on. */
  @FunctionalInterface
  public interface Watcher {
    /**
     * Something was done.
     *
     * @param step what is being done, in words
     * @param done of all that is to be done in this step; both 0 if that can't be told
     */
    void reached(String step, long done, long all);
  }

  private final List<TransferView> sources = new ArrayList<>();
  private final List<TransferTarget> targets = new ArrayList<>();
  private final TransferPlaces places;
  private final LongConsumer storeTime;
  private final Watcher watcher;
  private final long[] readBytes;
  private long allBytes;
  private long unmarkedBytes;

  /**
   * A transfer that may have been begun before.
   *
   * @param sources all shards of where it comes from
   * @param targets all shards of where it goes, in their order
   * @param storeTime is told when what is appended next was stored first, milliseconds since the
   *     epoch: logs remember it, so that retention goes on as if nothing had happened
   */
  public Transfer(
      List<OfflineShard> sources,
      List<OfflineShard> targets,
      LongConsumer storeTime,
      Watcher watcher) {
    sources.forEach(each -> this.sources.add(new TransferView(each)));
    int maxChanges = Math.max(LEAST_CHANGES, MAX_CHANGES / targets.size());
    targets.forEach(each -> this.targets.add(new TransferTarget(each, sources.size(), maxChanges)));
    places = new TransferPlaces(targets.size());
    readBytes = new long[sources.size()];
    this.storeTime = storeTime;
    this.watcher = watcher;
  }

  /**
   * Does what is left to do.
   *
   * @throws IOException if something could not be read or written: the same again goes on there
   */
  public void run() throws IOException {
    storeTime.accept(oldestMillis());
    if (!haveAll(DONE, 0)) {
      define();
      for (int source = 0; source < sources.size(); source++) {
        owed(source);
        subscriptions(source);
        queues(source);
      }
      messages();
      for (int source = 0; source < sources.size(); source++) {
        ends(source);
      }
      endForks();
      watcher.reached("subscriptions", 0, 0);
      new TransferSubscriptions(sources, targets, this::targetOf).run();
      markAll(DONE, 0);
    }
    for (TransferTarget target : targets) {
      target.shard().flushIndex();
    }
  }

  private long oldestMillis() {
    long oldest = Long.MAX_VALUE;
    for (TransferView source : sources) {
      List<CommitLog.Segment> segments = source.log().segments();
      long first = segments.isEmpty() ? 0 : segments.getFirst().lastAppendMillis();
      oldest = first == 0 ? oldest : Math.min(oldest, first);
    }
    return oldest == Long.MAX_VALUE ? 0 : oldest;
  }

  private boolean haveAll(int step, long at) {
    for (int source = 0; source < sources.size(); source++) {
      if (!haveAll(source, step, at)) {
        return false;
      }
    }
    return true;
  }

  private boolean haveAll(int source, int step, long at) {
    return targets.stream().allMatch(each -> each.has(source, step, at));
  }

  private void markAll(int step, long at) throws IOException {
    for (int source = 0; source < sources.size(); source++) {
      markAll(source, step, at);
    }
  }

  private void markAll(int source, int step, long at) throws IOException {
    for (TransferTarget target : targets) {
      target.mark(source, step, at);
      target.flush();
    }
  }

  // ---- definitions

  private void define() throws IOException {
    if (haveAll(QUEUES, Long.MAX_VALUE)) {
      return;
    }
    watcher.reached("definitions", 0, 0);
    for (TransferView source : sources) {
      for (Topic topic : source.catalog().topics()) {
        for (TransferTarget target : targets) {
          var _ = target.define(topic.definition());
        }
      }
      for (Group group : source.catalog().groups()) {
        for (TransferTarget target : targets) {
          var _ = target.define(group.definition());
        }
        for (GroupTopic each : group.topics.values()) {
          follow(each);
        }
      }
      keySuspensions(source);
    }
  }

  private void follow(GroupTopic source) throws IOException {
    Topic topic = source.topic;
    for (int number = 0; number < targets.size(); number++) {
      if (TransferPlaces.isSpread(topic) || places.of(topic, "") == number) {
        TransferTarget target = targets.get(number);
        target.follow(
            target.group(source.group.name()), target.topic(topic.name()), source.filter());
      }
    }
  }

  private void keySuspensions(TransferView source) throws IOException {
    List<Change.KeySuspended> found = SuspendedKeys.all(source.rows());
    for (Change.KeySuspended each : found) {
      Group group = source.catalog().group(each.groupId());
      if (group != null) {
        for (TransferTarget target : targets) {
          long groupId = target.group(group.name()).id;
          target.put(new Change.KeySuspended(groupId, each.key(), each.untilMillis()));
        }
      }
    }
  }

  // ---- what shards owe each other

  /** It stays owed, in the shards where it belongs, and is stored when these are served. */
  private void owed(int number) throws IOException {
    long after = 0;
    while (true) {
      List<Row> page = sources.get(number).owedAfter(after, PAGE);
      for (Row row : page) {
        after = OutboxFold.idOf(row);
        Message message = MessageCodec.decode(ByteBuffer.wrap(row.value()), 0);
        String liteTopic = String.valueOf(message.liteTopic());
        TransferTarget target =
            targets.get(ShardNumber.ofLite(message.topic(), liteTopic, targets.size()));
        if (!target.has(number, OWED, after)) {
          // Before it: a put may flush, and the mark must be in the same batch.
          target.mark(number, OWED, after);
          target.put(new Change.MessageOwed(target.nextId(), row.value()));
        }
      }
      if (page.size() < PAGE) {
        return;
      }
    }
  }

  // ---- subscriptions of lite topics

  private void subscriptions(int number) throws IOException {
    if (haveAll(number, QUEUES, 1)) {
      return;
    }
    TransferView source = sources.get(number);
    byte[] from = FIRST;
    while (true) {
      List<Row> page = source.rows().first(Table.SUBSCRIBER, from, LAST, PAGE);
      for (Row row : page) {
        subscribe(source, row);
      }
      if (page.size() < PAGE) {
        return;
      }
      from = Keys.after(page.getLast().key());
    }
  }

  private void subscribe(TransferView source, Row row) throws IOException {
    byte[] key = row.key();
    Topic topic = source.catalog().topic(Keys.longAt(key, 0));
    String liteTopic = Keys.textAt(key, 8);
    int afterName = Keys.afterText(key, 8);
    Group group = source.catalog().group(Keys.longAt(key, afterName));
    if (topic != null && group != null) {
      TransferTarget target = targets.get(places.of(topic, liteTopic));
      target.put(
          new Change.Subscribed(
              target.group(group.name()).id,
              target.topic(topic.name()).id,
              Keys.textAt(key, afterName + 8),
              liteTopic,
              new ByteReader(row.value()).getVarLong() - 1));
    }
  }

  // ---- queues

  private void queues(int number) throws IOException {
    if (haveAll(number, QUEUES, Long.MAX_VALUE)) {
      return;
    }
    TransferView source = sources.get(number);
    long[] done = new long[1];
    source.queuesAfter(
        leastQueue(number),
        queue -> {
          if (!TransferPlaces.isOfDeadLetters(queue.topic)) {
            TransferTarget target = targetOf(source, queue);
            if (!target.has(number, QUEUES, queue.id)) {
              restore(source, target, queue);
              target.mark(number, QUEUES, queue.id);
            }
          }
          if (++done[0] % 10_000 == 0) {
            watcher.reached("queues", done[0], 0);
          }
        });
    markAll(number, QUEUES, Long.MAX_VALUE);
  }

  /** Every shard that is filled has all queues of a source up to this id. */
  private long leastQueue(int source) {
    long least = Long.MAX_VALUE;
    for (TransferTarget target : targets) {
      Change.TransferMarked mark = target.mark(source);
      least = Math.min(least, mark.step() == QUEUES ? mark.at() : 0);
    }
    return least == Long.MAX_VALUE ? 0 : least;
  }

  private TransferTarget targetOf(TransferView source, Queue queue) {
    return targets.get(placeOf(source, queue));
  }

  private int placeOf(TransferView source, Queue queue) {
    Topic topic = source.knownTopic(queue.topic);
    return topic == null ? 0 : places.of(topic, queue.name);
  }

  private void restore(TransferView source, TransferTarget target, Queue queue) throws IOException {
    StreamOrigin origin = originAt(source, target, queue);
    boolean isSevered = isFork(queue) && !origin.isFork();
    long first = isSevered ? source.firstInherited(queue) : source.firstOffset(queue);
    target.restore(queue, first, origin, source.progress(queue));
    if (isSevered && queue.createdPosition < source.log().head()) {
      // The record that made it is not read again.
      inherit(source, target, queue);
    }
  }

  private static boolean isFork(Queue queue) {
    return queue.stream != null && queue.stream.origin.isFork();
  }

  /** What a stream begins with: in another shard that is out of reach, and it gets copies. */
  private StreamOrigin originAt(TransferView source, TransferTarget target, Queue queue) {
    if (queue.stream == null || !queue.stream.origin.isFork()) {
      return StreamOrigin.NONE;
    }
    StreamOrigin origin = queue.stream.origin;
    Queue begin = source.queue(origin.sourceId());
    Queue present =
        begin == null || begin.topic.isCopies || targetOf(source, begin) != target
            ? null
            : target.queueFor(begin);
    return present == null
        ? StreamOrigin.NONE
        : new StreamOrigin(present.id, origin.offset(), origin.wantedOffset(), origin.subOffset());
  }

  private static void inherit(TransferView source, TransferTarget target, Queue fork)
      throws IOException {
    Queue into = target.make(fork);
    source.inherited(
        fork,
        Math.max(into.nextOffset, source.firstInherited(fork)),
        (queue, items) -> target.append(into, items, source));
  }

  // ---- messages

  /** Reads the logs side by side, so that what was stored first is appended first. */
  private void messages() throws IOException {
    for (TransferView source : sources) {
      allBytes += source.log().bytesBetween(source.log().head(), source.log().end());
    }
    long[] next = new long[sources.size()];
    long[] millis = new long[sources.size()];
    for (int source = 0; source < next.length; source++) {
      next[source] = leastPosition(source);
    }
    long turnBytes = sources.size() == 1 ? Long.MAX_VALUE : TURN_BYTES;
    while (true) {
      int source = -1;
      for (int each = 0; each < next.length; each++) {
        boolean isBetter = source < 0 || millis[each] < millis[source];
        source = next[each] != Long.MAX_VALUE && isBetter ? each : source;
      }
      if (source < 0) {
        return;
      }
      Reading reading = new Reading(source, next[source], millis[source]);
      next[source] = sources.get(source).read(next[source], turnBytes, reading);
      millis[source] = reading.storeMillis;
      if (next[source] == Long.MAX_VALUE) {
        markAll(source, MESSAGES, Long.MAX_VALUE);
      }
    }
  }

  private long leastPosition(int source) {
    long least = Long.MAX_VALUE;
    for (TransferTarget target : targets) {
      Change.TransferMarked mark = target.mark(source);
      least = Math.min(least, mark.step() == MESSAGES ? mark.at() : 0);
    }
    return least;
  }

  /** Owned by the transfer. What is read of one log, on its way to where it belongs. */
  private final class Reading implements TransferView.Visitor {
    private final int number;
    private final TransferView source;
    private long storeMillis;
    private long reached;

    Reading(int number, long from, long storeMillis) {
      this.number = number;
      this.storeMillis = storeMillis;
      source = sources.get(number);
      reached = from;
    }

    @Override
    public void messages(Queue queue, List<TransferView.Item> items) throws IOException {
      storeMillis = items.getFirst().storeMillis();
      storeTime.accept(storeMillis);
      if (TransferPlaces.isOfDeadLetters(queue.topic)) {
        for (TransferView.Item item : items) {
          deadLetter(queue, item);
        }
        return;
      }
      TransferTarget target = targetOf(source, queue);
      target.append(target.make(queue), items, source);
    }

    private void deadLetter(Queue queue, TransferView.Item letter) throws IOException {
      long bytes = letter.isChunked() ? letter.chunkedBytes() : letter.bytes().remaining();
      TransferTarget target =
          targets.get(places.ofDeadLetter(source.head(letter), bytes, letter.position()));
      if (target.has(number, MESSAGES, letter.position())) {
        return;
      }
      Queue into = target.make(queue);
      long offset = into.nextOffset;
      target.appendNext(into, letter, source);
      for (Progress each : source.progress(queue)) {
        boolean isDone = letter.offset() < each.next && each.leaseOf(letter.offset()) == null;
        Group group = target.group(each.group.name());
        Progress own = into.progressOf(group);
        if (isDone && (own == null ? offset == into.firstOffset : own.next == offset)) {
          target.put(new Change.Acknowledged(group.id, into.id, offset, offset + 1));
        }
      }
      target.mark(number, MESSAGES, letter.position());
    }

    @Override
    public void forkMade(Queue fork) throws IOException {
      TransferTarget target = targetOf(source, fork);
      if (!originAt(source, target, fork).isFork()) {
        inherit(source, target, fork);
      }
    }

    @Override
    public void reached(long position) throws IOException {
      for (TransferTarget target : targets) {
        target.mark(number, MESSAGES, position);
      }
      long head = source.log().head();
      unmarkedBytes += source.log().bytesBetween(Math.max(reached, head), position);
      reached = position;
      readBytes[number] = source.log().bytesBetween(head, position);
      if (unmarkedBytes >= MARK_BYTES) {
        unmarkedBytes = 0;
        for (TransferTarget target : targets) {
          target.flush();
        }
      }
      watcher.reached("messages", Arrays.stream(readBytes).sum(), allBytes);
    }
  }

  // ---- the end

  /** Of some queues the last messages are gone, or all: the next one still gets its own offset. */
  private void ends(int number) throws IOException {
    TransferView source = sources.get(number);
    source.queuesAfter(
        0,
        queue -> {
          if (!TransferPlaces.isOfDeadLetters(queue.topic)) {
            TransferTarget target = targetOf(source, queue);
            Queue filled = target.queueFor(queue);
            if (filled != null && filled.nextOffset < queue.nextOffset) {
              target.endAt(filled, queue.nextOffset);
            }
          }
        });
  }

  /** Streams that were kept for their forks, which are all elsewhere now and need them no more. */
  private void endForks() throws IOException {
    for (TransferView source : sources) {
      source.queuesAfter(
          0,
          queue -> {
            if (Streams.isRetired(queue)) {
              TransferTarget target = targetOf(source, queue);
              @Nullable Queue filled = target.queueFor(queue);
              if (filled != null && filled.stream != null && filled.stream.forks() == 0) {
                target.put(new Change.QueueReclaimed(filled.id));
              }
            }
          });
    }
  }
}
