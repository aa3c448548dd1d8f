package io.rivulet.server.rivulet;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.api.v1.Edge;
import io.rivulet.api.v1.ReadFrom;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadStartTest {
  @Test
  void aTokenCarriesTheIncarnationAndTheNextOffset() {
    ReadStart behind = ReadStart.FIRST.after(new ReadReply(List.of(), 77, 5, 9, false));

    ReadStart resumed =
        ReadStart.of(ReadFrom.newBuilder().setToken(behind.token()).build()).value();

    assertThat(resumed)
        .isEqualTo(new ReadStart(new OffsetOption.At(5), Optional.of(77L)))
        .isEqualTo(behind);
  }

  @Test
  void aReaderOfWhatIsNotBornYetGetsItsFirstMessage() {
    ReadStart last = ReadStart.of(ReadFrom.newBuilder().setEdge(Edge.EDGE_LAST).build()).value();

    ReadStart next = last.after(new ReadReply(List.of(), 0, 0, 0, false));

    assertThat(next).isEqualTo(ReadStart.FIRST);
    assertThat(ReadStart.of(ReadFrom.newBuilder().setToken(next.token()).build()).value())
        .isEqualTo(ReadStart.FIRST);
  }

  @Test
  void aTimeIsKeptUntilTheQueueIsBorn() {
    ReadStart time = new ReadStart(new OffsetOption.Time(1000), Optional.empty());

    ReadStart next = time.after(new ReadReply(List.of(), 0, 0, 0, false));

    assertThat(next).isEqualTo(time);
    assertThat(next.token()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abc",
        "AQAAAAAAAAB7AAAAAAAAACg=",
        "BQAAAAAAAAB7AAAAAAAAACg",
        "AQ!AAAAAAAB7AAAAAAAAACg",
        "Af_________7AAAAAAAAACg"
      })
  void whatIsNoTokenOfOursIsRefused(String text) {
    Outcome<ReadStart> start = ReadStart.of(ReadFrom.newBuilder().setToken(text).build());

    assertThat(start)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().code()).isEqualTo(RefusalCode.ILLEGAL_ARGUMENT));
  }

  @Test
  void aNegativeOffsetIsRefused() {
    assertThat(ReadStart.of(ReadFrom.newBuilder().setOffset(-1).build()).isOk()).isFalse();
    assertThat(ReadStart.of(ReadFrom.newBuilder().setLastCount(0).build()).isOk()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(RefusalCode.class)
  void everyRefusalOfTheEngineHasANameOnTheWire(RefusalCode code) {
    io.rivulet.engine.refusal.Refusal refusal =
        new io.rivulet.engine.refusal.Refusal(code, "because");

    assertThat(RefusalMapping.toWire(refusal).getCode().name()).endsWith(code.name());
    assertThat(RefusalMapping.toStatus(refusal).getStatus().getDescription()).isEqualTo("because");
  }
}
