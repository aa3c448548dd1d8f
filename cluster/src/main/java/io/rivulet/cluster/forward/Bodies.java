package io.rivulet.cluster.forward;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.outbox.OwedMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamPage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: no state. The bodies in what is asked or said. */
final class Bodies {
  private Bodies() {}

  /** How many bytes, all together. */
  static long in(@Nullable Object @Nullable [] arguments) {
    long bytes = 0;
    if (arguments != null) {
      for (Object each : arguments) {
        bytes += in(each);
      }
    }
    return bytes;
  }

  /** How many bytes. */
  static long in(@Nullable Object value) {
    return switch (value) {
      case null -> 0;
      case Message message -> message.body().size();
      case StoredMessage stored -> stored.message().body().size();
      case DeliveredMessage delivered -> in(delivered.message());
      case Outcome.Ok<?>(Object outcome) -> in(outcome);
      case OwedMessage owed -> in(owed.message());
      case StreamAppend append -> in(append.messages());
      case StreamCreation creation -> in(creation.messages());
      case ReadReply reply -> in(reply.messages());
      case StreamPage page -> in(page.messages());
      case Collection<?> several -> several.stream().mapToLong(Bodies::in).sum();
      default -> 0;
    };
  }

  /** Whether messages were handed out. */
  static boolean holdMessages(@Nullable Object value) {
    return value instanceof Outcome.Ok<?>(List<?> several)
        && !several.isEmpty()
        && several.getFirst() instanceof DeliveredMessage;
  }

  /**
   * Immutable. Messages that were handed out.
   *
   * @param readable the answer with those that can be brought
   * @param behind what comes behind an unreadable one in the same queue, and may have to wait for
   *     it
   */
  record Sorted(
      Object readable, List<DeliveredMessage> unreadable, List<DeliveredMessage> behind) {}

  /**
   * Tells messages that can be read from others; may block on the disk.
   *
   * @return null if all of them can be read, or they are something else
   */
  static @Nullable Sorted sorted(@Nullable Object value) {
    if (!(value instanceof Outcome.Ok<?>(List<?> several)) || !holdMessages(value)) {
      return null;
    }
    Set<Long> standing = new HashSet<>();
    List<DeliveredMessage> readable = new ArrayList<>(several.size());
    List<DeliveredMessage> unreadable = new ArrayList<>(1);
    List<DeliveredMessage> behind = new ArrayList<>(0);
    for (Object each : several) {
      DeliveredMessage delivered = (DeliveredMessage) each;
      long queue = delivered.message().queueId();
      if (standing.contains(queue)) {
        behind.add(delivered);
      } else if (isReadable(delivered)) {
        readable.add(delivered);
      } else {
        standing.add(queue);
        unreadable.add(delivered);
      }
    }
    return unreadable.isEmpty() ? null : new Sorted(Outcome.ok(readable), unreadable, behind);
  }

  private static boolean isReadable(DeliveredMessage delivered) {
    try {
      var _ = delivered.load(Body.Space.HEAP);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether none of them has to be read from somewhere first. */
  static boolean areLoaded(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case Message message -> message.body().isLoaded();
      case StoredMessage stored -> stored.message().body().isLoaded();
      case DeliveredMessage delivered -> areLoaded(delivered.message());
      case Outcome.Ok<?>(Object outcome) -> areLoaded(outcome);
      case OwedMessage owed -> areLoaded(owed.message());
      case ReadReply reply -> areLoaded(reply.messages());
      case StreamPage page -> areLoaded(page.messages());
      case Collection<?> several -> several.stream().allMatch(Bodies::areLoaded);
      default -> true;
    };
  }
}
