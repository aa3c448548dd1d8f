package io.rivulet.server.http.page;

import io.rivulet.server.http.Caller;
import io.rivulet.server.http.HttpRoom;
import io.rivulet.server.http.Problem;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: immutable. The chat page of the demo. It is the same for everybody and says
 * nothing of what is stored, so nobody is asked who they are; what the page then reads and writes
 * goes through the rooms of streams and events like anything else.
 */
public final class PageRoom implements HttpRoom {
  private static final String PATH = "/demo/";
  private static final String START = "index.html";
  private static final List<String> NAMES =
      List.of(
          START,
          "style.css",
          "icon.svg",
          "main.js",
          "chat-composer.js",
          "chat-log.js",
          "chat-sessions.js",
          "conversation.js",
          "keep.js",
          "outbox.js",
          "session-stream.js");

  private static final int NOT_MODIFIED = 304;
  private static final int PERMANENT_REDIRECT = 308;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;

  /** Only what this server serves, no script in the page itself, and no page around it. */
  private static final String SECURITY_POLICY =
      String.join(
          "; ",
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "img-src 'self'",
          "connect-src 'self'",
          "base-uri 'none'",
          "form-action 'none'",
          "frame-ancestors 'none'",
          "require-trusted-types-for 'script'");

  private final TreeMap<String, PageFile> files = new TreeMap<>();

  /** Reads the files, some 40 KiB. */
  public PageRoom() {
    NAMES.forEach(name -> files.put(name, PageFile.read(name)));
  }

  @Override
  public boolean owns(String path) {
    return path.startsWith(PATH) || path.equals("/demo");
  }

  @Override
  public void handle(HttpServerRequest request, Caller caller) {
    HttpServerResponse response = request.response();
    String path = Objects.requireNonNullElse(request.path(), "");
    switch (request.method().name()) {
      case "GET", "HEAD" -> {
        if (!path.startsWith(PATH)) {
          response.setStatusCode(PERMANENT_REDIRECT).putHeader("location", PATH).end();
          return;
        }
        answer(request, path.substring(PATH.length()));
      }
      default -> {
        response.putHeader("allow", "GET, HEAD");
        new Problem(METHOD_NOT_ALLOWED, "method not allowed", "the page is read with GET and HEAD")
            .send(response);
      }
    }
  }

  private void answer(HttpServerRequest request, String name) {
    HttpServerResponse response = request.response();
    PageFile file = files.get(name.isEmpty() ? START : name);
    if (file == null) {
      new Problem(
              NOT_FOUND,
              "not found",
              "there is " + PATH + " here, and its files " + String.join(", ", NAMES))
          .send(response);
      return;
    }
    response
        .putHeader("content-security-policy", SECURITY_POLICY)
        .putHeader("cross-origin-opener-policy", "same-origin")
        .putHeader("cross-origin-resource-policy", "same-origin")
        .putHeader("referrer-policy", "no-referrer")
        // Kept, but asked about each time: the next version of the program has others.
        .putHeader("cache-control", "no-cache")
        .putHeader("etag", file.tag());
    if (isKnown(request.getHeader("if-none-match"), file.tag())) {
      response.setStatusCode(NOT_MODIFIED).end();
      return;
    }
    response.putHeader("content-type", file.contentType());
    if (request.method().name().equals("HEAD")) {
      response.putHeader("content-length", Integer.toString(file.content().length())).end();
      return;
    }
    response.end(file.content());
  }

  private static boolean isKnown(@Nullable String known, String tag) {
    return known != null
        && Arrays.stream(known.split(",", -1))
            .map(each -> each.strip().replaceFirst("^W/", ""))
            .anyMatch(each -> each.equals(tag) || each.equals("*"));
  }

  @Override
  public void drain() {
    // Nobody waits here.
  }
}
