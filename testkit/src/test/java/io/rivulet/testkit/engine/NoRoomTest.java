package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The log takes nothing for a while, and the disk is not the reason. */
class NoRoomTest {
  private static final String WHY = "fewer than two storage nodes take entries";

  private final RequestWorld world = new RequestWorld();

  @Test
  void whatMustBeWrittenIsRefusedForTheReasonThatTheLogGives() {
    world.liteGroup("g", "chat", "session");
    String handle = world.send(world.message("chat").liteTopic("session")).handle();
    List<DeliveredMessage> got = world.poll("g", "chat");
    world.driver.log().refuse(WHY);

    assertRefused(world.settled(world.shard().poll(poll())));
    assertRefused(world.acknowledge("g", got.getFirst()));
    assertRefused(world.settled(world.shard().cancel("chat", handle)));
    assertRefused(
        world.settled(world.shard().suspendLite("g", "chat", "session", Duration.ofMinutes(1))));
    assertRefused(world.settled(world.shard().deleteStream("chat", "session")));

    world.driver.log().refuse(null);
    assertThat(world.acknowledge("g", got.getFirst()).isOk()).isTrue();
  }

  private static void assertRefused(Outcome<?> outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.refusal().code()).isEqualTo(RefusalCode.UNAVAILABLE);
              assertThat(refused.refusal().message()).contains(WHY).contains("try again");
            });
  }

  private static PollRequest poll() {
    return new PollRequest(
        "g",
        "chat",
        "c-g",
        1,
        Optional.empty(),
        Filter.all(),
        Duration.ZERO,
        Optional.empty(),
        true);
  }
}
