package io.rivulet.server;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.Status;
import io.rivulet.cluster.status.ClusterControl;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.grpc.GrpcRoom;
import io.rivulet.server.grpc.ReplyBudget;
import io.rivulet.server.http.HttpConfig;
import io.rivulet.server.http.HttpFrontDoor;
import io.rivulet.server.http.HttpMetrics;
import io.rivulet.server.http.HttpMetrics.Route;
import io.rivulet.server.http.HttpRoom;
import io.rivulet.server.http.Surroundings;
import io.rivulet.server.http.events.EventsRoom;
import io.rivulet.server.http.feed.FeedConfig;
import io.rivulet.server.http.feed.Feeds;
import io.rivulet.server.http.feed.PageSize;
import io.rivulet.server.http.page.PageRoom;
import io.rivulet.server.http.stream.StreamConfig;
import io.rivulet.server.http.stream.StreamRoom;
import io.rivulet.server.http.subscription.SubscriptionRoom;
import io.rivulet.server.http.subscription.WebhookConfig;
import io.rivulet.server.http.subscription.WebhookKeys;
import io.rivulet.server.network.HostPort;
import io.rivulet.server.rest.RestConfig;
import io.rivulet.server.rest.RestRoom;
import io.rivulet.server.rivulet.RivuletRoom;
import io.rivulet.server.rivulet.ServerInfo;
import io.rivulet.server.rocketmq.RocketMqProtocol;
import io.rivulet.server.rocketmq.route.Neighbours;
import io.rivulet.server.token.Tokens;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Immutable. The protocols that the gRPC port speaks: the one place that knows them all. */
final class Rooms {
  private Rooms() {}

  static List<GrpcRoom> open(
      Engine engine,
      Returns returns,
      EngineNews news,
      ServerConfig config,
      Clock clock,
      ReplyBudget replies,
      Tokens tokens,
      Optional<ClusterMember> member) {
    Neighbours neighbours = member.map(each -> each.neighbours(config)).orElse(Neighbours.NONE);
    RocketMqProtocol rocketMq =
        new RocketMqProtocol(
            engine, returns, clock, config.rocketMq(), Rooms::runInBackground, replies, neighbours);
    news.add(rocketMq.listener());
    return List.of(rocketMq, rivulet(engine, returns, config, clock, tokens, control(member)));
  }

  /** Work that would hold up a network or engine thread, one task to a thread. */
  static void runInBackground(Runnable task) {
    Thread.ofVirtual().name("rivulet-background").start(task);
  }

  private static Optional<ClusterControl> control(Optional<ClusterMember> member) {
    return member.map(ClusterMember::node);
  }

  private static GrpcRoom rivulet(
      Engine engine,
      Returns returns,
      ServerConfig config,
      Clock clock,
      Tokens tokens,
      Optional<ClusterControl> cluster) {
    ServerInfo info =
        new ServerInfo(
            BuildInfo.current().version(),
            config.log().durability().name().toLowerCase(Locale.ROOT),
            clock.wallMillis(),
            clock.nanos());
    return new RivuletRoom(
        engine,
        returns,
        clock,
        info,
        config.engine().maxPollMessages(),
        tokens,
        Rooms::runInBackground,
        cluster);
  }

  /** The protocols that the HTTP port speaks. */
  static List<HttpRoom> http(
      Engine engine,
      ServerConfig config,
      Clock clock,
      Surroundings around,
      HttpFrontDoor door,
      Feeds feeds,
      WebhookKeys keys,
      Tokens tokens,
      Optional<ClusterMember> member) {
    HttpConfig http = config.http();
    PageSize pages = new PageSize(config.engine().maxPollMessages(), http.readers().pageBytes());
    StreamConfig streams =
        new StreamConfig(
            http.streamTopic(),
            http.longPollTime(),
            http.readers().sseTime(),
            pages,
            config.engine().maxMessageBytes(),
            config.engine().maxPollMessages());
    List<HttpRoom> rooms = new ArrayList<>();
    HttpMetrics metrics = around.metrics();
    rooms.add(
        metrics.counted(
            Route.SUBSCRIPTION,
            new SubscriptionRoom(
                engine,
                clock,
                webhooks(http, door.port()),
                keys,
                around.cors(),
                around.requests(),
                door.vertx())));
    rooms.add(metrics.counted(Route.STREAM, new StreamRoom(engine, clock, streams, feeds, around)));
    rooms.add(metrics.counted(Route.EVENTS, new EventsRoom(engine, pages, feeds, around)));
    if (http.servesDemoPage()) {
      rooms.add(metrics.counted(Route.PAGE, new PageRoom()));
    }
    rooms.add(
        metrics.counted(
            Route.REST,
            new RestRoom(
                engine,
                clock,
                rest(config),
                around,
                Rooms::runInBackground,
                tokens,
                control(member),
                BuildInfo.current().version())));
    return rooms;
  }

  /** What readers of events follow. */
  static Feeds feeds(ServerConfig config, Clock clock) {
    HttpConfig.Readers readers = config.http().readers();
    return new Feeds(
        new FeedConfig(
            readers.max(),
            readers.maxCatchUps(),
            readers.slowTime(),
            config.http().connections().threads()),
        clock);
  }

  private static RestConfig rest(ServerConfig config) {
    HttpConfig http = config.http();
    return new RestConfig(
        config.engine().maxMessageBytes(),
        config.engine().maxPollMessages(),
        config.engine().normalQueues(),
        http.waits().receiveTime(),
        http.waits().requestTime(),
        http.waits().replyTopic(),
        http.waits().replyTtl(),
        http.waits().maxWaiting());
  }

  private static WebhookConfig webhooks(HttpConfig http, int port) {
    InetAddress bound = http.address().toSocketAddress().getAddress();
    boolean isLocal = bound != null && bound.isLoopbackAddress();
    boolean isEverywhere = bound == null || bound.isAnyLocalAddress();
    HostPort reached =
        isEverywhere ? new HostPort("localhost", port) : http.address().withPort(port);
    HttpConfig.Webhooks webhooks = http.webhooks();
    return new WebhookConfig(
        http.publicUrl().orElse("http://" + reached),
        http.streamTopic(),
        switch (webhooks.loopback()) {
          case AUTO -> isLocal;
          case ALWAYS -> true;
          case NEVER -> false;
        },
        webhooks.hosts(),
        webhooks.timeout(),
        webhooks.concurrency(),
        webhooks.backoff(),
        webhooks.maxBackoff());
  }

  /** What tells a caller in its own protocol to come again, by full method name. */
  static Map<String, Object> overloadReplies() {
    SendMessageResponse sendLater =
        SendMessageResponse.newBuilder()
            .setStatus(
                Status.newBuilder()
                    .setCode(Code.TOO_MANY_REQUESTS)
                    .setMessage(
                        "the server holds as many request bytes as grpc.inflight-bytes allows"))
            .build();
    return Map.of(MessagingServiceGrpc.getSendMessageMethod().getFullMethodName(), sendLater);
  }
}
