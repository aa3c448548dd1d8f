package io.rivulet.server.rocketmq.caller;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Resource;
import org.junit.jupiter.api.Test;

class CallerTest {
  private static Caller inNamespace(String namespace) {
    return new Caller("client", Language.JAVA, "5.2.0", namespace, "localhost:8081", null);
  }

  private static Resource resource(String namespace, String name) {
    return Resource.newBuilder().setResourceNamespace(namespace).setName(name).build();
  }

  @Test
  void withoutANamespaceNamesAreBare() {
    assertThat(inNamespace("").qualified(resource("", "chat"))).isEqualTo("chat");
  }

  /** Trap 13: Node names it in the metadata only. */
  @Test
  void theNamespaceMayComeInTheMetadataAlone() {
    assertThat(inNamespace("team").qualified(resource("", "chat"))).isEqualTo("team%chat");
  }

  @Test
  void theNamespaceOfTheResourceCounts() {
    assertThat(inNamespace("").qualified(resource("team", "chat"))).isEqualTo("team%chat");
    assertThat(inNamespace("team").qualified(resource("team", "chat"))).isEqualTo("team%chat");
  }

  @Test
  void theNamespaceIsTakenOffOnTheWayBack() {
    assertThat(inNamespace("team").resource("team%chat")).isEqualTo(resource("team", "chat"));
    assertThat(inNamespace("team").resource("chat")).isEqualTo(resource("", "chat"));
    assertThat(inNamespace("").resource("team%chat")).isEqualTo(resource("", "team%chat"));
  }

  /** Trap 13. */
  @Test
  void nodeCallsItselfHttp() {
    assertThat(Language.of("HTTP")).isEqualTo(Language.NODE);
    assertThat(Language.of("JAVA")).isEqualTo(Language.JAVA);
    assertThat(Language.of("GO")).isEqualTo(Language.GO);
    assertThat(Language.of("PYTHON")).isEqualTo(Language.PYTHON);
    assertThat(Language.of("")).isEqualTo(Language.OTHER);
  }

  /** Trap 20. */
  @Test
  void nodeTakesLessThanFourMebibytesWithItsEnvelope() {
    assertThat(Language.NODE.maxReceivedBodyBytes()).isBetween(4_000_000L, (4L << 20) - 32_768);
    assertThat(Language.JAVA.maxReceivedBodyBytes()).isGreaterThan(64 << 20);
    assertThat(Language.GO.maxSentBodyBytes()).isLessThan(2 << 20);
  }
}
