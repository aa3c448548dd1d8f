package io.rivulet.server.http.token;

import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.Problem;
import io.rivulet.server.token.Action;
import io.rivulet.server.token.Scope;
import io.rivulet.server.token.TokenClaims;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Immutable. Somebody with a token that holds. */
record TokenCaller(TokenClaims claims, Clock clock) implements Caller {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final Problem ENDED =
      new Problem(UNAUTHORIZED, "unauthorized", "the token has ended");

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

      @Override
      public Optional<Problem> grantRefusal(List<Scope> scopes, long endMillis) {
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
    if (hasEnded()) {
      return Optional.of(ENDED);
    }
    return claims.allows(action, resource)
        ? Optional.empty()
        : Optional.of(forbidden(new Scope(action, resource).toString()));
  }

  @Override
  public Optional<Problem> grantRefusal(List<Scope> scopes, long endMillis) {
    if (hasEnded()) {
      return Optional.of(ENDED);
    }
    if (!claims.covers(scopes)) {
      return Optional.of(
          forbidden(scopes.stream().map(Scope::toString).collect(Collectors.joining(" "))));
    }
    return endMillis <= claims.endMillis()
        ? Optional.empty()
        : Optional.of(
            new Problem(
                FORBIDDEN,
                "forbidden",
                "the token that asks ends before the one that it asks for: at "
                    + Instant.ofEpochMilli(claims.endMillis())));
  }

  private boolean hasEnded() {
    return clock.wallMillis() >= claims.endMillis();
  }

  /** Why it may not do what it would need this for. */
  private Problem forbidden(String needed) {
    String allowed = claims.scopes().stream().map(Scope::toString).collect(Collectors.joining(" "));
    return new Problem(
        FORBIDDEN,
        "forbidden",
        "this needs a token for '%s'; the one that was sent is for '%s'"
            .formatted(needed, allowed));
  }
}
