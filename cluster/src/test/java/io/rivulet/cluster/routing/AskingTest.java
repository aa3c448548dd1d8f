package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.engine.Engine;
import io.rivulet.engine.time.Clock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AskingTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final OneShard shards = new OneShard();
  private final Asking asking =
      new Asking(shards, new View(shards), Clock.system(), timer, Duration.ofSeconds(1), 10);
  private final List<String> unwanted = new ArrayList<>();

  @AfterEach
  void close() {
    timer.shutdownNow();
  }

  @Test
  void anAnswerThatNobodyWaitsForAnyMoreIsNotDropped() {
    Unstoppable answer = new Unstoppable();
    CompletableFuture<String> reply = ask(answer);

    reply.cancel(false);
    answer.complete("messages");

    assertThat(unwanted).containsExactly("messages");
  }

  @Test
  void anAnswerThatIsWaitedForIsWanted() {
    Unstoppable answer = new Unstoppable();
    CompletableFuture<String> reply = ask(answer);

    answer.complete("messages");
    reply.cancel(false);

    assertThat(reply).isCompletedWithValue("messages");
    assertThat(unwanted).isEmpty();
  }

  @Test
  void whoGoesAwayEndsTheStepThatIsUnderWay() {
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();
    CompletableFuture<String> both = Asking.chained(first, _ -> second, unwanted::add);

    first.complete("known");
    both.cancel(false);

    assertThat(second).isCancelled();
    assertThat(unwanted).isEmpty();
  }

  @Test
  void theLastAnswerOfSeveralStepsIsNotDropped() {
    Unstoppable second = new Unstoppable();
    CompletableFuture<String> both =
        Asking.chained(CompletableFuture.completedFuture(1), _ -> second, unwanted::add);

    both.cancel(false);
    second.complete("messages");

    assertThat(unwanted).containsExactly("messages");
  }

  @Test
  void whoGoesAwayBeforeTheFirstAnswerIsAskedNothingMore() {
    Unstoppable first = new Unstoppable();
    List<String> begun = new ArrayList<>();
    CompletableFuture<String> both =
        Asking.chained(
            first,
            value -> {
              begun.add(value);
              return new CompletableFuture<String>();
            },
            unwanted::add);

    both.cancel(false);
    first.complete("known");

    assertThat(begun).isEmpty();
  }

  private CompletableFuture<String> ask(CompletableFuture<String> answer) {
    return asking.ask(0, Asking.Question.of(_ -> answer, unwanted::add), refusal -> "refused");
  }

  /** It has its answer already when it is told that nobody waits. */
  private static final class Unstoppable extends CompletableFuture<String> {
    @Override
    public boolean cancel(boolean mayInterrupt) {
      return false;
    }
  }

  /** Safe for all threads: no state. */
  private static final class OneShard implements Shards {
    private final Engine engine =
        (Engine)
            Proxy.newProxyInstance(
                Engine.class.getClassLoader(),
                new Class<?>[] {Engine.class},
                (_, method, _) -> {
                  throw new UnsupportedOperationException(method.getName());
                });

    @Override
    public int count() {
      return 1;
    }

    @Override
    public Engine shard(int number) {
      return engine;
    }

    @Override
    public Map<Integer, Engine> local() {
      return Map.of();
    }

    @Override
    public Collection<NodeCalls> others() {
      return List.of();
    }

    @Override
    public Map<Integer, Long> epochs() {
      return Map.of();
    }

    @Override
    public void servedElsewhere(Map<Integer, Long> epochs) {}

    @Override
    public void whenChanged(Runnable listener) {}
  }
}
