package io.rivulet.bench.readers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EventParserTest {
  private static final String EVENTS =
      """
      retry: 1500

      id:7
      data:one

      : a comment
      \r
      id:8
      event: base64
      data: two
      data:  lines\r
      \r
      event:end

      data

      """;

  private final EventParser parser = new EventParser();
  private final List<String> told = new ArrayList<>();
  private final EventParser.Sink sink =
      new EventParser.Sink() {
        @Override
        public void event(String type, byte[] data, int length, String id) {
          told.add(type + "/" + new String(data, 0, length, UTF_8) + "/" + id);
        }

        @Override
        public void retry(int millis) {
          told.add("retry " + millis);
        }
      };

  private void feed(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    parser.feed(bytes, bytes.length, sink);
  }

  @Test
  void eventsAreTheSameWhereverTheyAreCut() {
    List<String> whole = List.of("retry 1500", "/one/7", "base64/two\n lines/8", "//8");

    for (int first = 0; first <= EVENTS.length(); first++) {
      for (int second = first; second <= EVENTS.length(); second++) {
        told.clear();
        parser.reset();
        feed(EVENTS.substring(0, first));
        feed(EVENTS.substring(first, second));
        feed(EVENTS.substring(second));

        assertThat(told).as("cut at %d and %d", first, second).isEqualTo(whole);
      }
    }
  }

  @Test
  void whatWasHalfThereIsForgottenWithItsConnection() {
    feed("id:1\ndata:ha");
    parser.reset();
    feed("id:1\ndata:whole\n\n");

    assertThat(told).containsExactly("/whole/1");
  }

  @Test
  void aBodySaysItsTimeAndItsNumber() {
    byte[] body = Stamp.body(100, 123_456_789_012_345L, 70_000);

    assertThat(body).hasSize(100);
    assertThat(Stamp.dueNanos(body, 0)).isEqualTo(123_456_789_012_345L);
    assertThat(Stamp.number(body, 0)).isEqualTo(70_000);
  }
}
