package io.rivulet.cluster.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.metadata.MetadataStore.Session;
import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What every store of metadata promises; a subclass gives sights of the same one. */
abstract class MetadataStoreContractTest {

  /** Safe for all threads: copies on write. Notes what it hears. */
  static final class Ear implements MetadataStore.Listener {
    final List<Session> sessions = new CopyOnWriteArrayList<>();
    final List<String> changes = new CopyOnWriteArrayList<>();

    @Override
    public void session(Session state) {
      sessions.add(state);
    }

    @Override
    public void changed(String name) {
      changes.add(name);
    }
  }

  /** The store as another process sees it. */
  protected abstract MetadataStore open();

  /** The store gives up a session that it has granted. */
  protected abstract void expire(MetadataStore store);

  /** Waits for a future. */
  protected abstract <T> T get(CompletableFuture<T> future);

  /** Waits until something holds. */
  protected abstract void await(BooleanSupplier condition);

  /** A store that is connected, and hears. */
  private MetadataStore connected(Ear ear) {
    MetadataStore store = open();
    store.listen(ear);
    await(() -> ear.sessions.contains(Session.CONNECTED));
    return store;
  }

  private MetadataStore connected() {
    return connected(new Ear());
  }

  private static Optional<Versioned> value(String value, long version) {
    return Optional.of(new Versioned(value, version));
  }

  @Test
  void whatWasPutIsSeenByAll() {
    MetadataStore a = connected();
    MetadataStore b = connected();

    OptionalLong made = get(a.put("/rivulet/deep/name", "ä", MetadataStore.ABSENT));

    assertThat(made).hasValue(0);
    assertThat(get(a.get("/rivulet/deep/name"))).isEqualTo(value("ä", 0));
    await(() -> get(b.get("/rivulet/deep/name")).isPresent());
    assertThat(get(a.get("/rivulet/other"))).isEmpty();
  }

  @Test
  void ofTwoChangesOfOneVersionOneHappens() {
    MetadataStore a = connected();
    MetadataStore b = connected();
    get(a.put("/x", "0", MetadataStore.ABSENT));

    List<OptionalLong> versions =
        List.of(a.put("/x", "a", 0), b.put("/x", "b", 0)).stream().map(this::get).toList();

    assertThat(versions).containsExactlyInAnyOrder(OptionalLong.of(1), OptionalLong.empty());
    String winner = versions.getFirst().isPresent() ? "a" : "b";
    await(() -> get(a.get("/x")).equals(value(winner, 1)));
  }

  @Test
  void ofTwoThatMakeANameOneDoes() {
    MetadataStore a = connected();
    MetadataStore b = connected();

    List<OptionalLong> made =
        List.of(a.put("/x", "a", MetadataStore.ABSENT), b.put("/x", "b", MetadataStore.ABSENT))
            .stream()
            .map(this::get)
            .toList();

    assertThat(made).containsExactlyInAnyOrder(OptionalLong.of(0), OptionalLong.empty());
  }

  @Test
  void whatIsNotThereIsNotChanged() {
    MetadataStore a = connected();

    assertThat(get(a.put("/x", "a", 0))).isEmpty();
    assertThat(get(a.get("/x"))).isEmpty();
  }

  @Test
  void aNameIsRemovedInTheVersionThatIsMeant() {
    MetadataStore a = connected();
    get(a.put("/x", "0", MetadataStore.ABSENT));
    get(a.put("/x", "1", 0));

    assertThat(get(a.delete("/x", 0))).isFalse();
    assertThat(get(a.delete("/x", 1))).isTrue();
    assertThat(get(a.delete("/x", 1))).isTrue();
    assertThat(get(a.get("/x"))).isEmpty();
  }

  @Test
  void aNameWithOthersBelowItStays() {
    MetadataStore a = connected();
    get(a.put("/x/y", "0", MetadataStore.ABSENT));

    assertThatThrownBy(() -> get(a.delete("/x", 0)))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theNamesRightBelowAreListed() {
    MetadataStore a = connected();
    get(a.put("/x/b", "", MetadataStore.ABSENT));
    get(a.put("/x/a/deep", "", MetadataStore.ABSENT));
    get(a.put("/xy", "", MetadataStore.ABSENT));

    assertThat(get(a.children("/x"))).containsExactly("a", "b");
    assertThat(get(a.children("/x/b"))).isEmpty();
    assertThat(get(a.children("/nothing"))).isEmpty();
  }

  @Test
  void oneAtATimeClaimsAName() {
    MetadataStore a = connected();
    MetadataStore b = connected();

    assertThat(get(a.claim("/owners/7", "a"))).isTrue();
    assertThat(get(a.claim("/owners/7", "a"))).isFalse();
    assertThat(get(b.claim("/owners/7", "b"))).isFalse();
    assertThat(get(a.put("/owners/7", "a serves", 0))).hasValue(1);
    await(() -> get(b.get("/owners/7")).equals(value("a serves", 1)));
  }

  @Test
  void thereIsNothingBelowAClaim() {
    MetadataStore a = connected();
    get(a.claim("/x", "a"));

    assertThatThrownBy(() -> get(a.put("/x/y", "0", MetadataStore.ABSENT)))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aClaimVanishesWithTheEndOfItsSession() {
    MetadataStore a = connected();
    MetadataStore b = connected();
    get(a.put("/owners/8", "stays", MetadataStore.ABSENT));
    get(a.claim("/owners/7", "a"));

    a.close();

    await(() -> get(b.children("/owners")).equals(List.of("8")));
    assertThat(get(b.claim("/owners/7", "b"))).isTrue();
  }

  @Test
  void aClaimMayBeRemovedByAnybody() {
    MetadataStore a = connected();
    MetadataStore b = connected();
    get(a.claim("/owners/7", "a"));

    await(() -> get(b.get("/owners/7")).isPresent());
    assertThat(get(b.delete("/owners/7", 0))).isTrue();
    assertThat(get(b.claim("/owners/7", "b"))).isTrue();
  }

  @Test
  void aSessionThatIsLostIsFollowedByAnotherOne() {
    Ear ear = new Ear();
    MetadataStore a = connected(ear);
    Ear otherEar = new Ear();
    MetadataStore b = connected(otherEar);
    a.watch("/owners/7");
    b.watch("/owners/7");
    get(a.claim("/owners/7", "a"));
    otherEar.changes.clear();

    expire(a);

    await(() -> ear.sessions.contains(Session.LOST));
    await(() -> ear.sessions.getLast() == Session.CONNECTED);
    assertThat(ear.sessions.stream().filter(each -> each != Session.SUSPENDED))
        .containsExactly(Session.CONNECTED, Session.LOST, Session.CONNECTED);
    await(() -> otherEar.changes.contains("/owners/7"));
    await(() -> get(a.get("/owners/7")).isEmpty());
    assertThat(get(a.claim("/owners/7", "a again"))).isTrue();
  }

  @Test
  void theNextSessionGoesOnWatching() {
    Ear ear = new Ear();
    MetadataStore a = connected(ear);
    MetadataStore b = connected();
    a.watch("/x");
    await(() -> ear.changes.contains("/x"));
    expire(a);
    await(() -> ear.sessions.contains(Session.LOST));
    await(() -> ear.sessions.getLast() == Session.CONNECTED);
    // Once the watch is there again, the name is told to have changed.
    await(() -> ear.changes.size() >= 2);
    ear.changes.clear();

    get(b.put("/x", "0", MetadataStore.ABSENT));

    await(() -> ear.changes.contains("/x"));
  }

  @Test
  void whoWatchesHearsOfEachKindOfChange() {
    Ear ear = new Ear();
    MetadataStore a = connected(ear);
    MetadataStore b = connected();
    a.watch("/x");
    await(() -> ear.changes.contains("/x"));

    hears(ear, () -> get(b.put("/x", "0", MetadataStore.ABSENT)));
    hears(ear, () -> get(b.put("/x", "1", 0)));
    hears(ear, () -> get(b.put("/x/y", "1", MetadataStore.ABSENT)));
    hears(ear, () -> get(b.delete("/x/y", 0)));
    hears(ear, () -> get(b.delete("/x", 1)));
    hears(ear, () -> get(b.claim("/x", "b")));
  }

  private void hears(Ear ear, Runnable change) {
    ear.changes.clear();
    change.run();
    await(() -> ear.changes.contains("/x"));
  }

  @Test
  void whoDoesNotWatchHearsNothing() {
    Ear ear = new Ear();
    MetadataStore a = connected(ear);
    a.watch("/y");
    await(() -> ear.changes.contains("/y"));

    get(a.put("/x", "0", MetadataStore.ABSENT));
    get(a.put("/y", "0", MetadataStore.ABSENT));

    await(() -> ear.changes.size() >= 2);
    assertThat(ear.changes).containsOnly("/y");
  }
}
