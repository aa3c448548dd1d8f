package io.rivulet.server.rivulet;

import io.rivulet.api.v1.Edge;
import io.rivulet.api.v1.ReadFrom;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * Immutable. Where the next read of a queue begins.
 *
 * @param incarnation the queue that an offset belongs to; empty: whichever lives now
 */
public record ReadStart(OffsetOption option, Optional<Long> incarnation) {
  public static final ReadStart FIRST = new ReadStart(new OffsetOption.Min(), Optional.empty());

  static Outcome<ReadStart> of(ReadFrom from) {
    if (from.getFromCase() == ReadFrom.FromCase.TOKEN) {
      return ofToken(from.getToken());
    }
    return option(from).map(option -> new ReadStart(option, Optional.empty()));
  }

  /** As {@link #of} for requests where a token has no meaning. */
  static Outcome<OffsetOption> option(ReadFrom from) {
    return switch (from.getFromCase()) {
      case FROM_NOT_SET -> Outcome.ok(new OffsetOption.Min());
      case EDGE -> ofEdge(from.getEdge());
      case OFFSET ->
          from.getOffset() < 0
              ? illegal("offset is 0 or more, not " + from.getOffset())
              : Outcome.ok(new OffsetOption.At(from.getOffset()));
      case LAST_COUNT ->
          from.getLastCount() < 1
              ? illegal("last_count is 1 or more, not " + from.getLastCount())
              : Outcome.ok(new OffsetOption.TailCount(from.getLastCount()));
      case TIME -> ofTime(from.getTime());
      case TOKEN -> illegal("a token names one queue's place: give first, last, an offset, a time");
    };
  }

  /** Where reading continues behind a reply. */
  public ReadStart after(ReadReply reply) {
    if (reply.queueId() != 0) {
      return new ReadStart(new OffsetOption.At(reply.nextOffset()), Optional.of(reply.queueId()));
    }
    // The lite topic is not born: all that it will hold comes after now.
    return option instanceof OffsetOption.Max ? FIRST : this;
  }

  /** Says this place to a client; empty if the client should ask as it did. */
  public String token() {
    if (incarnation.isPresent() && option instanceof OffsetOption.At at) {
      return new ResumeToken(incarnation.get(), at.offset()).encode();
    }
    return option instanceof OffsetOption.Min ? new ResumeToken(0, 0).encode() : "";
  }

  /** The place that {@link #token} said. */
  public static Outcome<ReadStart> ofToken(String text) {
    Optional<ResumeToken> token = ResumeToken.decode(text);
    if (token.isEmpty()) {
      return illegal(
          "'" + text + "' is no token: take one from an earlier read or tail, unchanged");
    }
    if (token.get().incarnation() == 0) {
      return Outcome.ok(FIRST);
    }
    return Outcome.ok(
        new ReadStart(
            new OffsetOption.At(token.get().nextOffset()), Optional.of(token.get().incarnation())));
  }

  private static Outcome<OffsetOption> ofEdge(Edge edge) {
    return switch (edge) {
      case EDGE_UNSPECIFIED, EDGE_FIRST -> Outcome.ok(new OffsetOption.Min());
      case EDGE_LAST -> Outcome.ok(new OffsetOption.Max());
      case UNRECOGNIZED -> illegal("edge is EDGE_FIRST or EDGE_LAST");
    };
  }

  private static Outcome<OffsetOption> ofTime(com.google.protobuf.Timestamp time) {
    try {
      Instant instant = Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
      return Outcome.ok(new OffsetOption.Time(instant.toEpochMilli()));
    } catch (DateTimeException | ArithmeticException outOfRange) {
      return illegal("time is out of range: " + time.getSeconds() + " s since the epoch");
    }
  }

  private static <T> Outcome<T> illegal(String message) {
    return Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, message);
  }
}
