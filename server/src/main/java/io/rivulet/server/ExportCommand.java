package io.rivulet.server;

import io.rivulet.cluster.transfer.OfflineCluster;
import io.rivulet.cluster.transfer.OfflineShards;
import io.rivulet.engine.shard.OfflineShard;
import io.rivulet.engine.shard.Transfer;
import io.rivulet.engine.shard.TransferCheck;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.cli.Output;
import io.rivulet.server.config.ConfigException;
import io.rivulet.server.disk.DurableFiles;
import io.rivulet.storage.log.FileLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Takes the data of a cluster into a new folder of a single process. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Take the data of a cluster (--nodes) into a new data folder of a single process (--data).",
      "",
      "The cluster does not serve meanwhile: its nodes run with --roles storage. Nothing of it is"
          + " changed. What was interrupted goes on when the same command is run again. At the end"
          + " all is read back and compared; only then a server starts on the folder.",
    })
public final class ExportCommand implements Callable<Integer> {
  @Mixin private final SettingOptions options = new SettingOptions();
  @Mixin private final Output output = new Output();

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Where indexes of the cluster's shards are fetched to, removed at the end. Default: the"
              + " folder transfer in --data")
  private @Nullable Path work;

  @Override
  public Integer call() throws ConfigException, StartException {
    TransferGround ground = new TransferGround(TransferGround.configOf(options));
    TransferReport report = new TransferReport(output, Clock.system());
    boolean isThere = ground.hasLog() || ground.isOfNode();
    try (DataFolder data = DataFolder.take(ground.data())) {
      if (isThere && !Files.exists(data.unfinished())) {
        throw new StartException(
            ExitCode.DATA,
            "the folder %s has data already: --data is a new folder".formatted(ground.data()));
      }
      run(ground, data, report);
      return ExitCode.OK.number();
    } catch (IOException | CompletionException e) {
      throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private void run(TransferGround ground, DataFolder data, TransferReport report)
      throws IOException {
    TransferFolder folder = ground.work(work);
    report.tell("connecting to the cluster at " + ground.cluster().connectString());
    try (OfflineCluster cluster =
            OfflineCluster.connect(ground.cluster(), folder.folder(), folder, Clock.system());
        OfflineShards shards = cluster.openToRead(ground.config().engine())) {
      long first = begin(data, identity(cluster, shards), shards);
      try (TransferGround.Single single = ground.open(cluster.storeTime(), first, true)) {
        List<OfflineShard> target = List.of(single.shard());
        new Transfer(shards.all(), target, cluster.storeTime()::set, report).run();
        TransferCheck.Result result = new TransferCheck(shards.all(), target, report).run();
        single.shard().snapshot();
        report.done(result, "taken into " + ground.data());
      }
    }
    folder.remove();
    Files.delete(data.unfinished());
  }

  private static String identity(OfflineCluster cluster, OfflineShards shards) throws IOException {
    long ends = 0;
    for (OfflineShard shard : shards.all()) {
      ends = ends * 31 + shard.end();
    }
    return "cluster %s as of %016x".formatted(cluster.facts().id(), ends);
  }

  /** Marks the folder as unfinished, or finds it so; where its log begins. */
  private static long begin(DataFolder data, String identity, OfflineShards shards)
      throws IOException {
    if (Files.exists(data.unfinished())) {
      List<String> lines = Files.readAllLines(data.unfinished());
      if (lines.size() != 2 || !lines.getFirst().equals(identity)) {
        throw new IOException(
            "the folder %s was begun with %s, and this is %s: take a new folder"
                .formatted(data.path(), lines.isEmpty() ? "nothing" : lines.getFirst(), identity));
      }
      return Long.parseLong(lines.getLast());
    }
    long end = shards.all().stream().mapToLong(OfflineShard::end).max().orElse(0);
    // Positions that no shard had, so that ids are new.
    long first = (end / FileLog.FIRST_POSITION_UNIT + 1) * FileLog.FIRST_POSITION_UNIT;
    DurableFiles.write(
        data.unfinished(), (identity + "\n" + first + "\n").getBytes(StandardCharsets.UTF_8));
    return first;
  }
}
