package io.rivulet.bench.readers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * Owned by one event loop. Server-sent events, wherever the network has cut them. Lines end with LF
 * or CR LF; a CR alone, which the standard allows and no server here sends, is part of its line.
 */
final class EventParser {
  private static final byte[] NOTHING = {};
  private static final int FIRST_ROOM = 64;

  /** Who is told. */
  interface Sink {
    /**
     * An event is complete.
     *
     * @param data holds its data from 0 to length, until this returns
     * @param id the newest id that was named; empty: none was
     */
    void event(String type, byte[] data, int length, String id);

    /** The server says after what time to come again. */
    void retry(int millis);
  }

  private byte[] begun = NOTHING;
  private int begunLength;
  private byte[] data = NOTHING;
  private int dataLength;
  private boolean hasData;
  private String type = "";
  private String id = "";

  /** What is half there is forgotten, as with a new connection. */
  void reset() {
    begunLength = 0;
    clearEvent();
  }

  void feed(byte[] bytes, int length, Sink sink) {
    int from = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] != '\n') {
        continue;
      }
      if (begunLength > 0) {
        keep(bytes, from, i);
        int whole = begunLength;
        begunLength = 0;
        line(begun, 0, whole, sink);
      } else {
        line(bytes, from, i, sink);
      }
      from = i + 1;
    }
    if (from < length) {
      keep(bytes, from, length);
    }
  }

  private void keep(byte[] bytes, int from, int to) {
    begun = withRoom(begun, begunLength + to - from);
    System.arraycopy(bytes, from, begun, begunLength, to - from);
    begunLength += to - from;
  }

  private void line(byte[] bytes, int from, int end, Sink sink) {
    int to = end > from && bytes[end - 1] == '\r' ? end - 1 : end;
    if (from == to) {
      dispatch(sink);
      return;
    }
    int colon = from;
    while (colon < to && bytes[colon] != ':') {
      colon++;
    }
    int value = Math.min(to, colon + 1);
    if (value < to && bytes[value] == ' ') {
      value++;
    }
    // The four names differ in their first letter; comments have none.
    switch (colon == from ? ':' : bytes[from]) {
      case 'd' -> addData(bytes, value, to);
      case 'i' -> id = new String(bytes, value, to - value, UTF_8);
      case 'e' -> type = new String(bytes, value, to - value, UTF_8);
      case 'r' -> sink.retry(Integer.parseInt(new String(bytes, value, to - value, UTF_8)));
      default -> {} // a comment, or a field that nobody knows
    }
  }

  private void addData(byte[] bytes, int from, int to) {
    int added = to - from;
    data = withRoom(data, dataLength + added + 1);
    if (hasData) {
      data[dataLength++] = '\n';
    }
    System.arraycopy(bytes, from, data, dataLength, added);
    dataLength += added;
    hasData = true;
  }

  private void dispatch(Sink sink) {
    if (hasData) {
      sink.event(type, data, dataLength, id);
    }
    clearEvent();
  }

  private void clearEvent() {
    dataLength = 0;
    hasData = false;
    type = "";
  }

  private static byte[] withRoom(byte[] array, int length) {
    return length <= array.length
        ? array
        : Arrays.copyOf(array, Math.max(FIRST_ROOM, Math.max(length, array.length * 2)));
  }
}
