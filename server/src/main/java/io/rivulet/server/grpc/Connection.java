package io.rivulet.server.grpc;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.ServerCall;
import io.grpc.ServerTransportFilter;
import io.rivulet.engine.delivery.LastAnswers;
import io.rivulet.engine.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: immutable but for the answers, which are. A connection of a client, and
 * what was sent over it last.
 */
public final class Connection {
  private static final Attributes.Key<Connection> ATTRIBUTE =
      Attributes.Key.create("rivulet-connection");
  private static final Context.Key<Connection> KEY = Context.key("rivulet-connection");

  private final LastAnswers answers;

  private Connection(Clock clock) {
    answers = new LastAnswers(clock);
  }

  /** The context of a call with the connection that it came over, if that is watched. */
  public static Context in(Context context, ServerCall<?, ?> call) {
    Connection connection = call.getAttributes().get(ATTRIBUTE);
    return connection == null ? context : context.withValue(KEY, connection);
  }

  /** That of the call that is being handled; null: none, or it is not watched. */
  public static @Nullable Connection current() {
    return KEY.get();
  }

  /** Messages that were sent over it. */
  public LastAnswers answers() {
    return answers;
  }

  /** Safe for all threads: immutable. Hears of connections that end. */
  static final class Watch extends ServerTransportFilter {
    private final Clock clock;
    private final Consumer<List<LastAnswers.Doubt>> lost;

    /**
     * @param lost is told of what may not have arrived over a connection that has ended
     */
    Watch(Clock clock, Consumer<List<LastAnswers.Doubt>> lost) {
      this.clock = clock;
      this.lost = lost;
    }

    @Override
    public Attributes transportReady(Attributes attributes) {
      return attributes.toBuilder().set(ATTRIBUTE, new Connection(clock)).build();
    }

    @Override
    public void transportTerminated(@Nullable Attributes attributes) {
      Connection ended = attributes == null ? null : attributes.get(ATTRIBUTE);
      if (ended != null) {
        lost.accept(ended.answers.doubts());
      }
    }
  }
}
