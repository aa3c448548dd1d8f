package io.rivulet.server.rocketmq.lite;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SyncLiteSubscriptionRequest;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.Optional;

/** Immutable. Where a subscription starts, from the protocol's words to the engine's. */
final class OffsetOptions {
  private OffsetOptions() {}

  static Optional<Status> check(SyncLiteSubscriptionRequest request) {
    apache.rocketmq.v2.OffsetOption option = request.getOffsetOption();
    long number =
        switch (option.getOffsetTypeCase()) {
          case OFFSET -> option.getOffset();
          case TAIL_N -> option.getTailN();
          case TIMESTAMP -> option.getTimestamp();
          case POLICY, OFFSETTYPE_NOT_SET -> 0;
        };
    if (number >= 0) {
      return Optional.empty();
    }
    return Optional.of(
        Statuses.of(
            Code.ILLEGAL_OFFSET,
            "illegal " + option.getOffsetTypeCase() + " " + number + ": it is 0 or more"));
  }

  /** The option of a checked request; empty if it leaves it to the group's progress. */
  static Optional<OffsetOption> parse(SyncLiteSubscriptionRequest request) {
    apache.rocketmq.v2.OffsetOption option = request.getOffsetOption();
    return switch (option.getOffsetTypeCase()) {
      case POLICY ->
          switch (option.getPolicy()) {
            case MIN -> Optional.of(new OffsetOption.Min());
            case MAX -> Optional.of(new OffsetOption.Max());
            case LAST, UNRECOGNIZED -> Optional.of(new OffsetOption.Last());
          };
      case OFFSET -> Optional.of(new OffsetOption.At(option.getOffset()));
      case TAIL_N -> Optional.of(new OffsetOption.TailCount(option.getTailN()));
      case TIMESTAMP -> Optional.of(new OffsetOption.Time(option.getTimestamp()));
      case OFFSETTYPE_NOT_SET -> Optional.empty();
    };
  }
}
