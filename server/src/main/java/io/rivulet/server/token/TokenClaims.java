package io.rivulet.server.token;

import java.util.List;
import java.util.Optional;

/**
 * Immutable. What a token that holds says.
 *
 * @param endMillis when it ends, in milliseconds since the epoch
 */
public record TokenClaims(Optional<String> subject, List<Scope> scopes, long endMillis) {
  public TokenClaims {
    scopes = List.copyOf(scopes);
  }

  /** Whether it allows this. */
  public boolean allows(Action action, String resource) {
    return scopes.stream().anyMatch(scope -> scope.allows(action, resource));
  }

  /** Whether it allows everything that these do. */
  public boolean covers(List<Scope> others) {
    return others.stream().allMatch(other -> scopes.stream().anyMatch(s -> s.covers(other)));
  }
}
