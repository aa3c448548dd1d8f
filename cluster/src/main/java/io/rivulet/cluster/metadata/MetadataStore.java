package io.rivulet.cluster.metadata;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Small texts that all nodes agree on, in a tree of names such as {@code /shards/7}. Changes are by
 * compare-and-set; what a node claims vanishes with its session.
 *
 * <p>Safe for all threads. Futures complete on the store's own thread (in a simulation: the
 * caller's), so dependents must not block. They fail with {@link MetadataException}: then it is not
 * known whether a change happened, and who needs to know reads again. A name's parents are made as
 * needed.
 */
public interface MetadataStore extends AutoCloseable {

  /**
   * Immutable. A value and its version; versions of one name never repeat while it exists, and
   * begin anew when it is made again.
   */
  record Versioned(String value, long version) {}

  /** The version that says that nothing is there. */
  long ABSENT = -1;

  /** Whether the store can be asked, and whether what was claimed still stands. */
  enum Session {
    /** What was claimed stands; questions are answered. */
    CONNECTED,
    /** Nothing is known for the moment: what was claimed may vanish soon. */
    SUSPENDED,
    /** What was claimed is gone, and for good: claim again after the next {@link #CONNECTED}. */
    LOST
  }

  /** Hears of sessions and changes, on the store's thread: must only hand the news on. */
  interface Listener {
    /** The session is in another state. */
    default void session(Session state) {}

    /**
     * The value or the children of a watched name may have changed; several changes may be told as
     * one, and some that did not happen, but none is missed.
     */
    default void changed(String name) {}
  }

  CompletableFuture<Optional<Versioned>> get(String name);

  /** Names right below, without their path; none if the name is not there. */
  CompletableFuture<List<String>> children(String name);

  /**
   * Sets a value if the name's version is the expected one; {@link #ABSENT}: makes it.
   *
   * @return the new version; empty if somebody else was faster
   */
  CompletableFuture<OptionalLong> put(String name, String value, long expectedVersion);

  /**
   * Removes a name without children; false if it has another version. True if it is not there. A
   * claim may be removed by anybody; between reading and removing it, it may have ended and been
   * made again by somebody else under the same version: who holds claims must cope with their loss.
   */
  CompletableFuture<Boolean> delete(String name, long expectedVersion);

  /**
   * Makes a name that exists for as long as this session; false if it is there already (also if by
   * this session).
   */
  CompletableFuture<Boolean> claim(String name, String value);

  /** Tells the listener whenever the value or the children of the name may have changed. */
  void watch(String name);

  /** Sets who hears; once, before anything is watched. */
  void listen(Listener listener);

  /** Ends the session: what was claimed vanishes at once. */
  @Override
  void close();
}
