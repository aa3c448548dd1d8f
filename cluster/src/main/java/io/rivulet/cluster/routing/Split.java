package io.rivulet.cluster.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. A list of things that belong to several shards: each gets its part, in order, and the
 * answers are put together in the order of the whole.
 */
final class Split<T> {
  private final List<T> whole;
  private final Map<Integer, List<Integer>> indexesByShard = new TreeMap<>();

  Split(List<T> whole, ToIntFunction<T> shardOf) {
    this.whole = whole;
    for (int i = 0; i < whole.size(); i++) {
      indexesByShard
          .computeIfAbsent(shardOf.applyAsInt(whole.get(i)), _ -> new ArrayList<>())
          .add(i);
    }
  }

  /** Asks a shard about its part: one answer for each of it. */
  @FunctionalInterface
  interface Question<T, R> {
    CompletableFuture<List<R>> ask(int shard, List<T> part);
  }

  <R> CompletableFuture<List<R>> ask(Question<T, R> question) {
    if (indexesByShard.size() == 1) {
      return question.ask(indexesByShard.keySet().iterator().next(), whole);
    }
    List<CompletableFuture<Void>> asked = new ArrayList<>();
    AtomicReferenceArray<@Nullable R> answers = new AtomicReferenceArray<>(whole.size());
    indexesByShard.forEach((shard, indexes) ->
        asked.add(
            question
                .ask(shard, indexes.stream().map(whole::get).toList())
                .thenAccept(part -> {
                  for (int i = 0; i < part.size(); i++) {
                    answers.set(indexes.get(i), part.get(i));
                  }
                })));
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(_ -> complete(answers));
  }

  private static <R> List<R> complete(AtomicReferenceArray<@Nullable R> answers) {
    List<R> all = new ArrayList<>(answers.length());
    for (int i = 0; i < answers.length(); i++) {
      R each = answers.get(i);
      if (each == null) {
        throw new IllegalStateException("a shard answered for less than it was asked for");
      }
      all.add(each);
    }
    return all;
  }
}
