package io.rivulet.client;

import io.grpc.Channel;
import io.rivulet.api.v1.DescribeSchedulingRequest;
import io.rivulet.api.v1.DescribeSchedulingResponse;
import io.rivulet.api.v1.EstimateWaitRequest;
import io.rivulet.api.v1.EstimateWaitResponse;
import io.rivulet.api.v1.SchedulingServiceGrpc;
import io.rivulet.api.v1.SchedulingServiceGrpc.SchedulingServiceBlockingStub;
import io.rivulet.api.v1.SettleCostRequest;
import io.rivulet.api.v1.SuspendFairnessKeyRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * Safe for all threads: immutable. Shows and steers how groups are being served, in the words of
 * rivulet.v1.
 *
 * <p>Every method waits for the answer and throws {@link RivuletException} if the server refuses or
 * can't be reached.
 */
public final class GroupScheduling {
  private final SchedulingServiceBlockingStub service;
  private final ClientConfig config;

  GroupScheduling(Channel channel, ClientConfig config) {
    this.service = SchedulingServiceGrpc.newBlockingStub(channel);
    this.config = config;
  }

  /**
   * How a group is being served now.
   *
   * @param topKeys of its fairness keys the ones with the most cost waiting, 0 to 1000 unless the
   *     server is told otherwise
   */
  public DescribeSchedulingResponse describe(String group, int topKeys) {
    return call(service ->
        service.describeScheduling(
            DescribeSchedulingRequest.newBuilder().setGroup(group).setTopKeys(topKeys).build()));
  }

  /**
   * When a message that is sent now would be handed out to a group.
   *
   * @param priority from 0; empty: it has none
   * @param fairnessKey empty: it has none
   */
  public EstimateWaitResponse estimateWait(String group, OptionalInt priority, String fairnessKey) {
    EstimateWaitRequest.Builder request =
        EstimateWaitRequest.newBuilder().setGroup(group).setFairnessKey(fairnessKey);
    priority.ifPresent(request::setPriority);
    return call(service -> service.estimateWait(request.build()));
  }

  /**
   * Says what a message really cost, 0 to 1,000,000,000.
   *
   * @return what was charged for it before
   */
  public int settle(String receiptHandle, int cost) {
    return call(service ->
            service.settleCost(
                SettleCostRequest.newBuilder()
                    .setReceiptHandle(receiptHandle)
                    .setCost(cost)
                    .build()))
        .getPreviousCost();
  }

  /**
   * Hands out nothing of a fairness key to a group for a while.
   *
   * @param length at most 30 days; zero: it is handed out again
   * @return until when, by the server's clock
   */
  public Instant suspendKey(String group, String fairnessKey, Duration length) {
    SuspendFairnessKeyRequest request =
        SuspendFairnessKeyRequest.newBuilder()
            .setGroup(group)
            .setFairnessKey(fairnessKey)
            .setLength(WireTimes.write(length))
            .build();
    return WireTimes.instant(call(service -> service.suspendFairnessKey(request)).getUntil());
  }

  private <T> T call(Function<SchedulingServiceBlockingStub, T> request) {
    return Calls.call(service, config, request);
  }
}
