package io.rivulet.server.rivulet;

import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.CreateTokenRequest;
import io.rivulet.api.v1.CreateTokenResponse;
import io.rivulet.api.v1.ListTokenKeysRequest;
import io.rivulet.api.v1.ListTokenKeysResponse;
import io.rivulet.api.v1.RemoveTokenKeyRequest;
import io.rivulet.api.v1.RemoveTokenKeyResponse;
import io.rivulet.api.v1.RotateTokenKeyRequest;
import io.rivulet.api.v1.RotateTokenKeyResponse;
import io.rivulet.api.v1.TokenKey;
import io.rivulet.api.v1.TokenServiceGrpc;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.server.token.Scope;
import io.rivulet.server.token.TokenKeys;
import io.rivulet.server.token.Tokens;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;

/** Safe for all threads: immutable. The service that makes tokens; files are written beside. */
final class TokenServiceEndpoint extends TokenServiceGrpc.TokenServiceImplBase {
  private final Tokens tokens;
  private final Executor background;

  /**
   * @param background where files are written
   */
  TokenServiceEndpoint(Tokens tokens, Executor background) {
    this.tokens = tokens;
    this.background = background;
  }

  @Override
  public void createToken(CreateTokenRequest request, StreamObserver<CreateTokenResponse> call) {
    answer(
        call,
        () -> {
          Tokens.Made made =
              tokens.make(
                  Optional.of(request.getSubject()).filter(subject -> !subject.isEmpty()),
                  request.getScopesList().stream().map(Scope::parse).toList(),
                  Durations.read("ttl", request.getTtl()).value());
          return CreateTokenResponse.newBuilder()
              .setToken(made.token())
              .setEnd(DefinitionMapping.toWire(Instant.ofEpochMilli(made.endMillis())))
              .setRequired(tokens.areRequired())
              .build();
        });
  }

  @Override
  public void listTokenKeys(
      ListTokenKeysRequest request, StreamObserver<ListTokenKeysResponse> call) {
    answer(
        call,
        () ->
            ListTokenKeysResponse.newBuilder()
                .addAllKeys(
                    tokens.keys().list().stream().map(TokenServiceEndpoint::toWire).toList())
                .build());
  }

  @Override
  public void rotateTokenKey(
      RotateTokenKeyRequest request, StreamObserver<RotateTokenKeyResponse> call) {
    answer(
        call,
        () -> RotateTokenKeyResponse.newBuilder().setKey(toWire(tokens.keys().rotate())).build());
  }

  @Override
  public void removeTokenKey(
      RemoveTokenKeyRequest request, StreamObserver<RemoveTokenKeyResponse> call) {
    answer(
        call,
        () -> {
          if (!tokens.keys().remove(request.getId())) {
            throw new IllegalArgumentException("there is no token key '" + request.getId() + "'");
          }
          return RemoveTokenKeyResponse.getDefaultInstance();
        });
  }

  /** Something that may write a file. */
  private interface Work<T> {
    T run() throws IOException;
  }

  private <T> void answer(StreamObserver<T> call, Work<T> work) {
    background.execute(() -> {
      try {
        T answer = work.run();
        call.onNext(answer);
        call.onCompleted();
      } catch (IllegalArgumentException wrong) {
        Answers.refuse(call, RefusalCode.ILLEGAL_ARGUMENT, String.valueOf(wrong.getMessage()));
      } catch (IOException e) {
        Answers.refuse(
            call, RefusalCode.UNAVAILABLE, "the token keys can't be written: " + e.getMessage());
      }
    });
  }

  private static TokenKey toWire(TokenKeys.Key key) {
    TokenKey.Builder wire =
        TokenKey.newBuilder()
            .setId(key.id())
            .setMade(DefinitionMapping.toWire(Instant.ofEpochMilli(key.madeMillis())));
    key.endMillis()
        .ifPresent(end -> wire.setEnd(DefinitionMapping.toWire(Instant.ofEpochMilli(end))));
    return wire.build();
  }
}
