package io.rivulet.cluster.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.bookkeeper.bookie.BookieException;
import org.apache.bookkeeper.client.api.BookKeeper;
import org.apache.bookkeeper.client.api.DigestType;
import org.apache.bookkeeper.client.api.WriteHandle;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.discover.BookieServiceInfo;
import org.apache.bookkeeper.discover.ZKRegistrationManager;
import org.apache.bookkeeper.net.BookieId;
import org.apache.bookkeeper.zookeeper.ZooKeeperClient;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.ExitCode;
import org.apache.zookeeper.util.ServiceUtils;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real ZooKeeper and BookKeeper, three of each in one process. */
final class MembersTest {
  private static final Duration SESSION = Duration.ofSeconds(3);
  private static final Duration WHILE = Duration.ofSeconds(40);

  @TempDir private Path folder;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<NodeAddress> nodes;
  private final String metadata;

  @SuppressWarnings("NullAway.Init")
  MembersTest() throws IOException {
    nodes = Ports.nodes(3);
    metadata =
        nodes.stream()
            .map(each -> each.host() + ":" + each.metadataPort())
            .collect(Collectors.joining(","));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private StorageMember storage(NodeAddress node, boolean acceptsEmpty) throws IOException {
    return StorageMember.start(config(node, acceptsEmpty));
  }

  private StorageConfig config(NodeAddress node, boolean acceptsEmpty) {
    return new StorageConfig(
        node, metadata, folder.resolve(node.name()).resolve("bookie"), SESSION, 0, acceptsEmpty);
  }

  private void startQuorum() throws IOException {
    for (NodeAddress node : nodes) {
      Path data = folder.resolve(node.name()).resolve("zookeeper");
      open.add(MetadataMember.start(node, nodes, data));
    }
  }

  @Test
  void storageThatDoesNotReachTheQuorumIsToBeTriedAgain() {
    assertThatThrownBy(() -> storage(nodes.getFirst(), false))
        .isInstanceOf(StorageBusyException.class);
  }

  @Test
  void aMetadataMemberThatWouldEndTheProcessSaysSoAndGoesNoFurther() throws IOException {
    startQuorum();
    MetadataMember member = (MetadataMember) open.getLast();

    ServiceUtils.requestSystemExit(ExitCode.TXNLOG_ERROR_TAKING_SNAPSHOT.getValue());
    assertThat(member.whenEnded()).isNotDone();
    assertThatThrownBy(
            () -> ServiceUtils.requestSystemExit(ExitCode.UNMATCHED_TXN_COMMIT.getValue()))
        .isInstanceOf(IllegalStateException.class);

    assertThat(member.whenEnded())
        .isCompletedWithValueMatching(
            reason -> String.valueOf(reason.getMessage()).contains("start the node"));
  }

  @Test
  @SuppressWarnings("try")
  void threeMembersKeepALedgerInThreeCopies() throws Exception {
    startQuorum();
    for (NodeAddress node : nodes) {
      StorageMember member = storage(node, false);
      open.add(member);
      assertThat(member.isRunning()).isTrue();
      assertThat(member.isWritable()).isTrue();
    }
    ClientConfiguration client = new ClientConfiguration();
    client.setMetadataServiceUri("zk+hierarchical://" + metadata.replace(',', ';') + "/ledgers");
    try (BookKeeper keeper = BookKeeper.newBuilder(client).build();
        WriteHandle ledger =
            keeper
                .newCreateLedgerOp()
                .withEnsembleSize(3)
                .withWriteQuorumSize(3)
                .withAckQuorumSize(2)
                .withDigestType(DigestType.CRC32C)
                .withPassword(new byte[0])
                .withCustomMetadata(Map.of())
                .execute()
                .get()) {
      assertThat(ledger.append("hello".getBytes(StandardCharsets.UTF_8))).isZero();
      assertThat(ledger.getLedgerMetadata().getAllEnsembles().get(0L))
          .extracting(Object::toString)
          .containsExactlyInAnyOrder("a", "b", "c");
    }
  }

  @Test
  @Timeout(60)
  void storageEndsAlsoWhenAllNodesAreStoppedTogether() throws Exception {
    startQuorum();
    StorageMember member = storage(nodes.getFirst(), false);
    // The node's own metadata member goes last.
    open.removeLast().close();
    open.removeLast().close();
    member.close();
    assertThat(member.isRunning()).isFalse();
  }

  @Test
  void autoRecoveryOfAMemberThatAuditsNothingEndsWithIt() throws Exception {
    startQuorum();
    for (NodeAddress node : nodes) {
      open.add(storage(node, false));
    }
    for (NodeAddress node : nodes) {
      Awaitility.await().atMost(WHILE).until(() -> isThere("AuditorElector-" + node.name()));
    }

    // One of them audits, most likely the first; the others wait until they may.
    for (NodeAddress node : nodes.subList(1, 3)) {
      StorageMember member = (StorageMember) open.get(nodes.size() + nodes.indexOf(node));
      member.close();
      assertThat(isThere("AuditorElector-" + node.name())).isFalse();
    }
  }

  private static boolean isThere(String thread) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(each -> each.getName().equals(thread));
  }

  /** As it does when all members were away, or this one stood still, for longer than it lasts. */
  @Test
  @Timeout(120)
  @SuppressWarnings("try")
  void ledgersAreBroughtBackToFullReplicationAlsoAfterTheSessionForThatHasEnded() throws Exception {
    startQuorum();
    StorageMember member = storage(nodes.getFirst(), false);
    open.add(member);
    try (ZooKeeper watching = client()) {
      long ended = auditor(watching, 0);
      end(ended);

      assertThat(auditor(watching, ended)).isNotEqualTo(ended);
      Awaitility.await().atMost(WHILE).until(member::isRecovering);
      assertThat(member.isRunning()).isTrue();
    }
  }

  @Test
  @Timeout(120)
  @SuppressWarnings("try")
  void whoseRegistrationIsGoneRegistersAgain() throws Exception {
    startQuorum();
    open.add(storage(nodes.getFirst(), false));
    try (ZooKeeper other = client()) {
      assertThat(other.exists("/ledgers/available/a", false)).isNotNull();
      other.delete("/ledgers/available/a", -1);

      Awaitility.await()
          .atMost(WHILE)
          .ignoreExceptions()
          .until(() -> other.exists("/ledgers/available/a", false) != null);
    }
  }

  /** The session of who looks for ledgers that too few members hold, once it is another one. */
  private static long auditor(ZooKeeper watching, long before) {
    AtomicLong found = new AtomicLong();
    Awaitility.await()
        .atMost(WHILE)
        .ignoreExceptions()
        .until(() -> {
          String votes = "/ledgers/underreplication/auditorelection";
          for (String vote : watching.getChildren(votes, false)) {
            Stat stat = watching.exists(votes + "/" + vote, false);
            if (stat != null && stat.getEphemeralOwner() != 0) {
              found.set(stat.getEphemeralOwner());
            }
          }
          return found.get() != before;
        });
    return found.get();
  }

  /** Ends a session as somebody can who knows how ZooKeeper makes the passwords of sessions. */
  @SuppressWarnings("try")
  private void end(long session) throws Exception {
    byte[] password = new byte[16];
    new Random(session ^ 0xB3415C00L).nextBytes(password);
    CountDownLatch connected = new CountDownLatch(1);
    try (ZooKeeper taken =
        new ZooKeeper(
            metadata,
            (int) SESSION.toMillis(),
            event -> {
              if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
              }
            },
            session,
            password)) {
      assertThat(connected.await(WHILE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(taken.getSessionId()).isEqualTo(session);
    }
  }

  /** The new leader of a quorum gives sessions that have ended their whole time once more. */
  @Test
  @Timeout(60)
  @SuppressWarnings("try")
  void storageWaitsUntilItsLastRegistrationIsGone() throws Exception {
    startQuorum();
    ServerConfiguration configuration = new ServerConfiguration();
    configuration.setZkTimeout(100);
    configuration.setMetadataServiceUri(
        "zk+hierarchical://" + metadata.replace(',', ';') + "/ledgers");
    BookieId id = BookieId.parse("a");
    try (ZooKeeper ended = client();
        ZooKeeper next = client()) {
      for (String path : List.of("/ledgers", "/ledgers/available")) {
        next.create(path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      }
      try (ZKRegistrationManager before = new ZKRegistrationManager(configuration, ended);
          PatientRegistrations registrations = new PatientRegistrations(configuration, next)) {
        before.registerBookie(id, false, BookieServiceInfo.EMPTY);
        assertThatThrownBy(() -> registrations.registerBookie(id, false, BookieServiceInfo.EMPTY))
            .as("it does not wait for ever when it starts")
            .isInstanceOf(BookieException.MetadataStoreException.class);
        before.unregisterBookie(id, false);
        registrations.registerBookie(id, false, BookieServiceInfo.EMPTY);
        registrations.unregisterBookie(id, false);

        before.registerBookie(id, false, BookieServiceInfo.EMPTY);
        CompletableFuture<Void> again =
            CompletableFuture.runAsync(() -> {
              try {
                registrations.registerBookie(id, false, BookieServiceInfo.EMPTY);
              } catch (BookieException e) {
                throw new IllegalStateException(e);
              }
            });
        assertThat(again)
            .failsWithin(Duration.ofSeconds(1))
            .withThrowableThat()
            .isInstanceOf(TimeoutException.class);
        before.unregisterBookie(id, false);
        assertThat(again).succeedsWithin(Duration.ofSeconds(30));
        assertThat(next.exists("/ledgers/available/a", false).getEphemeralOwner())
            .isEqualTo(next.getSessionId());
      }
    }
  }

  private ZooKeeper client() throws Exception {
    return ZooKeeperClient.newBuilder()
        .connectString(metadata)
        .sessionTimeoutMs((int) SESSION.toMillis())
        .build();
  }

  @Test
  void storageThatLostItsDiskIsRefusedUntilAnOperatorSaysSo() throws Exception {
    startQuorum();
    storage(nodes.getFirst(), false).close();
    Path lost = folder.resolve("a").resolve("bookie");
    try (Stream<Path> files = Files.walk(lost)) {
      for (Path file : files.sorted((x, y) -> y.compareTo(x)).toList()) {
        Files.delete(file);
      }
    }
    assertThatThrownBy(() -> storage(nodes.getFirst(), false))
        .isInstanceOf(EmptyStorageException.class)
        .hasMessageContaining("'a'")
        .hasMessageContaining("cluster.accept-empty-storage");
    List<String> told = new ArrayList<>();
    StorageMember anew = StorageMember.start(config(nodes.getFirst(), true), told::add);
    open.add(anew);
    assertThat(anew.isRunning()).isTrue();
    assertThat(told).containsExactly("a");
  }
}
