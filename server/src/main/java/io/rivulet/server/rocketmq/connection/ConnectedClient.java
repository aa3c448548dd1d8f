package io.rivulet.server.rocketmq.connection;

import apache.rocketmq.v2.Status;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.caller.Language;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Safe for all threads: single values are volatile or atomic, the filters are in a concurrent map.
 * What is known of one client object somewhere, by its client id.
 */
public final class ConnectedClient {
  private static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofSeconds(3);

  /** How the client handles the messages of one queue, as it was told in its first settings. */
  private enum Order {
    NOT_TOLD,
    KEPT,
    NOT_KEPT
  }

  private final String id;
  private final Language language;
  private final AtomicReference<Order> order = new AtomicReference<>(Order.NOT_TOLD);
  private final AtomicReference<Optional<TelemetryStream>> telemetry =
      new AtomicReference<>(Optional.empty());
  private final Map<String, Filter> filters = new ConcurrentHashMap<>();
  private volatile Optional<String> group = Optional.empty();
  private volatile Duration requestTimeout = DEFAULT_REQUEST_TIMEOUT;
  private volatile Optional<Status> refusal = Optional.empty();
  private volatile boolean followsLiteTopics;
  private volatile boolean hasAskedRoute;
  private volatile long seenNanos;

  public ConnectedClient(Caller caller, long nowNanos) {
    this.id = caller.clientId();
    this.language = caller.language();
    this.seenNanos = nowNanos;
  }

  public String id() {
    return id;
  }

  public Language language() {
    return language;
  }

  /** What the engine has to know of it. Trap 20: a message larger than it can take is not sent. */
  public ClientInfo info() {
    return new ClientInfo(id, group, language.maxReceivedBodyBytes(), language.name());
  }

  public Optional<String> group() {
    return group;
  }

  /** Notes the consumer group, and answers whether that is news. */
  public boolean join(String name) {
    boolean isNews = !group.equals(Optional.of(name));
    if (isNews) {
      group = Optional.of(name);
    }
    return isNews;
  }

  /**
   * Fixes how the client handles a queue's messages; the first call decides, because clients choose
   * once, at their start, between handling in order and in parallel. The answer is what holds.
   */
  public boolean tellOrder(boolean keepsOrder) {
    order.compareAndSet(Order.NOT_TOLD, keepsOrder ? Order.KEPT : Order.NOT_KEPT);
    return keepsOrder();
  }

  public boolean keepsOrder() {
    return order.get() == Order.KEPT;
  }

  /** Why the client's introduction was refused, if it was. */
  public Optional<Status> refusal() {
    return refusal;
  }

  public void refuse(Status reason) {
    refusal = Optional.of(reason);
  }

  public void accept() {
    refusal = Optional.empty();
  }

  /**
   * Whether the client asked for a route before it introduced itself, as clients do that start. One
   * that introduces itself without is running already: this server was restarted.
   */
  public boolean hasAskedRoute() {
    return hasAskedRoute;
  }

  public void setAskedRoute() {
    hasAskedRoute = true;
  }

  public Duration requestTimeout() {
    return requestTimeout;
  }

  public void setRequestTimeout(Duration timeout) {
    requestTimeout = timeout;
  }

  /** The latest telemetry stream; Python may be without one for minutes (trap 18). */
  public Optional<TelemetryStream> telemetry() {
    return telemetry.get();
  }

  public void attach(TelemetryStream stream) {
    telemetry.set(Optional.of(stream));
  }

  /** Forgets the stream if it is still the latest. */
  public void detach(TelemetryStream stream) {
    telemetry.updateAndGet(
        latest -> latest.isPresent() && latest.get() == stream ? Optional.empty() : latest);
  }

  /** Whether the engine was told of this subscription on behalf of this client. */
  public boolean follows(String topic, Filter filter) {
    return filter.equals(filters.get(topic));
  }

  public void follow(String topic, Filter filter) {
    filters.put(topic, filter);
  }

  /** The group went: it has to be joined and its topics followed anew. */
  public void leave() {
    group = Optional.empty();
    filters.clear();
  }

  public boolean followsLiteTopics() {
    return followsLiteTopics;
  }

  public void setFollowsLiteTopics() {
    followsLiteTopics = true;
  }

  long seenNanos() {
    return seenNanos;
  }

  void seen(long nowNanos) {
    seenNanos = nowNanos;
  }
}
