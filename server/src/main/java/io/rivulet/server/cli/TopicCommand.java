package io.rivulet.server.cli;

import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.DescribeTopicResponse;
import io.rivulet.api.v1.ListTopicsResponse;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicProgress;
import io.rivulet.api.v1.TopicType;
import io.rivulet.client.RivuletClient;
import io.rivulet.server.definitions.WordException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Immutable. Topics: the parent of the commands in here. */
@Command(
    name = "topic",
    description = "Make, show, change and delete topics.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TopicCommand.Create.class,
      TopicCommand.ListAll.class,
      TopicCommand.Describe.class,
      TopicCommand.Change.class,
      TopicCommand.Delete.class
    })
public final class TopicCommand extends CommandGroup {
  /** Types that can be made; the others are refused by the server for now. */
  enum Type {
    NORMAL,
    FIFO,
    LITE,
    PRIORITY
  }

  /** Owned by the main thread. Makes a topic. */
  @Command(
      name = "create",
      description = {
        "Make a topic.",
        "",
        "NORMAL: no order. FIFO: order within each message group. LITE: order within each lite"
            + " topic, which come and go by the million. PRIORITY: higher priority first."
      },
      footer = {"", "Example: rivulet topic create chat --type LITE --lite-ttl 24h"})
  static final class Create extends Request {
    @Parameters(paramLabel = "TOPIC", description = "Letters, digits, '_', '-'; at most 127.")
    private String name = "";

    @Option(
        names = "--type",
        paramLabel = "TYPE",
        required = true,
        description = "One of ${COMPLETION-CANDIDATES}. It can't be changed later.")
    private Type type = Type.NORMAL;

    @Option(
        names = "--lite-ttl",
        paramLabel = "TIME",
        converter = StartText.DurationConverter.class,
        description =
            "LITE: reclaim a lite topic that is idle for so long, such as 24h. Default: the"
                + " server's.")
    private @Nullable Duration liteTtl;

    @Option(
        names = "--reclaim-unsubscribed",
        description = "LITE: reclaim a drained lite topic when its last subscriber has gone.")
    private boolean reclaimsUnsubscribed;

    @Mixin private final AttributeOptions attributes = new AttributeOptions();
    @Mixin private final BackpressureOptions backpressure = new BackpressureOptions();

    @Override
    int run(RivuletClient client) {
      TopicDefinition.Builder topic =
          TopicDefinition.newBuilder()
              .setName(name)
              .setType(TopicType.valueOf("TOPIC_TYPE_" + type))
              .setReclaimsUnsubscribed(reclaimsUnsubscribed);
      if (liteTtl != null) {
        topic.setLiteTtl(Times.toWire(liteTtl));
      }
      try {
        attributes.apply(topic);
        backpressure.apply(topic);
      } catch (WordException e) {
        throw misused("--" + e.word() + " " + e.getMessage());
      }
      TopicDefinition made =
          client.admin().defineTopic(topic.build(), DefineMode.DEFINE_MODE_CREATE);
      show(output, "made", made);
      return DONE;
    }
  }

  /** Owned by the main thread. Lists topics. */
  @Command(name = "list", description = "List topics in order of name.")
  static final class ListAll extends Request {
    @Option(names = "--prefix", paramLabel = "TEXT", description = "Only names that begin so.")
    private String prefix = "";

    @Option(
        names = "--limit",
        paramLabel = "COUNT",
        defaultValue = "1000",
        description = "At most so many. Default: ${DEFAULT-VALUE}")
    private int limit;

    @Override
    int run(RivuletClient client) {
      Table table = new Table("TOPIC", "TYPE", "LITE TTL");
      Listing<TopicDefinition> listing = new Listing<>(output, limit, "topics");
      listing.print(
          table,
          pageToken -> {
            ListTopicsResponse page = client.admin().topics(prefix, 1000, pageToken);
            return new Listing.Page<>(page.getTopicsList(), page.getNextPageToken());
          },
          topic -> table.row(topic.getName(), type(topic), ttl(topic)));
      return DONE;
    }
  }

  /** Owned by the main thread. Shows a topic. */
  @Command(name = "describe", description = "Show a topic and the groups that follow it.")
  static final class Describe extends Request {
    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    private String name = "";

    @Override
    int run(RivuletClient client) {
      DescribeTopicResponse description = client.admin().topic(name);
      if (output.isJson()) {
        output.json(json -> ProtoJson.write(json, description));
        return DONE;
      }
      show(output, "topic", description.getTopic());
      if (description.getParked() > 0) {
        output.line(description.getParked() + " messages wait for their delivery time");
      }
      if (description.getGroupsCount() == 0) {
        output.line("no group follows it");
        return DONE;
      }
      Table table = new Table("GROUP", "BACKLOG", "LEASED", "TAGS");
      for (TopicProgress progress : description.getGroupsList()) {
        table.row(
            progress.getGroup(),
            progress.getBacklog(),
            progress.getLeased(),
            progress.getTagsCount() == 0 ? "*" : String.join(" || ", progress.getTagsList()));
      }
      table.print(output.out());
      return DONE;
    }
  }

  /** Owned by the main thread. Changes a topic. */
  @Command(
      name = "set",
      aliases = "update",
      description = {
        "Change settings of a topic; what is not named stays as it is.",
        "",
        "It holds from then on, without a restart, and survives one. The word 'none' removes a limit."
      },
      footer = {"", "Example: rivulet topic set jobs --max-backlog 10000 --hold 2s"})
  static final class Change extends Request {
    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    private String name = "";

    @Option(
        names = "--lite-ttl",
        paramLabel = "TIME",
        description = "LITE: a time such as 24h, or 'default' for the server's.")
    private @Nullable String liteTtl;

    @Option(
        names = "--reclaim-unsubscribed",
        negatable = true,
        description = "LITE: reclaim drained lite topics whose last subscriber has gone, or don't.")
    private @Nullable Boolean reclaimsUnsubscribed;

    @Mixin private final AttributeOptions attributes = new AttributeOptions();
    @Mixin private final BackpressureOptions backpressure = new BackpressureOptions();

    @Override
    int run(RivuletClient client) {
      if (liteTtl == null
          && reclaimsUnsubscribed == null
          && attributes.isEmpty()
          && backpressure.isEmpty()) {
        throw misused(
            "nothing to change: give --lite-ttl, --[no-]reclaim-unsubscribed, "
                + AttributeOptions.NAMES
                + ", "
                + BackpressureOptions.NAMES);
      }
      Optional<Duration> ttl = liteTtl == null ? Optional.empty() : Times.ttl(liteTtl);
      TopicDefinition.Builder topic = client.admin().topic(name).getTopic().toBuilder();
      if (liteTtl != null) {
        topic.clearLiteTtl();
        ttl.ifPresent(time -> topic.setLiteTtl(Times.toWire(time)));
      }
      if (reclaimsUnsubscribed != null) {
        topic.setReclaimsUnsubscribed(reclaimsUnsubscribed);
      }
      try {
        attributes.apply(topic);
        backpressure.apply(topic);
      } catch (WordException e) {
        throw misused("--" + e.word() + " " + e.getMessage());
      }
      show(
          output,
          "changed",
          client.admin().defineTopic(topic.build(), DefineMode.DEFINE_MODE_UPDATE));
      return DONE;
    }
  }

  /** Owned by the main thread. Deletes a topic. */
  @Command(
      name = "delete",
      description = "Delete a topic with its messages and the progress of all groups on it.")
  static final class Delete extends Request {
    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    private String name = "";

    @Override
    int run(RivuletClient client) {
      show(output, "deleted", client.admin().deleteTopic(name));
      return DONE;
    }
  }

  private static void show(Output output, String what, TopicDefinition topic) {
    if (output.isJson()) {
      output.json(json -> ProtoJson.write(json, topic));
      return;
    }
    output.line(
        "%s %s  type %s%s%s%s%s"
            .formatted(
                what,
                topic.getName(),
                type(topic),
                topic.hasLiteTtl() ? "  lite TTL " + ttl(topic) : "",
                topic.getReclaimsUnsubscribed() ? "  reclaims unsubscribed lite topics" : "",
                AttributeOptions.text(topic),
                SchedulingText.backpressure(topic)));
  }

  private static String type(TopicDefinition topic) {
    return ProtoJson.name(topic.getType().getValueDescriptor());
  }

  private static String ttl(TopicDefinition topic) {
    return topic.hasLiteTtl() ? Times.text(topic.getLiteTtl()) : "-";
  }
}
