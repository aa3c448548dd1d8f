package io.rivulet.server.http.events;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Owned by one thread. Events as the HTML standard has them read. */
public final class Events implements AutoCloseable {
  /** Immutable. One of them. */
  public record Event(String id, String type, String data) {}

  private final BufferedReader lines;
  private int retryMillis;

  public Events(InputStream body) {
    lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
  }

  /** When to come again; 0: nothing was said of it yet. */
  public int retryMillis() {
    return retryMillis;
  }

  /** The next event; null at the end. */
  public @Nullable Event next() throws IOException {
    String id = "";
    String type = "message";
    List<String> data = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isEmpty() && !data.isEmpty()) {
        return new Event(id, type, String.join("\n", data));
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
      switch (field) {
        case "id" -> id = value;
        case "event" -> type = value;
        case "data" -> data.add(value);
        case "retry" -> retryMillis = Integer.parseInt(value);
        default -> {}
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
