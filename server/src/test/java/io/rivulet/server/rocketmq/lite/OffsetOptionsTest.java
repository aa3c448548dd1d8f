package io.rivulet.server.rocketmq.lite;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.OffsetOption;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SyncLiteSubscriptionRequest;
import org.junit.jupiter.api.Test;

class OffsetOptionsTest {
  private static SyncLiteSubscriptionRequest with(OffsetOption.Builder option) {
    return SyncLiteSubscriptionRequest.newBuilder().setOffsetOption(option).build();
  }

  @Test
  void everyOptionHasItsMeaning() {
    assertThat(OffsetOptions.parse(SyncLiteSubscriptionRequest.getDefaultInstance())).isEmpty();
    assertThat(
            OffsetOptions.parse(
                with(OffsetOption.newBuilder().setPolicy(OffsetOption.Policy.LAST))))
        .contains(new io.rivulet.engine.lite.OffsetOption.Last());
    assertThat(
            OffsetOptions.parse(with(OffsetOption.newBuilder().setPolicy(OffsetOption.Policy.MIN))))
        .contains(new io.rivulet.engine.lite.OffsetOption.Min());
    assertThat(
            OffsetOptions.parse(with(OffsetOption.newBuilder().setPolicy(OffsetOption.Policy.MAX))))
        .contains(new io.rivulet.engine.lite.OffsetOption.Max());
    assertThat(OffsetOptions.parse(with(OffsetOption.newBuilder().setOffset(3))))
        .contains(new io.rivulet.engine.lite.OffsetOption.At(3));
    assertThat(OffsetOptions.parse(with(OffsetOption.newBuilder().setTailN(4))))
        .contains(new io.rivulet.engine.lite.OffsetOption.TailCount(4));
    assertThat(OffsetOptions.parse(with(OffsetOption.newBuilder().setTimestamp(5))))
        .contains(new io.rivulet.engine.lite.OffsetOption.Time(5));
  }

  @Test
  void negativeNumbersAreRefused() {
    assertThat(OffsetOptions.check(with(OffsetOption.newBuilder().setTailN(-1))))
        .map(Status::getCode)
        .contains(Code.ILLEGAL_OFFSET);
    assertThat(OffsetOptions.check(with(OffsetOption.newBuilder().setOffset(0)))).isEmpty();
  }
}
