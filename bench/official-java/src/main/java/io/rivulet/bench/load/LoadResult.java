package io.rivulet.bench.load;

import com.google.gson.JsonObject;
import org.HdrHistogram.Histogram;

/**
 * Immutable. What one loop measured.
 *
 * @param requests answered well
 * @param failures refused or broken off
 * @param elapsedNanos from the first request to the last answer
 * @param latencyNanos of each request
 */
public record LoadResult(
    long requests, long failures, long elapsedNanos, Histogram latencyNanos, String firstFailure) {

  /** The figures, per message, as they are printed. */
  public JsonObject json(int messagesPerRequest) {
    JsonObject json = new JsonObject();
    json.addProperty("messages", requests * messagesPerRequest);
    json.addProperty("failedRequests", failures);
    if (!firstFailure.isEmpty()) {
      json.addProperty("firstFailure", firstFailure);
    }
    json.addProperty("seconds", round(elapsedNanos / 1e9));
    json.addProperty(
        "messagesPerSecond", Math.round(requests * messagesPerRequest / (elapsedNanos / 1e9)));
    addLatency(json, latencyNanos);
    return json;
  }

  /** Adds the percentiles of a histogram of nanoseconds. */
  public static void addLatency(JsonObject json, Histogram nanos) {
    json.addProperty("p50Millis", millis(nanos, 50));
    json.addProperty("p99Millis", millis(nanos, 99));
    json.addProperty("p999Millis", millis(nanos, 99.9));
    json.addProperty("maxMillis", round(nanos.getMaxValue() / 1e6));
  }

  private static double millis(Histogram nanos, double percentile) {
    return round(nanos.getValueAtPercentile(percentile) / 1e6);
  }

  /** Three decimals are more than these measurements are good for. */
  public static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
