package io.rivulet.cluster.forward;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
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
  private final Executor background;
  private final Map<Long, Assembly> assemblies = new ConcurrentHashMap<>();

  /**
   * @param outbox back to who sends
   * @param background for what takes its time
   */
  Inbox(LinkBudget budget, Outbox outbox, Executor background) {
    this.budget = budget;
    this.outbox = outbox;
    this.background = background;
  }

  /**
   * Safe for all threads: room is given back once. Something large, and the room that it takes; its
   * bytes belong to who reads the stream, and when all are there to who takes them.
   */
  final class Assembly {
    private final long number;
    private final int size;
    private final CompletableFuture<Void> entered;
    private final Room room;
    private volatile @Nullable ByteBuffer whole;

    private Assembly(long number, int size) {
      this.number = number;
      this.size = size;
      entered = budget.enter(size);
      room = new Room(budget, entered, size);
    }

    /**
     * Takes the memory for all of it. Pieces are put into it as they come: of frames that are kept
     * until the last one is there the collector would move every byte.
     */
    private void prepare() {
      whole = ByteBuffer.allocate(size);
      outbox.add(Parts.sign(Parts.ROOM, number));
    }

    /** All of it, once it is there; for one caller. */
    ByteBuffer whole() {
      ByteBuffer all = Objects.requireNonNull(whole, "it is there").flip();
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
    var _ = offered.entered.thenRunAsync(offered::prepare, background);
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
    ByteBuffer whole = assembly.whole;
    if (whole == null) {
      throw new IOException("call " + number + " comes before there is room for it");
    }
    if (bytes.remaining() > whole.remaining()) {
      throw new IOException("call " + number + " is larger than the " + assembly.size + " offered");
    }
    whole.put(bytes);
    if (whole.hasRemaining()) {
      return null;
    }
    assemblies.remove(number, assembly);
    return assembly;
  }
}
