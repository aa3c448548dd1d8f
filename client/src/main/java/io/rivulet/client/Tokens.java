package io.rivulet.client;

import io.grpc.Channel;
import io.rivulet.api.v1.CreateTokenRequest;
import io.rivulet.api.v1.CreateTokenResponse;
import io.rivulet.api.v1.ListTokenKeysRequest;
import io.rivulet.api.v1.RemoveTokenKeyRequest;
import io.rivulet.api.v1.RotateTokenKeyRequest;
import io.rivulet.api.v1.TokenKey;
import io.rivulet.api.v1.TokenServiceGrpc;
import io.rivulet.api.v1.TokenServiceGrpc.TokenServiceBlockingStub;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Safe for all threads: immutable. Makes tokens for the HTTP port, and keeps the keys that they are
 * signed with.
 *
 * <p>Every method waits for the answer and throws {@link RivuletException} if the server refuses or
 * can't be reached.
 */
public final class Tokens {
  /**
   * A token that was made.
   *
   * @param end when it ends, by the server's clock
   * @param isRequired whether requests over HTTP need a token now
   */
  public record Token(String text, Instant end, boolean isRequired) {}

  /**
   * A key, without its secret.
   *
   * @param end until when its tokens are taken; empty: it is the one that signs
   */
  public record Key(String id, Instant made, Optional<Instant> end) {}

  private final TokenServiceBlockingStub service;
  private final ClientConfig config;

  Tokens(Channel channel, ClientConfig config) {
    this.service = TokenServiceGrpc.newBlockingStub(channel);
    this.config = config;
  }

  /**
   * Makes a token.
   *
   * @param subject who will use it, for quotas and logs, at most 128 characters; empty: nobody in
   *     particular
   * @param scopes what it allows, 1 to 64 of {@code read:TOPIC/LITE}, {@code write:TOPIC/LITE},
   *     {@code consume:GROUP} (each may end with a star) and {@code admin}
   * @param ttl how long it holds, from a second up to what the server allows
   */
  public Token create(String subject, List<String> scopes, Duration ttl) {
    CreateTokenRequest request =
        CreateTokenRequest.newBuilder()
            .setSubject(subject)
            .addAllScopes(scopes)
            .setTtl(WireTimes.write(ttl))
            .build();
    CreateTokenResponse made = call(service -> service.createToken(request));
    return new Token(made.getToken(), WireTimes.instant(made.getEnd()), made.getRequired());
  }

  /** The keys whose tokens are taken, the one that signs first. */
  public List<Key> keys() {
    return call(service -> service.listTokenKeys(ListTokenKeysRequest.getDefaultInstance()))
        .getKeysList()
        .stream()
        .map(Tokens::key)
        .toList();
  }

  /** Has a new key sign from now on; tokens of the one before are taken until they end. */
  public Key rotateKey() {
    return key(
        call(service -> service.rotateTokenKey(RotateTokenKeyRequest.getDefaultInstance()))
            .getKey());
  }

  /** Has all tokens of a key refused from now on. */
  public void removeKey(String id) {
    var _ =
        call(service ->
            service.removeTokenKey(RemoveTokenKeyRequest.newBuilder().setId(id).build()));
  }

  private static Key key(TokenKey wire) {
    return new Key(
        wire.getId(),
        WireTimes.instant(wire.getMade()),
        wire.hasEnd() ? Optional.of(WireTimes.instant(wire.getEnd())) : Optional.empty());
  }

  private <T> T call(Function<TokenServiceBlockingStub, T> request) {
    return Calls.call(service, config, request);
  }
}
