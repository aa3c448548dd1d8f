package io.rivulet.bench.readers;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one event loop. One connection that many readers share, each with a stream, over
 * plaintext with prior knowledge. When it is lost, the first reader that comes back makes a new
 * one.
 */
final class Http2Route implements Route {
  private final EventLoopReaders loop;
  private final Bootstrap bootstrap;
  private @Nullable Link link;

  Http2Route(EventLoopReaders loop, Bootstrap bootstrap) {
    this.loop = loop;
    this.bootstrap = bootstrap;
  }

  @Override
  public void open(Reader reader) {
    Link used = link;
    if (used == null) {
      used = new Link();
      link = used;
      used.connect();
    }
    used.open(reader);
  }

  @Override
  public void close() {
    Link open = link;
    if (open != null) {
      open.close();
    }
  }

  /** Owned by one event loop. A connection while it lasts. */
  private final class Link extends Http2EventAdapter {
    private final Http2ConnectionHandler handler =
        new Http2ConnectionHandlerBuilder()
            .server(false)
            .frameListener(this)
            .initialSettings(Http2Settings.defaultSettings().pushEnabled(false))
            .gracefulShutdownTimeoutMillis(0)
            .build();

    private final IntObjectHashMap<Reader> streams = new IntObjectHashMap<>();

    /** Who has asked before the server has said how many streams it allows. */
    private final ArrayDeque<Reader> early = new ArrayDeque<>();

    private @Nullable ChannelHandlerContext context;
    private boolean isReady;

    void connect() {
      var connecting = bootstrap.clone().handler(handler).connect();
      var _ =
          connecting.addListener(connected -> {
            if (connected.isSuccess()) {
              context = connecting.channel().pipeline().context(handler);
            } else {
              over(Ending.NOT_CONNECTED, String.valueOf(connected.cause()));
            }
          });
      var _ =
          connecting
              .channel()
              .closeFuture()
              .addListener(_ -> over(Ending.LOST, "the server closed it"));
    }

    void close() {
      if (context != null) {
        var _ = context.channel().close();
      }
    }

    private void over(Ending ending, String why) {
      if (link == this) {
        link = null;
      }
      List<Reader> left = new ArrayList<>(early);
      left.addAll(streams.values());
      early.clear();
      streams.clear();
      left.forEach(reader -> reader.ended(ending, why));
    }

    void open(Reader reader) {
      ChannelHandlerContext there = context;
      if (there == null || !isReady) {
        early.add(reader);
        return;
      }
      int stream = handler.connection().local().incrementAndGetNextStreamId();
      streams.put(stream, reader);
      Http2Headers headers =
          new DefaultHttp2Headers(false)
              .method("GET")
              .scheme("http")
              .authority(Readers.authority(loop.address()))
              .path(reader.path())
              .add("accept", Readers.EVENT_STREAM);
      if (!reader.lastEventId().isEmpty()) {
        headers.add(Readers.LAST_EVENT_ID, reader.lastEventId());
      }
      var _ =
          handler
              .encoder()
              .writeHeaders(there, stream, headers, 0, true, there.newPromise())
              .addListener(written -> {
                if (!written.isSuccess()) {
                  end(stream, Ending.RESET, String.valueOf(written.cause()));
                }
              });
      there.flush();
    }

    private void end(int stream, Ending ending, String why) {
      Reader reader = streams.remove(stream);
      if (reader != null) {
        reader.ended(ending, why);
      }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext from, Http2Settings settings) {
      isReady = true;
      context = from;
      for (Reader reader = early.poll(); reader != null; reader = early.poll()) {
        open(reader);
      }
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext from,
        int stream,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean isLast) {
      onHeadersRead(from, stream, headers, padding, isLast);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext from, int stream, Http2Headers headers, int padding, boolean isLast) {
      Reader reader = streams.get(stream);
      if (reader != null && headers.status() != null) {
        reader.answered(
            Integer.parseInt(headers.status().toString()),
            Readers.retryAfter(headers.get("retry-after")));
      }
      if (isLast) {
        end(stream, Ending.COMPLETE, "");
      }
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext from, int stream, ByteBuf data, int padding, boolean isLast) {
      int length = data.readableBytes();
      Reader reader = streams.get(stream);
      if (reader != null) {
        byte[] scratch = loop.scratch(length);
        data.getBytes(data.readerIndex(), scratch, 0, length);
        reader.received(scratch, length);
      }
      if (isLast) {
        end(stream, Ending.COMPLETE, "");
      }
      return length + padding;
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext from, int stream, long code) {
      Ending ending =
          code == Http2Error.REFUSED_STREAM.code() ? Ending.REFUSED_STREAM : Ending.RESET;
      end(stream, ending, String.valueOf(Http2Error.valueOf(code)));
    }
  }
}
