package io.rivulet.server.rocketmq;

import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.grpc.GrpcRoom;
import io.rivulet.server.grpc.ReplyBudget;
import io.rivulet.server.rocketmq.caller.CallerInterceptor;
import io.rivulet.server.rocketmq.connection.ClientRegistry;
import io.rivulet.server.rocketmq.connection.HeartbeatHandler;
import io.rivulet.server.rocketmq.connection.UnsubscribeNotices;
import io.rivulet.server.rocketmq.group.GroupAdmission;
import io.rivulet.server.rocketmq.lease.LeaseHandler;
import io.rivulet.server.rocketmq.lite.LiteSubscriptionHandler;
import io.rivulet.server.rocketmq.receive.PollTime;
import io.rivulet.server.rocketmq.receive.ReceiveHandler;
import io.rivulet.server.rocketmq.receive.ReceiveLimits;
import io.rivulet.server.rocketmq.receive.ReceiveReply;
import io.rivulet.server.rocketmq.receive.WaitingReplies;
import io.rivulet.server.rocketmq.route.Neighbours;
import io.rivulet.server.rocketmq.route.RouteHandler;
import io.rivulet.server.rocketmq.send.RecallHandler;
import io.rivulet.server.rocketmq.send.SendHandler;
import io.rivulet.server.rocketmq.send.UnsupportedKinds;
import io.rivulet.server.rocketmq.settings.SettingsHandler;
import io.rivulet.server.rocketmq.settings.SettingsLimits;
import io.rivulet.server.rocketmq.settings.SettingsReply;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Safe for all threads: immutable but for the registries of clients and of waiting receives. The
 * whole RocketMQ 5 protocol, ready to be put on a gRPC server.
 *
 * <p>What that server brings along: {@code directExecutor()} (no handler blocks), keep-alive pings
 * permitted without calls and every 5 minutes, TLS beside plaintext (trap 17), room for inbound
 * messages of {@code maxMessageBytes} and an envelope.
 */
public final class RocketMqProtocol implements GrpcRoom {
  /**
   * The protocol's generated classes were made by a protobuf compiler of before 2022. Without this,
   * protobuf puts a warning of 600 characters together for each message that it parses, logged or
   * not: a fifth of all that a send allocates.
   */
  private static final String OLD_GENERATED_CODE = "com.google.protobuf.use_unsafe_pre22_gencode";

  private final ClientRegistry clients;
  private final UnsubscribeNotices notices;
  private final WaitingReplies waiting = new WaitingReplies();
  private final ServerServiceDefinition service;

  /**
   * Makes the protocol.
   *
   * @param background runs what would hold up a network or engine thread
   * @param neighbours the other nodes, if this is one of a cluster
   */
  public RocketMqProtocol(
      Engine engine,
      Returns returns,
      Clock clock,
      ProtocolConfig config,
      Executor background,
      ReplyBudget replyBudget,
      Neighbours neighbours) {
    System.setProperty(OLD_GENERATED_CODE, "true");
    clients = new ClientRegistry(clock, config.maxClients(), config.clientTimeout());
    notices = new UnsubscribeNotices(clients);
    GroupAdmission groups = new GroupAdmission(engine);
    UnsupportedKinds unsupported = new UnsupportedKinds(engine);
    SettingsLimits limits =
        new SettingsLimits(config.maxMessageBytes(), config.receiveBatchSize(), config.longPoll());
    ReceiveReply.Factory replies =
        new ReceiveReply.Factory(
            returns, clock, config.brokerName(), background, waiting, replyBudget);
    MessagingService.Handlers handlers =
        new MessagingService.Handlers(
            new RouteHandler(
                engine, clients, config.brokerName(), config.autoCreateTopics(), neighbours),
            new SettingsHandler(engine, clients, groups, new SettingsReply(limits)),
            new HeartbeatHandler(engine, clients),
            new SendHandler(engine, config.maxMessageBytes(), unsupported),
            unsupported,
            new RecallHandler(engine),
            new ReceiveHandler(
                engine,
                clients,
                groups,
                new ReceiveLimits(
                    config.maxReceiveBatchSize(),
                    config.minInvisible(),
                    config.maxInvisible(),
                    new PollTime(config.longPoll())),
                replies),
            new LeaseHandler(engine, config.maxInvisible()),
            new LiteSubscriptionHandler(engine, clients, groups));
    service =
        ServerInterceptors.intercept(
            new MessagingService(handlers).bind(), new CallerInterceptor());
  }

  /** To be told the engine's news, on a thread that is not the engine's own. */
  public EngineListener listener() {
    return notices;
  }

  /** Clients known now, for metrics. */
  public int clientCount() {
    return clients.size();
  }

  @Override
  public List<ServerServiceDefinition> services() {
    return List.of(service);
  }

  @Override
  public void drain() {
    waiting.drain();
    clients.closeStreams();
  }
}
