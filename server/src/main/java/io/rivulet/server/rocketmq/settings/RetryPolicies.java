package io.rivulet.server.rocketmq.settings;

import apache.rocketmq.v2.CustomizedBackoff;
import apache.rocketmq.v2.ExponentialBackoff;
import apache.rocketmq.v2.RetryPolicy;
import com.google.protobuf.Duration;
import io.rivulet.engine.group.Backoff;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.caller.Language;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.util.List;

/**
 * Immutable. The back-off that each client family understands as it is meant.
 *
 * <p>No policy suits all: Java and Go take both kinds; Python ignores an exponential one and reads
 * whole seconds only; Node up to 1.0.8 ignores a customized one, and takes the seconds of an
 * exponential one for milliseconds.
 */
final class RetryPolicies {
  private static final int DEFAULT_SEND_ATTEMPTS = 3;
  private static final long SEND_INITIAL_MILLIS = 10;
  private static final long SEND_MAX_MILLIS = 1000;
  private static final float MULTIPLIER = 2;

  /** The last Node client that takes seconds for milliseconds. */
  private static final List<Integer> LAST_ODD_NODE = List.of(1, 0, 8);

  private RetryPolicies() {}

  /**
   * For producers. Java's fails to start unless it is exponential.
   *
   * @param wantedAttempts the client's own setting, 0 if it has none
   */
  static RetryPolicy forProducer(Caller caller, int wantedAttempts) {
    boolean isOdd = takesSecondsForMillis(caller);
    return RetryPolicy.newBuilder()
        .setMaxAttempts(wantedAttempts > 0 ? wantedAttempts : DEFAULT_SEND_ATTEMPTS)
        .setExponentialBackoff(exponential(SEND_INITIAL_MILLIS, SEND_MAX_MILLIS, isOdd))
        .build();
  }

  /** For consumers: the group's own back-off. */
  static RetryPolicy forConsumer(Caller caller, Backoff backoff, int maxAttempts) {
    RetryPolicy.Builder policy = RetryPolicy.newBuilder().setMaxAttempts(maxAttempts);
    if (takesSecondsForMillis(caller)) {
      return policy
          .setExponentialBackoff(
              exponential(
                  backoff.steps().getFirst().toMillis(),
                  backoff.steps().getLast().toMillis(),
                  true))
          .build();
    }
    CustomizedBackoff.Builder steps = CustomizedBackoff.newBuilder();
    for (java.time.Duration step : backoff.steps()) {
      steps.addNext(
          caller.language() == Language.PYTHON ? wholeSeconds(step) : ProtocolTimes.duration(step));
    }
    return policy.setCustomizedBackoff(steps).build();
  }

  private static Duration wholeSeconds(java.time.Duration duration) {
    long seconds = duration.getSeconds() + (duration.getNano() > 0 ? 1 : 0);
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private static ExponentialBackoff exponential(
      long initialMillis, long maxMillis, boolean secondsAreMillis) {
    ExponentialBackoff.Builder backoff = ExponentialBackoff.newBuilder().setMultiplier(MULTIPLIER);
    if (secondsAreMillis) {
      return backoff
          .setInitial(Duration.newBuilder().setSeconds(initialMillis))
          .setMax(Duration.newBuilder().setSeconds(maxMillis))
          .build();
    }
    return backoff
        .setInitial(ProtocolTimes.duration(java.time.Duration.ofMillis(initialMillis)))
        .setMax(ProtocolTimes.duration(java.time.Duration.ofMillis(maxMillis)))
        .build();
  }

  private static boolean takesSecondsForMillis(Caller caller) {
    return caller.language() == Language.NODE && !isNewer(caller.version());
  }

  private static boolean isNewer(String version) {
    String[] parts = version.split("\\.", 4);
    for (int index = 0; index < LAST_ODD_NODE.size() && index < parts.length; index++) {
      int part = leadingNumber(parts[index]);
      if (part != LAST_ODD_NODE.get(index)) {
        return part > LAST_ODD_NODE.get(index);
      }
    }
    return false;
  }

  private static int leadingNumber(String text) {
    int number = 0;
    for (int index = 0; index < text.length() && index < 6; index++) {
      char character = text.charAt(index);
      if (character < '0' || character > '9') {
        return number;
      }
      number = number * 10 + (character - '0');
    }
    return number;
  }
}
