package io.rivulet.server.http.token;

import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.Problem;
import io.rivulet.server.token.Action;
import io.rivulet.server.token.Scope;
import io.rivulet.server.token.TokenClaims;
import java.util.Optional;
import java.util.stream.Collectors;

/** Immutable. Somebody with a token that holds. */
record TokenCaller(TokenClaims claims, Clock clock) implements Caller {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  /** Somebody to whom all is refused. */
  static Caller refused(String reason) {
    Problem problem = new Problem(UNAUTHORIZED, "unauthorized", reason);
    return new Caller() {
      @Override
      public Optional<String> name() {
        return Optional.empty();
      }

      @Override
      public Optional<Problem> refusal(Action action, String resource) {
        return Optional.of(problem);
      }
    };
  }

  @Override
  public Optional<String> name() {
    return claims.subject();
  }

  @Override
  public Optional<Problem> refusal(Action action, String resource) {
    if (clock.wallMillis() >= claims.endMillis()) {
      return Optional.of(new Problem(UNAUTHORIZED, "unauthorized", "the token has ended"));
    }
    return claims.allows(action, resource)
        ? Optional.empty()
        : Optional.of(forbidden(new Scope(action, resource).toString()));
  }

  /** Why it may not do what it would need this for. */
  Problem forbidden(String needed) {
    String allowed = claims.scopes().stream().map(Scope::toString).collect(Collectors.joining(" "));
    return new Problem(
        FORBIDDEN,
        "forbidden",
        "this needs a token for '%s'; the one that was sent is for '%s'"
            .formatted(needed, allowed));
  }
}
