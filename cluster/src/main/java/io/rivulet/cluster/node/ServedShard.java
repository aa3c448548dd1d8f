package io.rivulet.cluster.node;

import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.cluster.forward.ShardGoneException;
import io.rivulet.engine.Engine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a concurrent map. A shard as others here see it, for as long as it is
 * served. Afterwards every request hears that this node is no owner, and what was under way ends
 * with {@link ShardGoneException}: a log that has failed answers nothing any more by itself. What
 * asks for no answer, or for what is known without one, still finds the shard.
 */
final class ServedShard {
  private final int number;
  private final Engine shard;
  private final Engine guarded;
  private final Map<Long, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();
  private final AtomicLong calls = new AtomicLong();
  private volatile boolean isClosed;

  /** What is under way now is never answered. */
  private volatile boolean hasEnded;

  ServedShard(int number, Engine shard) {
    this.number = number;
    this.shard = shard;
    guarded =
        (Engine)
            Proxy.newProxyInstance(
                Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, this::call);
  }

  Engine engine() {
    return guarded;
  }

  private @Nullable Object call(Object self, Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    switch (method.getName()) {
      case "toString" -> {
        return "shard " + number;
      }
      case "hashCode" -> {
        return number;
      }
      case "equals" -> {
        return arguments != null && self.toString().equals(String.valueOf(arguments[0]));
      }
      default -> {}
    }
    if (isClosed && CompletableFuture.class.isAssignableFrom(method.getReturnType())) {
      throw new NotOwnerException("shard " + number + " is not served here any more");
    }
    // Whoever asks all shards that are here may just have found this one: what it knows is as true
    // as a moment ago, and what it is told is of no consequence.
    Object result;
    try {
      result = method.invoke(shard, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (result instanceof CompletableFuture<?> future && !future.isDone()) {
      watch(future);
    }
    return result;
  }

  private void watch(CompletableFuture<?> future) {
    Long call = calls.incrementAndGet();
    underWay.put(call, future);
    var _ = future.whenComplete((_, _) -> underWay.remove(call));
    if (hasEnded) {
      end(future);
    }
  }

  private void end(CompletableFuture<?> future) {
    future.completeExceptionally(
        new ShardGoneException("shard " + number + " moved to another node meanwhile"));
  }

  /** Nothing new is taken; what is under way may still be answered. */
  void close() {
    isClosed = true;
  }

  /**
   * Nothing more is answered once these have done what they were given before: what the shard has
   * answered is in its log, and a grant among it that nobody got would be renewed for as long as
   * its client lives.
   *
   * @param replies complete the shard's answers, in order
   */
  void endAfter(Executor replies) {
    isClosed = true;
    try {
      replies.execute(this::end);
    } catch (RejectedExecutionException none) {
      end(); // the node ends, and with it all that waits
    }
  }

  private void end() {
    hasEnded = true;
    underWay.values().forEach(this::end);
  }
}
