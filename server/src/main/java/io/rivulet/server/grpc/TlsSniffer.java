package io.rivulet.server.grpc;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator.ProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: immutable. Serves TLS and plaintext on one port, because the official Java
 * client speaks TLS unless told otherwise and the Node client plaintext: the first five bytes of a
 * connection, which a TLS record's header takes, say which it is.
 */
final class TlsSniffer implements ProtocolNegotiator {
  private static final int TLS_HEADER_BYTES = 5;

  private final ProtocolNegotiator tls;
  private final ProtocolNegotiator plaintext = InternalProtocolNegotiators.serverPlaintext();

  TlsSniffer(SslContext context) {
    this.tls = InternalProtocolNegotiators.serverTls(context);
  }

  /** The scheme of a server depends on the connection; gRPC asks clients' negotiators only. */
  @Override
  public AsciiString scheme() {
    return plaintext.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
    return new FirstBytes(handler);
  }

  @Override
  public void close() {
    tls.close();
    plaintext.close();
  }

  /** Owned by the connection's event loop. Waits for the first bytes, then makes way. */
  private final class FirstBytes extends ByteToMessageDecoder {
    private final GrpcHttp2ConnectionHandler handler;

    /** gRPC's "begin to negotiate", kept back until it is known what to negotiate. */
    private @Nullable ProtocolNegotiationEvent begin;

    FirstBytes(GrpcHttp2ConnectionHandler handler) {
      this.handler = handler;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
      if (event instanceof ProtocolNegotiationEvent negotiation) {
        begin = negotiation;
      } else {
        super.userEventTriggered(context, event);
      }
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
      if (in.readableBytes() < TLS_HEADER_BYTES) {
        return;
      }
      ProtocolNegotiator negotiator = SslHandler.isEncrypted(in, true) ? tls : plaintext;
      context.pipeline().addAfter(context.name(), null, negotiator.newHandler(handler));
      if (begin != null) {
        context.fireUserEventTriggered(begin);
      }
      // What was read so far goes on to the next handler when this one leaves.
      context.pipeline().remove(this);
    }
  }
}
