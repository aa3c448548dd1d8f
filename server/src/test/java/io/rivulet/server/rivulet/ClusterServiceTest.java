package io.rivulet.server.rivulet;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.rivulet.client.RivuletException;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.cluster.status.ClusterControl;
import io.rivulet.cluster.status.ClusterStatus;
import io.rivulet.cluster.status.Draining;
import io.rivulet.cluster.status.NodeReport;
import io.rivulet.cluster.status.ShardReport;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.cli.ClusterCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** The commands that show and steer a cluster, and the service that they ask, on a model of one. */
@Timeout(60)
final class ClusterServiceTest {
  private final Model model = new Model();
  private Server server;

  @SuppressWarnings("NullAway.Init")
  ClusterServiceTest() {}

  private record Ended(int code, String out, String err) {}

  @BeforeEach
  void start() throws IOException {
    server = serving(Optional.of(model));
  }

  private static Server serving(Optional<ClusterControl> cluster) throws IOException {
    return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .addService(new ClusterServiceEndpoint(cluster))
        .build()
        .start();
  }

  @AfterEach
  void stop() {
    server.shutdownNow();
  }

  @Test
  void aHealthyClusterIsShownWithoutComplaints() {
    Ended ended = rivulet("status");

    assertThat(ended.code()).isZero();
    assertThat(ended.out())
        .isEqualToNormalizingNewlines(
            """
            cluster 17 as a sees it: 2 nodes, 4 shards
            NODE       ROLES            STATE   SHARDS  LOAD  STORAGE   VERSION  CLIENTS   NODES
            a (plans)  compute,storage  active  2       10/s  writable  1.2.3    a.h:8081  -
            b          compute,storage  active  2       10/s  writable  1.2.3    b.h:8081  -
            storage: 3 take entries (a, b, c); ledgers with too few copies: 0
            """);
  }

  @Test
  void whatIsNotAsItShouldBeIsSaid() {
    model.unserved.add(3);
    model.copies = 2;
    model.underReplicated = 1000;
    model.silent = Map.of("b", "no answer within 2000 ms");
    model.absentDrained = List.of("d");

    assertThat(rivulet("status").out())
        .contains("no node serves shard 3\n")
        .contains("shards 0, 2: fewer than three copies of what is written now")
        .contains("1000 or more ledgers are held by too few storage nodes, such as 7, 8")
        .contains("b does not say how it is: no answer within 2000 ms")
        .contains("drained and not there: d");
  }

  @Test
  void whatTooFewStorageNodesMayHoldIsNotReplicated() {
    model.thinCheckpointLedgers = 2;
    Ended thin = rivulet("status", "--wait-for", "replicated", "--timeout", "0s");
    model.thinCheckpointLedgers = 0;
    model.underReplicated = -1;
    Ended unknown = rivulet("status", "--wait-for", "replicated", "--timeout", "0s");

    assertThat(thin.code()).isEqualTo(1);
    assertThat(thin.err())
        .contains("shards 0, 1, 2, 3: fewer than three copies of some ledgers of checkpoints");
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.err()).contains("it is not known whether ledgers are under-replicated");
    assertThat(rivulet("status").out()).contains("ledgers with too few copies: not known");
  }

  @Test
  void eachShardIsShownWithWhatItsOwnerSays() {
    model.silent = Map.of("b", "it is gone");

    assertThat(rivulet("status", "--shards").out())
        .contains("SHARD  OWNER  EPOCH  PLANNED  STANDBY")
        .containsPattern("(?m)^0 +a +5 +a +b \\(not ready\\) +5/s +3 +2 +4096 +100 +1500ms")
        .containsPattern("(?m)^1 +b +5 +b +a +5/s +\\? +\\? +\\? +\\? +-");
  }

  @Test
  void itIsWaitedForUntilItIsSoOrTimeIsUp() {
    model.unserved.add(1);
    Ended late = rivulet("status", "--wait-for", "served", "--timeout", "0s");
    model.whenAsked = () -> model.unserved.clear();
    Ended ended = rivulet("status", "--wait-for", "nodes=2,settled,replicated", "--json");

    assertThat(late.code()).isEqualTo(1);
    assertThat(late.err()).contains("not within 0s: no node serves shard 1");
    assertThat(ended.code()).isZero();
    assertThat(ended.out())
        .contains("\"id\":\"17\"")
        .contains("\"state\":\"ACTIVE\"")
        .contains("\"checkpointAge\":1.5");
  }

  @Test
  void aStateThatThereIsNotIsNamedWithThoseThatThereAre() {
    Ended ended = rivulet("status", "--wait-for", "happy");

    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err()).contains("happy").contains("served, settled, replicated and nodes=");
  }

  @Test
  void aNodeIsEmptyWhenItOwnsNothing() {
    model.whenAsked = () -> model.moved++;

    Ended ended = rivulet("drain", "b", "--wait", "--timeout", "30s");

    assertThat(ended.code()).isZero();
    assertThat(ended.out()).isEqualToNormalizingNewlines("b owns nothing and may be stopped\n");
    assertThat(ended.err()).contains("b still owns shard 3");
  }

  @Test
  void whatItStillOwnsIsSaidWhenTimeIsUp() {
    Ended ended = rivulet("drain", "b", "--wait", "--timeout", "0s");

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("not within 0s: b still owns shards 1, 3; it goes on");
    assertThat(model.drained).containsExactly("b");
  }

  @Test
  void itIsSaidWhetherAnythingHasChanged() {
    assertThat(rivulet("drain", "b").out()).contains("go to other nodes now");
    assertThat(rivulet("drain", "b").out()).contains("b is drained already");
    assertThat(rivulet("undrain", "b", "--json").out())
        .contains("{\"node\":\"b\",\"drained\":false,\"changed\":true}");
    assertThat(rivulet("undrain", "b").out()).contains("b was not drained");
  }

  @Test
  void anUnknownNodeAndTheLastOneAreNotEmptied() {
    assertThat(rivulet("drain", "x").err()).contains("there is no node 'x'; there are a, b");
    assertThat(rivulet("undrain", "x").err()).contains("there is no node 'x'; there are a, b");
    assertThat(rivulet("drain", "b").code()).isZero();
    Ended ended = rivulet("drain", "a");

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("no other node is left");
    assertThat(model.drained).containsExactly("b");
  }

  @Test
  void aServerOfItsOwnSaysThatItHasNoCluster() throws IOException {
    server.shutdownNow();
    server = serving(Optional.empty());

    Ended ended = rivulet("status");

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("no node of a cluster").contains("rivulet server --cluster");
  }

  private Ended rivulet(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--endpoint");
    all.add("127.0.0.1:" + server.getPort());
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        new CommandLine(new ClusterCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setExecutionExceptionHandler((failure, line, _) -> {
              if (failure instanceof RivuletException) {
                line.getErr().println(failure.getMessage());
                return 1;
              }
              throw failure;
            });
    int code = command.execute(all.toArray(String[]::new));
    command.getOut().flush();
    command.getErr().flush();
    return new Ended(code, out.toString(), err.toString());
  }

  /** Safe for all threads: a lock. Two nodes and four shards, owned in turn. */
  private static final class Model implements ClusterControl {
    private static final int SHARDS = 4;
    private static final List<String> NAMES = List.of("a", "b");

    final Set<Integer> unserved = new TreeSet<>();
    final Set<String> drained = new TreeSet<>();
    Runnable whenAsked = () -> {};
    Map<String, String> silent = Map.of();
    List<String> absentDrained = List.of();
    int copies = 3;
    int underReplicated;
    int thinCheckpointLedgers;

    /** How many of b's shards a has by now. */
    int moved;

    @Override
    public synchronized CompletableFuture<ClusterStatus> status() {
      List<ClusterStatus.Shard> shards = new ArrayList<>();
      for (int shard = 0; shard < SHARDS; shard++) {
        shards.add(shard(shard));
      }
      ClusterStatus status =
          new ClusterStatus(
              "17",
              "a",
              NAMES.stream().map(name -> node(name, shards)).toList(),
              shards,
              new ClusterStatus.Storage(
                  List.of("a", "b", "c"),
                  List.of(),
                  false,
                  underReplicated < 0 ? OptionalLong.empty() : OptionalLong.of(underReplicated),
                  underReplicated <= 0 ? List.of() : List.of(7L, 8L)),
              absentDrained,
              silent);
      whenAsked.run();
      return CompletableFuture.completedFuture(status);
    }

    private ClusterStatus.Shard shard(int number) {
      String owner = number % 2 == 0 || number / 2 < moved ? "a" : "b";
      String other = owner.equals("a") ? "b" : "a";
      boolean isServed = !unserved.contains(number);
      return new ClusterStatus.Shard(
          number,
          isServed ? owner : "",
          isServed ? 5 : 0,
          owner,
          other,
          !silent.containsKey(other),
          OptionalLong.of(5),
          isServed && !silent.containsKey(owner)
              ? Optional.of(
                  new ShardReport(
                      number,
                      5,
                      new ShardReport.LogReport(copies, 0, 2, 0, 4096, 0),
                      new ShardReport.CheckpointReport(
                          1, 100, 1500, 3, 1000, thinCheckpointLedgers)))
              : Optional.empty());
    }

    private ClusterStatus.Node node(String name, List<ClusterStatus.Shard> shards) {
      int owned = (int) shards.stream().filter(each -> each.owner().equals(name)).count();
      return new ClusterStatus.Node(
          name,
          Set.of(Role.COMPUTE, Role.STORAGE),
          Map.of("grpc", name + ".h:8081"),
          ClusterStatus.State.ACTIVE,
          2,
          owned,
          5L * owned,
          silent.containsKey(name)
              ? Optional.empty()
              : Optional.of(
                  new NodeReport(
                      name,
                      "1.2.3",
                      0,
                      true,
                      name.equals("a"),
                      NodeReport.Storage.WRITABLE,
                      0,
                      2,
                      List.of(),
                      List.of())));
    }

    @Override
    public synchronized CompletableFuture<Outcome<Draining>> drain(String node) {
      if (!NAMES.contains(node)) {
        return answer(new Draining.NoSuchNode(node, NAMES));
      }
      boolean isLast = NAMES.stream().allMatch(each -> each.equals(node) || drained.contains(each));
      return answer(isLast ? new Draining.LastNode(node) : new Draining.Done(drained.add(node)));
    }

    @Override
    public synchronized CompletableFuture<Outcome<Draining>> undrain(String node) {
      return answer(
          NAMES.contains(node)
              ? new Draining.Done(drained.remove(node))
              : new Draining.NoSuchNode(node, NAMES));
    }

    private static CompletableFuture<Outcome<Draining>> answer(Draining answer) {
      return CompletableFuture.completedFuture(Outcome.ok(answer));
    }
  }
}
