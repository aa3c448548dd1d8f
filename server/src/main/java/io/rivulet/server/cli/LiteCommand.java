package io.rivulet.server.cli;

import io.rivulet.api.v1.ListLiteTopicsResponse;
import io.rivulet.api.v1.LiteBacklog;
import io.rivulet.api.v1.LiteProgress;
import io.rivulet.api.v1.LiteSubscriber;
import io.rivulet.api.v1.LiteTopic;
import io.rivulet.client.RivuletClient;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Immutable. Lite topics: the parent of the commands in here. */
@Command(
    name = "lite",
    description = "Show, write to, suspend and reclaim lite topics.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      LiteCommand.ListAll.class,
      LiteCommand.Describe.class,
      LiteCommand.Append.class,
      LiteCommand.Top.class,
      LiteCommand.Ttl.class,
      LiteCommand.Suspend.class,
      LiteCommand.Reclaim.class
    },
    footer = {
      "",
      "A lite topic is named PARENT/LITE, such as chat/42. To follow one: rivulet tail"
    })
public final class LiteCommand extends CommandGroup {
  /** Owned by the main thread. The lite topic of a command. */
  static final class Name {
    @Parameters(
        index = "0",
        paramLabel = "PARENT/LITE",
        converter = QueueName.LiteConverter.class,
        description = "The lite topic, such as chat/42.")
    private @Nullable QueueName name;

    QueueName get() {
      return Objects.requireNonNull(name);
    }
  }

  /** Owned by the main thread. Lists lite topics. */
  @Command(name = "list", description = "List the lite topics of a topic in order of name.")
  static final class ListAll extends Request {
    @Parameters(paramLabel = "PARENT", description = "The LITE topic.")
    private String parent = "";

    @Option(names = "--prefix", paramLabel = "TEXT", description = "Only names that begin so.")
    private String prefix = "";

    @Option(
        names = "--limit",
        paramLabel = "COUNT",
        defaultValue = "100",
        description = "At most so many. Default: ${DEFAULT-VALUE}")
    private int limit;

    @Override
    int run(RivuletClient client) {
      Table table = new Table("LITE TOPIC", "FIRST", "END", "LAST MESSAGE", "TTL", "SUBSCRIBERS");
      Listing<LiteTopic> listing = new Listing<>(output, limit, "lite topics");
      listing.print(
          table,
          pageToken -> {
            ListLiteTopicsResponse page =
                client.admin().liteTopics(parent, prefix, Math.clamp(limit, 1, 1000), pageToken);
            return new Listing.Page<>(page.getLiteTopicsList(), page.getNextPageToken());
          },
          lite ->
              table.row(
                  lite.getName(),
                  lite.getFirstOffset(),
                  lite.getEndOffset(),
                  Times.text(lite.getLastAppendMillis()),
                  lite.hasTtl() ? Times.text(lite.getTtl()) : "-",
                  lite.getSubscribersCount()));
      return DONE;
    }
  }

  /** Owned by the main thread. Shows where most is waiting. */
  @Command(name = "top", description = "Show the lite topics with the largest backlogs.")
  static final class Top extends Request {
    /** What the largest is of. */
    enum Measure {
      backlog
    }

    @Parameters(paramLabel = "PARENT", description = "The LITE topic.")
    private String parent = "";

    @Option(
        names = "--by",
        paramLabel = "backlog",
        defaultValue = "backlog",
        description = "What counts: backlog, the messages that the slowest group has to read.")
    private Measure by = Measure.backlog;

    @Option(
        names = "--limit",
        paramLabel = "COUNT",
        defaultValue = "20",
        description = "At most so many, 1 to 1000. Default: ${DEFAULT-VALUE}")
    private int limit;

    @Override
    int run(RivuletClient client) {
      List<LiteBacklog> largest = client.admin().topLiteTopics(parent, limit);
      if (output.isJson()) {
        largest.forEach(each -> output.json(json -> ProtoJson.write(json, each)));
        return DONE;
      }
      Table table =
          new Table(
              "LITE TOPIC",
              by.name().toUpperCase(Locale.ROOT),
              "GROUP",
              "OLDEST OFFSET",
              "LAST MESSAGE");
      for (LiteBacklog each : largest) {
        table.row(
            each.getLiteTopic(),
            each.getBacklog(),
            each.getGroup(),
            each.getOldestOffset(),
            Times.text(each.getLastAppendMillis()));
      }
      table.print(output.out());
      return DONE;
    }
  }

  /** Owned by the main thread. Shows a lite topic. */
  @Command(name = "describe", description = "Show a lite topic, its subscribers and progress.")
  static final class Describe extends Request {
    @Mixin private final Name name = new Name();

    @Override
    int run(RivuletClient client) {
      show(
          output,
          "lite topic",
          client.admin().liteTopic(name.get().topic(), name.get().liteTopic()));
      return DONE;
    }
  }

  /** Owned by the main thread. Ends a lite topic. */
  @Command(
      name = "reclaim",
      description = "End a lite topic's life now, unread or not; readers are told.")
  static final class Reclaim extends Request {
    @Mixin private final Name name = new Name();

    @Override
    int run(RivuletClient client) {
      show(output, "reclaimed", client.admin().reclaim(name.get().topic(), name.get().liteTopic()));
      return DONE;
    }
  }

  /** Owned by the main thread. Sets a TTL. */
  @Command(
      name = "ttl",
      description = "Give a lite topic a time to live of its own, counted while it is idle.",
      footer = {"", "Example: rivulet lite ttl chat/42 30m"})
  static final class Ttl extends Request {
    @Mixin private final Name name = new Name();

    @Parameters(
        index = "1",
        paramLabel = "TIME",
        description = "Such as 30m or 7d; 'default' gives it its parent's again.")
    private String ttl = "";

    @Override
    int run(RivuletClient client) {
      show(
          output,
          "changed",
          client.admin().setTtl(name.get().topic(), name.get().liteTopic(), Times.ttl(ttl)));
      return DONE;
    }
  }

  /** Owned by the main thread. Lets a lite topic rest. */
  @Command(
      name = "suspend",
      description = {
        "Hand out nothing of a lite topic to a group for a while.",
        "",
        "What is leased stays so, attempts do not grow, and a restart changes nothing."
      },
      footer = {
        "",
        "Examples:",
        "  rivulet lite suspend chat/42 --group web --for 30s",
        "  rivulet lite suspend chat/42 --group web --for 0s     (hands it out again)"
      })
  static final class Suspend extends Request {
    @Mixin private final Name name = new Name();

    @Option(
        names = "--group",
        required = true,
        paramLabel = "GROUP",
        description = "The group that gets nothing of it.")
    private String group = "";

    @Mixin private final SuspensionOptions suspension = new SuspensionOptions();

    @Override
    int run(RivuletClient client) {
      Instant until =
          client
              .admin()
              .suspend(name.get().topic(), name.get().liteTopic(), group, suspension.length());
      suspension.print(output, name.get().toString(), group, until);
      return DONE;
    }
  }

  /** Owned by the main thread. Writes to a lite topic. */
  @Command(
      name = "append",
      description = {
        "Append messages to a lite topic; it is made by its first message.",
        "",
        "Without TEXT each line of standard input becomes a message."
      },
      footer = {"", "Example: rivulet lite append chat/42 'Hello there'"})
  static final class Append extends Request {
    @Mixin private final Name name = new Name();

    @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT", description = "The message.")
    private @Nullable String text;

    @Mixin private final MessageOptions options = new MessageOptions();

    @Override
    int run(RivuletClient client) throws Exception {
      return new Sending(client, output, name.get(), options).send(text);
    }
  }

  private static void show(Output output, String what, LiteTopic lite) {
    if (output.isJson()) {
      output.json(json -> ProtoJson.write(json, lite));
      return;
    }
    output.line(
        "%s %s/%s  offsets %d to %d  last message %s  TTL %s"
            .formatted(
                what,
                lite.getTopic(),
                lite.getName(),
                lite.getFirstOffset(),
                lite.getEndOffset(),
                Times.text(lite.getLastAppendMillis()),
                lite.hasTtl() ? Times.text(lite.getTtl()) : "as long as retention"));
    for (LiteSubscriber subscriber : lite.getSubscribersList()) {
      output.line("  subscriber " + subscriber.getClientId() + " of " + subscriber.getGroup());
    }
    for (LiteProgress progress : lite.getProgressList()) {
      output.line(
          "  group %s is at %d  backlog %d  leased %d"
              .formatted(
                  progress.getGroup(),
                  progress.getCommittedOffset(),
                  progress.getBacklog(),
                  progress.getLeased()));
    }
  }
}
