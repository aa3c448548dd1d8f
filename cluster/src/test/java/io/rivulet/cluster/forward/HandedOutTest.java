package io.rivulet.cluster.forward;

import static io.rivulet.cluster.forward.TwoNodes.delivered;
import static io.rivulet.cluster.forward.TwoNodes.poll;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What nobody waits for goes back to the shard that has handed it out. */
final class HandedOutTest {
  private final SimulatedTime time = new SimulatedTime();
  private final List<String> asked = new ArrayList<>();
  private boolean isMoving;
  private final Engine shard = shard();
  private final HandedOut handedOut =
      new HandedOut(
          new Returns(
              shard, Returns.Parts.whole(shard), time.clock(), time::after, Duration.ofHours(3)));

  @Test
  void whatNobodyWaitsForIsGivenBackOnce() {
    answered(1);

    handedOut.unwanted(1);
    handedOut.unwanted(1);
    handedOut.unwanted(2);

    assertThat(asked).containsExactly("release [group, [handle-m1]]");
  }

  @Test
  void whatIsRefusedAtFirstIsGivenBackLater() {
    answered(1);
    isMoving = true;
    handedOut.unwanted(1);
    isMoving = false;

    time.pass(Duration.ofSeconds(1));

    assertThat(asked)
        .containsExactly("release [group, [handle-m1]]", "release [group, [handle-m1]]");
  }

  @Test
  void whatIsTooOldToBeRememberedIsRenewedNoMore() {
    for (int call = 0; call <= HandedOut.MAX_ANSWERS; call++) {
      answered(call);
    }

    handedOut.unwanted(0);

    assertThat(asked).hasSize(1).allMatch(each -> each.startsWith("endRenewal [[client], PT2M"));
  }

  private void answered(long call) {
    handedOut.answered(
        call, shard, poll(Duration.ZERO), Outcome.ok(List.of(delivered("m" + call, 10))));
  }

  private Engine shard() {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (_, method, arguments) -> {
              asked.add(method.getName() + " " + List.of(arguments));
              Outcome<Object> outcome =
                  isMoving ? Outcome.refused(RefusalCode.UNAVAILABLE, "it moves") : Outcome.ok(1);
              return CompletableFuture.completedFuture(
                  method.getName().equals("release")
                      ? Collections.nCopies(((List<?>) arguments[1]).size(), outcome)
                      : outcome);
            });
  }
}
