package io.rivulet.server.http.token;

import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.Callers;
import io.rivulet.server.token.TokenException;
import io.rivulet.server.token.Tokens;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;

/**
 * Safe for all threads: immutable. Tells callers by the token that they send: in the header {@code
 * Authorization: Bearer}, or, for a browser's EventSource, which can't set one, in the parameter
 * {@code access_token} of a GET (RFC 6750, section 2.3).
 */
public record TokenCallers(Tokens tokens, Clock clock) implements Callers {
  private static final String BEARER = "bearer ";
  private static final String PARAMETER = "access_token";

  @Override
  public Caller of(HttpServerRequest request) {
    if (!tokens.areRequired()) {
      return Caller.ANYONE;
    }
    String header = request.getHeader("authorization");
    String token = null;
    if (header != null && header.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      token = header.substring(BEARER.length()).strip();
    } else if (request.method().equals(HttpMethod.GET)) {
      token = request.getParam(PARAMETER);
    }
    if (token == null) {
      return TokenCaller.refused(
          "this needs a token, as 'Authorization: Bearer TOKEN' or, with GET, ?access_token=TOKEN;"
              + " 'rivulet token create' makes one");
    }
    try {
      return new TokenCaller(tokens.verify(token), clock);
    } catch (TokenException e) {
      return TokenCaller.refused(String.valueOf(e.getMessage()));
    }
  }
}
