package io.rivulet.cluster.ownership;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What serves shards on this node. All calls come from the one ownership thread, and must not
 * block; futures may complete, and news may come, on any thread.
 *
 * <p>That two nodes never write to one shard is up to this port alone, with fence and
 * compare-and-set: it may be asked to open a shard that another node still serves, and to go on
 * serving one that another node has opened.
 */
public interface ShardHost {
  /**
   * Takes a shard over and serves it: reads its record, recovers (and so fences) its last ledger,
   * makes the next one, sets the record of the next epoch, replays. Completes in any case: what it
   * waits for is bounded.
   *
   * @param ended called once, with the reason, if the shard ceases to be served by itself after it
   *     was opened, such as when another node has fenced its log. Then nothing of it answers any
   *     more, and nothing is left to be closed.
   * @return the epoch in which it is served. If it fails, nothing is left to be closed.
   */
  CompletableFuture<Long> open(int shard, Consumer<String> ended);

  /**
   * Stops serving, or opening, a shard. From the call on, nothing of it is answered but that it
   * moves; what was appended is awaited, and the log is ended in order if that is possible, so that
   * the next owner finds it closed. An opening that is under way fails.
   *
   * @return completes, also after a failure, when this node has no part in the shard any more. If
   *     that takes too long the claim is given up, and the shard may be asked for again: opening it
   *     fails then for as long as something of it is left.
   */
  CompletableFuture<Void> close(int shard);

  /**
   * Gets at hand what opening the shard will need, such as the newest checkpoint's files, and keeps
   * it up to date until the shard is opened or {@linkplain #forget forgotten}. May come while the
   * shard is prepared already.
   *
   * @return completes once the shard could be opened quickly; in any case, for what it waits for is
   *     bounded
   */
  CompletableFuture<Void> prepare(int shard);

  /**
   * Does as much as can be done of {@link #open} for a shard that was prepared, while its owner
   * still serves it: it is about to be handed over to this node.
   *
   * @return completes when no more can be done in advance; in any case, for what it waits for is
   *     bounded
   */
  CompletableFuture<Void> warm(int shard);

  /** Preparations for a shard are of no use any more. */
  void forget(int shard);

  /**
   * What an open shard has to do just now: appended records a second, of which one counts as
   * several if it is larger than a kilobyte.
   */
  long load(int shard);
}
