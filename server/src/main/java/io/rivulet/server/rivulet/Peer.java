package io.rivulet.server.rivulet;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.SocketAddress;

/**
 * Safe for all threads: it has no state. Tells handlers from which connection a call came: callers
 * who append say no client id, and quotas hold for each connection.
 */
final class Peer implements ServerInterceptor {
  private static final Context.Key<String> ADDRESS = Context.key("rivulet-peer");

  /** The address that the call comes from that this thread is handling; empty if unknown. */
  static String current() {
    String address = ADDRESS.get();
    return address == null ? "" : address;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    Context context = Context.current().withValue(ADDRESS, remote == null ? "" : remote.toString());
    return Contexts.interceptCall(context, call, headers, next);
  }
}
