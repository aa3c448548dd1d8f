package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.engine.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. What the ownership of each shard works with.
 *
 * @param wake brings about another turn soon
 */
record Means(
    MetadataStore store,
    Mirror mirror,
    ShardHost host,
    Turns turns,
    Clock clock,
    RandomGenerator random,
    Counters counters,
    Runnable wake) {

  /** Goes on with an answer on the ownership thread, and has a turn after it. */
  <T> void then(
      CompletableFuture<T> answer, BiConsumer<? super T, ? super @Nullable Throwable> next) {
    var _ =
        answer.whenComplete((value, failure) ->
            turns.execute(() -> {
              next.accept(value, failure);
              wake.run();
            }));
  }
}
