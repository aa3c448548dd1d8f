package io.rivulet.server.cli;

import com.google.protobuf.Timestamp;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.Edge;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupDescription;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.api.v1.GroupStart;
import io.rivulet.api.v1.ListGroupsResponse;
import io.rivulet.api.v1.SubscriptionModel;
import io.rivulet.api.v1.TopicProgress;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.RivuletClient;
import io.rivulet.server.definitions.WordException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Immutable. Consumer groups: the parent of the commands in here. */
@Command(
    name = "group",
    description = "Make, show, change and delete consumer groups, and move their progress.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      GroupCommand.Create.class,
      GroupCommand.ListAll.class,
      GroupCommand.Describe.class,
      GroupCommand.Backlog.class,
      GroupCommand.Change.class,
      GroupCommand.Delete.class,
      GroupCommand.ResetOffset.class,
      ServedCommands.Served.class,
      ServedCommands.Estimate.class,
      ServedCommands.Suspend.class
    })
public final class GroupCommand extends CommandGroup {
  /** Owned by the main thread. The settings that can be changed later. */
  static final class Settings {
    @Option(
        names = "--max-attempts",
        paramLabel = "COUNT",
        description = "Deliveries of a message before it becomes a dead letter, 1 to 1000.")
    private @Nullable Integer maxAttempts;

    @Option(
        names = "--backoff",
        paramLabel = "TIME",
        split = ",",
        converter = StartText.DurationConverter.class,
        description =
            "Waits between deliveries, such as 1s,5s,30s; the last one holds for all later ones.")
    private List<Duration> backoff = new ArrayList<>();

    @Option(
        names = "--lite-quota",
        paramLabel = "COUNT",
        description = "Lite groups: lite topics that one client may follow.")
    private @Nullable Integer quota;

    @Mixin private final SchedulingOptions scheduling = new SchedulingOptions();

    boolean isEmpty() {
      return maxAttempts == null && backoff.isEmpty() && quota == null && scheduling.isEmpty();
    }

    void apply(GroupDefinition.Builder group) throws WordException {
      if (maxAttempts != null) {
        group.setMaxAttempts(maxAttempts);
      }
      if (!backoff.isEmpty()) {
        group.clearBackoff().addAllBackoff(backoff.stream().map(Times::toWire).toList());
      }
      if (quota != null) {
        group.setLiteSubscriptionQuota(quota);
      }
      scheduling.apply(group);
    }
  }

  /** Owned by the main thread. Makes a group. */
  @Command(
      name = "create",
      description = {
        "Make a consumer group.",
        "",
        "A group follows whole topics, or, with --lite-of, lite topics of one parent: those that its"
            + " clients name, or with --prefix or --all those of a prefix or all."
      },
      footer = {"", "Example: rivulet group create workers --max-attempts 5 --backoff 1s,10s"})
  static final class Create extends Request {
    @Parameters(paramLabel = "GROUP", description = "Letters, digits, '_', '-'; at most 120.")
    private String name = "";

    @Option(
        names = "--lite-of",
        paramLabel = "PARENT",
        description = "Make a lite group, which follows lite topics of this topic.")
    private @Nullable String parent;

    @Option(
        names = "--prefix",
        paramLabel = "TEXT",
        description =
            "Lite groups: follow all lite topics whose names begin so, also those yet to be made.")
    private @Nullable String prefix;

    @Option(
        names = "--all",
        description = "Lite groups: follow all lite topics, also those yet to be made.")
    private boolean isWhole;

    @Option(
        names = "--exclusive",
        description = "Lite groups: a lite topic has one client; the last to subscribe takes over.")
    private boolean exclusive;

    @Option(
        names = "--start",
        paramLabel = "WHERE",
        description =
            "Where the group starts on a topic: first, last, or a TIME such as"
                + " 2026-11-23T10:15:00Z. Default: first")
    private String start = "first";

    @Mixin private final Settings settings = new Settings();

    @Override
    int run(RivuletClient client) {
      GroupDefinition.Builder group =
          GroupDefinition.newBuilder()
              .setName(name)
              .setStart(start())
              .setKind(parent == null ? GroupKind.GROUP_KIND_STANDARD : GroupKind.GROUP_KIND_LITE);
      if (parent != null) {
        group.setBoundTopic(parent);
      }
      if (prefix != null && isWhole) {
        throw misused("--all is every prefix: leave out one of --prefix and --all");
      }
      if (prefix != null || isWhole) {
        group.setLitePrefix(prefix == null ? "" : prefix);
      }
      if (exclusive) {
        group.setModel(SubscriptionModel.SUBSCRIPTION_MODEL_EXCLUSIVE);
      }
      try {
        settings.apply(group);
      } catch (WordException e) {
        throw misused("--" + e.word() + " " + e.getMessage());
      }
      show(
          output, "made", client.admin().defineGroup(group.build(), DefineMode.DEFINE_MODE_CREATE));
      return DONE;
    }

    private GroupStart start() {
      return switch (start) {
        case "first" -> GroupStart.newBuilder().setEdge(Edge.EDGE_FIRST).build();
        case "last" -> GroupStart.newBuilder().setEdge(Edge.EDGE_LAST).build();
        default -> {
          try {
            Instant time = StartText.time(start);
            yield GroupStart.newBuilder()
                .setTime(
                    Timestamp.newBuilder()
                        .setSeconds(time.getEpochSecond())
                        .setNanos(time.getNano()))
                .build();
          } catch (DateTimeException e) {
            throw misused("--start is first, last or a TIME, not '" + start + "'");
          }
        }
      };
    }
  }

  /** Owned by the main thread. Lists groups. */
  @Command(name = "list", description = "List groups in order of name.")
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
      Table table = new Table("GROUP", "KIND", "TOPIC", "MODEL", "MAX ATTEMPTS");
      Listing<GroupDefinition> listing = new Listing<>(output, limit, "groups");
      listing.print(
          table,
          pageToken -> {
            ListGroupsResponse page = client.admin().groups(prefix, 1000, pageToken);
            return new Listing.Page<>(page.getGroupsList(), page.getNextPageToken());
          },
          group ->
              table.row(
                  group.getName(),
                  ProtoJson.name(group.getKind().getValueDescriptor()),
                  group.getBoundTopic().isEmpty() ? "-" : group.getBoundTopic(),
                  ProtoJson.name(group.getModel().getValueDescriptor()),
                  group.getMaxAttempts()));
      return DONE;
    }
  }

  /** Owned by the main thread. Shows a group. */
  @Command(name = "describe", description = "Show a group, its progress and its clients.")
  static final class Describe extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String name = "";

    @Override
    int run(RivuletClient client) {
      GroupDescription group = client.admin().group(name);
      if (output.isJson()) {
        output.json(json -> ProtoJson.write(json, group));
        return DONE;
      }
      show(output, "group", group.getDefinition());
      output.line("backoff " + backoff(group.getDefinition()));
      progress(output, group);
      output.line(group.getClientsCount() == 0 ? "no client is connected" : "clients:");
      group.getClientsList().forEach(client1 -> output.line("  " + client1));
      return DONE;
    }
  }

  /** Owned by the main thread. Shows what a group has not yet acknowledged. */
  @Command(
      name = "backlog",
      description = "Show how many messages a group has not yet acknowledged, topic by topic.")
  static final class Backlog extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String name = "";

    @Override
    int run(RivuletClient client) {
      GroupDescription group = client.admin().group(name);
      if (output.isJson()) {
        group.getTopicsList().forEach(topic -> output.json(json -> ProtoJson.write(json, topic)));
      } else {
        progress(output, group);
      }
      return DONE;
    }
  }

  /** Owned by the main thread. Changes a group. */
  @Command(
      name = "set",
      aliases = "update",
      description = {
        "Change settings of a group; what is not named stays as it is.",
        "",
        "It holds from then on, without a restart, and survives one. The word 'none' removes a limit."
      },
      footer = {
        "",
        "Example: rivulet group set vip --rate 50/s --cost-rate 20000/s --fairness tenant"
            + " --weights gold=4"
      })
  static final class Change extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String name = "";

    @Mixin private final Settings settings = new Settings();

    @Override
    int run(RivuletClient client) {
      if (settings.isEmpty()) {
        throw misused(
            "nothing to change: give --max-attempts, --backoff, --lite-quota, "
                + SchedulingOptions.NAMES);
      }
      GroupDefinition.Builder group = client.admin().group(name).getDefinition().toBuilder();
      try {
        settings.apply(group);
      } catch (WordException e) {
        throw misused("--" + e.word() + " " + e.getMessage());
      }
      show(
          output,
          "changed",
          client.admin().defineGroup(group.build(), DefineMode.DEFINE_MODE_UPDATE));
      return DONE;
    }
  }

  /** Owned by the main thread. Deletes a group. */
  @Command(name = "delete", description = "Delete a group with its progress.")
  static final class Delete extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String name = "";

    @Override
    int run(RivuletClient client) {
      show(output, "deleted", client.admin().deleteGroup(name));
      return DONE;
    }
  }

  /** Owned by the main thread. Moves a group's progress. */
  @Command(
      name = "reset-offset",
      description = {
        "Move a group's progress on a topic, or on one lite topic.",
        "",
        "What is handed out there now is released; messages behind the new place are delivered"
            + " again, messages before it are not."
      },
      footer = {"", "Example: rivulet group reset-offset workers jobs --to first"})
  static final class ResetOffset extends Request {
    @Parameters(index = "0", paramLabel = "GROUP", description = "The group.")
    private String group = "";

    @Parameters(
        index = "1",
        paramLabel = "TOPIC[/LITE]",
        converter = QueueName.Converter.class,
        description = "A topic, or one lite topic as PARENT/LITE.")
    private @Nullable QueueName topic;

    @Option(
        names = "--to",
        required = true,
        paramLabel = "WHERE",
        converter = StartText.Converter.class,
        description = "One of " + StartText.ALLOWED + ".")
    private @Nullable ReadFrom to;

    @Override
    int run(RivuletClient client) {
      QueueName name = Objects.requireNonNull(topic);
      int count =
          client
              .admin()
              .resetOffset(group, name.topic(), name.liteTopic(), Objects.requireNonNull(to));
      if (output.isJson()) {
        output.json(json -> {
          json.writeStartObject();
          json.writeNumberProperty("queueCount", count);
          json.writeEndObject();
        });
      } else {
        output.line("moved " + group + " on " + name + ": " + count + " queues");
      }
      return DONE;
    }
  }

  private static void show(Output output, String what, GroupDefinition group) {
    if (output.isJson()) {
      output.json(json -> ProtoJson.write(json, group));
      return;
    }
    String lite =
        group.getKind() == GroupKind.GROUP_KIND_LITE
            ? "  %s of %s  %s  quota %d"
                .formatted(
                    liteTopics(group),
                    group.getBoundTopic(),
                    ProtoJson.name(group.getModel().getValueDescriptor()),
                    group.getLiteSubscriptionQuota())
            : "";
    output.line(
        "%s %s%s  at most %d attempts"
            .formatted(what, group.getName(), lite, group.getMaxAttempts()));
    SchedulingText.lines(group).forEach(output::line);
  }

  private static String liteTopics(GroupDefinition group) {
    if (!group.hasLitePrefix()) {
      return "lite topics";
    }
    return group.getLitePrefix().isEmpty()
        ? "all lite topics"
        : "all lite topics '" + group.getLitePrefix() + "...'";
  }

  private static void progress(Output output, GroupDescription group) {
    if (group.getTopicsCount() == 0) {
      output.line("it follows no topic yet");
      return;
    }
    Table table = new Table("TOPIC", "BACKLOG", "LEASED", "TAGS");
    for (TopicProgress progress : group.getTopicsList()) {
      table.row(
          progress.getTopic(),
          progress.getBacklog(),
          progress.getLeased(),
          progress.getTagsCount() == 0 ? "*" : String.join(" || ", progress.getTagsList()));
    }
    table.print(output.out());
  }

  private static String backoff(GroupDefinition group) {
    return group.getBackoffList().stream().map(Times::text).collect(Collectors.joining(", "));
  }
}
