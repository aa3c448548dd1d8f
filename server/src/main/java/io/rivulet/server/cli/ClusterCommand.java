package io.rivulet.server.cli;

import io.rivulet.api.v1.ClusterNode;
import io.rivulet.api.v1.DescribeClusterResponse;
import io.rivulet.api.v1.RefusalCode;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.config.DurationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Immutable. The cluster: the parent of the commands in here. */
@Command(
    name = "cluster",
    description = "Show a cluster, and empty nodes of it before they are stopped.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ClusterCommand.Status.class,
      ClusterCommand.Drain.class,
      ClusterCommand.Undrain.class
    },
    footer = {"", "Any node of the cluster may be asked."})
public final class ClusterCommand extends CommandGroup {
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int LISTED = 20;

  /** Owned by the main thread. A command that may ask again and again. */
  abstract static class Waiting extends Request {
    private final Clock clock = Clock.system();
    private final CountDownLatch never = new CountDownLatch(1);

    @Option(
        names = "--timeout",
        paramLabel = "TIME",
        converter = StartText.DurationConverter.class,
        defaultValue = "5m",
        description = "How long to wait, if at all. Default: ${DEFAULT-VALUE}")
    private Duration timeout = Duration.ofMinutes(5);

    /** What is still missing in the cluster; empty: nothing is. */
    interface Missing {
      Optional<String> in(DescribeClusterResponse cluster);
    }

    /**
     * Asks until nothing is missing, or time is up.
     *
     * @return what is missing still
     */
    final Optional<String> await(RivuletClient client, Missing missing)
        throws InterruptedException {
      long startNanos = clock.nanos();
      String told = "";
      while (true) {
        Optional<String> now = look(client, missing);
        if (now.isEmpty() || clock.nanos() - startNanos >= timeout.toNanos()) {
          return now;
        }
        if (!now.get().equals(told)) {
          told = now.get();
          output.err().println(told);
          output.err().flush();
        }
        boolean _ = never.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
      }
    }

    /** The node that is asked may be the one that is started anew. */
    private Optional<String> look(RivuletClient client, Missing missing) {
      try {
        return missing.in(client.cluster().describe());
      } catch (RivuletException e) {
        if (e.code() != RefusalCode.REFUSAL_CODE_UNAVAILABLE) {
          throw e;
        }
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }

    final String timeout() {
      return DurationText.print(timeout);
    }
  }

  /** Owned by the main thread. Shows all of it. */
  @Command(
      name = "status",
      description = {
        "Show the cluster: its nodes, shards and storage, and what is not as it should be.",
        "",
        "What can be waited for: 'served' (a node serves each shard), 'settled' (besides, no shard is"
            + " on its way and no node is being emptied), 'replicated' (besides served, all storage"
            + " nodes hold what they should), 'nodes=3' (so many nodes are there)."
      },
      footer = {
        "",
        "Examples:",
        "  rivulet cluster status --shards",
        "  rivulet cluster status --wait-for nodes=3,settled,replicated --timeout 10m"
      })
  static final class Status extends Waiting {
    @Option(names = "--shards", description = "Show each shard, too.")
    private boolean showsShards;

    @Option(
        names = "--wait-for",
        paramLabel = "STATE",
        split = ",",
        description =
            "Wait until the cluster is so: served, settled, replicated, nodes=COUNT; several with"
                + " commas between them. Ends with 1 if it is not within --timeout.")
    private List<String> states = List.of();

    @Override
    int run(RivuletClient client) throws InterruptedException {
      List<Missing> wanted = new ArrayList<>();
      for (String state : states) {
        wanted.add(
            ClusterText.missing(state)
                .orElseThrow(() ->
                    misused(
                        "--wait-for %s: it is one of served, settled, replicated and nodes=COUNT"
                            .formatted(state))));
      }
      Optional<String> missing =
          wanted.isEmpty()
              ? Optional.empty()
              : await(
                  client,
                  cluster ->
                      wanted.stream()
                          .map(each -> each.in(cluster))
                          .flatMap(Optional::stream)
                          .findFirst());
      DescribeClusterResponse cluster = client.cluster().describe();
      if (output.isJson()) {
        output.json(json -> ProtoJson.write(json, cluster));
      } else {
        ClusterText.print(output, cluster, showsShards);
      }
      missing.ifPresent(what -> output.err().println("not within " + timeout() + ": " + what));
      return missing.isPresent() ? FAILED : DONE;
    }
  }

  /** Owned by the main thread. Empties a node. */
  @Command(
      name = "drain",
      description = {
        "Have a node own nothing: its shards go to other nodes, one after the other, and requests for"
            + " them hardly notice.",
        "",
        "It stays so, also when the node is started again, until 'undrain'. The node goes on to answer"
            + " clients, but says that it is not ready."
      },
      footer = {"", "Example: rivulet cluster drain node-b --wait --timeout 10m"})
  static final class Drain extends Waiting {
    @Parameters(
        paramLabel = "NODE",
        description = "Its name, as 'rivulet cluster status' shows it.")
    private String node = "";

    @Option(
        names = "--wait",
        description = "Wait until it owns nothing. Ends with 1 if it still does after --timeout.")
    private boolean waits;

    @Override
    int run(RivuletClient client) throws InterruptedException {
      boolean hasChanged = client.cluster().drain(node);
      Optional<String> missing = waits ? await(client, this::stillOwned) : Optional.empty();
      if (missing.isPresent()) {
        output.err().println("not within %s: %s; it goes on".formatted(timeout(), missing.get()));
        return FAILED;
      }
      if (output.isJson()) {
        ClusterText.changed(output, node, true, hasChanged);
      } else if (waits) {
        output.line("%s owns nothing and may be stopped".formatted(node));
      } else {
        output.line(
            hasChanged
                ? "the shards of %s go to other nodes now".formatted(node)
                : "%s is drained already".formatted(node));
      }
      return DONE;
    }

    private Optional<String> stillOwned(DescribeClusterResponse cluster) {
      List<Integer> owned = ClusterText.ownedBy(cluster, node);
      boolean isThere =
          cluster.getNodesList().stream().map(ClusterNode::getName).anyMatch(node::equals);
      return !isThere || owned.isEmpty()
          ? Optional.empty()
          : Optional.of("%s still owns %s".formatted(node, ClusterText.shards(owned, LISTED)));
    }
  }

  /** Owned by the main thread. Takes a node back. */
  @Command(
      name = "undrain",
      description = "Have a node own shards again; it gets its share by and by.",
      footer = {"", "Example: rivulet cluster undrain node-b"})
  static final class Undrain extends Request {
    @Parameters(paramLabel = "NODE", description = "Its name.")
    private @Nullable String node;

    @Override
    int run(RivuletClient client) {
      String name = String.valueOf(node);
      boolean hasChanged = client.cluster().undrain(name);
      if (output.isJson()) {
        ClusterText.changed(output, name, false, hasChanged);
      } else {
        output.line(
            hasChanged
                ? "%s gets shards again".formatted(name)
                : "%s was not drained".formatted(name));
      }
      return DONE;
    }
  }
}
