package io.rivulet.testkit.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.CommitLog.Segment;
import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.log.TrimmedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every commit log promises; a subclass says how one is opened. */
public abstract class CommitLogContractTest {
  private static final int SEGMENT_BYTES = 64 << 10;
  private static final Duration SOON = Duration.ofSeconds(30);

  private CommitLog log;
  private RecordingListener listener = new RecordingListener();

  /** Opens an empty log with segments of this size; called once per test. */
  protected abstract CommitLog open(int segmentBytes) throws IOException;

  /** Closes the log in order and opens it again. */
  protected abstract CommitLog reopen(CommitLog closing) throws IOException;

  @SuppressWarnings("NullAway.Init") // JUnit calls setUp before any test
  protected CommitLogContractTest() {}

  /** Waits until something holds; where time is simulated, it is made to pass. */
  protected void waitUntil(BooleanSupplier holds) {
    await().atMost(SOON).until(holds::getAsBoolean);
  }

  /** Called after each of many appends, for a log that begins a new segment a little later. */
  protected void letPass() {}

  @BeforeEach
  void setUp() throws IOException {
    log = open(SEGMENT_BYTES);
    log.start(listener);
  }

  @AfterEach
  void tearDown() throws IOException {
    log.close();
  }

  @Test
  void anEmptyLogEndsWhereItBegins() throws IOException {
    assertThat(log.head()).isEqualTo(log.end());
    assertThat(log.durableEnd()).isEqualTo(log.end());
    assertThat(log.syncedEnd()).isEqualTo(log.end());
    assertThat(log.unwrittenBytes()).isZero();
    assertThat(log.segments()).hasSize(1);
    assertThat(contents(log)).isEmpty();
  }

  @Test
  void anAppendedBatchBecomesWrittenAndDurable() {
    long base = append("hello");

    assertThat(log.end()).isEqualTo(base + 5);
    waitUntil(() -> listener.durable() == log.end());
    assertThat(listener.written()).isEqualTo(log.end());
    assertThat(log.durableEnd()).isEqualTo(log.end());
    assertThat(log.unwrittenBytes()).isZero();
    assertThat(listener.failure()).isNull();
  }

  @Test
  void aBatchThatNobodyWaitsForIsWritten() {
    log.append(buffer("nobody waits"), Urgency.NORMAL, false);

    waitUntil(() -> listener.written() == log.end());
  }

  @Test
  void basesRiseAndNeverOverlap() {
    long end = log.end();
    for (int i = 0; i < 1_000; i++) {
      String text = "x".repeat(1 + i % 300);
      long base = append(text);
      assertThat(base).isGreaterThanOrEqualTo(end);
      end = base + text.length();
      assertThat(log.end()).isEqualTo(end);
    }
  }

  @Test
  void anyStretchOfABatchCanBeReadAtOnce() throws IOException {
    long first = append("first batch");
    long second = append("second batch");

    assertThat(text(log.read(first, 11))).isEqualTo("first batch");
    assertThat(text(log.read(second + 7, 5))).isEqualTo("batch");
    assertThat(text(log.read(second, 0))).isEmpty();
  }

  @Test
  void aStretchCanBeReadIntoMemoryOfTheCallers() throws IOException {
    long base = append("a batch");
    for (ByteBuffer memory : List.of(ByteBuffer.allocate(9), ByteBuffer.allocateDirect(9))) {
      memory.put("<       >".getBytes(UTF_8)).position(2).limit(7);

      log.read(base + 2, memory);

      assertThat(memory.hasRemaining()).isFalse();
      assertThat(text(memory.clear())).isEqualTo("< batch >");
    }
  }

  @Test
  void aStretchThatIsOnTheDiskOnlyCanBeReadIntoMemoryOfTheCallers() throws IOException {
    long base = append("a batch");
    fillSegments(3);
    restart();
    ByteBuffer memory = ByteBuffer.allocateDirect(9);
    memory.put("<       >".getBytes(UTF_8)).position(2).limit(7);

    log.read(base + 2, memory);

    assertThat(memory.hasRemaining()).isFalse();
    assertThat(text(memory.clear())).isEqualTo("< batch >");
  }

  @Test
  void aReadThatFailsLeavesTheCallersMemoryToBeFilled() throws IOException {
    long base = append("a batch");
    ByteBuffer memory = ByteBuffer.allocateDirect(9).position(1);

    assertThatThrownBy(() -> log.read(base, memory)).isInstanceOf(IllegalArgumentException.class);

    assertThat(memory.position()).isEqualTo(1);
    assertThat(memory.limit()).isEqualTo(9);
  }

  @Test
  void whatIsTrimmedIsNotReadIntoMemoryOfTheCallers() throws IOException {
    long base = append("a batch");
    fillSegments(3);
    log.sync(log.end());
    log.trim(log.end());
    ByteBuffer memory = ByteBuffer.allocateDirect(7);

    assertThatThrownBy(() -> log.read(base, memory)).isInstanceOf(TrimmedException.class);

    assertThat(memory.position()).isZero();
  }

  @Test
  void stretchesOfSeveralBatchesAndSegmentsCanBeReadAtOnce() throws IOException {
    List<String> texts = new ArrayList<>();
    List<Long> bases = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 3; j++) {
        texts.add("batch " + i + "." + j);
        bases.add(append(texts.getLast()));
      }
      fillSegments(1);
    }
    assertReadAtOnce(texts, bases);

    restart();

    assertReadAtOnce(texts, bases);
  }

  /** Two stretches of each batch, and the first of them once more. */
  private void assertReadAtOnce(List<String> texts, List<Long> bases) throws IOException {
    long[] positions = new long[3 * bases.size()];
    int[] lengths = new int[positions.length];
    for (int i = 0; i < bases.size(); i++) {
      for (int j = 0; j < 3; j++) {
        positions[3 * i + j] = bases.get(i) + (j == 2 ? 6 : 0);
        lengths[3 * i + j] = j == 2 ? 3 : 5;
      }
    }

    ByteBuffer[] read = log.readAll(positions, lengths);

    for (int i = 0; i < read.length; i++) {
      String text = texts.get(i / 3);
      assertThat(text(read[i])).isEqualTo(i % 3 == 2 ? text.substring(6) : text.substring(0, 5));
      assertThat(read[i].isReadOnly()).isTrue();
    }
  }

  @Test
  void oneStretchOfManyThatIsTrimmedFailsThemAll() throws IOException {
    long first = append("first");
    fillSegments(3);
    long last = append("last");
    log.sync(log.end());
    log.trim(last);

    assertThatThrownBy(() -> log.readAll(new long[] {first, last}, new int[] {5, 4}))
        .isInstanceOf(TrimmedException.class);
    assertThat(text(log.readAll(new long[] {last}, new int[] {4})[0])).isEqualTo("last");
    assertThat(log.readAll(new long[0], new int[0])).isEmpty();
  }

  @Test
  void theCallerMayReuseItsBuffer() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(100);
    buffer.put(10, "abc".getBytes(UTF_8)).position(10).limit(13);

    long base = log.append(buffer, Urgency.NORMAL, true);
    buffer.put(10, "xyz".getBytes(UTF_8));

    assertThat(text(log.read(base, 3))).isEqualTo("abc");
  }

  @Test
  void whatIsReadCannotBeChanged() throws IOException {
    ByteBuffer read = log.read(append("abc"), 3);

    assertThatThrownBy(() -> read.put(0, (byte) 'x')).isInstanceOf(ReadOnlyBufferException.class);
  }

  @Test
  void aReadBufferStaysValidWhileTheLogGoesOn() throws IOException {
    ByteBuffer read = log.read(append("abc"), 3);

    fillSegments(3);
    log.sync(log.end());
    log.trim(log.end());

    assertThat(text(read)).isEqualTo("abc");
  }

  @Test
  void aReadBeyondTheEndIsTheCallersMistake() {
    append("abc");

    assertThatThrownBy(() -> log.read(log.end(), 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aBatchMayBeAsLargeAsTheLogSays() throws IOException {
    String largest = "x".repeat(log.maxBatchBytes());
    append("before");
    long base = append(largest);
    append("after");

    assertThat(text(log.read(base, largest.length()))).isEqualTo(largest);
    log.sync(log.end());
    assertThat(contents(log)).containsExactly("before", largest, "after");
  }

  @Test
  void aLargerBatchAndAnEmptyOneAreRefused() {
    ByteBuffer tooLarge = ByteBuffer.allocate(log.maxBatchBytes() + 1);

    assertThatThrownBy(() -> log.append(tooLarge, Urgency.NORMAL, true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("" + log.maxBatchBytes());
    assertThatThrownBy(() -> log.append(ByteBuffer.allocate(0), Urgency.NORMAL, true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void syncReturnsWhenAllSurvivesPowerLoss() throws IOException {
    log.append(buffer("nobody waits"), Urgency.RESERVE, false);

    log.sync(log.end());

    assertThat(log.syncedEnd()).isEqualTo(log.end());
    assertThat(log.durableEnd()).isEqualTo(log.end());
  }

  @Test
  void replayVisitsEveryBatchFromAPositionOn() throws IOException {
    append("a");
    long base = append("b");
    append("c");
    log.sync(log.end());

    assertThat(contents(log)).containsExactly("a", "b", "c");
    assertThat(contents(log, base)).containsExactly("b", "c");
    assertThat(contents(log, base + 1)).containsExactly("c");
    assertThat(contents(log, log.end())).isEmpty();
  }

  @Test
  void aReopenedLogHasAllBatchesAtTheirPositions() throws IOException {
    List<Long> bases = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      texts.add(i + "x".repeat(i));
      bases.add(append(texts.get(i)));
    }
    long head = log.head();
    long end = log.end();

    restart();

    assertThat(contents(log)).isEqualTo(texts);
    assertThat(log.head()).isEqualTo(head).isEqualTo(bases.getFirst());
    assertThat(log.end()).isEqualTo(end);
    assertThat(log.syncedEnd()).isEqualTo(end);
    assertThat(log.durableEnd()).isEqualTo(end);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(text(log.read(bases.get(i), texts.get(i).length()))).isEqualTo(texts.get(i));
    }
  }

  @Test
  void aReopenedLogGoesOnAfterItsEnd() throws IOException {
    append("before");
    long end = log.end();

    restart();
    long base = append("after");

    assertThat(base).isGreaterThanOrEqualTo(end);
    log.sync(log.end());
    assertThat(contents(log)).containsExactly("before", "after");
  }

  @Test
  void segmentsCoverTheLogInOrder() throws IOException {
    fillSegments(4);

    List<Segment> segments = log.segments();

    assertThat(segments).hasSizeGreaterThanOrEqualTo(4);
    assertThat(segments.getLast().end()).isEqualTo(log.end());
    for (int i = 1; i < segments.size(); i++) {
      assertThat(segments.get(i).base()).isGreaterThanOrEqualTo(segments.get(i - 1).end());
      assertThat(segments.get(i).lastAppendMillis())
          .isGreaterThanOrEqualTo(segments.get(i - 1).lastAppendMillis());
    }
    restart();
    assertThat(log.segments()).isEqualTo(segments);
  }

  @Test
  void bytesBetweenPositionsAreAboutThoseOfTheBatches() {
    long from = append("x".repeat(1_000));
    fillSegments(3);
    long middle = log.end();
    long last = append("x".repeat(10_000));
    long bytes = 1_000 + log.segments().size() * 4_000L;

    assertThat(log.bytesBetween(from, from)).isZero();
    assertThat(log.bytesBetween(from, log.end())).isGreaterThan(bytes);
    assertThat(log.bytesBetween(from, log.end())).isLessThan(4 * SEGMENT_BYTES + 1_000_000L);
    assertThat(log.bytesBetween(middle, last)).isLessThan(SEGMENT_BYTES);
    assertThat(log.bytesBetween(from, middle)).isLessThanOrEqualTo(log.bytesBetween(from, last));
  }

  @Test
  void trimTakesWholeSegmentsBelowThePosition() throws IOException {
    fillSegments(4);
    log.sync(log.end());
    List<Segment> before = log.segments();
    List<String> kept = contents(log, before.get(2).base());

    log.trim(before.get(1).end());

    assertThat(log.segments()).isEqualTo(before.subList(2, before.size()));
    assertThat(log.head()).isGreaterThanOrEqualTo(before.get(2).base());
    assertThat(contents(log)).isEqualTo(kept);
  }

  @Test
  void trimKeepsASegmentThatReachesBeyondThePosition() throws IOException {
    fillSegments(3);
    log.sync(log.end());
    List<Segment> before = log.segments();

    log.trim(before.get(1).end() - 1);

    assertThat(log.segments()).isEqualTo(before.subList(1, before.size()));
  }

  @Test
  void theLastSegmentIsNeverTrimmed() throws IOException {
    fillSegments(2);
    log.sync(log.end());
    Segment last = log.segments().getLast();

    log.trim(Long.MAX_VALUE);

    assertThat(log.segments()).containsExactly(last);
    append("the log goes on");
  }

  @Test
  void whatWasTrimmedIsGoneForReaders() throws IOException {
    long base = append("old");
    fillSegments(2);
    log.sync(log.end());

    log.trim(log.end());

    assertThatThrownBy(() -> log.read(base, 3))
        .isInstanceOf(TrimmedException.class)
        .hasMessageContaining("" + base);
  }

  @Test
  void aTrimmedLogIsReopenedWithItsPositions() throws IOException {
    fillSegments(3);
    log.sync(log.end());
    log.trim(log.end());
    long head = log.head();
    long end = log.end();
    List<String> kept = contents(log);

    restart();

    assertThat(log.head()).isEqualTo(head);
    assertThat(log.end()).isEqualTo(end);
    assertThat(contents(log)).isEqualTo(kept);
  }

  @Test
  void aSealedLogRefusesAppendsAndCompletesTheOthers() throws IOException {
    append("before");

    long end = log.seal();

    assertThat(end).isEqualTo(log.end());
    assertThatThrownBy(() -> append("after")).isInstanceOf(IllegalStateException.class);
    waitUntil(() -> listener.durable() == end);
  }

  @Test
  void aLogIsStartedOnce() {
    assertThatThrownBy(() -> log.start(listener)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingTwiceIsHarmless() throws IOException {
    append("a");

    log.close();
    log.close();
  }

  /** The log under test, for what only one implementation promises. */
  protected CommitLog log() {
    return log;
  }

  protected RecordingListener listener() {
    return listener;
  }

  protected void restart() throws IOException {
    log = reopen(log);
    listener = new RecordingListener();
    log.start(listener);
  }

  protected long append(String text) {
    return log.append(buffer(text), Urgency.NORMAL, true);
  }

  /** Appends until the log has this many segments more. */
  protected void fillSegments(int count) {
    int target = log.segments().size() + count;
    for (int i = 0; log.segments().size() < target; i++) {
      append(i + "x".repeat(4_000));
      letPass();
    }
  }

  /** All batches of a log, as text. */
  public static List<String> contents(CommitLog log) throws IOException {
    return contents(log, 0);
  }

  public static List<String> contents(CommitLog log, long from) throws IOException {
    List<String> contents = new ArrayList<>();
    log.replay(from, (base, payload) -> contents.add(text(payload)));
    return contents;
  }

  public static ByteBuffer buffer(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  public static String text(ByteBuffer buffer) {
    return UTF_8.decode(buffer.duplicate()).toString();
  }
}
