package io.rivulet.cluster.forward;

import io.grpc.Status;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamRead;
import java.lang.reflect.ParameterizedType;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Immutable. What is asked of another node. */
final class Question {
  /** For an answer that does not wait for anything but the log. */
  static final Duration ANSWER_TIME = Duration.ofSeconds(10);

  private final String node;
  private final CallTable.Call call;
  private final int shard;
  private final @Nullable Object @Nullable [] arguments;

  /**
   * @param arguments as the method takes them; null: it takes none
   */
  Question(String node, CallTable.Call call, int shard, @Nullable Object @Nullable [] arguments) {
    this.node = node;
    this.call = call;
    this.shard = shard;
    this.arguments = arguments;
  }

  String node() {
    return node;
  }

  CallTable.Call call() {
    return call;
  }

  int shard() {
    return shard;
  }

  @Nullable Object @Nullable [] arguments() {
    return arguments;
  }

  /** How long the other side may wait before it answers. */
  Duration allowedWait() {
    return waitOf(arguments);
  }

  /** For how long an answer is waited for. */
  Duration patience() {
    return ANSWER_TIME.plus(allowedWait());
  }

  static Duration waitOf(@Nullable Object @Nullable [] arguments) {
    if (arguments == null) {
      return Duration.ZERO;
    }
    for (Object argument : arguments) {
      switch (argument) {
        case PollRequest poll -> {
          return poll.maxWait();
        }
        case ReadRequest read -> {
          return read.maxWait();
        }
        case StreamRead read -> {
          return read.maxWait();
        }
        case Duration wait -> {
          return wait;
        }
        case null, default -> {}
      }
    }
    return Duration.ZERO;
  }

  Outcome<Object> unanswered(Status.Code code) {
    return Outcome.refused(
        RefusalCode.UNAVAILABLE,
        "%s did not answer for %s (%s): it is not known whether the request was carried out; try again"
            .formatted(node, shard < 0 ? "its shards" : "shard " + shard, code));
  }

  /** A refusal in the form in which the method answers; null: it has none. */
  @Nullable Object refused(Outcome<Object> outcome) {
    if (call.method.getGenericReturnType() instanceof ParameterizedType future
        && future.getActualTypeArguments()[0] instanceof ParameterizedType type) {
      if (type.getRawType() == Outcome.class) {
        return outcome;
      }
      if (type.getRawType() == List.class && arguments != null) {
        for (Object each : arguments) {
          if (each instanceof Collection<?> several) {
            return Collections.nCopies(several.size(), outcome);
          }
        }
      }
    }
    return null;
  }
}
