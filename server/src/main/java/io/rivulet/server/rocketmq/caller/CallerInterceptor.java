package io.rivulet.server.rocketmq.caller;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.rivulet.server.grpc.Connection;

/**
 * Immutable. Reads who calls out of a request's metadata, for {@link Caller#current}.
 *
 * <p>Trap 13: {@code x-mq-protocol} differs between clients ("GRPC_V2" from Python) and {@code
 * authorization} comes even with empty keys; without access control neither is looked at.
 */
public final class CallerInterceptor implements ServerInterceptor {
  private static final Metadata.Key<String> CLIENT_ID = key("x-mq-client-id");
  private static final Metadata.Key<String> LANGUAGE = key("x-mq-language");
  private static final Metadata.Key<String> VERSION = key("x-mq-client-version");
  private static final Metadata.Key<String> NAMESPACE = key("x-mq-namespace");

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String authority = call.getAuthority();
    Caller caller =
        new Caller(
            value(headers, CLIENT_ID),
            Language.of(value(headers, LANGUAGE)),
            value(headers, VERSION),
            value(headers, NAMESPACE),
            authority == null ? "" : authority,
            call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
    return Contexts.interceptCall(
        Connection.in(Context.current(), call).withValue(Caller.KEY, caller), call, headers, next);
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static String value(Metadata headers, Metadata.Key<String> key) {
    String value = headers.get(key);
    return value == null ? "" : value;
  }
}
