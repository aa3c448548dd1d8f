package io.rivulet.server.rocketmq.reply;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StatusesTest {
  @ParameterizedTest
  @EnumSource(RefusalCode.class)
  void everyRefusalHasACodeThatIsAFailure(RefusalCode code) {
    assertThat(Statuses.code(code).getNumber()).isGreaterThanOrEqualTo(40_000);
  }

  @Test
  void theMessageOfARefusalReachesTheClient() {
    Status status = Statuses.of(new Refusal(RefusalCode.TYPE_MISMATCH, "chat is LITE"));

    assertThat(status.getCode()).isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
    assertThat(status.getMessage()).isEqualTo("chat is LITE");
  }

  /** Trap 6: anything else is repeated by push clients every second, for ever. */
  @ParameterizedTest
  @EnumSource(
      value = RefusalCode.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"TOO_MANY_REQUESTS", "STORAGE_FULL", "UNAVAILABLE"})
  void aLeaseThatRepeatingCannotMendIsAnInvalidReceiptHandle(RefusalCode code) {
    assertThat(Statuses.ofLease(new Refusal(code, "")).getCode())
        .isEqualTo(Code.INVALID_RECEIPT_HANDLE);
  }

  @Test
  void whatPassesIsWorthRepeating() {
    assertThat(Statuses.ofLease(new Refusal(RefusalCode.TOO_MANY_REQUESTS, "")).getCode())
        .isEqualTo(Code.TOO_MANY_REQUESTS);
  }

  /** Trap 6: Go takes MULTIPLE_RESULTS for a failure. */
  @Test
  void theStatusOfASingleEntryIsTheTopStatus() {
    Status expired = Statuses.of(Code.INVALID_RECEIPT_HANDLE, "expired");

    assertThat(Statuses.common(List.of(expired))).isEqualTo(expired);
  }

  @Test
  void differentEntriesMakeMultipleResults() {
    Status expired = Statuses.of(Code.INVALID_RECEIPT_HANDLE, "expired");

    assertThat(Statuses.common(List.of(Statuses.OK, expired)).getCode())
        .isEqualTo(Code.MULTIPLE_RESULTS);
  }
}
