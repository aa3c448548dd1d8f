package io.rivulet.server.cli;

import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Owned by the main thread. Sends messages. */
@Command(
    name = "send",
    description = {
      "Send one message, one for each line of standard input, or many.",
      "",
      "A topic that does not exist is made if the server allows it, with the type that fits the"
          + " first message: LITE for PARENT/LITE, FIFO with --group, PRIORITY with --priority,"
          + " DELAY with --delay, else NORMAL."
    },
    footer = {
      "",
      "Examples:",
      "  rivulet send jobs 'resize picture 7' --tag picture --key 7",
      "  rivulet send chat/42 'Hello there'",
      "  ls | rivulet send files",
      "  rivulet send jobs 'remind me' --delay 10m",
      "  rivulet send load 'message {n}' --count 100000"
    })
public final class SendCommand extends Request {
  @Parameters(
      index = "0",
      paramLabel = "TOPIC[/LITE]",
      converter = QueueName.Converter.class,
      description = "A topic, or a lite topic as PARENT/LITE.")
  private @Nullable QueueName target;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TEXT",
      description = "The message. Without it each line of standard input becomes one.")
  private @Nullable String text;

  private final Clock clock = Clock.system();

  @Mixin private final MessageOptions options = new MessageOptions();

  @Option(
      names = "--group",
      paramLabel = "NAME",
      description = "FIFO topics: the message group, within which order is kept.")
  private @Nullable String messageGroup;

  @Option(
      names = "--priority",
      paramLabel = "NUMBER",
      description = "PRIORITY topics: from 0, higher first.")
  private @Nullable Integer priority;

  @Option(
      names = "--delay",
      paramLabel = "TIME",
      converter = StartText.DurationConverter.class,
      description = "Nobody gets it before so much time has passed: 10s, 5m, 2h.")
  private @Nullable Duration delay;

  @Option(
      names = "--count",
      paramLabel = "COUNT",
      description = "Send TEXT so many times; {n} in it becomes the message's number, from 0.")
  private @Nullable Long count;

  @Override
  int run(RivuletClient client) throws Exception {
    if (count != null && (text == null || count < 1)) {
      throw misused("--count is 1 or more and needs a TEXT to send");
    }
    if ((count != null || text == null) && options.hasId()) {
      throw misused("--id names one message: give one TEXT and no --count");
    }
    Sending sending =
        new Sending(client, output, Objects.requireNonNull(target), options, this::dress);
    return count != null && text != null ? sending.sendMany(text, count) : sending.send(text);
  }

  private OutgoingMessage dress(OutgoingMessage message) {
    OutgoingMessage dressed = messageGroup == null ? message : message.messageGroup(messageGroup);
    OutgoingMessage ranked = priority == null ? dressed : dressed.priority(priority);
    return delay == null
        ? ranked
        : ranked.deliverAt(Instant.ofEpochMilli(clock.wallMillis()).plus(delay));
  }
}
