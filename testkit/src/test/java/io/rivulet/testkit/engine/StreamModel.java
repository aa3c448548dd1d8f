package io.rivulet.testkit.engine;

import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamProducer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. What streams are, in plain lists: a fork is a copy of what its source held.
 * Each request is answered at once, in words that can be compared; a copy of the model goes on by
 * itself.
 */
final class StreamModel {
  static final String JSON = "application/json";

  /** A request. */
  sealed interface Request {
    String name();
  }

  record Create(
      String name,
      StreamDefinition definition,
      Optional<StreamFork> fork,
      List<String> bodies,
      boolean isClosed)
      implements Request {}

  record Append(
      String name,
      String contentType,
      List<String> bodies,
      boolean closes,
      Optional<String> seq,
      Optional<StreamProducer> producer)
      implements Request {}

  record Delete(String name) implements Request {}

  record Send(String name, List<String> bodies) implements Request {}

  record Describe(String name) implements Request {}

  /** From the first, an offset, or the end (-1). */
  record Read(String name, long from, int max) implements Request {}

  /** What a crash may leave of an append that takes several batches of the log. */
  record Beginning(String name, List<String> bodies) implements Request {}

  /** A stream. */
  private static final class Line {
    final int id;
    final StreamDefinition definition;

    /** The stream it was forked from, where, and how much of the message there; 0: none. */
    final int sourceId;

    final long wantedOffset;
    final long subOffset;
    final List<String> bodies;
    final Map<String, StreamProducer> producers;
    boolean isClosed;
    boolean isRetired;
    @Nullable String lastSeq;
    long usedMillis;

    Line(int id, StreamDefinition definition, int sourceId, long wantedOffset, long subOffset) {
      this.id = id;
      this.definition = definition;
      this.sourceId = sourceId;
      this.wantedOffset = wantedOffset;
      this.subOffset = subOffset;
      bodies = new ArrayList<>();
      producers = new HashMap<>();
    }

    Line(Line other) {
      this(other.id, other.definition, other.sourceId, other.wantedOffset, other.subOffset);
      bodies.addAll(other.bodies);
      producers.putAll(other.producers);
      isClosed = other.isClosed;
      isRetired = other.isRetired;
      lastSeq = other.lastSeq;
      usedMillis = other.usedMillis;
    }

    String view() {
      return StreamModel.view(definition, bodies.size(), isClosed || isRetired);
    }
  }

  private final Map<String, Line> lines = new TreeMap<>();
  private int ids;

  StreamModel copy() {
    StreamModel copy = new StreamModel();
    lines.forEach((name, line) -> copy.lines.put(name, new Line(line)));
    copy.ids = ids;
    return copy;
  }

  static String view(StreamDefinition definition, long end, boolean isClosed) {
    return definition + " end " + end + (isClosed ? " closed" : "");
  }

  static String refused(RefusalCode code) {
    return "refused: " + code;
  }

  /** Changes what it changes, and answers. What is read is looked at by {@link #mismatch}. */
  String apply(Request request, long now) {
    return switch (request) {
      case Create create -> create(create, now);
      case Append append -> append(append, now).toString();
      case Delete delete -> delete(delete.name);
      case Send send -> send(send.name, send.bodies, now);
      case Describe describe -> describe(describe.name);
      case Read read -> read(read, now);
      case Beginning beginning -> {
        Line line = lines.get(beginning.name);
        if (line != null) {
          line.bodies.addAll(beginning.bodies);
          line.usedMillis = now;
        }
        yield "";
      }
    };
  }

  // ---- making

  private String create(Create wanted, long now) {
    StreamDefinition definition = wanted.definition;
    Line source = null;
    long offset = 0;
    long sub = 0;
    if (wanted.fork.isPresent()) {
      StreamFork fork = wanted.fork.get();
      source = lines.get(fork.source());
      String refusal = refusal(source, fork, definition.contentType());
      if (refusal != null || source == null) {
        return String.valueOf(refusal);
      }
      offset = fork.offset().orElse(source.bodies.size());
      sub = fork.subOffset();
      boolean hasOwn = definition.ttl().isPresent() || definition.expiresAt().isPresent();
      StreamDefinition lifetime = hasOwn ? definition : source.definition;
      definition =
          new StreamDefinition(
              source.definition.contentType(), lifetime.ttl(), lifetime.expiresAt());
    }
    Line found = lines.get(wanted.name);
    if (found != null) {
      boolean isSame =
          !found.isRetired
              && found.definition.equals(definition)
              && found.isClosed == wanted.isClosed
              && (source == null || isFork(found, source, wanted.fork.get().offset(), sub));
      return (isSame ? "found " : "differs ") + found.view();
    }
    return make(wanted, definition, source, offset, sub, now);
  }

  private static @Nullable String refusal(
      @Nullable Line source, StreamFork fork, String contentType) {
    if (source == null) {
      return refused(RefusalCode.LITE_TOPIC_NOT_FOUND);
    }
    if (source.isRetired) {
      return refused(RefusalCode.STREAM_CLOSED);
    }
    if (!contentType.isEmpty() && !contentType.equals(source.definition.contentType())) {
      return refused(RefusalCode.TYPE_MISMATCH);
    }
    int end = source.bodies.size();
    long offset = fork.offset().orElse(end);
    boolean isJson = source.definition.contentType().equals(JSON);
    boolean isBeyond =
        offset > end
            || (fork.subOffset() > 0
                && (isJson ? offset >= end || offset + fork.subOffset() > end : offset >= end));
    return isBeyond ? refused(RefusalCode.ILLEGAL_ARGUMENT) : null;
  }

  private static boolean isFork(Line line, Line source, OptionalLong offset, long sub) {
    return line.sourceId == source.id
        && (offset.isEmpty() || line.wantedOffset == offset.getAsLong())
        && line.subOffset == sub;
  }

  private String make(
      Create wanted,
      StreamDefinition definition,
      @Nullable Line source,
      long offset,
      long sub,
      long now) {
    Line made = new Line(++ids, definition, source == null ? 0 : source.id, offset, sub);
    if (source != null) {
      boolean isJson = definition.contentType().equals(JSON);
      made.bodies.addAll(source.bodies.subList(0, (int) (isJson ? offset + sub : offset)));
      if (!isJson && sub > 0) {
        String parted = source.bodies.get((int) offset);
        if (sub > parted.length()) {
          return refused(RefusalCode.ILLEGAL_ARGUMENT);
        }
        made.bodies.add(parted.substring(0, (int) sub));
      }
    }
    made.bodies.addAll(wanted.bodies);
    made.isClosed = wanted.isClosed;
    made.usedMillis = now;
    lines.put(wanted.name, made);
    return "made " + made.view();
  }

  // ---- writing

  private StreamAppended append(Append wanted, long now) {
    Line line = lines.get(wanted.name);
    if (line == null) {
      return new StreamAppended.Missing();
    }
    if (line.isRetired) {
      return new StreamAppended.Gone();
    }
    StreamAppended against = against(line, wanted);
    if (against != null) {
      return against;
    }
    for (String body : wanted.bodies) {
      // It may be there if the same was begun before a crash.
      if (wanted.producer.isEmpty() || !line.bodies.contains(body)) {
        line.bodies.add(body);
      }
    }
    line.isClosed |= wanted.closes;
    wanted.seq.ifPresent(seq -> line.lastSeq = seq);
    wanted.producer.ifPresent(producer -> line.producers.put(producer.id(), producer));
    line.usedMillis = now;
    return new StreamAppended.Stored(line.bodies.size());
  }

  private static @Nullable StreamAppended against(Line line, Append wanted) {
    if (wanted.producer.isPresent()) {
      StreamAppended against = against(line, wanted.producer.get());
      if (against != null) {
        return against;
      }
    }
    if (line.isClosed) {
      return wanted.bodies.isEmpty() && wanted.producer.isEmpty()
          ? new StreamAppended.Stored(line.bodies.size())
          : new StreamAppended.Closed(line.bodies.size());
    }
    String contentType = line.definition.contentType();
    if (!wanted.bodies.isEmpty() && !wanted.contentType.equals(contentType)) {
      return new StreamAppended.OtherContentType(contentType);
    }
    if (wanted.seq.isPresent()
        && line.lastSeq != null
        && Arrays.compareUnsigned(bytes(wanted.seq.get()), bytes(line.lastSeq)) <= 0) {
      return new StreamAppended.SeqTooLow(line.lastSeq);
    }
    return null;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static @Nullable StreamAppended against(Line line, StreamProducer producer) {
    StreamProducer last = line.producers.get(producer.id());
    if (last != null && producer.epoch() < last.epoch()) {
      return new StreamAppended.OldEpoch(last.epoch());
    }
    if (last != null && producer.epoch() > last.epoch()) {
      return producer.seq() == 0 ? null : new StreamAppended.EpochNotFromZero();
    }
    long expected = last == null ? 0 : last.seq() + 1;
    if (producer.seq() < expected) {
      return new StreamAppended.Repeated(line.bodies.size(), expected - 1, line.isClosed);
    }
    return producer.seq() == expected ? null : new StreamAppended.SeqGap(expected, producer.seq());
  }

  private String send(String name, List<String> bodies, long now) {
    Line line =
        lines.computeIfAbsent(
            name, _ -> new Line(++ids, StreamDefinition.of(StreamDefinition.BYTES), 0, 0, 0));
    if (line.isClosed || line.isRetired) {
      return refused(RefusalCode.STREAM_CLOSED);
    }
    line.bodies.addAll(bodies);
    line.usedMillis = now;
    return "sent up to " + line.bodies.size();
  }

  // ---- looking

  private @Nullable String absence(String name) {
    Line line = lines.get(name);
    if (line == null) {
      return refused(RefusalCode.LITE_TOPIC_NOT_FOUND);
    }
    return line.isRetired ? refused(RefusalCode.GONE) : null;
  }

  String describe(String name) {
    String absence = absence(name);
    Line line = lines.get(name);
    return absence != null || line == null ? String.valueOf(absence) : line.view();
  }

  private String read(Read read, long now) {
    Line line = lines.get(read.name);
    if (line != null && !line.isRetired && read.from <= line.bodies.size()) {
      line.usedMillis = now;
    }
    return "";
  }

  /** What was read, or why not. */
  record Page(String refusal, String view, long first, List<String> bodies, long next) {}

  /** What is wrong with what was read; null: nothing, if this is how the streams were then. */
  @Nullable String mismatch(Read read, Page page) {
    String absence = absence(read.name);
    Line line = lines.get(read.name);
    if (absence == null && line != null && read.from > line.bodies.size()) {
      absence = refused(RefusalCode.ILLEGAL_ARGUMENT);
    }
    if (absence != null || line == null) {
      return page.refusal.equals(absence) ? null : "not " + absence;
    }
    if (!page.refusal.isEmpty() || !page.view.equals(line.view())) {
      return "not " + line.view();
    }
    int end = line.bodies.size();
    long from = read.from < 0 ? end : read.from;
    // More may have come since an end was looked for.
    long first = read.from < 0 ? page.first : from;
    long next = first + page.bodies.size();
    boolean isRight =
        next == page.next
            && next <= end
            && first <= from
            && (page.bodies.isEmpty() ? first == end : page.first == first)
            && line.bodies.subList((int) first, (int) next).equals(page.bodies);
    return isRight ? null : "not from " + from + " of " + end;
  }

  // ---- ending

  private String delete(String name) {
    String absence = absence(name);
    Line line = lines.get(name);
    if (absence != null || line == null) {
      return String.valueOf(absence);
    }
    String view = line.view();
    end(name, line);
    return "deleted " + view;
  }

  private boolean isForked(Line line) {
    return lines.values().stream().anyMatch(each -> each.sourceId == line.id);
  }

  private void end(String name, Line line) {
    if (isForked(line)) {
      line.isRetired = true;
      return;
    }
    lines.remove(name);
    List<String> names = List.copyOf(lines.keySet());
    for (String other : names) {
      Line source = lines.get(other);
      if (source != null && source.id == line.sourceId && source.isRetired && !isForked(source)) {
        end(other, source);
      }
    }
  }

  /**
   * Ends what has ended; what may have is as it was found.
   *
   * @return which stream is there too long, or ended too early; null: none
   */
  @Nullable String pass(long now, Map<String, String> found) {
    for (String name : List.copyOf(lines.keySet())) {
      Line line = lines.get(name);
      if (line == null || line.isRetired) {
        continue;
      }
      long ttl = line.definition.ttl().map(each -> each.toMillis()).orElse(Long.MAX_VALUE / 2);
      long end = line.definition.expiresAt().map(each -> each.toEpochMilli()).orElse(ttl);
      boolean hasEnd = line.definition.expiresAt().isPresent();
      boolean mustEnd = hasEnd ? end <= now : line.usedMillis + ttl <= now;
      boolean mayEnd = hasEnd ? end <= now : line.usedMillis + ttl - ttl / 16 <= now;
      boolean isThere = !String.valueOf(found.get(name)).startsWith("refused");
      if (isThere ? mustEnd : !mayEnd) {
        return name + (isThere ? " is there too long" : " ended too early") + " at " + now;
      }
      if (!isThere) {
        end(name, line);
      }
    }
    return null;
  }

  /** Times at which something may end, from now on. */
  List<Long> ends(long now) {
    List<Long> ends = new ArrayList<>();
    for (Line line : lines.values()) {
      line.definition.expiresAt().ifPresent(at -> ends.add(at.toEpochMilli()));
      line.definition
          .ttl()
          .map(each -> each.toMillis())
          .ifPresent(
              ttl -> ends.addAll(List.of(line.usedMillis + ttl, line.usedMillis + ttl - ttl / 16)));
    }
    ends.removeIf(end -> end <= now);
    return ends;
  }

  /** Another one for each stream; 0: there is none. */
  int idOf(String name) {
    Line line = lines.get(name);
    return line == null || line.isRetired ? 0 : line.id;
  }

  int endOf(String name) {
    Line line = lines.get(name);
    return line == null ? 0 : line.bodies.size();
  }

  String contentTypeOf(String name) {
    Line line = lines.get(name);
    return line == null ? StreamDefinition.BYTES : line.definition.contentType();
  }

  Optional<StreamProducer> lastOf(String name, String producer) {
    Line line = lines.get(name);
    return line == null ? Optional.empty() : Optional.ofNullable(line.producers.get(producer));
  }
}
