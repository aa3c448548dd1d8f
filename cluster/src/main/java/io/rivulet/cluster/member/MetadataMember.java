package io.rivulet.cluster.member;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.zookeeper.server.ExitCode;
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;
import org.apache.zookeeper.util.ServiceUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: a future, a volatile flag. A member of the metadata quorum: a ZooKeeper
 * server in this process. With one founder it is alone; with several it serves as soon as most of
 * them are there.
 */
public final class MetadataMember implements AutoCloseable {
  /** ZooKeeper's unit of time: sessions may be twice as long at least, twenty times at most. */
  private static final int TICK_MILLIS = 500;

  private static final int LONGEST_SESSION_MILLIS = 120_000;

  /** Much more than it takes: a busy machine is no reason to give up. */
  private static final Duration START_TIME = Duration.ofMinutes(2);

  private static final Logger logger = LoggerFactory.getLogger(MetadataMember.class);

  private final ZooKeeperServerEmbedded server;
  private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
  private volatile boolean isClosing;

  private MetadataMember(ZooKeeperServerEmbedded server) {
    this.server = server;
  }

  /**
   * Starts it and returns at once; it may wait for others for as long as it takes.
   *
   * @param founders all members, in the same order at each of them, this one among them
   * @param folder where it keeps its data
   * @throws IOException if its folder or one of its ports can't be used
   */
  public static MetadataMember start(NodeAddress self, List<NodeAddress> founders, Path folder)
      throws IOException {
    limitThreadsAndFiles();
    Files.createDirectories(folder);
    int number = founders.indexOf(self) + 1;
    if (number == 0) {
      throw new IllegalArgumentException(self.name() + " is no founder");
    }
    Files.writeString(folder.resolve("myid"), number + "\n", StandardCharsets.US_ASCII);
    try {
      ZooKeeperServerEmbedded server =
          ZooKeeperServerEmbedded.builder()
              .baseDir(folder)
              .configuration(properties(self, founders, folder))
              .exitHandler(ExitHandler.LOG_ONLY)
              .build();
      server.start(START_TIME.toMillis());
      MetadataMember member = new MetadataMember(server);
      ServiceUtils.setSystemExitProcedure(member::exitWanted);
      return member;
    } catch (IOException e) {
      throw e;
    } catch (TimeoutException e) {
      throw new IOException(
          "the metadata quorum's member found no quorum within %s; most of these must run and reach each other: %s"
              .formatted(START_TIME, founders),
          e);
    } catch (Exception e) {
      throw new IOException("the metadata quorum's member can't be started: " + e, e);
    }
  }

  /** Completes with the reason if it cannot go on; only a new process begins it again. */
  public CompletableFuture<Throwable> whenEnded() {
    return ended;
  }

  /**
   * ZooKeeper wants this process to end. What it would do next was not written for a process that
   * goes on, such as to commit something else than the leader has: so this does not return. Only a
   * snapshot that could not be taken is no loss: the log is there, and the next one is tried.
   */
  private void exitWanted(int code) {
    if (isClosing || code == ExitCode.TXNLOG_ERROR_TAKING_SNAPSHOT.getValue()) {
      logger.warn("the metadata quorum's member would end the process with code {}", code);
      return;
    }
    IOException reason =
        new IOException(
            "this node's member of the metadata quorum has ended with ZooKeeper's code %d: see the lines above, and start the node again"
                .formatted(code));
    ended.complete(reason);
    throw new IllegalStateException(reason);
  }

  private static Properties properties(NodeAddress self, List<NodeAddress> founders, Path folder) {
    Properties properties = new Properties();
    properties.setProperty("dataDir", folder.toString());
    properties.setProperty("clientPort", Integer.toString(self.metadataPort()));
    properties.setProperty("clientPortAddress", self.host());
    properties.setProperty("tickTime", Integer.toString(TICK_MILLIS));
    properties.setProperty("initLimit", "40");
    properties.setProperty("syncLimit", "10");
    properties.setProperty("minSessionTimeout", Integer.toString(2 * TICK_MILLIS));
    properties.setProperty("maxSessionTimeout", Integer.toString(LONGEST_SESSION_MILLIS));
    properties.setProperty("maxClientCnxns", "0");
    properties.setProperty("admin.enableServer", "false");
    properties.setProperty("autopurge.snapRetainCount", "3");
    properties.setProperty("autopurge.purgeInterval", "1");
    properties.setProperty("4lw.commands.whitelist", "ruok,srvr,mntr");
    // Said in any case: ZooKeeper remembers it for all of the process.
    properties.setProperty("standaloneEnabled", Boolean.toString(founders.size() == 1));
    if (founders.size() > 1) {
      properties.setProperty("quorumListenOnAllIPs", "false");
      for (int i = 0; i < founders.size(); i++) {
        NodeAddress each = founders.get(i);
        String host = each.host().indexOf(':') < 0 ? each.host() : "[" + each.host() + "]";
        properties.setProperty(
            "server." + (i + 1), host + ":" + each.quorumPort() + ":" + each.electionPort());
      }
    }
    return properties;
  }

  /** The little that is stored here needs neither 64 MiB at a time nor a thread per processor. */
  private static void limitThreadsAndFiles() {
    setDefault("zookeeper.preAllocSize", "1024");
    setDefault("zookeeper.snapCount", "20000");
    setDefault("zookeeper.nio.numSelectorThreads", "1");
    setDefault("zookeeper.nio.numWorkerThreads", "2");
    setDefault("zookeeper.commitProcessor.numWorkerThreads", "1");
    setDefault("zookeeper.jmx.log4j.disable", "true");
  }

  private static void setDefault(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  @Override
  public void close() {
    isClosing = true;
    server.close();
  }
}
