package io.rivulet.server.cli;

import io.rivulet.api.v1.CancelMessageResponse;
import io.rivulet.api.v1.ReprioritizeMessageResponse;
import io.rivulet.client.RivuletClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Immutable. Messages that were sent: the parent of the commands in here. */
@Command(
    name = "message",
    description = "Cancel messages that were sent, or give them another priority.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      MessageCommand.Cancel.class,
      MessageCommand.Prioritize.class,
      ServedCommands.Settle.class
    },
    footer = {
      "",
      "A message is named by its handle, which 'rivulet send' prints. It holds for as long as the",
      "message is retained."
    })
public final class MessageCommand extends CommandGroup {
  /** Owned by the main thread. Cancels a message. */
  @Command(
      name = "cancel",
      description = {
        "Cancel a message: it is delivered to no group any more.",
        "",
        "A client that has it already is told when it asks for more time. Cancelling again is fine."
      })
  static final class Cancel extends Request {
    @Parameters(paramLabel = "HANDLE", description = "The message's handle.")
    private String handle = "";

    @Override
    int run(RivuletClient client) {
      CancelMessageResponse answer = client.cancel(handle);
      if (output.isJson()) {
        output.json(json -> ProtoJson.write(json, answer));
        return DONE;
      }
      String id = answer.getMessageId();
      output.line(
          switch (answer.getFound()) {
            case CANCELLED_AT_WAITING -> "cancelled " + id + ", which nobody had";
            case CANCELLED_AT_RUNNING -> "cancelled " + id + ", which a client was at work on";
            case CANCELLED_AT_DONE -> "nothing to cancel: " + id + " was acknowledged already";
            case CANCELLED_AT_CANCELLED -> id + " was cancelled before";
            case CANCELLED_AT_UNSPECIFIED, UNRECOGNIZED -> "cancelled " + id;
          });
      return DONE;
    }
  }

  /** Owned by the main thread. Gives a message another priority. */
  @Command(
      name = "prioritize",
      description = {
        "Give a waiting message another priority.",
        "",
        "In a PRIORITY topic the message moves, and has another handle from then on. In a LITE or"
            + " FIFO topic its whole lite topic or message group gets the priority."
      },
      footer = {"", "Example: rivulet message prioritize m1_AAAA... --priority 9"})
  static final class Prioritize extends Request {
    @Parameters(paramLabel = "HANDLE", description = "The message's handle.")
    private String handle = "";

    @Option(
        names = "--priority",
        required = true,
        paramLabel = "NUMBER",
        description = "From 0, higher first.")
    private int priority;

    @Override
    int run(RivuletClient client) {
      ReprioritizeMessageResponse answer = client.reprioritize(handle, priority);
      if (output.isJson()) {
        output.json(json -> ProtoJson.write(json, answer));
      } else if (answer.getWholeQueue()) {
        output.line("the lite topic or message group of the message has priority " + priority);
      } else {
        output.line("the message has priority " + priority + "  handle " + answer.getHandle());
      }
      return DONE;
    }
  }
}
