package io.rivulet.server.cli;

import java.time.Duration;
import java.time.Instant;
import picocli.CommandLine.Option;

/** Owned by the main thread. For how long something is to rest, and how that is told. */
final class SuspensionOptions {
  @Option(
      names = "--for",
      required = true,
      paramLabel = "TIME",
      converter = StartText.DurationConverter.class,
      description = "How long from now on, such as 30s or 12h, at most 30d; 0s ends it.")
  private Duration length = Duration.ZERO;

  Duration length() {
    return length;
  }

  /** Prints until when nothing of this is handed out to the group. */
  void print(Output output, String what, String group, Instant until) {
    if (output.isJson()) {
      output.json(json -> {
        json.writeStartObject();
        json.writeStringProperty("until", until.toString());
        json.writeEndObject();
      });
    } else if (length.isZero()) {
      output.line("%s is handed out to %s again".formatted(what, group));
    } else {
      output.line(
          "%s is suspended for %s until %s"
              .formatted(what, group, Times.text(until.toEpochMilli())));
    }
  }
}
