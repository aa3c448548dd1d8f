package io.rivulet.server.rocketmq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.caller.Language;
import io.rivulet.testkit.time.SimulatedClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClientRegistryTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final ClientRegistry clients = new ClientRegistry(clock, 2, Duration.ofMinutes(2));

  private static Caller caller(String id) {
    return new Caller(id, Language.JAVA, "5.2.0", "", "", null);
  }

  @Test
  void aClientIsTheSameInEachOfItsRequests() {
    ConnectedClient first = clients.takeUp(caller("a")).orElseThrow();

    assertThat(clients.takeUp(caller("a"))).containsSame(first);
  }

  @Test
  void beyondTheBoundNewClientsAreRefusedAndKnownOnesAreNot() {
    assertThat(clients.takeUp(caller("a"))).isPresent();
    assertThat(clients.takeUp(caller("b"))).isPresent();

    assertThat(clients.takeUp(caller("c"))).isEmpty();
    assertThat(clients.takeUp(caller("b"))).isPresent();
  }

  @Test
  void aSilentClientIsForgotten() {
    assertThat(clients.takeUp(caller("silent"))).isPresent();
    clock.advance(Duration.ofSeconds(121));

    assertThat(clients.takeUp(caller("other"))).isPresent();

    assertThat(clients.find("silent")).isEmpty();
    assertThat(clients.size()).isEqualTo(1);
  }

  @Test
  void aGoodbyeMakesRoom() {
    assertThat(clients.takeUp(caller("a"))).isPresent();
    assertThat(clients.takeUp(caller("b"))).isPresent();
    clients.remove("a");

    assertThat(clients.takeUp(caller("c"))).isPresent();
  }

  @Test
  void theFirstWordOnOrderHolds() {
    ConnectedClient client = clients.takeUp(caller("a")).orElseThrow();

    assertThat(client.tellOrder(false)).isFalse();
    assertThat(client.tellOrder(true)).isFalse();
  }
}
