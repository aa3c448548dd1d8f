package io.rivulet.server.cli;

import io.rivulet.client.Admin.DeadLetterPage;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Immutable. Dead letters: the parent of the commands in here. */
@Command(
    name = "dlq",
    description = "Show dead letters of a group and send them back.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {DlqCommand.ListAll.class, DlqCommand.Redrive.class},
    footer = {
      "",
      "A message becomes a dead letter of a group when it was delivered as often as the group",
      "allows, or when a consumer gave it up."
    })
public final class DlqCommand extends CommandGroup {
  /** Owned by the main thread. Lists dead letters. */
  @Command(name = "list", description = "List a group's dead letters, oldest first.")
  static final class ListAll extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String group = "";

    @Option(
        names = "--limit",
        paramLabel = "COUNT",
        defaultValue = "100",
        description = "At most so many. Default: ${DEFAULT-VALUE}")
    private int limit;

    @Override
    int run(RivuletClient client) {
      int shown = 0;
      String pageToken = "";
      do {
        DeadLetterPage page =
            client.admin().deadLetters(group, Math.clamp(limit - (long) shown, 1, 100), pageToken);
        page.messages().forEach(this::show);
        shown += page.messages().size();
        pageToken = page.nextPageToken();
      } while (!pageToken.isEmpty() && shown < limit);
      if (shown == 0 && !output.isJson()) {
        output.line("no dead letters of " + group);
      } else if (!pageToken.isEmpty()) {
        output.err().println("there are more than " + shown + " dead letters: raise --limit");
      }
      return DONE;
    }

    private void show(ReceivedMessage message) {
      if (output.isJson()) {
        output.json(json -> MessageText.write(json, message));
        return;
      }
      output.line(MessageText.line(message));
      Optional<ReceivedMessage.DeadLetter> origin = message.deadLetter();
      origin.ifPresent(from ->
          output.line("    from %s, id %s: %s".formatted(from.topic(), from.id(), from.reason())));
    }
  }

  /** Owned by the main thread. Sends dead letters back. */
  @Command(
      name = "redrive",
      description = "Send a group's dead letters back to the topics that they came from.")
  static final class Redrive extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String group = "";

    @Option(
        names = "--limit",
        paramLabel = "COUNT",
        defaultValue = "10000",
        description = "At most so many, 1 to 10000. Default: ${DEFAULT-VALUE}")
    private int limit;

    @Override
    int run(RivuletClient client) {
      int count = client.admin().redrive(group, limit);
      if (output.isJson()) {
        output.json(json -> {
          json.writeStartObject();
          json.writeNumberProperty("messageCount", count);
          json.writeEndObject();
        });
      } else {
        output.line("sent " + count + " dead letters of " + group + " back");
      }
      return DONE;
    }
  }
}
