package io.rivulet.bench.readers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.TimeUnit;

/**
 * Owned by one event loop. One reader that follows one session, and comes back as a browser's
 * EventSource does: after the time that the server gave it, with its place. Other than that, it
 * also comes back when it was told to do so by 429 or 503 with Retry-After.
 *
 * <p>The server is held to each message once and in order: what a reader has, it keeps over all
 * connections.
 */
final class Reader implements EventParser.Sink {
  private static final int OK = 200;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int UNAVAILABLE = 503;
  private static final int NO_STATUS = 0;
  static final int NO_RETRY_AFTER = -1;

  /** What browsers take when the server names no time. */
  private static final int USUAL_RETRY_MILLIS = 3000;

  private static final int MAX_REASON_BYTES = 500;
  private static final String NEXT_OFFSET = "\"streamNextOffset\":\"";

  private final int session;
  private final EventLoopReaders loop;
  private final Route route;
  private final EventParser parser = new EventParser();
  private String place = "";
  private int next;

  /** Durable Streams: messages before the place; what came after it comes again. */
  private int nextAtPlace;

  private int retryMillis = USUAL_RETRY_MILLIS;
  private int status;
  private int retryAfterSeconds;
  private StringBuilder reason = new StringBuilder(0);
  private long openedNanos;

  Reader(int session, EventLoopReaders loop, Route route) {
    this.session = session;
    this.loop = loop;
    this.route = route;
  }

  int session() {
    return session;
  }

  int next() {
    return next;
  }

  /** When it was let in last; 0: never. */
  long openedNanos() {
    return openedNanos;
  }

  boolean isOpen() {
    return status == OK;
  }

  /** From any thread: it opens on its own. */
  void begin() {
    loop.executor().execute(this::open);
  }

  private void open() {
    if (!loop.isClosed()) {
      route.open(this);
    }
  }

  String path() {
    return loop.address().path(session, place);
  }

  /** What goes into the header of that name; empty: nothing. */
  String lastEventId() {
    return loop.address().protocol() == ReadProtocol.EVENTS ? place : "";
  }

  /** The head of the answer is there. */
  void answered(int code, int retryAfter) {
    status = code;
    retryAfterSeconds = retryAfter;
    if (code == OK) {
      parser.reset();
      openedNanos = System.nanoTime();
      loop.attendance().wasOpened();
      loop.letIn(this);
    }
  }

  void received(byte[] bytes, int length) {
    if (status == OK) {
      parser.feed(bytes, length, this);
    } else if (reason.length() < MAX_REASON_BYTES) {
      reason.append(new String(bytes, 0, Math.min(length, MAX_REASON_BYTES), UTF_8));
    }
  }

  @Override
  public void retry(int millis) {
    retryMillis = millis;
  }

  @Override
  public void event(String type, byte[] data, int length, String id) {
    if (loop.address().protocol() == ReadProtocol.EVENTS) {
      if (type.isEmpty()) {
        messages(data, length);
        place = id;
      } else {
        loop.attendance().failed("session " + session + " had an event " + type);
      }
    } else if (type.equals("data")) {
      messages(data, length);
    } else if (type.equals("control")) {
      nextAtPlace = next;
      place = nextOffset(new String(data, 0, length, UTF_8));
    }
  }

  private String nextOffset(String control) {
    int from = control.indexOf(NEXT_OFFSET);
    int to = from < 0 ? -1 : control.indexOf('"', from + NEXT_OFFSET.length());
    return to < 0 ? place : control.substring(from + NEXT_OFFSET.length(), to);
  }

  /** Durable Streams puts several messages into one event, one behind the other. */
  private void messages(byte[] data, int length) {
    int size = loop.sizeBytes();
    if (length % size != 0) {
      loop.attendance().failed("session " + session + " had an event of " + length + " bytes");
      return;
    }
    for (int from = 0; from < length; from += size) {
      message(Stamp.number(data, from), Stamp.dueNanos(data, from));
    }
  }

  private void message(int number, long dueNanos) {
    if (number < next) {
      loop.figures().duplicate();
      return;
    }
    if (number > next) {
      loop.figures().gap();
    }
    next = number + 1;
    loop.figures().received(dueNanos, loop.isMeasured(dueNanos));
  }

  /** The answer is over, or there was none. */
  void ended(Ending ending, String why) {
    int answered = status;
    status = NO_STATUS;
    if (answered == OK) {
      loop.attendance().wasClosed();
      loop.figures().takenBack(placeLost());
    }
    if (loop.isClosed()) {
      return;
    }
    long pauseMillis =
        answered != NO_STATUS && answered != OK && ending == Ending.COMPLETE
            ? afterRefusal(answered)
            : after(ending, why);
    var _ = loop.executor().schedule(this::open, pauseMillis, TimeUnit.MILLISECONDS);
  }

  /** What came behind the last place will come again, and is no duplicate. */
  private int placeLost() {
    if (loop.address().protocol() == ReadProtocol.EVENTS) {
      return 0;
    }
    int lost = next - nextAtPlace;
    next = nextAtPlace;
    return lost;
  }

  private long afterRefusal(int code) {
    String body = reason.toString();
    reason = new StringBuilder(0);
    if ((code == TOO_MANY_REQUESTS || code == UNAVAILABLE) && retryAfterSeconds != NO_RETRY_AFTER) {
      loop.attendance().wasTurnedAway();
      return retryAfterSeconds * 1000L;
    }
    loop.attendance().failed("%s was answered with %d: %s".formatted(path(), code, body));
    return retryMillis;
  }

  private long after(Ending ending, String why) {
    switch (ending) {
      case COMPLETE -> {
        loop.attendance().wasEnded();
        // Readers of Durable Streams are served for a while and come again at once.
        return loop.address().protocol() == ReadProtocol.EVENTS ? retryMillis : 0;
      }
      case REFUSED_STREAM -> loop.attendance().wasTurnedAway();
      case RESET -> loop.attendance().failed("%s was broken off: %s".formatted(path(), why));
      case LOST -> {
        if (loop.isServerUp()) {
          loop.attendance().failed("a connection was lost: " + why);
        } else {
          loop.attendance().wasCutOff();
        }
      }
      case NOT_CONNECTED -> {
        if (loop.isServerUp()) {
          loop.attendance().failed("can't connect: " + why);
        } else {
          loop.attendance().triedInVain();
        }
      }
    }
    return retryMillis;
  }
}
