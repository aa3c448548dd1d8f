package io.rivulet.server.cli;

import io.rivulet.client.ReadFrom;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.Tail;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Owned by the main thread. Follows a queue without a group. */
@Command(
    name = "tail",
    description = {
      "Follow a lite topic without consuming it; ends with Ctrl-C.",
      "",
      "Survives restarts of the server: it waits and continues behind the last message. Other"
          + " topics can be followed too if they have one queue, such as dead letters, and message"
          + " groups of FIFO topics as TOPIC/GROUP."
    },
    footer = {
      "",
      "Examples:",
      "  rivulet tail chat/42 --from first",
      "  rivulet tail chat/42 --from -10 --max 10",
      "  rivulet tail chat/42 --from first --body"
    })
public final class TailCommand extends Request {
  @Parameters(
      paramLabel = "PARENT/LITE",
      converter = QueueName.Converter.class,
      description = "The lite topic; one that does not exist yet is waited for.")
  private @Nullable QueueName name;

  @Option(
      names = "--from",
      paramLabel = "WHERE",
      converter = StartText.Converter.class,
      description = "One of " + StartText.ALLOWED + ". Default: last, only what is new")
  private ReadFrom from = ReadFrom.last();

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "Continue behind a message: the token that --json showed with it.")
  private @Nullable String token;

  @Option(names = "--max", paramLabel = "COUNT", description = "End after so many messages.")
  private long max = Long.MAX_VALUE;

  @Option(
      names = "--idle",
      paramLabel = "TIME",
      converter = StartText.DurationConverter.class,
      description = "End when nothing has come for so long, such as 5s.")
  private @Nullable Duration idle;

  @Option(names = "--body", description = "Print only the bodies, one a line.")
  private boolean bodyOnly;

  @Override
  int run(RivuletClient client) throws InterruptedException {
    // A server that is not there is said at once; later breaks are waited out.
    var _ = client.admin().serverInfo();
    QueueName queue = Objects.requireNonNull(name);
    ReadFrom start = token == null ? from : ReadFrom.token(token);
    try (Tail tail = client.tail(queue.topic(), queue.liteTopic(), start)) {
      for (long count = 0; count < max; count++) {
        Optional<ReceivedMessage> message =
            idle == null ? Optional.of(tail.next()) : tail.next(idle);
        if (message.isEmpty()) {
          return DONE;
        }
        show(message.get());
      }
    }
    return DONE;
  }

  private void show(ReceivedMessage message) {
    if (output.isJson()) {
      output.json(json -> MessageText.write(json, message));
    } else {
      output.line(bodyOnly ? MessageText.body(message) : MessageText.line(message));
    }
  }
}
