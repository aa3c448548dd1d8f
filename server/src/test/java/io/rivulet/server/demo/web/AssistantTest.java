package io.rivulet.server.demo.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.client.ReadFrom;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.Tail;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.demo.web.ChatEvent.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The worker behind the page, against a real server. */
@Timeout(60)
final class AssistantTest {
  private static final Duration FAST = Duration.ofMillis(1);
  private static final Duration SLOW = Duration.ofMillis(20);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String STOP = "How does the stop button work?";

  @TempDir private static Path folder;
  private static RivuletServer server;
  private static RivuletClient client;

  @BeforeAll
  static void start() throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, Map.of()));
    client = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
    ChatTopics.define(client.admin());
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  @Test
  void anAnswerGoesOnWhereADeadWorkerLeftIt() throws Exception {
    ask("dead-worker", "question-1", STOP);
    try (Tail conversation = client.tail(ChatTopics.CHAT, "dead-worker", ReadFrom.first())) {
      List<ChatEvent> events = new ArrayList<>();
      try (Assistant first = new Assistant(client, SLOW)) {
        first.start();
        take(conversation, events, 20);
      }
      try (Assistant second = new Assistant(client, FAST)) {
        second.start();
        takeToTheEnd(conversation, events);
      }

      List<String> tokens = Answers.to(STOP);
      assertThat(events.getFirst()).isEqualTo(new ChatEvent(Kind.QUESTION, "question-1", 0, STOP));
      assertThat(events.subList(1, events.size() - 1))
          .containsExactlyElementsOf(
              IntStream.range(0, tokens.size())
                  .mapToObj(n -> new ChatEvent(Kind.TOKEN, "question-1", n, tokens.get(n)))
                  .toList());
      assertThat(events.getLast().text()).isEqualTo("complete");
    }
  }

  @Test
  void theQuestionsOfASessionAreAnsweredOneAfterTheOtherAndEachOnce() throws Exception {
    ask("in-order", "question-1", STOP);
    ask("in-order", "question-2", "Why?");
    ask("in-order", "question-1", STOP); // a page that was reloaded, and forgot

    try (Assistant assistant = new Assistant(client, FAST);
        Tail conversation = client.tail(ChatTopics.CHAT, "in-order", ReadFrom.first())) {
      assistant.start();
      List<ChatEvent> events = new ArrayList<>();
      takeToTheEnd(conversation, events);
      takeToTheEnd(conversation, events);

      assertThat(events).filteredOn(each -> each.kind() == Kind.END).hasSize(2);
      assertThat(events.stream().map(ChatEvent::question).distinct())
          .containsExactly("question-1", "question-2");
      assertThat(events).isSortedAccordingTo((a, b) -> a.question().compareTo(b.question()));
      await()
          .atMost(PATIENCE)
          .until(() -> client.admin().group(ChatTopics.GROUP).getTopics(0).getBacklog() == 0);
      assertThat(client.read(ChatTopics.CHAT, "in-order", ReadFrom.first(), 1).endOffset())
          .isEqualTo(events.size());
    }
  }

  @Test
  void anAnswerThatIsNotWantedAnyMoreStopsAndSaysSo() throws Exception {
    var _ = client.session(ChatTopics.STOPS, "question-s").append("stop").join();
    ask("not-wanted", "question-s", STOP);

    try (Assistant assistant = new Assistant(client, SLOW);
        Tail conversation = client.tail(ChatTopics.CHAT, "not-wanted", ReadFrom.first())) {
      assistant.start();
      List<ChatEvent> events = new ArrayList<>();
      takeToTheEnd(conversation, events);

      assertThat(events).hasSizeLessThan(Answers.to(STOP).size() / 2);
      assertThat(events.getLast().text()).isEqualTo("stopped");
    }
  }

  @Test
  void whatIsNoQuestionBecomesADeadLetterWithTheReason() throws Exception {
    var _ = client.session(ChatTopics.QUESTIONS, "wrong").append("not JSON").join();
    var _ = client.session(ChatTopics.QUESTIONS, "wrong").append("{\"id\":\"a b\"}").join();

    try (Assistant assistant = new Assistant(client, FAST)) {
      assistant.start();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(
                      client.admin().deadLetters(ChatTopics.GROUP, 10, "").messages().stream()
                          .map(letter -> letter.deadLetter().orElseThrow().reason()))
                  .anySatisfy(reason -> assertThat(reason).contains("this is no JSON"))
                  .anySatisfy(reason -> assertThat(reason).contains("an id of 8 to 64")));
    }
  }

  @Test
  void noAnswerIsLongerThanWhatAWorkerReadsOfAConversation() {
    assertThat(List.of("kill", "reload", "stop", "why", "everything"))
        .allSatisfy(word -> assertThat(Answers.to(word)).hasSizeBetween(100, Answers.MAX_TOKENS));
  }

  private static void ask(String session, String id, String text) {
    String json = "{\"id\":\"%s\",\"text\":\"%s\"}".formatted(id, text);
    var _ = client.session(ChatTopics.QUESTIONS, session).append(json).join();
  }

  private static void take(Tail conversation, List<ChatEvent> events, int count)
      throws InterruptedException {
    for (int taken = 0; taken < count; taken++) {
      events.add(ChatEvent.read(conversation.next(PATIENCE).orElseThrow().text()));
    }
  }

  private static void takeToTheEnd(Tail conversation, List<ChatEvent> events)
      throws InterruptedException {
    do {
      take(conversation, events, 1);
    } while (events.getLast().kind() != Kind.END);
  }
}
