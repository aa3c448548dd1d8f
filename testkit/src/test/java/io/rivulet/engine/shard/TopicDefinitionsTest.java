package io.rivulet.engine.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.topic.TopicAttributes;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Definitions of topics as records and rows, also those of older servers. */
final class TopicDefinitionsTest {
  private static final TopicDefinition PLAIN =
      new TopicDefinition("chat", TopicType.LITE, Optional.of(Duration.ofHours(1)), false);
  private static final Backpressure FULL =
      new Backpressure(10_000, 0, Optional.empty(), Duration.ofSeconds(2));
  private static final TopicAttributes JSON =
      new TopicAttributes(
          Optional.of("application/json"), Optional.of(List.of("https://chat.example", "*")));

  static List<TopicDefinition> definitions() {
    return List.of(
        PLAIN,
        PLAIN.with(FULL),
        PLAIN.with(JSON),
        PLAIN.with(FULL).with(JSON),
        PLAIN.with(new TopicAttributes(Optional.empty(), Optional.of(List.of()))),
        PLAIN.with(new TopicAttributes(Optional.of("text/plain"), Optional.empty())));
  }

  private static String recordOf(TopicDefinition topic) {
    ByteWriter out = new ByteWriter(64);
    new Change.TopicDefined(7, topic).encode(out);
    return HexFormat.of().formatHex(out.toBytes());
  }

  private static Change readRecord(String hex) {
    ByteReader in = new ByteReader(HexFormat.of().parseHex(hex));
    Change change = Change.decode(in.getByte(), in);
    assertThat(in.hasRemaining()).isFalse();
    return change;
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void aTopicIsReadAsItWasWritten(TopicDefinition topic) {
    assertThat(readRecord(recordOf(topic))).isEqualTo(new Change.TopicDefined(7, topic));
    assertThat(Definitions.topicOfRow(Definitions.toRow(topic))).isEqualTo(topic);
  }

  @Test
  void recordsOfOlderServersAreReadAndStillWrittenForTopicsWithoutAttributes() {
    String plain = "1007046368617404" + "4c49544581dddb0100";
    String full = "2107046368617404" + "4c49544581dddb0100" + "904e0000d00f";

    assertThat(readRecord(plain)).isEqualTo(new Change.TopicDefined(7, PLAIN));
    assertThat(readRecord(full)).isEqualTo(new Change.TopicDefined(7, PLAIN.with(FULL)));
    assertThat(recordOf(PLAIN)).isEqualTo(plain);
    assertThat(recordOf(PLAIN.with(FULL))).isEqualTo(full);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "json",
        "text/",
        "/plain",
        "text/plain; charset=utf-8",
        "a/b/c",
        "text/pl ain",
        "é/x"
      })
  void whatIsNoMediaTypeIsRefused(String type) {
    assertThatThrownBy(() -> new TopicAttributes(Optional.of(type), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("application/json")
        .hasMessageContaining("'" + type + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "chat.example",
        "https://chat.example/",
        "https://chat.example:0",
        "https://chat.example:65536",
        "https://me@chat.example",
        "ftp://chat.example",
        "https://*.example",
        "null",
        ""
      })
  void whatIsNoOriginIsRefused(String origin) {
    assertThatThrownBy(() -> origins(List.of(origin)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("https://HOST:PORT")
        .hasMessageContaining("not '" + origin + "'");
  }

  @Test
  void mediaTypesAndOriginsAreKeptAsTheyAreCompared() {
    TopicAttributes attributes =
        new TopicAttributes(
            Optional.of("Application/JSON"),
            Optional.of(
                List.of("HTTPS://Chat.Example", "https://chat.example", "http://[::1]:3000")));

    assertThat(attributes.contentType()).contains("application/json");
    assertThat(attributes.corsOrigins().orElseThrow())
        .containsExactly("https://chat.example", "http://[::1]:3000");
  }

  @Test
  void whatATopicMaySayIsBounded() {
    assertThatThrownBy(() -> origins(Collections.nCopies(65, "https://a.example")))
        .hasMessage("a topic has at most 64 origins, not 65");
    assertThatThrownBy(() -> origins(List.of("https://" + "a".repeat(250))))
        .hasMessage("an origin has at most 255 characters, not 258");
    assertThatThrownBy(
            () -> new TopicAttributes(Optional.of("text/" + "a".repeat(251)), Optional.empty()))
        .hasMessage("a content type has at most 255 characters, not 256");
  }

  private static TopicAttributes origins(List<String> origins) {
    return new TopicAttributes(Optional.empty(), Optional.of(origins));
  }
}
