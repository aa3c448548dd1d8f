package io.rivulet.server.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a token allows, and what it may pass on. */
final class ScopeTest {
  @Test
  void oneResourceOrAllThatBeginSo() {
    assertThat(Scope.parse("read:chat/42").allows(Action.READ, "chat/42")).isTrue();
    assertThat(Scope.parse("read:chat/42").allows(Action.READ, "chat/421")).isFalse();
    assertThat(Scope.parse("read:chat/42").allows(Action.WRITE, "chat/42")).isFalse();
    assertThat(Scope.parse("read:chat/4*").allows(Action.READ, "chat/421")).isTrue();
    assertThat(Scope.parse("read:chat/*").allows(Action.READ, "chat")).isFalse();
    assertThat(Scope.parse("read:chat/*").allows(Action.READ, "chats/1")).isFalse();
    assertThat(Scope.parse("read:*").allows(Action.READ, "anything")).isTrue();
    assertThat(Scope.parse("admin").allows(Action.CONSUME, "workers")).isTrue();
  }

  @Test
  void nobodyPassesOnMoreThanHeHas() {
    assertThat(covers("read:chat/*", "read:chat/42")).isTrue();
    assertThat(covers("read:chat/*", "read:chat/4*")).isTrue();
    assertThat(covers("read:chat/4*", "read:chat/*")).isFalse();
    assertThat(covers("read:chat/42", "read:chat/42")).isTrue();
    assertThat(covers("read:chat/42", "read:chat/42*")).isFalse();
    assertThat(covers("read:*", "write:chat/42")).isFalse();
    assertThat(covers("read:*", "admin")).isFalse();
    assertThat(covers("admin", "read:*")).isTrue();
    assertThat(
            new TokenClaims(Optional.empty(), List.of(), 0).covers(List.of(Scope.parse("read:a"))))
        .isFalse();
  }

  private static boolean covers(String has, String asked) {
    return new TokenClaims(Optional.empty(), List.of(Scope.parse(has)), 0)
        .covers(List.of(Scope.parse(asked)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "read", "read:", "reads:chat", "admin:x", "read:a*b", "read:a b"})
  void whatIsNoScopeIsSaidWithWhatIs(String text) {
    assertThatThrownBy(() -> Scope.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text.substring(text.indexOf(':') + 1));
  }

  @Test
  void scopesOfOtherServicesArePassedOver() {
    assertThat(Scope.parseKnown("openid read:chat/1  profile"))
        .containsExactly(Scope.parse("read:chat/1"));
  }
}
