package io.rivulet.bench.overtaking;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Owned by the thread that runs the case. What the urgent messages of one phase met. */
public final class Figures {
  private static final int DIGITS = 3;

  private final List<Long> before = new ArrayList<>();
  private final List<Long> beforeBeyondHeld = new ArrayList<>();
  private final Histogram answeredNanos = new Histogram(DIGITS);
  private final Histogram receivedNanos = new Histogram(DIGITS);

  Figures() {}

  void add(long deliveredBefore, int held, long untilAnsweredNanos, long untilReceivedNanos) {
    before.add(deliveredBefore);
    beforeBeyondHeld.add(Math.max(0, deliveredBefore - held));
    answeredNanos.recordValue(untilAnsweredNanos);
    receivedNanos.recordValue(untilReceivedNanos);
  }

  public int rounds() {
    return before.size();
  }

  /** The most messages that the consumer began with after an urgent one was stored, before it. */
  public long mostBefore() {
    return Collections.max(before);
  }

  /** The same without those that were with the consumer already. */
  public long mostBeforeBeyondHeld() {
    return Collections.max(beforeBeyondHeld);
  }

  /** The figures as they are printed; the times are those from a send's begin to the receipt. */
  public JsonObject json() {
    JsonObject json = new JsonObject();
    json.addProperty("rounds", rounds());
    json.addProperty("beforeP50", percentile(before, 50));
    json.addProperty("beforeP99", percentile(before, 99));
    json.addProperty("beforeMax", mostBefore());
    json.addProperty("beyondHeldMax", mostBeforeBeyondHeld());
    json.addProperty(
        "answeredP50Millis", LoadResult.round(answeredNanos.getValueAtPercentile(50) / 1e6));
    json.addProperty(
        "answeredP99Millis", LoadResult.round(answeredNanos.getValueAtPercentile(99) / 1e6));
    LoadResult.addLatency(json, receivedNanos);
    return json;
  }

  private static long percentile(List<Long> values, int percent) {
    List<Long> sorted = values.stream().sorted().toList();
    return sorted.get(Math.ceilDiv(sorted.size() * percent, 100) - 1);
  }
}
