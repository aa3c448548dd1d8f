package io.rivulet.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Deadline;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BatchAssemblyTest {
  private final BatchAssembly assembly = new BatchAssembly();

  @Test
  void aBatchTakesMessagesOfManyLanesInTheOrderOfEachLane() {
    add("a", "a1");
    add("b", "b1");
    add("a", "a2");

    assertThat(take(10)).containsExactly("a1", "a2", "b1");
    assertThat(assembly.messages()).isZero();
  }

  @Test
  void aLaneThatIsUnderWayLetsNothingLeave() {
    add("a", "a1");
    assertThat(take(10)).containsExactly("a1");
    add("a", "a2");
    add("b", "b1");

    assertThat(take(10)).containsExactly("b1");
    assertThat(assembly.readyMessages()).isZero();
    assertThat(assembly.messages()).isEqualTo(1);

    assembly.release("a");
    assertThat(take(10)).containsExactly("a2");
  }

  @Test
  void aFullBatchLeavesTheRestOfItsLaneForLater() {
    add("a", "a1");
    add("a", "a2");
    add("a", "a3");

    assertThat(take(2)).containsExactly("a1", "a2");
    assertThat(take(2)).isEmpty();
    assembly.release("a");
    assertThat(take(2)).containsExactly("a3");
  }

  @Test
  void aLaneThatNoLongerFitsGoesFirstIntoTheNextBatch() {
    add("a", "a1");
    add("b", "b1");
    add("c", "c1");

    assertThat(take(1)).containsExactly("a1");
    assertThat(take(1)).containsExactly("b1");
    assertThat(take(1)).containsExactly("c1");
  }

  @Test
  void messagesWithoutLaneDoNotWaitForEachOther() {
    add("", "1");
    add("", "2");
    add("", "3");

    assertThat(take(2)).containsExactly("1", "2");
    assertThat(take(2)).containsExactly("3");
    assertThat(assembly.readyBytes()).isZero();
  }

  @Test
  void aMessageLargerThanTheBatchGoesAlone() {
    add("a", "x".repeat(5000));
    add("b", "b1");

    assertThat(assembly.take(10, 1000)).hasSize(1);
    assertThat(assembly.take(10, 1000)).hasSize(1);
    assertThat(assembly.readyMessages()).isZero();
  }

  private void add(String lane, String text) {
    OutgoingMessage message = OutgoingMessage.of(text).liteTopic(lane);
    assembly.add(
        new PendingMessage(
            message.toWire(), Deadline.after(1, TimeUnit.MINUTES), new CompletableFuture<>()));
  }

  private List<String> take(int maxMessages) {
    return assembly.take(maxMessages, 1 << 20).stream()
        .map(pending -> pending.message().getBody().toStringUtf8())
        .toList();
  }
}
