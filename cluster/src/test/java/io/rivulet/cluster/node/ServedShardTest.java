package io.rivulet.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.cluster.forward.ShardGoneException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What others hear of a shard that is let go. */
final class ServedShardTest {
  private final CompletableFuture<List<Outcome<String>>> answer = new CompletableFuture<>();
  private final ServedShard served = new ServedShard(4, answering(answer));
  private final Queue<Runnable> replies = new ArrayDeque<>();

  @Test
  void whatTheShardHasAnsweredIsNotLostThoughItsReplyWaits() {
    CompletableFuture<List<Outcome<String>>> asked = served.engine().release("g", List.of("h"));
    replies.add(() -> answer.complete(List.of(Outcome.ok("h"))));

    served.close();
    served.endAfter(replies::add);
    replies.forEach(Runnable::run);

    assertThat(asked).isCompletedWithValue(List.of(Outcome.ok("h")));
  }

  @Test
  void whatItNeverAnswersEnds() {
    CompletableFuture<List<Outcome<String>>> asked = served.engine().release("g", List.of("h"));

    served.endAfter(replies::add);
    replies.forEach(Runnable::run);

    assertThat(asked)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(ShardGoneException.class);
  }

  @Test
  void afterwardsItIsNoOwnerButStillKnowsWhatItKnew() {
    served.close();

    assertThatThrownBy(() -> served.engine().release("g", List.of("h")))
        .isInstanceOf(NotOwnerException.class);
    assertThat(served.engine().topics()).isEmpty();
    served.engine().clientGone("c1");
  }

  private static Engine answering(CompletableFuture<?> answer) {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "release" -> answer;
                  case "topics" -> List.of();
                  case "clientGone" -> null;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }
}
