package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.group.Backoff;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that concern very many names are done over many turns, and others get in between. */
class LongRequestTest {
  private static final int MANY = 5000;

  private final ShardDriver driver =
      new ShardDriver(
          EngineConfig.defaults(), RandomGeneratorFactory.of("L64X128MixRandom").create(1));
  private int sent;

  @BeforeEach
  void define() {
    driver.shard().clientSeen(new ClientInfo("c", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    defineGroup();
  }

  private void defineGroup() {
    var reply =
        driver
            .shard()
            .ensureGroup(
                new GroupDefinition(
                    "g",
                    GroupKind.LITE,
                    Optional.of("chat"),
                    Optional.empty(),
                    SubscriptionModel.SHARED,
                    new StartFrom.First(),
                    16,
                    Backoff.standard(),
                    10 * MANY));
    driver.settle();
    assertThat(reply.join().isOk()).isTrue();
  }

  private CompletableFuture<Outcome<Integer>> follow(SubscriptionChange.Action action, int count) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      names.add("s" + i);
    }
    return driver
        .shard()
        .changeSubscription(
            new SubscriptionChange("g", "c", "chat", action, names, Optional.empty()));
  }

  /** Sends message after message until the reply is there; how many were answered before. */
  private int sendsAnsweredBefore(CompletableFuture<?> reply) {
    int answered = 0;
    while (!reply.isDone()) {
      var send =
          driver.shard().send("", List.of(Message.builder("t", "m" + sent++, new byte[1]).build()));
      while (!send.isDone()) {
        driver.round();
      }
      assertThat(send.join().getFirst().isOk()).isTrue();
      answered++;
    }
    return answered;
  }

  @Test
  void aLargeFullSyncLetsOthersInBetween() {
    var sync = follow(SubscriptionChange.Action.REPLACE, MANY);

    assertThat(sendsAnsweredBefore(sync)).isGreaterThan(5);
    assertThat(sync.join().value()).isEqualTo(MANY);
  }
}
