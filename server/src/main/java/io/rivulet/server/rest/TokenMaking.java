package io.rivulet.server.rest;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.token.Action;
import io.rivulet.server.token.Scope;
import io.rivulet.server.token.TokenKeys;
import io.rivulet.server.token.Tokens;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: immutable. Makes tokens and keeps their keys. */
final class TokenMaking {
  static final int CREATED = 201;
  private static final Duration USUAL_TIME = Duration.ofHours(1);
  private static final Duration ANY_TIME = Duration.ofDays(36_500);

  private final Tokens tokens;
  private final Clock clock;
  private final Executor background;

  /**
   * @param background where key files are written
   */
  TokenMaking(Tokens tokens, Clock clock, Executor background) {
    this.tokens = tokens;
    this.clock = clock;
    this.background = background;
  }

  void create(RestCall call) {
    call.json(
        Shapes.NewToken.class,
        wanted -> {
          Duration time = RestCall.time("ttl", wanted.ttl(), USUAL_TIME, ANY_TIME);
          List<Scope> scopes = scopes(wanted);
          if (!call.mayGrantOrRefuse(scopes, clock.wallMillis() + time.toMillis())) {
            return;
          }
          call.then(
              beside(() -> tokens.make(Optional.ofNullable(wanted.subject()), scopes, time)),
              made -> {
                var _ =
                    call.answer(CREATED, new Shapes.Token(made.token(), text(made.endMillis())));
              });
        });
  }

  void keys(RestCall call) {
    call.answer(
        new Shapes.TokenKeyList(tokens.keys().list().stream().map(TokenMaking::shape).toList()));
  }

  void rotate(RestCall call) {
    call.then(
        beside(() -> tokens.keys().rotate()),
        key -> {
          var _ = call.answer(CREATED, shape(key));
        });
  }

  void remove(RestCall call) {
    String key = call.inPath("key");
    call.then(
        beside(() -> tokens.keys().remove(key)),
        isRemoved -> {
          if (isRemoved) {
            call.answerNothing();
          } else {
            call.refuse(404, "not found", "there is no token key '" + key + "'");
          }
        });
  }

  private static List<Scope> scopes(Shapes.NewToken wanted) {
    List<Scope> scopes = new ArrayList<>();
    add(scopes, Action.READ, wanted.read());
    add(scopes, Action.WRITE, wanted.write());
    add(scopes, Action.CONSUME, wanted.consume());
    if (Boolean.TRUE.equals(wanted.admin())) {
      scopes.add(new Scope(Action.ADMIN, ""));
    }
    if (scopes.isEmpty()) {
      throw new IllegalArgumentException("say what it allows: read, write, consume or admin");
    }
    return scopes;
  }

  private static void add(List<Scope> scopes, Action action, @Nullable List<String> resources) {
    if (resources != null) {
      resources.forEach(resource -> scopes.add(new Scope(action, resource)));
    }
  }

  /** Something that may write a file. */
  private interface Work<T> {
    T run() throws IOException;
  }

  private <T> CompletableFuture<Outcome<T>> beside(Work<T> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Outcome.ok(work.run());
          } catch (IllegalArgumentException wrong) {
            return Outcome.refused(
                RefusalCode.ILLEGAL_ARGUMENT, String.valueOf(wrong.getMessage()));
          } catch (IOException e) {
            return Outcome.refused(
                RefusalCode.UNAVAILABLE, "the token keys can't be written: " + e.getMessage());
          }
        },
        background);
  }

  private static Shapes.TokenKey shape(TokenKeys.Key key) {
    return new Shapes.TokenKey(
        key.id(), text(key.madeMillis()), key.endMillis().map(TokenMaking::text).orElse(null));
  }

  private static String text(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
