package io.rivulet.cluster.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.metadata.MetadataStore.Session;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZooKeeperStoreTest extends MetadataStoreContractTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int TICK_MILLIS = 200;

  @TempDir private Path folder;

  private final List<MetadataStore> opened = new ArrayList<>();
  private ZooKeeperServer member;
  private ServerCnxnFactory network;
  private int port;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    startMember();
  }

  private void startMember() throws IOException, InterruptedException {
    member = new ZooKeeperServer(folder.toFile(), folder.toFile(), TICK_MILLIS);
    network = new NIOServerCnxnFactory();
    network.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
    network.startup(member);
    port = network.getLocalPort();
  }

  private void stopMember() {
    network.shutdown();
  }

  @AfterEach
  void stop() {
    opened.forEach(MetadataStore::close);
    stopMember();
  }

  @Override
  protected MetadataStore open() {
    return open("127.0.0.1:" + port);
  }

  private MetadataStore open(String connect) {
    var store = new ZooKeeperStore(new ZooKeeperConfig(connect, Duration.ofSeconds(2)));
    opened.add(store);
    return store;
  }

  @Override
  protected void expire(MetadataStore store) {
    member.closeSession(((ZooKeeperStore) store).sessionId());
  }

  @Override
  protected <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(DEADLINE.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  @Override
  protected void await(BooleanSupplier condition) {
    Awaitility.await()
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(10))
        .until(condition::getAsBoolean);
  }

  @Test
  void aSessionOutlivesAMemberThatStartsAgain() throws IOException, InterruptedException {
    Ear ear = new Ear();
    MetadataStore a = open();
    a.listen(ear);
    a.watch("/claim");
    await(() -> ear.sessions.contains(Session.CONNECTED));
    get(a.claim("/claim", "a"));

    stopMember();
    await(() -> ear.sessions.getLast() == Session.SUSPENDED);
    assertThatThrownBy(() -> get(a.get("/claim"))).hasCauseInstanceOf(MetadataException.class);
    ear.changes.clear();
    startMember();

    await(() -> ear.sessions.getLast() == Session.CONNECTED);
    assertThat(ear.sessions)
        .containsExactly(Session.CONNECTED, Session.SUSPENDED, Session.CONNECTED);
    await(() -> ear.changes.contains("/claim"));
    assertThat(get(a.get("/claim"))).isPresent();
  }

  @Test
  void aSessionOutlivesTheMembersThatAreAwayForLongerThanItLasts()
      throws IOException, InterruptedException {
    Ear ear = new Ear();
    MetadataStore a = open();
    a.listen(ear);
    await(() -> ear.sessions.contains(Session.CONNECTED));
    get(a.claim("/claim", "a"));

    stopMember();
    await(() -> ear.sessions.getLast() == Session.SUSPENDED);
    // The client gives up after 2.7 s.
    Awaitility.await().pollDelay(Duration.ofSeconds(8)).until(() -> true);
    startMember();

    await(() -> ear.sessions.getLast() == Session.CONNECTED);
    assertThat(ear.sessions)
        .containsExactly(Session.CONNECTED, Session.SUSPENDED, Session.CONNECTED);
    assertThat(get(a.get("/claim"))).isPresent();
  }

  /** Nothing ends a connection here: the client finds out by itself, and later. */
  @Test
  void aSessionOutlivesMembersThatAreSilentForLongerThanItLasts()
      throws IOException, InterruptedException {
    try (Relay relay = new Relay(port)) {
      Ear ear = new Ear();
      // The more members there are, the less time does the client give to each.
      MetadataStore a =
          open(String.join(",", Collections.nCopies(10, "127.0.0.1:" + relay.port())));
      a.listen(ear);
      await(() -> ear.sessions.contains(Session.CONNECTED));
      get(a.claim("/claim", "a"));

      relay.beSilent();
      stopMember();
      await(() -> ear.sessions.getLast() == Session.SUSPENDED);
      // The client gives up less than 2 s after it was disconnected.
      Awaitility.await().pollDelay(Duration.ofSeconds(6)).until(() -> true);
      startMember();
      relay.speak();

      await(() -> ear.sessions.getLast() == Session.CONNECTED);
      assertThat(ear.sessions)
          .containsExactly(Session.CONNECTED, Session.SUSPENDED, Session.CONNECTED);
      assertThat(get(a.get("/claim"))).isPresent();
    }
  }

  @Test
  void aStoreMayBeOpenedBeforeItsMemberRuns() throws IOException, InterruptedException {
    stopMember();
    Ear ear = new Ear();
    MetadataStore a = open();
    a.listen(ear);
    a.watch("/x");
    assertThatThrownBy(() -> get(a.get("/x"))).hasCauseInstanceOf(MetadataException.class);

    startMember();

    await(() -> ear.sessions.contains(Session.CONNECTED));
    await(() -> ear.changes.contains("/x"));
    assertThat(get(a.put("/x", "0", MetadataStore.ABSENT))).hasValue(0);
  }

  @Test
  void afterTheEndNothingIsAnsweredAndNothingHangs() {
    MetadataStore a = open();
    a.close();
    a.close();

    assertThatThrownBy(() -> get(a.get("/x"))).hasCauseInstanceOf(MetadataException.class);
  }
}
