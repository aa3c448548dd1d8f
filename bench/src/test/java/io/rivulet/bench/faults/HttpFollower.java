package io.rivulet.bench.faults;

import io.rivulet.bench.ServerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;

/**
 * Owned by its thread; how far it is may be asked by others. Follows a lite topic's events as a
 * browser does, at one node and then at another, and goes on after the last offset that it has.
 * Nothing may be missing, come twice or be another message than the one that was sent.
 */
final class HttpFollower {
  private static final int CONNECT_MILLIS = 2_000;

  /** The server says something every 15 s. */
  private static final int SILENCE_MILLIS = 20_000;

  private final Access access;
  private final Findings findings;
  private final String topic;
  private final String liteTopic;
  private final IntFunction<String> due;
  private volatile int read;

  /**
   * A follower of a lite topic.
   *
   * @param due the message at each offset
   */
  HttpFollower(
      Access access, Findings findings, String topic, String liteTopic, IntFunction<String> due) {
    this.access = access;
    this.findings = findings;
    this.topic = topic;
    this.liteTopic = liteTopic;
    this.due = due;
  }

  /** How many messages it has, from the first on. */
  int read() {
    return read;
  }

  String liteTopic() {
    return liteTopic;
  }

  private String name() {
    return topic + "/" + liteTopic;
  }

  /** Follows until all ends. */
  void run(int first) {
    access.work(first, this::connect, this::follow, HttpURLConnection::disconnect);
  }

  private HttpURLConnection connect(ServerProcess node) {
    String path = "/v1/topics/" + topic + "/lite/" + liteTopic + "/events";
    try {
      HttpURLConnection http =
          (HttpURLConnection)
              URI.create("http://" + node.httpEndpoint() + path).toURL().openConnection();
      http.setConnectTimeout(CONNECT_MILLIS);
      http.setReadTimeout(SILENCE_MILLIS);
      http.setRequestProperty("Accept", "text/event-stream");
      if (read > 0) {
        http.setRequestProperty("Last-Event-ID", Integer.toString(read - 1));
      }
      return http;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads until the stream ends; what comes then is read at another node. */
  private boolean follow(HttpURLConnection connection) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
      String id = "";
      String data = "";
      for (String line = lines.readLine();
          line != null && !access.isOver();
          line = lines.readLine()) {
        if (line.startsWith("id:")) {
          id = line.substring(3).strip();
        } else if (line.startsWith("data:")) {
          data = line.substring(5).strip();
        } else if (line.startsWith("event:")) {
          return false;
        } else if (line.isEmpty() && !id.isEmpty()) {
          take(Integer.parseInt(id), data);
          id = "";
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }

  private void take(int offset, String body) {
    if (offset != read) {
      findings.add("%s: offset %d where %d was due".formatted(name(), offset, read));
    }
    if (!body.equals(due.apply(offset))) {
      findings.add("%s at offset %d: '%s'".formatted(name(), offset, body));
    }
    read = offset + 1;
  }
}
