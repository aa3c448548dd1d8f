package io.rivulet.cluster.routing;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.rivulet.cluster.forward.CallCounters;
import io.rivulet.cluster.forward.Deadlines;
import io.rivulet.cluster.forward.LinkBudget;
import io.rivulet.cluster.forward.LinkGround;
import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.cluster.forward.NodeLink;
import io.rivulet.cluster.forward.NodeServer;
import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardEngine;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.ShardThreads;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Three nodes in one process, with real calls between them; shards move when a test says so. */
final class ThreeNodes implements AutoCloseable {
  static final int SHARDS = 6;

  /** Little, so that bodies wait for each other. */
  static final long LINK_BYTES = 1 << 20;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Map<Integer, Node> owners = new ConcurrentHashMap<>();
  private final Map<Integer, RunningShard> shards = new HashMap<>();
  private final Map<Integer, Long> epochs = new HashMap<>();
  private final List<RunningShard> further = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final ExecutorService pool = Executors.newCachedThreadPool();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  private final AtomicInteger lost = new AtomicInteger();
  private final EngineConfig settings;

  ThreeNodes() throws IOException {
    this(EngineConfig.defaults());
  }

  ThreeNodes(EngineConfig settings) throws IOException {
    this.settings = settings;
    for (String name : List.of("a", "b", "c")) {
      nodes.add(new Node(name));
    }
    for (Node node : nodes) {
      node.link();
    }
    for (int shard = 0; shard < SHARDS; shard++) {
      serve(shard, shard % nodes.size());
    }
  }

  Engine node(int index) {
    return nodes.get(index).engine;
  }

  /** The shard itself. */
  Engine shard(int number) {
    return Objects.requireNonNull(shards.get(number));
  }

  /** The node that serves a shard. */
  int ownerOf(int shard) {
    return nodes.indexOf(owners.get(shard));
  }

  /** A fresh shard begins to be served at a node. */
  void serve(int shard, int nodeIndex) throws IOException {
    Node node = nodes.get(nodeIndex);
    if (!shards.containsKey(shard)) {
      shards.put(shard, node.open(shard));
    }
    node.local.put(shard, Objects.requireNonNull(shards.get(shard)));
    node.served.put(shard, epochs.computeIfAbsent(shard, _ -> 1L));
    owners.put(shard, node);
    nodes.forEach(Node::changed);
  }

  /** Another node takes it over, and who had it does not hear of that from anybody. */
  void takeOverInSecret(int shard, int nodeIndex) throws IOException {
    epochs.merge(shard, 2L, (before, _) -> before + 1);
    Node node = nodes.get(nodeIndex);
    RunningShard taken = node.open(shard);
    further.add(taken);
    node.local.put(shard, taken);
    node.served.put(shard, Objects.requireNonNull(epochs.get(shard)));
    owners.put(shard, node);
  }

  /** What a shard is asked at its owner is answered by this first, if it does; it may throw. */
  void intercept(int shard, Function<String, @Nullable Object> first) {
    Map<Integer, Engine> local = Objects.requireNonNull(owners.get(shard)).local;
    Engine engine = Objects.requireNonNull(local.get(shard));
    local.put(
        shard,
        (Engine)
            Proxy.newProxyInstance(
                Engine.class.getClassLoader(),
                new Class<?>[] {Engine.class},
                (_, method, arguments) -> {
                  Object answer = first.apply(method.getName());
                  return answer == null ? method.invoke(engine, arguments) : answer;
                }));
  }

  /** Done by its node right after that knows what a shard has answered to a poll. */
  void afterPoll(int shard, Runnable then) {
    Node owner = Objects.requireNonNull(owners.get(shard));
    Engine engine = Objects.requireNonNull(owner.local.get(shard));
    owner.local.put(
        shard,
        (Engine)
            Proxy.newProxyInstance(
                Engine.class.getClassLoader(),
                new Class<?>[] {Engine.class},
                (_, method, arguments) -> {
                  Object result = method.invoke(engine, arguments);
                  if (!method.getName().equals("poll") || result == null) {
                    return result;
                  }
                  CompletableFuture<Object> passedOn = new CompletableFuture<>();
                  var _ =
                      ((CompletableFuture<?>) result)
                          .thenAcceptAsync(
                              answer -> {
                                passedOn.complete(answer);
                                owner.thread.execute(then);
                              },
                              owner.thread);
                  return passedOn;
                }));
  }

  /** The next so many questions of this name to a shard, at its owner, are refused. */
  AtomicInteger refuse(int shard, String method, int times) {
    AtomicInteger left = new AtomicInteger(times);
    Outcome<String> refused = Outcome.refused(RefusalCode.UNAVAILABLE, "not now");
    intercept(
        shard,
        name ->
            name.equals(method) && left.getAndUpdate(ThreeNodes::less) > 0
                ? CompletableFuture.completedFuture(
                    name.equals("release") ? List.of(refused) : refused)
                : null);
    return left;
  }

  /** What other nodes answer to polls of this one comes once that is completed. */
  CompletableFuture<Void> holdAnswersTo(int nodeIndex) {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    nodes.get(nodeIndex).gate = gate;
    return gate;
  }

  /** After the first loss of an answer to this node so many polls do not reach the others. */
  void keepPollsAfterLossFrom(int nodeIndex, int times) {
    nodes.get(nodeIndex).unsent.set(times);
  }

  /** A node does not see any other node any more. */
  void hideOthersFrom(int nodeIndex) {
    nodes.get(nodeIndex).isAlone = true;
  }

  /** Messages that other nodes hand to this one are lost on their way, so many times. */
  void loseAnswersTo(int nodeIndex, int times) {
    nodes.get(nodeIndex).losses.set(times);
  }

  /** Answers of other nodes that hold a message of which this is true never come to this one. */
  void neverBring(int nodeIndex, Predicate<DeliveredMessage> message) {
    nodes.get(nodeIndex).undeliverable = message;
  }

  /** How many answers with messages were lost. */
  int lostAnswers() {
    return lost.get();
  }

  /** What connects a node with the others breaks. */
  void breakLinksOf(int nodeIndex) {
    nodes.get(nodeIndex).links.values().forEach(NodeLink::close);
  }

  /** Whether a node believes that it serves a shard. */
  boolean serves(int nodeIndex, int shard) {
    return nodes.get(nodeIndex).local.containsKey(shard);
  }

  private static int less(int left) {
    return Math.max(0, left - 1);
  }

  /** Nobody serves it any more. */
  void take(int shard) {
    Node owner = owners.remove(shard);
    if (owner != null) {
      owner.local.remove(shard);
    }
    nodes.forEach(Node::changed);
  }

  @Override
  public void close() {
    nodes.forEach(Node::close);
    shards.values().forEach(RunningShard::close);
    further.forEach(RunningShard::close);
    pool.shutdownNow();
    timer.shutdownNow();
  }

  private LinkGround ground() {
    return new LinkGround(
        new LinkBudget(LINK_BYTES),
        new LinkBudget(LINK_BYTES),
        new CallCounters(Clock.system()),
        new Deadlines(
            (delay, task) -> {
              var _ = timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
            },
            Clock.system()),
        64 << 20,
        pool);
  }

  private final class Node implements Shards {
    private final Map<Integer, Engine> local = new ConcurrentHashMap<>();
    private final Map<Integer, Long> served = new ConcurrentHashMap<>();
    private final Map<String, NodeLink> links = new ConcurrentHashMap<>();
    private final AtomicInteger losses = new AtomicInteger();
    private final AtomicInteger unsent = new AtomicInteger();
    private volatile boolean isAlone;
    private volatile Predicate<DeliveredMessage> undeliverable = _ -> false;
    private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);
    private final LinkGround requests = ground();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final String address = UUID.randomUUID().toString();
    private final RoutedEngine engine;
    private final Server server;
    private final String name;

    Node(String name) throws IOException {
      this.name = name;
      engine =
          new RoutedEngine(
              name,
              settings,
              this,
              Clock.system(),
              thread,
              new RoutedEngine.Bounds(PATIENCE, 1000, 2),
              new ListenerOf(0));
      server =
          InProcessServerBuilder.forName(address)
              .addService(
                  new NodeServer(
                          new NodeServer.Targets(
                              local::get,
                              engine.calls(),
                              () -> CompletableFuture.failedFuture(new IOException("no report"))),
                          ground(),
                          Clock.system(),
                          (_, doubts) -> doubts.forEach(engine::lost),
                          engine.returns())
                      .service())
              .build()
              .start();
    }

    void link() {
      for (Node other : nodes) {
        if (!other.equals(this)) {
          ManagedChannel channel = InProcessChannelBuilder.forName(other.address).build();
          links.put(other.name, new NodeLink(other.name, name, channel, requests));
        }
      }
    }

    RunningShard open(int shard) throws IOException {
      EngineConfig config = RoutedEngine.ofShard(settings, SHARDS);
      ListenerOf listener = new ListenerOf(shard);
      return ShardEngine.open(
          config,
          MemoryLog.automatic(Clock.system()),
          new MemoryIndex(),
          Clock.system(),
          listener,
          new ShardThreads(pool, pool, Executors.newSingleThreadExecutor()),
          new ShardNumber(shard, SHARDS));
    }

    void changed() {
      listeners.forEach(Runnable::run);
    }

    void close() {
      links.values().forEach(NodeLink::close);
      server.shutdownNow();
      thread.shutdownNow();
    }

    @Override
    public int count() {
      return SHARDS;
    }

    @Override
    public @Nullable Engine shard(int number) {
      Node owner = owners.get(number);
      if (owner == null) {
        return null;
      }
      return owner.equals(this)
          ? local.get(number)
          : Objects.requireNonNull(links.get(owner.name)).shard(number);
    }

    @Override
    public Map<Integer, Engine> local() {
      return local;
    }

    @Override
    public Collection<NodeCalls> others() {
      return isAlone
          ? List.of()
          : links.values().stream().map(link -> losing(link.calls())).toList();
    }

    /** The same but for polls, whose answers may be lost. */
    private NodeCalls losing(NodeCalls calls) {
      return (NodeCalls)
          Proxy.newProxyInstance(
              NodeCalls.class.getClassLoader(),
              new Class<?>[] {NodeCalls.class},
              (_, method, arguments) -> {
                boolean isPoll = method.getName().equals("pollReady");
                if (isPoll && lost.get() > 0 && unsent.getAndUpdate(ThreeNodes::less) > 0) {
                  return CompletableFuture.failedFuture(new NotOwnerException("not reached"));
                }
                Object result = method.invoke(calls, arguments);
                return isPoll
                    ? ((CompletableFuture<?>) Objects.requireNonNull(result))
                        .thenCombine(gate, (answer, _) -> arrived(answer))
                    : result;
              });
    }

    private Object arrived(Object answer) {
      if (answer instanceof Outcome.Ok<?>(List<?> messages)
          && !messages.isEmpty()
          && (messages.stream().anyMatch(this::isUndeliverable)
              || losses.getAndUpdate(ThreeNodes::less) > 0)) {
        lost.incrementAndGet();
        throw new IllegalStateException("the connection broke before the answer came");
      }
      return answer;
    }

    private boolean isUndeliverable(Object message) {
      return message instanceof DeliveredMessage delivered && undeliverable.test(delivered);
    }

    @Override
    public Map<Integer, Long> epochs() {
      Map<Integer, Long> all = new HashMap<>(served);
      all.keySet().retainAll(local.keySet());
      return all;
    }

    @Override
    public void servedElsewhere(Map<Integer, Long> epochsThere) {
      epochsThere.forEach((shard, epoch) -> {
        if (served.getOrDefault(shard, epoch) < epoch) {
          local.remove(shard);
        }
      });
    }

    @Override
    public void whenChanged(Runnable listener) {
      listeners.add(listener);
    }

    /** Whoever owns the shard when something gets ready is told. */
    private final class ListenerOf implements EngineListener {
      private final int shard;

      ListenerOf(int shard) {
        this.shard = shard;
      }

      @Override
      public void ready(String group, String topic, String clientId) {
        Node owner = owners.get(shard);
        if (owner != null) {
          owner.engine.ready(shard, group, topic, clientId);
        }
      }

      @Override
      public void limitsWanted(long delayMillis) {
        Node owner = owners.get(shard);
        if (owner != null) {
          owner.engine.limitsWanted(shard, delayMillis);
        }
      }

      @Override
      public void outgoing() {
        Node owner = owners.get(shard);
        if (owner != null) {
          owner.engine.outgoing(shard);
        }
      }

      @Override
      public void subscriptionNews() {
        Node owner = owners.get(shard);
        if (owner != null) {
          owner.engine.subscriptionNews(shard);
        }
      }

      @Override
      public void unsubscribed(String clientId, String group, String topic, String liteTopic) {}

      @Override
      public void unreadLost(String group, String topic, long count) {}

      @Override
      public void failed(Throwable cause) {}
    }
  }
}
