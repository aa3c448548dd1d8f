package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread; a part of the fold ({@link Fold}). Grants that were logged just before
 * the shard was lost: nobody knows whether their answers have left. A lease that is renewed for as
 * long as its client lives would keep such a message from everybody for hours, so these are not
 * renewed any more, and what did not arrive is delivered again when the lease ends.
 *
 * <p>Which grants these are follows from the log alone: those of the last moments before its end,
 * unless the last record says that serving ended in order.
 *
 * <p>It may also be heard later that an answer was lost ({@link
 * io.rivulet.engine.Engine#endRenewal}). Of what was granted before the shard was opened here it is
 * not known which leases a client has until each is looked at, so all of that time are in doubt.
 * Grants carry the time of the owner who made them, and the clock of this one may be ahead of his:
 * how long before the opening they were made is measured back from the last that is known of his
 * time.
 */
final class DoubtedGrants {
  /** An answer that left earlier before the end has arrived, or its loss was noticed. */
  static final long DOUBTED_MILLIS = 3000;

  /** Ends that are remembered: more within {@code engine.max-lease-time} push out the oldest. */
  static final int MAX_ENDS = 64;

  private static final byte[] ROW = Keys.of(1500L);

  /** A time within which grants were made that are in doubt; milliseconds since the epoch. */
  private record Span(long fromMillis, long toMillis) {}

  private final Rows rows;
  private final LongSupplier records;
  private final long rememberedMillis;
  private final List<Span> spans = new ArrayList<>(0);
  private long lastGrantMillis;

  /** When the last grant was made before the shard was opened; 0: there was none. */
  private long lastBeforeMillis;

  /** When the shard was opened, by the clock of this owner. */
  private long openedMillis;

  /** A time before the opening, by the clock of the owner before. */
  private long formerMillis;

  private boolean isEnded;

  /** When serving ended, by the clock of who ended it; 0: not known. */
  private long endedMillis;

  /** How many records had been folded when serving ended in order: any later one undoes that. */
  private long endedAtRecord;

  /**
   * @param records folded so far
   */
  DoubtedGrants(Rows rows, EngineConfig config, LongSupplier records) {
    this.rows = rows;
    this.records = records;
    rememberedMillis = config.maxLeaseTime().toMillis();
  }

  void load() {
    byte[] row = rows.get(Table.META, ROW);
    if (row == null) {
      return;
    }
    ByteReader in = new ByteReader(row);
    isEnded = in.getBoolean();
    lastGrantMillis = in.getVarLong();
    for (int left = in.getVarInt(); left > 0; left--) {
      spans.add(new Span(in.getVarLong(), in.getVarLong()));
    }
    endedMillis = in.hasRemaining() ? in.getVarLong() : 0;
  }

  /** Enters what is not entered with each record. */
  void writeRow() {
    if (lastGrantMillis == 0) {
      return;
    }
    ByteWriter out = new ByteWriter(16 + 12 * spans.size());
    out.putBoolean(isEndedInOrder()).putVarLong(lastGrantMillis).putVarInt(spans.size());
    spans.forEach(each -> out.putVarLong(each.fromMillis).putVarLong(each.toMillis));
    out.putVarLong(endedMillis);
    rows.put(Table.META, ROW, out.toBytes());
  }

  // ---- the fold

  void granted(long atMillis) {
    lastGrantMillis = Math.max(lastGrantMillis, atMillis);
  }

  void apply(Change.OfServing change) {
    switch (change) {
      case Change.ServingEnded c -> {
        isEnded = true;
        endedMillis = c.atMillis();
        endedAtRecord = records.getAsLong();
      }
      case Change.StillOwned _ -> {}
      case Change.GrantsDoubted c -> {
        spans.removeIf(each ->
            c.toMillis() - each.toMillis > rememberedMillis
                || (each.fromMillis >= c.fromMillis() && each.toMillis <= c.toMillis()));
        if (spans.size() >= MAX_ENDS) {
          spans.removeFirst();
        }
        spans.add(new Span(c.fromMillis(), c.toMillis()));
      }
    }
  }

  // ---- what follows from it

  /** No owner before has granted anything later, by his clock. */
  long lastGrantMillis() {
    return lastGrantMillis;
  }

  /**
   * When serving ends, by the clock of who granted last: if that was not this owner it is told by
   * that one's.
   */
  long endMillis(long nowMillis) {
    return lastGrantMillis == lastBeforeMillis && formerMillis > 0
        ? Math.min(nowMillis, formerMillis + (nowMillis - openedMillis))
        : nowMillis;
  }

  private boolean isEndedInOrder() {
    return isEnded && records.getAsLong() == endedAtRecord;
  }

  /** What is to be recorded before anything else after the shard was opened; null: nothing. */
  Change.@Nullable GrantsDoubted atOpening(long nowMillis) {
    openedMillis = nowMillis;
    lastBeforeMillis = lastGrantMillis;
    formerMillis = isEndedInOrder() ? Math.max(endedMillis, lastGrantMillis) : lastGrantMillis;
    boolean isKnown = lastGrantMillis == 0 || isEndedInOrder() || isDoubted(lastGrantMillis);
    return isKnown
        ? null
        : new Change.GrantsDoubted(Math.max(0, lastGrantMillis - DOUBTED_MILLIS), lastGrantMillis);
  }

  /**
   * What is to be recorded when answers to grants that were made within a time before now were
   * lost; null: nothing, since they were made after the opening, or are in doubt already.
   */
  Change.@Nullable GrantsDoubted beforeOpening(long nowMillis, long withinMillis) {
    long beforeMillis = withinMillis - (nowMillis - openedMillis);
    if (beforeMillis < 0) {
      return null;
    }
    long from = Math.max(0, Math.min(nowMillis - withinMillis, formerMillis - beforeMillis));
    boolean isKnown =
        from > lastBeforeMillis
            || spans.stream()
                .anyMatch(each -> each.fromMillis <= from && each.toMillis >= lastBeforeMillis);
    return isKnown ? null : new Change.GrantsDoubted(from, lastBeforeMillis);
  }

  /** Whether a grant of that time may never have arrived. */
  boolean isDoubted(long grantedAtMillis) {
    for (Span span : spans) {
      if (grantedAtMillis >= span.fromMillis && grantedAtMillis <= span.toMillis) {
        return true;
      }
    }
    return false;
  }
}
