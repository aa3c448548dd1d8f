package io.rivulet.cluster.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.cluster.metadata.MetadataStore.Session;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemoryStoreTest extends MetadataStoreContractTest {
  private static final Duration SESSION = Duration.ofSeconds(3);

  private final SimulatedTime time = new SimulatedTime();
  private final MemoryStore store = new MemoryStore(time, new SplittableRandom(1), SESSION);
  private final Ear ear = new Ear();
  private final MemoryStoreNode a = store.node("a");

  @BeforeEach
  void connect() {
    a.listen(ear);
    a.watch("/x");
    time.pass(Duration.ofSeconds(1));
    assertThat(ear.sessions).containsExactly(Session.CONNECTED);
    get(a.claim("/claim", "a"));
    ear.changes.clear();
  }

  @Override
  protected MetadataStore open() {
    return store.node("another");
  }

  @Override
  protected void expire(MetadataStore which) {
    ((MemoryStoreNode) which).expire();
  }

  @Override
  protected <T> T get(CompletableFuture<T> future) {
    return time.until(future).join();
  }

  @Override
  protected void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      assertThat(time.step()).as("something is left that could happen").isTrue();
    }
  }

  @Test
  void aNodeThatIsCutOffLosesItsClaims() {
    a.cutOff(true, true);
    time.pass(Duration.ofMillis(2900));
    assertThat(store.value("/claim")).isPresent();
    assertThat(ear.sessions).containsExactly(Session.CONNECTED, Session.SUSPENDED);

    time.pass(Duration.ofMillis(1200));
    assertThat(store.value("/claim")).isEmpty();
    a.heal();
    time.pass(Duration.ofSeconds(1));

    assertThat(ear.sessions)
        .containsExactly(Session.CONNECTED, Session.SUSPENDED, Session.LOST, Session.CONNECTED);
  }

  @Test
  void aShortCutLeavesTheSessionAndWhatChangedMeanwhileIsTold() {
    a.cutOff(false, true);
    time.pass(Duration.ofMillis(2500));
    store.put("/x", "changed", MetadataStore.ABSENT);
    a.heal();
    time.pass(Duration.ofSeconds(5));

    assertThat(ear.sessions)
        .containsExactly(Session.CONNECTED, Session.SUSPENDED, Session.CONNECTED);
    assertThat(store.value("/claim")).isPresent();
    assertThat(ear.changes).contains("/x");
  }

  @Test
  void aPausedNodeHearsOfTheEndOfItsSessionWhenItWakesUp() {
    a.pause();
    time.pass(Duration.ofSeconds(9));
    assertThat(store.value("/claim")).isEmpty();
    assertThat(ear.sessions).containsExactly(Session.CONNECTED);

    a.resume();
    time.pass(Duration.ofSeconds(1));

    assertThat(ear.sessions)
        .containsExactly(Session.CONNECTED, Session.SUSPENDED, Session.LOST, Session.CONNECTED);
  }

  @Test
  void theClaimsOfADeadNodeVanish() {
    a.kill();
    CompletableFuture<Boolean> claim = a.claim("/another", "a");
    time.pass(Duration.ofSeconds(9));

    assertThat(claim).isNotDone();
    assertThat(store.value("/claim")).isEmpty();
    assertThat(ear.sessions).containsExactly(Session.CONNECTED);
  }

  @Test
  void withoutAQuorumNothingIsAnsweredAndNoSessionEnds() {
    store.setAvailable(false);
    assertThatThrownBy(() -> get(a.get("/claim"))).hasCauseInstanceOf(MetadataException.class);
    time.pass(Duration.ofSeconds(60));
    store.setAvailable(true);
    time.pass(Duration.ofSeconds(1));

    assertThat(ear.sessions)
        .containsExactly(Session.CONNECTED, Session.SUSPENDED, Session.CONNECTED);
    assertThat(store.value("/claim")).isPresent();
  }

  @Test
  void whatIsUnderWayWhenTheConnectionBreaksIsDoneOrNot() {
    boolean[] seen = new boolean[2];
    for (int i = 0; i < 50; i++) {
      CompletableFuture<?> put = a.put("/y" + i, "", MetadataStore.ABSENT);
      if (i % 2 == 0) {
        a.stumble();
      } else {
        time.step();
        a.cutOff(true, true);
        a.heal();
      }
      time.pass(Duration.ofSeconds(1));

      assertThat(put).isCompletedExceptionally();
      seen[store.value("/y" + i).isPresent() ? 1 : 0] = true;
    }
    assertThat(store.value("/claim")).isPresent();
    assertThat(seen[1]).isTrue();
  }
}
