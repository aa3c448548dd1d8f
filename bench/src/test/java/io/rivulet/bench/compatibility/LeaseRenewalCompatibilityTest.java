package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.bench.ServerProcess;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A push consumer names no invisible time: its leases last as long as it works and lives. */
@ParameterizedClass
@EnumSource(Language.class)
final class LeaseRenewalCompatibilityTest {
  private final Language language;

  LeaseRenewalCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void aSlowListenerKeepsItsMessage() {
    OfficialClient client = OfficialClient.of(language);
    try (ServerProcess server = ServerProcess.start(Map.of("RIVULET_ENGINE_LEASE_TIME", "10s"))) {
      Target target = new Target(server.endpoint(), false);
      OfficialConsumer consumer = client.pushConsumer(target, "slow", "inference");

      client
          .producer(target, "inference")
          .send(
              Outgoing.text("inference", "long thought").property("test-hold-millis", "25000"),
              Outgoing.text("inference", "next"));

      consumer.awaitMessage(message -> message.body().equals("long thought"));
      assertThat(consumer.messages())
          .filteredOn(message -> message.body().equals("long thought"))
          .extracting(ReceivedMessage::attempt)
          .containsExactly(1);
    }
  }
}
