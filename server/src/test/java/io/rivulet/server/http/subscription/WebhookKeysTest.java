package io.rivulet.server.http.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Keys that nodes have in common. */
final class WebhookKeysTest {
  private static final Duration MAX_AGE = Duration.ofDays(30);
  private static final long START = 1_000_000;

  private String kept = "";
  private boolean isAway;

  private String change(UnaryOperator<String> change) throws IOException {
    if (isAway) {
      throw new IOException("the metadata quorum did not answer");
    }
    kept = change.apply(kept);
    return kept;
  }

  private WebhookKeys open(long nowMillis) throws IOException {
    return WebhookKeys.open(this::change, "here", nowMillis, MAX_AGE);
  }

  @Test
  void aNodeThatWasNotRestartedPublishesAKeyBeforeItSigns() throws IOException {
    WebhookKeys old = open(START);
    long renewal = START + MAX_AGE.toMillis() + 1;
    WebhookKeys restarted = open(renewal);
    String first = old.signingKeyId(renewal);
    assertThat(restarted.published().getJsonArray("keys")).hasSize(2);
    assertThat(restarted.signingKeyId(renewal)).isEqualTo(first);

    old.refresh();

    long later = renewal + Duration.ofHours(1).toMillis();
    assertThat(old.published()).isEqualTo(restarted.published());
    assertThat(old.signingKeyId(later))
        .isEqualTo(restarted.signingKeyId(later))
        .isNotEqualTo(first);
    assertThat(old.mac("a", "b")).isEqualTo(restarted.mac("a", "b"));
  }

  @Test
  void whenTheyCanNotBeReadThoseThatAreKnownStay() throws IOException {
    WebhookKeys keys = open(START);
    String published = keys.published().encode();

    isAway = true;
    assertThatThrownBy(keys::refresh).hasMessageContaining("did not answer");
    isAway = false;
    kept = "";
    assertThatThrownBy(keys::refresh).hasMessageContaining("here does not hold keys");

    assertThat(keys.published().encode()).isEqualTo(published);
    assertThat(kept).isEmpty();
  }
}
