package io.rivulet.cluster.forward;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a concurrent map; pieces are added by who reads the stream. What comes in
 * pieces, at one end of a stream.
 *
 * <p>The other end sends the pieces of something when there is room here for all of it, and not
 * before: so whatever has begun to come can come to its end, and nothing waits for something that
 * waits itself.
 */
final class Inbox {
  private final LinkBudget budget;
  private final Outbox outbox;
  private final Map<Long, Assembly> assemblies = new ConcurrentHashMap<>();

  /**
   * @param outbox back to who sends
   */
  Inbox(LinkBudget budget, Outbox outbox) {
    this.budget = budget;
    this.outbox = outbox;
  }

  /** Safe for all threads: room is given back once. Something large, and the room that it takes. */
  final class Assembly {
    private final long number;
    private final int size;
    private final CompletableFuture<Void> entered;
    private final Room room;
    private @Nullable ByteBuffer whole;

    private Assembly(long number, int size) {
      this.number = number;
      this.size = size;
      entered = budget.enter(size);
      room = new Room(budget, entered, size);
    }

    private int missing() {
      return whole == null ? size : whole.remaining();
    }

    /**
     * Puts a piece where it belongs, at once: of frames that are kept until the last one has come
     * the collector would move every byte.
     */
    private void add(ByteBuffer piece) {
      if (whole == null) {
        whole = ByteBuffer.allocate(size);
      }
      whole.put(piece);
    }

    /** All of it, once it is there; for one caller. */
    ByteBuffer whole() {
      ByteBuffer all = Objects.requireNonNull(whole, "pieces have come").flip();
      whole = null;
      return all;
    }

    /** Nothing of it is needed any more; told by whoever ends its call. */
    void close() {
      assemblies.remove(number, this);
      room.close();
    }
  }

  /** Something of so many bytes is to come: its sender hears when there is room for it. */
  Assembly offer(long number, int size) throws IOException {
    if (size <= Parts.PIECE_BYTES) {
      throw new IOException("an offer of " + size + " bytes");
    }
    Assembly offered = new Assembly(number, size);
    if (assemblies.putIfAbsent(number, offered) != null) {
      offered.close();
      throw new IOException("call " + number + " is offered again");
    }
    var _ =
        offered.entered.whenComplete((_, gone) -> {
          if (gone == null) {
            outbox.add(Parts.sign(Parts.ROOM, number));
          }
        });
    return offered;
  }

  /**
   * A piece has come.
   *
   * @return what is whole now
   */
  @Nullable Assembly piece(long number, ByteBuffer bytes) throws IOException {
    Assembly assembly = assemblies.get(number);
    if (assembly == null) {
      return null; // nobody wants it any more: its sender does not know yet
    }
    if (!assembly.entered.isDone()) {
      throw new IOException("call " + number + " comes before there is room for it");
    }
    if (bytes.remaining() > assembly.missing()) {
      throw new IOException("call " + number + " is larger than the " + assembly.size + " offered");
    }
    assembly.add(bytes);
    if (assembly.missing() > 0) {
      return null;
    }
    assemblies.remove(number, assembly);
    return assembly;
  }
}
