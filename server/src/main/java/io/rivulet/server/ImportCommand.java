package io.rivulet.server;

import io.rivulet.cluster.transfer.OfflineCluster;
import io.rivulet.cluster.transfer.OfflineShards;
import io.rivulet.engine.shard.OfflineShard;
import io.rivulet.engine.shard.Transfer;
import io.rivulet.engine.shard.TransferCheck;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.cli.Output;
import io.rivulet.server.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Takes the data of a single process into a new cluster. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Take the data of a single process (--data) into a new cluster (--nodes).",
      "",
      "Neither serves meanwhile: the single process is stopped, and the nodes were started with"
          + " --roles storage and never without it. What was interrupted goes on when the same"
          + " command is run again. At the end all is read back and compared; only then nodes may"
          + " compute.",
    })
public final class ImportCommand implements Callable<Integer> {
  @Mixin private final SettingOptions options = new SettingOptions();
  @Mixin private final Output output = new Output();

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Where indexes are made, removed at the end; takes about as much as the index of the"
              + " single process. Default: the folder transfer in --data")
  private @Nullable Path work;

  @Override
  public Integer call() throws ConfigException, StartException {
    TransferGround ground = new TransferGround(TransferGround.configOf(options));
    if (ground.isOfNode()) {
      throw new StartException(
          ExitCode.DATA,
          "the folder %s is that of a node of a cluster: --data is that of the single process"
              .formatted(ground.data()));
    }
    if (!ground.hasLog()) {
      throw new StartException(
          ExitCode.DATA,
          "the folder %s has no log: --data is the data folder of a single process"
              .formatted(ground.data()));
    }
    TransferReport report = new TransferReport(output, Clock.system());
    try (DataFolder _ = DataFolder.open(ground.data());
        TransferGround.Single single = ground.open(Clock.system(), 0, false)) {
      run(ground, single, report);
      return ExitCode.OK.number();
    } catch (IOException | CompletionException e) {
      throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private void run(TransferGround ground, TransferGround.Single single, TransferReport report)
      throws IOException, StartException {
    TransferFolder folder = ground.work(work);
    report.tell("connecting to the cluster at " + ground.cluster().connectString());
    try (OfflineCluster cluster =
        OfflineCluster.connect(ground.cluster(), folder.folder(), folder, Clock.system())) {
      TransferCheck.Result result;
      try (OfflineShards shards =
          cluster.beginImport(
              TransferGround.identityOf(single.log()),
              single.log().end(),
              ground.cluster().shards(),
              ground.config().engine())) {
        result = fill(single, shards, cluster, report);
      }
      cluster.endImport();
      report.done(result, "taken into the cluster");
    }
    folder.remove();
  }

  private TransferCheck.Result fill(
      TransferGround.Single single,
      OfflineShards shards,
      OfflineCluster cluster,
      TransferReport report)
      throws IOException, StartException {
    List<OfflineShard> source = List.of(single.shard());
    Transfer transfer = new Transfer(source, shards.all(), cluster.storeTime()::set, report);
    transfer.run();
    TransferCheck.Result result = new TransferCheck(source, shards.all(), report).run();
    report.tell("checkpoints");
    shards.storeCheckpoints();
    return result;
  }
}
