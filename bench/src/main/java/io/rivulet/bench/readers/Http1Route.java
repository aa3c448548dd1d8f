package io.rivulet.bench.readers;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/** Owned by one event loop. A connection of its own for each answer. */
final class Http1Route implements Route {
  private final EventLoopReaders loop;
  private final Bootstrap bootstrap;
  private @Nullable Channel channel;

  Http1Route(EventLoopReaders loop, Bootstrap bootstrap) {
    this.loop = loop;
    this.bootstrap = bootstrap;
  }

  @Override
  public void open(Reader reader) {
    Answer answer = new Answer(reader);
    ChannelInitializer<Channel> pipeline =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel made) {
            made.pipeline().addLast(new HttpClientCodec(), answer);
          }
        };
    var connecting = bootstrap.clone().handler(pipeline).connect();
    channel = connecting.channel();
    var _ =
        connecting.addListener(connected -> {
          if (!connected.isSuccess()) {
            answer.end(Ending.NOT_CONNECTED, String.valueOf(connected.cause()));
          }
        });
  }

  @Override
  public void close() {
    Channel open = channel;
    if (open != null) {
      var _ = open.close();
    }
  }

  /** Owned by one event loop. What comes on one connection. */
  private final class Answer extends SimpleChannelInboundHandler<HttpObject> {
    private final Reader reader;
    private boolean isEnded;

    Answer(Reader reader) {
      this.reader = reader;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      DefaultFullHttpRequest request =
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1, HttpMethod.GET, reader.path(), Unpooled.EMPTY_BUFFER);
      request
          .headers()
          .set(HttpHeaderNames.HOST, Readers.authority(loop.address()))
          .set(HttpHeaderNames.ACCEPT, Readers.EVENT_STREAM);
      if (!reader.lastEventId().isEmpty()) {
        request.headers().set(Readers.LAST_EVENT_ID, reader.lastEventId());
      }
      var _ = context.writeAndFlush(request);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
      if (part instanceof HttpResponse response) {
        if (response.decoderResult().isFailure()) {
          end(Ending.RESET, String.valueOf(response.decoderResult().cause()));
          var _ = context.close();
          return;
        }
        reader.answered(
            response.status().code(),
            Readers.retryAfter(response.headers().get(HttpHeaderNames.RETRY_AFTER)));
      }
      if (part instanceof HttpContent content) {
        ByteBuf bytes = content.content();
        int length = bytes.readableBytes();
        byte[] scratch = loop.scratch(length);
        bytes.readBytes(scratch, 0, length);
        reader.received(scratch, length);
      }
      if (part instanceof LastHttpContent) {
        end(Ending.COMPLETE, "");
        var _ = context.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end(Ending.LOST, "the server closed it");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end(Ending.LOST, cause.toString());
      var _ = context.close();
    }

    void end(Ending ending, String why) {
      if (!isEnded) {
        isEnded = true;
        reader.ended(ending, why);
      }
    }
  }
}
