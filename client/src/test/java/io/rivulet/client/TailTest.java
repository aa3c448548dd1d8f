package io.rivulet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.api.v1.RefusalCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TailTest {
  private final FakeServer server = new FakeServer();
  private final RivuletClient client = server.client();
  private final Session session = client.session("chat", "42");

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void aTailGivesWhatIsThereAndWhatComes() throws InterruptedException {
    session.append("one").join();
    try (Tail tail = session.tail(ReadFrom.first())) {
      assertThat(tail.next().text()).isEqualTo("one");
      assertThat(tail.next(Duration.ofMillis(20))).isEmpty();
      session.append("two").join();
      assertThat(tail.next().text()).isEqualTo("two");
    }
  }

  @Test
  void aServerThatDiesInTheMiddleCostsNoMessageAndRepeatsNone() throws InterruptedException {
    server.tailPage(3);
    append(0, 20);
    List<String> read = new ArrayList<>();
    try (Tail tail = session.tail(ReadFrom.first())) {
      for (int count = 0; count < 10; count++) {
        read.add(tail.next().text());
      }
      server.kill();
      server.restart();
      append(20, 40);
      while (read.size() < 40) {
        read.add(tail.next().text());
      }
      assertThat(tail.next(Duration.ofMillis(20))).isEmpty();
    }

    assertThat(read).isEqualTo(numbers(0, 40));
  }

  @Test
  void aReaderContinuesInAnotherLifeBehindTheMessageThatItKnows() throws InterruptedException {
    append(0, 10);
    String token = "";
    try (Tail tail = session.tail(ReadFrom.first())) {
      for (int count = 0; count < 4; count++) {
        token = tail.next().token();
      }
      assertThat(tail.token()).isEqualTo(token);
    }

    try (Tail tail = session.tail(ReadFrom.token(token))) {
      assertThat(tail.next().text()).isEqualTo("4");
    }
  }

  @Test
  void aTokenOfAnEarlierLifeIsToldGone() throws InterruptedException {
    append(0, 3);
    String token;
    try (Tail tail = session.tail(ReadFrom.first())) {
      token = tail.next().token();
      assertThat(tail.next().text()).isEqualTo("1");
      assertThat(tail.next().text()).isEqualTo("2");
      server.reclaim();
      assertGone(tail);
      assertGone(tail);
    }
    session.append("new life").join();

    try (Tail tail = session.tail(ReadFrom.token(token))) {
      assertGone(tail);
    }
  }

  @Test
  void aReaderThatTakesNothingHoldsOnePageOnly() throws InterruptedException {
    server.tailPage(1);
    append(0, 1000);
    try (Tail tail = session.tail(ReadFrom.first())) {
      assertThat(tail.next().text()).isEqualTo("0");
      assertThat(tail.next(Duration.ofSeconds(1))).isPresent();

      assertThat(server.tailResponses()).isLessThan(50);
    }
  }

  @Test
  void aClosedTailSaysSo() {
    Tail tail = session.tail(ReadFrom.first());
    tail.close();

    assertThatThrownBy(tail::next).isInstanceOf(IllegalStateException.class);
  }

  private static void assertGone(Tail tail) {
    assertThatThrownBy(tail::next)
        .isInstanceOf(RivuletException.class)
        .extracting(failure -> ((RivuletException) failure).code())
        .isEqualTo(RefusalCode.REFUSAL_CODE_GONE);
  }

  private void append(int from, int to) {
    numbers(from, to).stream().map(session::append).toList().forEach(receipt -> receipt.join());
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toList();
  }
}
