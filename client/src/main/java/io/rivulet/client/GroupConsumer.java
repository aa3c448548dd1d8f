package io.rivulet.client;

import io.grpc.Channel;
import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import io.rivulet.api.v1.AcknowledgeRequest;
import io.rivulet.api.v1.AcknowledgeResponse;
import io.rivulet.api.v1.ChangeInvisibleRequest;
import io.rivulet.api.v1.MessageServiceGrpc;
import io.rivulet.api.v1.MessageServiceGrpc.MessageServiceBlockingStub;
import io.rivulet.api.v1.MoveToDeadLettersRequest;
import io.rivulet.api.v1.PollRequest;
import io.rivulet.api.v1.PollResponse;
import io.rivulet.api.v1.SubscribeRequest;
import io.rivulet.api.v1.UnsubscribeRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: immutable. Receives for a group: each message goes to one consumer, which
 * acknowledges it or leaves it to be delivered again.
 */
public final class GroupConsumer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupConsumer.class);

  private final MessageServiceBlockingStub service;
  private final ClientConfig config;
  private final String clientId;
  private final ConsumerSettings settings;

  private GroupConsumer(
      Channel channel, ClientConfig config, String clientId, ConsumerSettings settings) {
    this.service = MessageServiceGrpc.newBlockingStub(channel);
    this.config = config;
    this.clientId = clientId;
    this.settings = settings;
  }

  static GroupConsumer open(
      Channel channel, ClientConfig config, String clientId, ConsumerSettings settings) {
    GroupConsumer consumer = new GroupConsumer(channel, config, clientId, settings);
    consumer.subscribe(consumer.within(config.requestTime()));
    return consumer;
  }

  /**
   * Takes messages that are ready, or waits for some.
   *
   * <p>If the connection breaks it waits for the server to come back, introduces itself again and
   * answers an empty list.
   *
   * @param maxMessages 1 to 256
   * @param wait 0 to 30 s
   * @return empty when the wait is over
   * @throws RivuletException if the server refuses or stays away
   */
  public List<Delivery> receive(int maxMessages, Duration wait) {
    PollRequest.Builder request =
        PollRequest.newBuilder()
            .setGroup(settings.group())
            .setTopic(settings.topic())
            .setClientId(clientId)
            .setMaxMessages(maxMessages)
            .addAllTags(settings.tags())
            .setWait(WireTimes.write(wait));
    settings.invisible().ifPresent(time -> request.setInvisible(WireTimes.write(time)));
    PollResponse response;
    try {
      response = called(() -> within(wait.plus(config.requestTime())).poll(request.build()));
    } catch (RivuletException e) {
      if (!e.isTransient()) {
        throw e;
      }
      LOG.debug("A poll of group {} broke; subscribing again", settings.group(), e);
      subscribe(within(config.requestTime()).withWaitForReady());
      return List.of();
    }
    return response.getDeliveriesList().stream()
        .map(delivery ->
            new Delivery(
                new ReceivedMessage(delivery.getMessage()),
                delivery.getReceiptHandle(),
                delivery.getAttempt()))
        .toList();
  }

  /**
   * Says that these messages are dealt with.
   *
   * @return those whose lease had ended already: they will be, or were, delivered again
   * @throws RivuletException if the server can't be reached
   */
  public List<Delivery> acknowledge(List<Delivery> deliveries) {
    if (deliveries.isEmpty()) {
      return List.of();
    }
    AcknowledgeRequest request =
        AcknowledgeRequest.newBuilder()
            .setGroup(settings.group())
            .addAllReceiptHandles(deliveries.stream().map(Delivery::receiptHandle).toList())
            .build();
    // An acknowledgement may be repeated: waiting for a server that restarts does no harm.
    AcknowledgeResponse response =
        called(() -> within(config.requestTime()).withWaitForReady().acknowledge(request));
    java.util.stream.IntStream refused =
        java.util.stream.IntStream.range(0, deliveries.size())
            .filter(index -> response.getResults(index).hasRefusal());
    return refused.mapToObj(deliveries::get).toList();
  }

  /**
   * Plans the next delivery of a message.
   *
   * @param after 0: at once
   * @return the delivery with its new receipt handle
   */
  public Delivery changeInvisible(Delivery delivery, Duration after) {
    ChangeInvisibleRequest request =
        ChangeInvisibleRequest.newBuilder()
            .setGroup(settings.group())
            .setReceiptHandle(delivery.receiptHandle())
            .setInvisible(WireTimes.write(after))
            .build();
    String handle =
        called(() -> within(config.requestTime()).changeInvisible(request)).getReceiptHandle();
    return new Delivery(delivery.message(), handle, delivery.attempt());
  }

  /**
   * Gives a message up: it becomes a dead letter of the group.
   *
   * @param reason a sentence for people
   */
  public void moveToDeadLetters(Delivery delivery, String reason) {
    MoveToDeadLettersRequest request =
        MoveToDeadLettersRequest.newBuilder()
            .setGroup(settings.group())
            .setReceiptHandle(delivery.receiptHandle())
            .setReason(reason)
            .build();
    var _ = called(() -> within(config.requestTime()).moveToDeadLetters(request));
  }

  /**
   * Says goodbye; what it received and did not acknowledge becomes visible again within a second,
   * or when the invisible time ends that its settings give.
   */
  @Override
  public void close() {
    try {
      var _ =
          called(() ->
              within(Duration.ofSeconds(3))
                  .unsubscribe(UnsubscribeRequest.newBuilder().setClientId(clientId).build()));
    } catch (RivuletException e) {
      // The server notices by itself that nothing is heard any more.
      LOG.debug("Could not say goodbye for {}", clientId, e);
    }
  }

  private void subscribe(MessageServiceBlockingStub stub) {
    SubscribeRequest.Builder request =
        SubscribeRequest.newBuilder()
            .setGroup(settings.group())
            .setTopic(settings.topic())
            .setClientId(clientId)
            .addAllTags(settings.tags())
            .addAllLiteTopics(settings.liteTopics());
    settings.from().ifPresent(from -> request.setFrom(from.toWire()));
    var _ = called(() -> stub.subscribe(request.build()));
  }

  private MessageServiceBlockingStub within(Duration time) {
    return service.withDeadline(Deadline.after(time.toMillis(), TimeUnit.MILLISECONDS));
  }

  private <T> T called(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      throw RivuletException.of(e, config.endpoint());
    }
  }
}
