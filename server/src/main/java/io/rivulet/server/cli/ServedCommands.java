package io.rivulet.server.cli;

import com.google.protobuf.Timestamp;
import io.rivulet.api.v1.DescribeSchedulingResponse;
import io.rivulet.api.v1.EstimateWaitResponse;
import io.rivulet.api.v1.FairnessKey;
import io.rivulet.api.v1.HeldBackBy;
import io.rivulet.api.v1.PriorityClass;
import io.rivulet.api.v1.SchedulingWorker;
import io.rivulet.api.v1.ServedRate;
import io.rivulet.api.v1.WaitingMessages;
import io.rivulet.client.RivuletClient;
import java.time.Instant;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Immutable. What people ask of how a group is being served. */
final class ServedCommands {
  private ServedCommands() {}

  /** Owned by the main thread. Shows what waits and why. */
  @Command(
      name = "served",
      description = {
        "Show how a group is being served: what waits, by priority and fairness key, what is handed"
            + " out in a second, what holds it back, and what its clients hold.",
      },
      footer = {"", "Example: rivulet group served workers --top 20"})
  static final class Served extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String name = "";

    @Option(
        names = "--top",
        paramLabel = "COUNT",
        defaultValue = "10",
        description =
            "Fairness keys to show, those with the most cost waiting, 0 to 1000. Default:"
                + " ${DEFAULT-VALUE}")
    private int top;

    @Override
    int run(RivuletClient client) {
      DescribeSchedulingResponse group = client.scheduling().describe(name, top);
      if (output.isJson()) {
        output.json(json -> ProtoJson.write(json, group));
        return DONE;
      }
      output.line(
          "%s %s; %d handed out and not acknowledged; %s"
              .formatted(
                  name,
                  heldBack(group.getHeldBackBy()),
                  group.getLeased(),
                  rate(group.getServed())));
      classes(group);
      keys(group);
      workers(group);
      return DONE;
    }

    private void classes(DescribeSchedulingResponse group) {
      if (group.getClassesCount() == 0) {
        output.line("nothing waits");
        return;
      }
      Table table = new Table("PRIORITY", "WAITING", "COST", "OLDEST", "SERVED", "COST SERVED");
      for (PriorityClass each : group.getClassesList()) {
        WaitingMessages waiting = each.getWaiting();
        table.row(
            each.getPriority(),
            waiting.getMessages(),
            waiting.getCost(),
            waiting.hasOldest() ? time(waiting.getOldest()) : "-",
            "%.1f/s".formatted(each.getServed().getMessages()),
            "%.1f/s".formatted(each.getServed().getCost()));
      }
      table.print(output.out());
    }

    private void keys(DescribeSchedulingResponse group) {
      if (group.getTopKeysCount() == 0) {
        return;
      }
      output.line(
          "fairness keys with the most waiting, %d of %d:"
              .formatted(group.getTopKeysCount(), group.getKeyCount()));
      Table table = new Table("KEY", "WAITING", "COST", "OLDEST", "LEASED", "WEIGHT", "SUSPENDED");
      for (FairnessKey each : group.getTopKeysList()) {
        WaitingMessages waiting = each.getWaiting();
        table.row(
            each.getKey().isEmpty() ? "(none)" : each.getKey(),
            waiting.getMessages(),
            waiting.getCost(),
            waiting.hasOldest() ? time(waiting.getOldest()) : "-",
            each.getLeased(),
            each.getWeight(),
            each.hasSuspendedUntil() ? "until " + time(each.getSuspendedUntil()) : "-");
      }
      table.print(output.out());
    }

    private void workers(DescribeSchedulingResponse group) {
      if (group.getWorkersCount() == 0) {
        return;
      }
      Table table = new Table("CLIENT", "HOLDS", "AT MOST", "STATE");
      for (SchedulingWorker each : group.getWorkersList()) {
        table.row(
            each.getClientId(),
            each.getLeased(),
            each.getLimit() == 0 ? "-" : each.getLimit(),
            each.getStalled() ? "stalled, probed" : "works");
      }
      table.print(output.out());
    }

    private static String heldBack(HeldBackBy gate) {
      return switch (gate) {
        case HELD_BACK_BY_MESSAGE_RATE -> "is held back by its rate";
        case HELD_BACK_BY_COST_RATE -> "is held back by its cost rate";
        case HELD_BACK_BY_CONCURRENCY -> "is held back by its concurrency";
        case HELD_BACK_BY_CLIENTS -> "waits for its clients: they hold all that they may";
        case HELD_BACK_BY_UNSPECIFIED, UNRECOGNIZED -> "is held back by nothing";
      };
    }

    private static String rate(ServedRate served) {
      return "%.1f messages/s, cost %.1f/s".formatted(served.getMessages(), served.getCost());
    }

    private static String time(Timestamp time) {
      return Times.text(Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toEpochMilli());
    }
  }

  /** Owned by the main thread. Says how long something new would wait. */
  @Command(
      name = "estimate",
      description = "Estimate when a message that is sent now would be handed out to a group.",
      footer = {"", "Example: rivulet group estimate workers --priority 5 --key acme"})
  static final class Estimate extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String name = "";

    @Option(names = "--priority", paramLabel = "NUMBER", description = "Its priority, from 0.")
    private @Nullable Integer priority;

    @Option(names = "--key", paramLabel = "TEXT", description = "Its fairness key.")
    private String key = "";

    @Override
    int run(RivuletClient client) {
      OptionalInt asked = priority == null ? OptionalInt.empty() : OptionalInt.of(priority);
      EstimateWaitResponse estimate = client.scheduling().estimateWait(name, asked, key);
      if (output.isJson()) {
        output.json(json -> ProtoJson.write(json, estimate));
      } else {
        output.line(
            "position %d, %s"
                .formatted(
                    estimate.getPosition(),
                    estimate.hasWait()
                        ? "about " + Times.text(estimate.getWait())
                        : "nobody can tell when: nothing was handed out lately"));
      }
      return DONE;
    }
  }

  /** Owned by the main thread. Lets a fairness key rest. */
  @Command(
      name = "suspend",
      description = {
        "Hand out nothing of a fairness key to a group for a while.",
        "",
        "What is leased stays so, attempts do not grow, and a restart changes nothing."
      },
      footer = {
        "",
        "Examples:",
        "  rivulet group suspend workers --key acme --for 30s",
        "  rivulet group suspend workers --key acme --for 0s     (hands it out again)"
      })
  static final class Suspend extends Request {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String name = "";

    @Option(
        names = "--key",
        required = true,
        paramLabel = "TEXT",
        description = "The fairness key; '' for messages that name none.")
    private String key = "";

    @Mixin private final SuspensionOptions suspension = new SuspensionOptions();

    @Override
    int run(RivuletClient client) {
      Instant until = client.scheduling().suspendKey(name, key, suspension.length());
      suspension.print(output, "'" + key + "'", name, until);
      return DONE;
    }
  }

  /** Owned by the main thread. Says what a message really cost. */
  @Command(
      name = "settle",
      description = {
        "Say what a message really cost.",
        "",
        "The difference to what its fairness key was charged counts before the key is served again."
            + " Said again, the last one counts."
      },
      footer = {"", "Example: rivulet message settle HANDLE --cost 1850"})
  static final class Settle extends Request {
    @Parameters(
        paramLabel = "HANDLE",
        description = "The receipt handle of the delivery, as 'rivulet receive --json' prints it.")
    private String handle = "";

    @Option(
        names = "--cost",
        required = true,
        paramLabel = "NUMBER",
        description = "What it cost, 0 to 1000000000.")
    private int cost;

    @Override
    int run(RivuletClient client) {
      int before = client.scheduling().settle(handle, cost);
      if (output.isJson()) {
        output.json(json -> {
          json.writeStartObject();
          json.writeNumberProperty("previousCost", before);
          json.writeEndObject();
        });
      } else {
        output.line("settled at %d instead of %d".formatted(cost, before));
      }
      return DONE;
    }
  }
}
