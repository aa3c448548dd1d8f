package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that begin with what others hold. */
final class StreamForkTest {
  private static final String TEXT = "text/plain";
  private static final StreamDefinition AS_SOURCE = StreamDefinition.of("");

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
  private final ShardDriver driver = new ShardDriver(EngineConfig.defaults(), random);
  private final StreamCaller caller = new StreamCaller(driver::shard);

  // ---- where it begins

  @Test
  void aForkBeginsWithAllThatItsSourceHolds() {
    make("s", TEXT, "a ", "b ");

    assertThat(fork("f", "s", OptionalLong.empty(), 0)).startsWith("made").endsWith("end 2");
    append("f", TEXT, "own ");
    append("s", TEXT, "later ");

    assertThat(bodies("f")).containsExactly("a ", "b ", "own ");
    assertThat(bodies("s")).containsExactly("a ", "b ", "later ");
  }

  @Test
  void aForkBeginsWithWhatIsBeforeAnOffset() {
    make("s", TEXT, "a ", "b ", "c ");

    assertThat(fork("f", "s", OptionalLong.of(1), 0)).startsWith("made").endsWith("end 1");
    assertThat(fork("none", "s", OptionalLong.of(0), 0)).startsWith("made").endsWith("end 0");
    append("f", TEXT, "own ");
    append("none", TEXT, "first ");

    assertThat(bodies("f")).containsExactly("a ", "own ");
    assertThat(bodies("none")).containsExactly("first ");
  }

  @Test
  void aForkOfAForkOfAForkShowsAllFour() {
    make("s", TEXT, "a ", "b ", "c ");
    fork("f1", "s", OptionalLong.of(2), 0);
    append("f1", TEXT, "d ", "e ");
    fork("f2", "f1", OptionalLong.of(3), 0);
    append("f2", TEXT, "f ");
    fork("f3", "f2", OptionalLong.of(1), 0); // before what f1 and f2 have of their own
    append("f3", TEXT, "g ");

    assertThat(bodies("f2")).containsExactly("a ", "b ", "d ", "f ");
    assertThat(bodies("f3")).containsExactly("a ", "g ");
    driver.crash(Integer.MAX_VALUE, 0, true);
    assertThat(bodies("f2")).containsExactly("a ", "b ", "d ", "f ");
    assertThat(bodies("f3")).containsExactly("a ", "g ");
  }

  @Test
  void aSubOffsetOfBytesIsAPartOfAMessage() {
    make("s", TEXT, "a ", "b 12345");

    assertThat(fork("f", "s", OptionalLong.of(1), 3)).startsWith("made").endsWith("end 2");

    assertThat(bodies("f")).containsExactly("a ", "b 1");
    assertThat(fork("beyond", "s", OptionalLong.of(1), 8)).contains("ILLEGAL_ARGUMENT");
  }

  @Test
  void aSubOffsetInJsonIsANumberOfMessages() {
    make("s", StreamModel.JSON, "1 ", "2 ", "3 ");

    assertThat(fork("f", "s", OptionalLong.of(1), 1)).startsWith("made").endsWith("end 2");

    assertThat(bodies("f")).containsExactly("1 ", "2 ");
    assertThat(fork("beyond", "s", OptionalLong.of(1), 3)).contains("ILLEGAL_ARGUMENT");
  }

  @Test
  void aPartOfAMessageIsOfTheSourceThatTheForkHas() {
    make("s", TEXT, "old 12345");
    CompletableFuture<Object> forked = caller.ask(forking("f", "s", OptionalLong.of(0), 3));
    CompletableFuture<Object> deleted = caller.ask(new StreamModel.Delete("s"));
    CompletableFuture<Object> made = caller.ask(making("s", StreamDefinition.of(TEXT), "new 67"));
    driver.settle();

    assertThat(forked).isDone();
    assertThat(deleted.join()).asString().startsWith("deleted");
    assertThat(made.join()).asString().startsWith("made");
    assertThat(bodies("f")).containsExactly("new");
  }

  // ---- when its source ends

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aForkShowsWhatADeletedSourceHeld(boolean crashes) {
    make("s", TEXT, "a ", "b ");
    fork("f", "s", OptionalLong.empty(), 0);
    ask(new StreamModel.Delete("s"));
    if (crashes) {
      driver.crash(Integer.MAX_VALUE, 0, random.nextBoolean());
    }
    append("f", TEXT, "own ");

    assertThat(bodies("f")).containsExactly("a ", "b ", "own ");
    assertThat(describe("s")).contains("GONE");
    assertThat(ask(making("s", StreamDefinition.of(TEXT)))).startsWith("differs");
    assertThat(ask(new StreamModel.Send("s", List.of("w ")))).contains("STREAM_CLOSED");
    assertThat(append("s", TEXT, "late ")).isEqualTo("Gone[]");
    assertThat(fork("late", "s", OptionalLong.empty(), 0)).contains("STREAM_CLOSED");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDeletedSourceGoesWithItsLastFork(boolean crashes) {
    make("s", TEXT, "a ");
    fork("f1", "s", OptionalLong.empty(), 0);
    fork("f2", "f1", OptionalLong.empty(), 0);
    fork("f3", "s", OptionalLong.empty(), 0);
    for (String name : List.of("s", "f1", "f3")) {
      ask(new StreamModel.Delete(name));
    }
    assertThat(describe("s")).contains("GONE");
    assertThat(describe("f1")).contains("GONE");
    assertThat(describe("f3")).contains("NOT_FOUND");
    if (crashes) {
      driver.crash(Integer.MAX_VALUE, 0, random.nextBoolean());
    }

    ask(new StreamModel.Delete("f2"));

    for (String name : List.of("s", "f1", "f2")) {
      assertThat(describe(name)).contains("NOT_FOUND");
    }
    assertThat(ask(making("s", StreamDefinition.of(TEXT), "anew "))).startsWith("made");
    assertThat(bodies("s")).containsExactly("anew ");
  }

  @Test
  void aForkShowsWhatAnExpiredSourceHeldAndLivesByItsOwnTime() {
    Instant end = Instant.ofEpochMilli(driver.clock.wallMillis()).plusSeconds(10);
    ask(making("s", new StreamDefinition(TEXT, Optional.empty(), Optional.of(end)), "a "));
    ask(
        new StreamModel.Create(
            "f",
            new StreamDefinition("", Optional.of(Duration.ofSeconds(60)), Optional.empty()),
            Optional.of(new StreamFork("s", OptionalLong.empty(), 0)),
            List.of(),
            false));
    fork("same", "s", OptionalLong.empty(), 0); // ends with its source

    driver.pass(10_000);
    assertThat(ask(making("s", StreamDefinition.of(TEXT)))).startsWith("differs");
    assertThat(describe("s")).contains("GONE");
    assertThat(describe("same")).contains("NOT_FOUND");
    assertThat(bodies("f")).containsExactly("a ");

    driver.pass(60_000);
    assertThat(describe("f")).contains("NOT_FOUND");
    assertThat(describe("s")).contains("NOT_FOUND");
  }

  @Test
  void aCrashTakesAForkOrLeavesItWhole() {
    make("s", TEXT, "a ", "b ");
    for (int kept = 0; kept < 4; kept++) {
      String name = "f" + kept;
      CompletableFuture<Object> made =
          caller.ask(
              new StreamModel.Create(
                  name,
                  AS_SOURCE,
                  Optional.of(new StreamFork("s", OptionalLong.of(1), 0)),
                  List.of("own" + kept + " "),
                  true));
      driver.turn();
      driver.crash(kept, 0, false);

      if (describe(name).contains("NOT_FOUND")) {
        assertThat(made).isNotDone();
      } else {
        assertThat(describe(name)).endsWith("end 2 closed");
        assertThat(bodies(name)).containsExactly("a ", "own" + kept + " ");
      }
    }
  }

  // ---- refused

  @Test
  void aForkIsOfSomethingThatIsThereAndOfItsKind() {
    make("s", TEXT, "a ");

    assertThat(fork("f", "s", OptionalLong.of(2), 0)).contains("ILLEGAL_ARGUMENT");
    assertThat(fork("f", "s", OptionalLong.of(1), 1)).contains("ILLEGAL_ARGUMENT");
    assertThat(fork("f", "absent", OptionalLong.empty(), 0)).contains("NOT_FOUND");
    assertThat(
            ask(
                new StreamModel.Create(
                    "f",
                    StreamDefinition.of("text/html"),
                    Optional.of(new StreamFork("s", OptionalLong.empty(), 0)),
                    List.of(),
                    false)))
        .contains("TYPE_MISMATCH");
    assertThat(describe("f")).contains("NOT_FOUND");
  }

  @Test
  void theSameForkIsFoundAndAnotherDiffers() {
    make("s", TEXT, "a ", "b ");
    fork("f", "s", OptionalLong.of(1), 0);

    assertThat(fork("f", "s", OptionalLong.of(1), 0)).startsWith("found");
    assertThat(fork("f", "s", OptionalLong.empty(), 0)).startsWith("found");
    assertThat(fork("f", "s", OptionalLong.of(2), 0)).startsWith("differs");
    assertThat(fork("f", "s", OptionalLong.of(1), 1)).startsWith("differs");
  }

  // ---- words

  private String ask(StreamModel.Request request) {
    CompletableFuture<Object> answer = caller.ask(request);
    driver.settle();
    assertThat(answer).isDone();
    return answer.join().toString();
  }

  private static StreamModel.Create making(
      String name, StreamDefinition definition, String... bodies) {
    return new StreamModel.Create(name, definition, Optional.empty(), List.of(bodies), false);
  }

  private void make(String name, String contentType, String... bodies) {
    assertThat(ask(making(name, StreamDefinition.of(contentType), bodies))).startsWith("made");
  }

  private static StreamModel.Create forking(
      String name, String source, OptionalLong offset, long subOffset) {
    return new StreamModel.Create(
        name, AS_SOURCE, Optional.of(new StreamFork(source, offset, subOffset)), List.of(), false);
  }

  private String fork(String name, String source, OptionalLong offset, long subOffset) {
    return ask(forking(name, source, offset, subOffset));
  }

  private String append(String name, String contentType, String... bodies) {
    return ask(
        new StreamModel.Append(
            name, contentType, List.of(bodies), false, Optional.empty(), Optional.empty()));
  }

  private String describe(String name) {
    return ask(new StreamModel.Describe(name));
  }

  /** Read one by one, so that each place is asked for. */
  private List<String> bodies(String name) {
    List<String> bodies = new ArrayList<>();
    while (true) {
      CompletableFuture<Object> answer =
          caller.ask(new StreamModel.Read(name, bodies.size(), random.nextInt(1, 4)));
      driver.settle();
      StreamModel.Page page = (StreamModel.Page) answer.join();
      assertThat(page.refusal()).isEmpty();
      if (page.bodies().isEmpty()) {
        return bodies;
      }
      bodies.addAll(page.bodies());
    }
  }
}
