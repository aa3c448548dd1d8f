package io.rivulet.server.http;

import io.rivulet.server.network.HostPort;
import io.rivulet.server.token.TokenConfig;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Immutable. The HTTP port.
 *
 * @param address where to listen
 * @param publicUrl how others reach it; empty: by its address
 * @param hosts by which names it may be asked
 * @param tokens who needs a token, and which are taken
 * @param cors which pages may talk to it from a browser
 * @param streamTopic the parent of streams whose path is one name only
 * @param connections what the port takes
 * @param longPollTime how long a read waits at the end of a stream
 * @param readers of events
 * @param waits how long calls of REST may wait, and for what
 * @param webhooks how subscribers to streams are woken
 * @param servesDemoPage whether the chat page of the demo is served
 */
public record HttpConfig(
    HostPort address,
    Optional<String> publicUrl,
    Hosts hosts,
    Cors cors,
    TokenConfig tokens,
    String streamTopic,
    Connections connections,
    Duration longPollTime,
    Readers readers,
    Waits waits,
    Webhooks webhooks,
    boolean servesDemoPage) {
  /**
   * Immutable. What the port takes.
   *
   * @param threads event loops
   * @param max at a time; more are closed at once
   * @param maxStreams requests at a time on one connection of HTTP/2
   */
  public record Connections(int threads, int max, int maxStreams) {}

  /**
   * Immutable. Readers of events.
   *
   * @param sseTime how long one of a stream is served before it is to come again
   * @param max at a time; more are to come again
   * @param maxCatchUps that read what is stored, at a time
   * @param pageBytes what one holds in memory at once, but for a single message
   * @param slowTime how long its connection may take nothing before it is cut off
   */
  public record Readers(
      Duration sseTime, int max, int maxCatchUps, int pageBytes, Duration slowTime) {}

  /**
   * Immutable. Calls that wait.
   *
   * @param receiveTime how long a receive or a read may wait
   * @param requestTime how long a request may wait for its reply
   * @param replyTopic the LITE topic whose lite topics replies come through
   * @param replyTtl how long a reply is kept that came too late
   * @param maxWaiting calls that wait at once
   */
  public record Waits(
      Duration receiveTime,
      Duration requestTime,
      String replyTopic,
      Duration replyTtl,
      int maxWaiting) {}

  /** Whether webhooks may be on this machine. */
  public enum Loopback {
    /** While the HTTP port is reached from this machine only. */
    AUTO,
    ALWAYS,
    NEVER
  }

  /**
   * Immutable. Requests to webhooks.
   *
   * @param hosts that are not looked at further
   * @param timeout of one request
   * @param concurrency requests at a time
   * @param backoff the pause after the first failed attempt
   * @param maxBackoff the longest pause
   * @param keyAge after which the key that signs is replaced at a start
   */
  public record Webhooks(
      Loopback loopback,
      Set<String> hosts,
      Duration timeout,
      int concurrency,
      Duration backoff,
      Duration maxBackoff,
      Duration keyAge) {}
}
