package io.rivulet.server.demo;

import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.Tail;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.demo.stage.DemoFailure;
import io.rivulet.server.demo.stage.ServerProcess;
import io.rivulet.server.demo.stage.Stage;
import io.rivulet.server.demo.stage.Story;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Owned by the main thread, which is the reader; worker and restart run on threads of their own.
 *
 * <p>The whole story over the wire: a worker streams an answer into a session, the reader is cut
 * off and comes back, the server is killed and comes back, and every token arrives once and in
 * order.
 */
@Command(
    name = "chat",
    description = {
      "A chat session that survives its reader and its server.",
      "",
      "Starts a server of its own as a child process, on free ports and with data in a temporary"
          + " folder. A worker streams an answer token by token into a session's lite topic. The"
          + " reader is cut off in the middle and continues with its token; then the server is"
          + " killed with SIGKILL and started again. Ends with 1 if a token is lost, repeated or"
          + " out of order. Takes about 20 seconds."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  rivulet demo chat",
      "  OPENAI_API_KEY=... rivulet demo chat --llm-url https://api.openai.com/v1"
          + " --llm-model NAME",
      "  rivulet demo chat --llm-url http://127.0.0.1:11434/v1"
    })
public final class ChatDemo implements Callable<Integer> {
  private static final String PARENT = "chat";
  private static final String LITE = "demo";
  private static final int CUT_AT = 40;
  private static final int AWAY = 20;
  private static final int KILL_AT = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  @Option(
      names = "--llm-url",
      paramLabel = "URL",
      description =
          "Base URL of an OpenAI-compatible endpoint whose model answers. Default: a text shipped"
              + " with the demo")
  private @Nullable URI llmUrl;

  @Option(
      names = "--llm-model",
      paramLabel = "NAME",
      description = "The model. Default: the first that the endpoint lists")
  private @Nullable String llmModel;

  @Option(
      names = "--llm-key-env",
      paramLabel = "VARIABLE",
      description = "The environment variable with the endpoint's key. Default: OPENAI_API_KEY")
  private String llmKeyVariable = "OPENAI_API_KEY";

  @Spec private @Nullable CommandSpec spec;

  private final Clock clock = Clock.system();
  private final List<String> read = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    return Stage.perform(
        Objects.requireNonNull(spec).commandLine().getOut(),
        (story, server) -> {
          try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            return tell(story, server, threads);
          }
        });
  }

  private boolean tell(Story story, ServerProcess server, ExecutorService threads)
      throws IOException, InterruptedException, DemoFailure {
    AnswerSource source = source();
    story.title("A chat session that survives its reader and its server");
    Stage.start(story, server, clock);
    try (RivuletClient client = RivuletClient.connect(server.endpoint())) {
      makeTopic(client);
      story.event("the answer is " + source.origin());
      story.event("user: " + source.question());
      ChatWorker worker = new ChatWorker(client.session(PARENT, LITE), source);
      Future<?> work =
          threads.submit(() -> {
            worker.work();
            return null;
          });
      String token = readUntilCutOff(story, server);
      awaitProgress(worker, work, read.size() + AWAY);
      story.event(
          "the worker wrote on: %d tokens are in the session, the reader has %d"
              .formatted(worker.writtenCount(), read.size()));
      readToTheEnd(story, server, threads, token);
      join(work);
      return verify(story, client, worker.written());
    }
  }

  private String readUntilCutOff(Story story, ServerProcess server)
      throws InterruptedException, DemoFailure {
    story.event("a reader follows " + PARENT + "/" + LITE + " from the first token on");
    try (RivuletClient reader = RivuletClient.connect(server.endpoint());
        Tail tail = reader.session(PARENT, LITE).tail(ReadFrom.first())) {
      while (read.size() < CUT_AT) {
        take(story, next(tail));
      }
      story.event(
          "the reader is cut off after %d tokens; all it keeps is %s"
              .formatted(read.size(), tail.token()));
      return tail.token();
    }
  }

  private void readToTheEnd(
      Story story, ServerProcess server, ExecutorService threads, String token)
      throws InterruptedException, DemoFailure {
    Optional<Future<?>> restart = Optional.empty();
    try (RivuletClient reader = RivuletClient.connect(server.endpoint());
        Tail tail = reader.session(PARENT, LITE).tail(ReadFrom.token(token))) {
      story.event("a new reader continues with it");
      while (true) {
        ReceivedMessage message = next(tail);
        if (read.size() == KILL_AT) {
          story.event(
              "the server is back as process %d; reader and worker go on by themselves"
                  .formatted(server.pid()));
        }
        if (message.tag().equals(ChatWorker.END)) {
          break;
        }
        take(story, message);
        if (read.size() == KILL_AT) {
          restart = Optional.of(killAndRestart(story, server, threads));
        }
      }
    }
    if (restart.isEmpty()) {
      throw new DemoFailure("the answer was too short for the story: fewer than 100 tokens");
    }
    join(restart.get());
    story.event("the answer is complete");
  }

  /** The reader reads on meanwhile, or rather waits. */
  private Future<?> killAndRestart(Story story, ServerProcess server, ExecutorService threads)
      throws InterruptedException {
    story.event("SIGKILL to the server, process " + server.pid());
    server.kill();
    return threads.submit(() -> {
      server.start();
      return null;
    });
  }

  private static ReceivedMessage next(Tail tail) throws InterruptedException, DemoFailure {
    return tail.next(PATIENCE)
        .orElseThrow(
            () -> new DemoFailure("no token came for " + PATIENCE.toSeconds() + " seconds"));
  }

  private void take(Story story, ReceivedMessage message) {
    read.add(message.text());
    story.token(message.text());
  }

  private void awaitProgress(ChatWorker worker, Future<?> work, int count)
      throws InterruptedException {
    long endNanos = clock.nanos() + PATIENCE.toNanos();
    while (worker.writtenCount() < count && !work.isDone() && clock.nanos() - endNanos < 0) {
      java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** What was read, and what the session holds, is what the worker wrote. */
  private boolean verify(Story story, RivuletClient client, List<String> written) {
    List<String> stored = new ArrayList<>();
    RivuletClient.Page page = client.read(PARENT, LITE, ReadFrom.first(), 256);
    while (!page.messages().isEmpty()) {
      page.messages().stream()
          .filter(message -> !message.tag().equals(ChatWorker.END))
          .map(ReceivedMessage::text)
          .forEach(stored::add);
      page = client.read(PARENT, LITE, ReadFrom.token(page.token()), 256);
    }
    boolean isWhole = tellDifference(story, "read", written, read);
    return tellDifference(story, "stored", written, stored) && isWhole;
  }

  private static boolean tellDifference(
      Story story, String what, List<String> written, List<String> found) {
    if (found.equals(written)) {
      story.good(
          "%d tokens written, %d %s: none lost, none repeated, all in order"
              .formatted(written.size(), found.size(), what));
      return true;
    }
    int index = 0;
    while (index < Math.min(written.size(), found.size())
        && written.get(index).equals(found.get(index))) {
      index++;
    }
    story.bad(
        "%d tokens written, %d %s; they differ from number %d on: written '%s', %s '%s'"
            .formatted(
                written.size(),
                found.size(),
                what,
                index,
                index < written.size() ? written.get(index) : "(end)",
                what,
                index < found.size() ? found.get(index) : "(end)"));
    return false;
  }

  private static void makeTopic(RivuletClient client) {
    var _ =
        client
            .admin()
            .defineTopic(
                TopicDefinition.newBuilder()
                    .setName(PARENT)
                    .setType(TopicType.TOPIC_TYPE_LITE)
                    .build(),
                DefineMode.DEFINE_MODE_CREATE);
  }

  private AnswerSource source() {
    if (llmUrl == null) {
      return new ShippedAnswer();
    }
    if (!List.of("http", "https").contains(String.valueOf(llmUrl.getScheme()))) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "--llm-url is an http or https URL, not '" + llmUrl + "'");
    }
    return new LlmAnswer(
        llmUrl,
        Optional.ofNullable(llmModel),
        Optional.ofNullable(System.getenv(llmKeyVariable)).filter(key -> !key.isBlank()));
  }

  private static void join(Future<?> task) throws InterruptedException, DemoFailure {
    try {
      Object _ = task.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof DemoFailure reason
          ? reason
          : new DemoFailure("the demo broke: " + e.getCause());
    }
  }
}
