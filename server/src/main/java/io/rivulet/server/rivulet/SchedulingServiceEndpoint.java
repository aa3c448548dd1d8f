package io.rivulet.server.rivulet;

import com.google.protobuf.Timestamp;
import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.DescribeSchedulingRequest;
import io.rivulet.api.v1.DescribeSchedulingResponse;
import io.rivulet.api.v1.EstimateWaitRequest;
import io.rivulet.api.v1.EstimateWaitResponse;
import io.rivulet.api.v1.FairnessKey;
import io.rivulet.api.v1.HeldBackBy;
import io.rivulet.api.v1.PriorityClass;
import io.rivulet.api.v1.SchedulingServiceGrpc;
import io.rivulet.api.v1.SchedulingWorker;
import io.rivulet.api.v1.ServedRate;
import io.rivulet.api.v1.SettleCostRequest;
import io.rivulet.api.v1.SettleCostResponse;
import io.rivulet.api.v1.SuspendFairnessKeyRequest;
import io.rivulet.api.v1.SuspendFairnessKeyResponse;
import io.rivulet.api.v1.WaitingMessages;
import io.rivulet.engine.Engine;
import io.rivulet.engine.group.SchedulingView;
import io.rivulet.engine.group.WaitEstimate;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Safe for all threads: immutable. The service that shows and steers how groups are served. */
final class SchedulingServiceEndpoint extends SchedulingServiceGrpc.SchedulingServiceImplBase {
  private final Engine engine;

  SchedulingServiceEndpoint(Engine engine) {
    this.engine = engine;
  }

  @Override
  public void describeScheduling(
      DescribeSchedulingRequest request, StreamObserver<DescribeSchedulingResponse> call) {
    Answers.answer(
        engine.describeScheduling(request.getGroup(), request.getTopKeys()),
        call,
        SchedulingServiceEndpoint::toWire);
  }

  @Override
  public void estimateWait(EstimateWaitRequest request, StreamObserver<EstimateWaitResponse> call) {
    int priority = request.hasPriority() ? request.getPriority() : Message.NO_PRIORITY;
    if (request.hasPriority() && priority < 0) {
      Answers.refuse(call, RefusalCode.ILLEGAL_ARGUMENT, "priority is 0 or more, not " + priority);
      return;
    }
    Answers.answer(
        engine.estimateWait(request.getGroup(), priority, request.getFairnessKey()),
        call,
        SchedulingServiceEndpoint::toWire);
  }

  @Override
  public void settleCost(SettleCostRequest request, StreamObserver<SettleCostResponse> call) {
    Answers.answer(
        engine.settle(request.getReceiptHandle(), request.getCost()),
        call,
        before -> SettleCostResponse.newBuilder().setPreviousCost(before).build());
  }

  @Override
  public void suspendFairnessKey(
      SuspendFairnessKeyRequest request, StreamObserver<SuspendFairnessKeyResponse> call) {
    Outcome<Duration> length = Durations.read("length", request.getLength());
    if (MessageServiceEndpoint.refuses(call, List.of(length))) {
      return;
    }
    Answers.answer(
        engine.suspendKey(request.getGroup(), request.getFairnessKey(), length.value()),
        call,
        until ->
            SuspendFairnessKeyResponse.newBuilder()
                .setUntil(DefinitionMapping.toWire(until))
                .build());
  }

  private static DescribeSchedulingResponse toWire(SchedulingView view) {
    DescribeSchedulingResponse.Builder wire =
        DescribeSchedulingResponse.newBuilder()
            .setHeldBackBy(toWire(view.heldBackBy()))
            .setLeased(view.leased())
            .setServed(toWire(view.served()))
            .setKeyCount(view.keys());
    for (SchedulingView.PriorityClass each : view.classes()) {
      wire.addClasses(
          PriorityClass.newBuilder()
              .setPriority(each.priority())
              .setWaiting(toWire(each.waiting()))
              .setServed(toWire(each.served())));
    }
    for (SchedulingView.Key each : view.topKeys()) {
      FairnessKey.Builder key =
          FairnessKey.newBuilder()
              .setKey(each.key())
              .setWaiting(toWire(each.waiting()))
              .setLeased(each.leased())
              .setWeight(each.weight());
      if (each.suspendedUntilMillis() > 0) {
        key.setSuspendedUntil(time(each.suspendedUntilMillis()));
      }
      wire.addTopKeys(key);
    }
    for (SchedulingView.Worker each : view.workers()) {
      wire.addWorkers(
          SchedulingWorker.newBuilder()
              .setClientId(each.clientId())
              .setLeased(each.leased())
              .setLimit(each.limit() == Integer.MAX_VALUE ? 0 : each.limit())
              .setStalled(each.isStalled()));
    }
    return wire.build();
  }

  private static HeldBackBy toWire(SchedulingView.HeldBackBy gate) {
    return switch (gate) {
      case NOTHING -> HeldBackBy.HELD_BACK_BY_UNSPECIFIED;
      case MESSAGE_RATE -> HeldBackBy.HELD_BACK_BY_MESSAGE_RATE;
      case COST_RATE -> HeldBackBy.HELD_BACK_BY_COST_RATE;
      case CONCURRENCY -> HeldBackBy.HELD_BACK_BY_CONCURRENCY;
      case CLIENTS -> HeldBackBy.HELD_BACK_BY_CLIENTS;
    };
  }

  private static ServedRate toWire(SchedulingView.Served served) {
    return ServedRate.newBuilder().setMessages(served.messages()).setCost(served.cost()).build();
  }

  private static WaitingMessages toWire(SchedulingView.Waiting waiting) {
    WaitingMessages.Builder wire =
        WaitingMessages.newBuilder().setMessages(waiting.messages()).setCost(waiting.cost());
    if (waiting.oldestMillis() > 0) {
      wire.setOldest(time(waiting.oldestMillis()));
    }
    return wire.build();
  }

  private static EstimateWaitResponse toWire(WaitEstimate estimate) {
    EstimateWaitResponse.Builder wire =
        EstimateWaitResponse.newBuilder().setPosition(estimate.position());
    estimate
        .waitMillis()
        .ifPresent(millis -> wire.setWait(Durations.write(Duration.ofMillis(millis))));
    return wire.build();
  }

  private static Timestamp time(long epochMillis) {
    return DefinitionMapping.toWire(Instant.ofEpochMilli(epochMillis));
  }
}
