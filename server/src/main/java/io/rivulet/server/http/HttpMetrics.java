package io.rivulet.server.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * Safe for all threads: atomic counters in maps that never change. What is counted of the HTTP
 * port.
 *
 * <p>A request is counted when its answer begins, which tells how it went; an answer that goes on
 * for hours is a request that was served.
 */
public final class HttpMetrics {
  /** What a request was for. */
  public enum Route {
    STREAM,
    SUBSCRIPTION,
    EVENTS,
    PAGE,
    REST
  }

  /** Readers that are there for longer than one answer. */
  public enum Reader {
    /** Of a stream, with live=sse. */
    STREAM,
    /** Of a stream, with live=long-poll. */
    LONG_POLL,
    /** Of plain events. */
    EVENTS
  }

  /** First digits of statuses. */
  public static final List<Integer> STATUS_CLASSES = List.of(2, 3, 4, 5);

  private static final int LOWEST_CLASS = 2;
  private static final int CLASS_SIZE = 100;

  private final Map<Route, List<LongAdder>> answers = new EnumMap<>(Route.class);
  private final Map<Reader, LongAdder> readers = new EnumMap<>(Reader.class);
  private final LongAdder waiting = new LongAdder();
  private final LongAdder waitingRefused = new LongAdder();
  private final int maxWaiting;

  /**
   * Nothing has happened yet.
   *
   * @param maxWaiting how many REST calls may wait at once
   */
  public HttpMetrics(int maxWaiting) {
    this.maxWaiting = maxWaiting;
    for (Route route : Route.values()) {
      List<LongAdder> byClass = new ArrayList<>();
      STATUS_CLASSES.forEach(_ -> byClass.add(new LongAdder()));
      answers.put(route, List.copyOf(byClass));
    }
    for (Reader reader : Reader.values()) {
      readers.put(reader, new LongAdder());
    }
  }

  // ---- requests

  /** The same room, with its answers counted. */
  public HttpRoom counted(Route route, HttpRoom room) {
    return new Counted(route, room);
  }

  /** Answers that have begun with such a status. */
  public long answers(Route route, int statusClass) {
    return adder(route, statusClass).sum();
  }

  /** All statuses have a place, also those that nobody should send. */
  private LongAdder adder(Route route, int statusClass) {
    int index = Math.clamp(statusClass - LOWEST_CLASS, 0, STATUS_CLASSES.size() - 1);
    return Objects.requireNonNull(answers.get(route)).get(index);
  }

  /** Safe for all threads, as the room is. */
  private final class Counted implements HttpRoom {
    private final Route route;
    private final HttpRoom room;

    private Counted(Route route, HttpRoom room) {
      this.route = route;
      this.room = room;
    }

    @Override
    public boolean owns(String path) {
      return room.owns(path);
    }

    @Override
    public void handle(HttpServerRequest request, Caller caller) {
      HttpServerResponse response = request.response();
      response.headersEndHandler(
          _ -> adder(route, response.getStatusCode() / CLASS_SIZE).increment());
      room.handle(request, caller);
    }

    @Override
    public void drain() {
      room.drain();
    }
  }

  // ---- readers

  /** A reader of events was let in, and is there until its call is over. */
  public void follows(Reader reader, HttpCall call) {
    LongAdder count = count(reader);
    count.increment();
    call.whenOver(count::decrement);
  }

  /** A reader waits until this is done, or cancelled. */
  public <T> CompletableFuture<T> waits(Reader reader, CompletableFuture<T> work) {
    LongAdder count = count(reader);
    count.increment();
    var _ = work.whenComplete((_, _) -> count.decrement());
    return work;
  }

  public long readers(Reader reader) {
    return count(reader).sum();
  }

  private LongAdder count(Reader reader) {
    return Objects.requireNonNull(readers.get(reader));
  }

  // ---- REST calls that wait

  public void waitingBegan() {
    waiting.increment();
  }

  public void waitingEnded() {
    waiting.decrement();
  }

  public void waitingRefused() {
    waitingRefused.increment();
  }

  public long waiting() {
    return waiting.sum();
  }

  public long refusedToWait() {
    return waitingRefused.sum();
  }

  public int maxWaiting() {
    return maxWaiting;
  }
}
