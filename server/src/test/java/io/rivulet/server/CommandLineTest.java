package io.rivulet.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.server.config.ServerConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Every command that talks to a server, in this process, against a started server. */
@Timeout(120)
class CommandLineTest {
  @TempDir private static Path folder;
  private static RivuletServer server;

  /** What a command printed and how it ended. */
  private record Ended(int code, String out, String err) {}

  @BeforeAll
  static void start() throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, Map.of()));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void aTopicIsMadeShownChangedAndDeleted() {
    assertThat(run("topic", "create", "t1", "--type", "lite", "--lite-ttl", "2h").out())
        .isEqualTo("made t1  type LITE  lite TTL 2h\n");
    assertThat(run("topic", "describe", "t1").out()).contains("t1", "no group follows it");
    assertThat(run("topic", "update", "t1", "--lite-ttl", "30m", "--reclaim-unsubscribed").out())
        .contains("lite TTL 30m", "reclaims");
    assertThat(run("topic", "list", "--prefix", "t1", "--json").out())
        .isEqualTo(
            "{\"name\":\"t1\",\"type\":\"LITE\",\"liteTtl\":1800.0,"
                + "\"reclaimsUnsubscribed\":true}\n");
    assertThat(run("topic", "update", "t1", "--lite-ttl", "default").out())
        .doesNotContain("lite TTL");
    assertThat(run("topic", "delete", "t1").code()).isZero();
    assertThat(run("topic", "describe", "t1").err()).contains("there is no topic 't1'");
  }

  @Test
  void whatExistsIsNotMadeAgain() {
    assertThat(run("topic", "create", "twice", "--type", "normal").code()).isZero();

    Ended again = run("topic", "create", "twice", "--type", "normal");

    assertThat(again.code()).isEqualTo(1);
    assertThat(again.err()).contains("'twice' exists already").hasLineCount(1);
  }

  @Test
  void aGroupIsMadeShownChangedAndDeleted() {
    assertThat(run("group", "create", "g1", "--max-attempts", "3", "--backoff", "1s,5s").out())
        .isEqualTo("made g1  at most 3 attempts\n");
    assertThat(run("group", "describe", "g1").out()).contains("backoff 1s, 5s", "no client");
    assertThat(run("group", "update", "g1", "--max-attempts", "4").out()).contains("at most 4");
    assertThat(run("group", "describe", "g1", "--json").out())
        .contains("\"maxAttempts\":4,\"backoff\":[1.0,5.0]");
    assertThat(run("group", "list", "--prefix", "g1").out()).contains("g1", "STANDARD");
    assertThat(run("group", "delete", "g1").code()).isZero();
    assertThat(run("group", "backlog", "g1").code()).isEqualTo(1);
  }

  @Test
  void aGroupIsToldHowItIsServed() {
    run("group", "create", "vip", "--concurrency", "10");

    String[] change = {
      "group",
      "set",
      "vip",
      "--rate",
      "50/s",
      "--cost-rate",
      "20000/s",
      "--fairness",
      "tenant",
      "--weights",
      "gold=4,free=1",
      "--key-rate",
      "90/min",
      "--priority-weights",
      "9=8,0=1",
    };
    assertThat(run(change).code()).isZero();
    assertThat(run("group", "describe", "vip").out())
        .contains(
            "limits      messages 50/s, cost 20000/s, 10 at once\n",
            "priorities  weighted 9=8, 0=1\n",
            "fairness    by tenant, weights free=1, gold=4\n",
            "each key    messages 90/min\n");
    assertThat(run("group", "describe", "vip", "--json").out())
        .contains("\"weights\":{\"free\":1,\"gold\":4}", "\"perSecond\":50.0");
    assertThat(run("group", "set", "vip", "--rate", "none", "--aging", "30s").out())
        .contains("limits      cost 20000/s, 10 at once\n", "a level up every 30s")
        .doesNotContain("messages 50/s");
  }

  @Test
  void aGroupShowsHowItIsServed() {
    run("group", "create", "served", "--fairness", "tenant", "--weights", "gold=4");
    run("topic", "create", "calls", "--type", "normal");
    run("receive", "calls", "--group", "served", "--wait", "100ms");
    for (String tenant : List.of("gold", "free", "free")) {
      run("send", "calls", "x", "-p", "tenant=" + tenant, "-p", "rivulet-cost=100");
    }

    assertThat(run("group", "served", "served").out())
        .contains("is held back by nothing", "fairness keys with the most waiting, 2 of 2")
        .containsPattern("free +2 +200");
    assertThat(run("group", "served", "served", "--json").out()).contains("\"keyCount\":2");
    assertThat(run("group", "estimate", "served", "--key", "gold").out())
        .contains("position", "nobody can tell when");
    assertThat(run("group", "suspend", "served", "--key", "free", "--for", "1h").out())
        .contains("'free' is suspended for served until");
    assertThat(run("receive", "calls", "--group", "served", "--wait", "1s", "--json").out())
        .contains("gold")
        .doesNotContain("free");
    assertThat(run("group", "suspend", "served", "--key", "free", "--for", "0s").out())
        .contains("handed out to served again");
    String delivery =
        run(
                "receive",
                "calls",
                "--group",
                "served",
                "--wait",
                "3s",
                "--max",
                "1",
                "--no-ack",
                "--json")
            .out();
    String handle = delivery.replaceAll("(?s).*\"receiptHandle\":\"([^\"]+)\".*", "$1");
    assertThat(run("message", "settle", handle, "--cost", "250").out())
        .contains("settled at 250 instead of 100");
    assertThat(run("message", "settle", "nonsense", "--cost", "1").code()).isEqualTo(1);
    assertThat(run("group", "served", "nobody").err()).contains("'nobody' does not exist");
  }

  @Test
  void whatAGroupCannotBeToldIsRefusedWithWhatIsAllowed() {
    run("group", "create", "g8");

    Ended wrong = run("group", "set", "g8", "--rate", "fast");

    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("--rate can't be \"fast\"", "50/s");
    assertThat(run("group", "set", "g8", "--rate", "1000/s", "--burst", "1").err())
        .contains("the burst of a rate of 1000.0 a second is 10 to");
  }

  @Test
  void aTopicIsToldWhenItIsFull() {
    run("topic", "create", "full", "--type", "normal");

    String[] change = {
      "topic",
      "set",
      "full",
      "--max-backlog",
      "10000",
      "--max-key-backlog",
      "500",
      "--max-age",
      "5m",
      "--hold",
      "2s"
    };
    assertThat(run(change).out())
        .isEqualTo(
            "changed full  type NORMAL  max backlog 10000  max key backlog 500  max age 5m"
                + "  hold 2s\n");
    assertThat(run("topic", "set", "full", "--max-age", "none", "--hold", "none").out())
        .isEqualTo("changed full  type NORMAL  max backlog 10000  max key backlog 500\n");
  }

  @Test
  void aTopicIsToldWhatItsReadersGetAndWhoMayBeOne() {
    Ended made =
        run("topic", "create", "pages", "--type", "lite", "--content-type", "application/json");
    assertThat(made.out()).isEqualTo("made pages  type LITE  content type application/json\n");

    String origins = "https://chat.example,http://localhost:3000";
    assertThat(run("topic", "update", "pages", "--cors-origins", origins).out())
        .isEqualTo(
            "changed pages  type LITE  content type application/json"
                + "  pages of https://chat.example, http://localhost:3000\n");
    assertThat(run("topic", "describe", "pages", "--json").out())
        .contains("\"contentType\":\"application/json\"", "\"origins\":[\"https://chat.example\"");
    assertThat(run("topic", "set", "pages", "--max-backlog", "5").out())
        .contains("content type application/json", "pages of https://chat.example");
    assertThat(
            run("topic", "set", "pages", "--content-type", "none", "--cors-origins", "default")
                .out())
        .isEqualTo("changed pages  type LITE  max backlog 5\n");

    Ended wrong = run("topic", "set", "pages", "--content-type", "json");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).contains("application/json, not 'json'");
  }

  @Test
  void aFullTopicRefusesASendWithTheReason() {
    run("topic", "create", "brimming", "--type", "normal", "--max-backlog", "1");
    run("send", "brimming", "one");
    run("receive", "brimming", "--group", "g9", "--wait", "3s", "--no-ack");

    Ended refused = run("send", "brimming", "two");

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("the topic 'brimming' takes no more", "'g9' has 1");
    assertThat(run("topic", "set", "brimming", "--max-backlog", "none").code()).isZero();
    assertThat(run("send", "brimming", "two").code()).isZero();
  }

  @Test
  void aLiteGroupIsBoundToItsTopic() {
    assertThat(run("topic", "create", "rooms", "--type", "LITE").code()).isZero();

    assertThat(run("group", "create", "g2", "--lite-of", "rooms", "--exclusive").out())
        .contains("lite topics of rooms", "EXCLUSIVE", "quota 2000");
  }

  @Test
  void theLargestBacklogsAreShownFirst() {
    assertThat(run("topic", "create", "tops", "--type", "LITE").code()).isZero();
    assertThat(run("group", "create", "g5", "--lite-of", "tops", "--all").code()).isZero();
    run("send", "tops/small", "one");
    for (int i = 0; i < 3; i++) {
      run("send", "tops/large", "many " + i);
    }
    run("send", "tops/read", "read");
    run("receive", "tops", "--group", "g5", "--wait", "3s", "--max", "1", "--no-ack");

    assertThat(run("lite", "top", "tops", "--by", "backlog").out().lines().toList())
        .anySatisfy(line -> assertThat(line).containsPattern("large +3 +g5"))
        .element(1)
        .asString()
        .contains("large");
    assertThat(run("lite", "top", "tops", "--limit", "1", "--json").out())
        .contains("\"liteTopic\":\"large\"", "\"backlog\":3")
        .doesNotContain("small");
    assertThat(run("lite", "top", "no-such").err()).contains("'no-such' does not exist");
    assertThat(run("lite", "top", "tops", "--by", "age").code()).isNotZero();
  }

  @Test
  void aLiteGroupMayFollowAPrefix() {
    assertThat(run("topic", "create", "agents", "--type", "LITE").code()).isZero();
    assertThat(run("group", "create", "g3", "--lite-of", "agents", "--prefix", "a-7-").out())
        .contains("all lite topics 'a-7-...' of agents");
    run("send", "agents/a-7-x", "for seven");
    run("send", "agents/a-8-x", "for eight");

    assertThat(run("receive", "agents", "--group", "g3", "--wait", "3s", "--max", "1").out())
        .contains("for seven");
    assertThat(run("receive", "agents", "--group", "g3", "--wait", "200ms").out()).isEmpty();
    assertThat(run("group", "create", "g4", "--lite-of", "agents", "--all", "--prefix", "x").err())
        .contains("leave out one of --prefix and --all");
  }

  @Test
  void whatIsSentIsReceivedOnceByAGroup() {
    assertThat(run("send", "jobs", "resize 7", "--tag", "picture", "--key", "7").out())
        .startsWith("sent to jobs  offset 0");
    Ended first =
        run("receive", "jobs", "--group", "workers", "--wait", "3s", "--max", "1", "--json");
    assertThat(first.out())
        .contains("\"body\":\"resize 7\"", "\"tag\":\"picture\"", "\"attempt\":1");

    Ended second = run("receive", "jobs", "--group", "workers", "--wait", "200ms");

    assertThat(second.out()).isEmpty();
    assertThat(second.err()).contains("no message for workers on jobs");
    assertThat(run("group", "backlog", "workers").out()).containsPattern("jobs +0 +0 +\\*");
    assertThat(run("topic", "describe", "jobs").out()).contains("workers");
  }

  @Test
  void aGroupThatIsResetReceivesAgain() {
    assertThat(run("send", "again", "one").code()).isZero();
    assertThat(run("receive", "again", "--group", "resetters", "--max", "1").out()).contains("one");

    assertThat(run("group", "reset-offset", "resetters", "again", "--to", "first").code()).isZero();

    assertThat(run("receive", "again", "--group", "resetters", "--max", "1").out()).contains("one");
  }

  @Test
  void whatIsNotAcknowledgedComesAgain() {
    assertThat(run("send", "unsure", "one").code()).isZero();
    String[] receive = {"receive", "unsure", "--group", "careless", "--max", "1"};
    assertThat(run(with(receive, "--no-ack", "--invisible", "1s")).out()).contains("one");

    assertThat(run(with(receive, "--wait", "5s")).out()).contains("one", "(attempt 2)");
  }

  @Test
  void aMessageWithTheSameIdIsStoredOnce() {
    assertThat(run("send", "once", "a", "--id", "fixed").out()).doesNotContain("before");
    assertThat(run("send", "once", "a", "--id", "fixed").out()).contains("(it was stored before)");
  }

  @Test
  void messageGroupsAndPrioritiesMakeTopicsOfTheirKind() {
    assertThat(run("send", "ordered", "a", "--group", "customer-1").code()).isZero();
    assertThat(run("send", "urgent", "a", "--priority", "3").code()).isZero();

    assertThat(run("topic", "describe", "ordered").out()).contains("type FIFO");
    assertThat(run("topic", "describe", "urgent").out()).contains("type PRIORITY");
    assertThat(run("tail", "ordered/customer-1", "--from", "first", "--max", "1", "--body").out())
        .isEqualTo("a\n");
  }

  @Test
  void linesOfStandardInputBecomeMessagesOfALiteTopic() {
    Ended sent = runWithInput("one\n\ntwo\nthree\n", "lite", "append", "chat/42");
    assertThat(sent.out()).startsWith("sent 3 messages to chat/42");

    assertThat(run("tail", "chat/42", "--from", "first", "--max", "3", "--body").out())
        .isEqualTo("one\ntwo\nthree\n");
    assertThat(run("tail", "chat/42", "--from", "-1", "--max", "1", "--body").out())
        .isEqualTo("three\n");
    assertThat(run("tail", "chat/42", "--from", "1", "--max", "1", "--json").out())
        .contains("\"liteTopic\":\"42\",\"offset\":1", "\"body\":\"two\"", "\"token\":");
    assertThat(run("tail", "chat/42", "--from", "last", "--idle", "50ms").out()).isEmpty();
    assertThat(run("lite", "list", "chat").out()).containsPattern("42 +0 +3");
  }

  @Test
  void aLiteTopicIsReceivedDescribedGivenATtlAndReclaimed() {
    assertThat(run("send", "talk/7", "hello").code()).isZero();
    assertThat(run("receive", "talk/7", "--group", "web", "--max", "1").out()).contains("hello");
    assertThat(run("lite", "describe", "talk/7").out())
        .contains("talk/7  offsets 0 to 1", "group web is at 1");
    assertThat(run("lite", "ttl", "talk/7", "45m", "--json").out()).contains("\"ttl\":2700.0");
    String token =
        run("tail", "talk/7", "--from", "first", "--max", "1", "--json")
            .out()
            .replaceFirst("(?s).*\"token\":\"([^\"]+)\".*", "$1");

    assertThat(run("lite", "reclaim", "talk/7").out()).startsWith("reclaimed talk/7");

    assertThat(run("lite", "describe", "talk/7").code()).isEqualTo(1);
    assertThat(run("send", "talk/7", "a new life").code()).isZero();
    Ended gone = run("tail", "talk/7", "--token", token, "--max", "1");
    assertThat(gone.code()).isEqualTo(1);
    assertThat(gone.err()).hasLineCount(1);
  }

  @Test
  void manyMessagesAreCounted() {
    assertThat(run("send", "many", "message {n}", "--count", "5000").out())
        .startsWith("sent 5,000 messages to many");
    assertThat(run("send", "many/lite", "x").err()).hasLineCount(1);
  }

  private static String handleOf(Ended sent) {
    assertThat(sent.code()).isZero();
    return sent.out().strip().replaceFirst(".*  handle (\\S+).*", "$1");
  }

  @Test
  void aMessageIsCancelledByItsHandle() {
    String handle = handleOf(run("send", "asked", "never mind", "--id", "ask-1"));

    assertThat(run("message", "cancel", handle).out())
        .isEqualTo("cancelled ask-1, which nobody had\n");

    assertThat(run("message", "cancel", handle).out()).isEqualTo("ask-1 was cancelled before\n");
    assertThat(run("message", "cancel", handle, "--json").out())
        .isEqualTo("{\"found\":\"CANCELLED\",\"messageId\":\"ask-1\"}\n");
    assertThat(run("receive", "asked", "--group", "askers", "--wait", "200ms").out()).isEmpty();
    assertThat(run("message", "cancel", "nonsense").err())
        .contains("'nonsense' is not the handle of a message")
        .hasLineCount(1);
    assertThat(run("send", "asked", "again", "--json").out()).contains("\"handle\":\"m1_");
  }

  @Test
  void aMessageIsGivenAnotherPriorityByItsHandle() {
    String handle = handleOf(run("send", "lanes", "slow", "--priority", "1"));
    run("send", "lanes", "fast", "--priority", "5");

    assertThat(run("message", "prioritize", handle, "--priority", "9").out())
        .startsWith("the message has priority 9  handle m1_");

    assertThat(run("receive", "lanes", "--group", "drivers", "--wait", "3s", "--max", "1").out())
        .contains("slow");
    String lite = handleOf(run("send", "talks/1", "hello"));
    assertThat(run("message", "prioritize", lite, "--priority", "2").out())
        .contains("the lite topic or message group");
    String normal = handleOf(run("send", "plain", "hello"));
    assertThat(run("message", "prioritize", normal, "--priority", "2").err())
        .contains("has no priorities")
        .hasLineCount(1);
  }

  @Test
  void aLiteTopicRestsForAGroup() {
    run("send", "rests/1", "hello");
    assertThat(run("receive", "rests/1", "--group", "idle", "--max", "1").out()).contains("hello");
    String[] suspend = {"lite", "suspend", "rests/1", "--group", "idle"};

    assertThat(run(with(suspend, "--for", "1h")).out())
        .startsWith("rests/1 is suspended for idle until ");

    run("send", "rests/1", "again");
    String[] receive = {"receive", "rests/1", "--group", "idle", "--max", "1"};
    assertThat(run(with(receive, "--wait", "300ms")).out()).isEmpty();
    assertThat(run(with(suspend, "--for", "0s")).out())
        .isEqualTo("rests/1 is handed out to idle again\n");
    assertThat(run(with(receive, "--wait", "5s")).out()).contains("again");
    assertThat(run(with(suspend, "--for", "31d")).err()).contains("0 to 30 days");
  }

  @Test
  void deadLettersAreShownAndSentBack() {
    assertThat(run("group", "create", "fragile", "--max-attempts", "1", "--backoff", "0s").code())
        .isZero();
    assertThat(run("send", "glass", "broken").code()).isZero();
    String[] receive = {"receive", "glass", "--group", "fragile", "--max", "1"};
    assertThat(run(with(receive, "--no-ack", "--invisible", "1s")).out()).contains("broken");
    org.awaitility.Awaitility.await()
        .untilAsserted(() -> {
          assertThat(run(with(receive, "--wait", "100ms")).out()).isEmpty();
          assertThat(run("dlq", "list", "fragile").out()).contains("broken", "from glass");
        });

    assertThat(run("dlq", "redrive", "fragile").out())
        .isEqualTo("sent 1 dead letters of fragile back\n");

    assertThat(run("dlq", "list", "fragile").out()).isEqualTo("no dead letters of fragile\n");
    assertThat(run(with(receive, "--wait", "5s")).out()).contains("broken");
  }

  @Test
  void theVersionTellsWhatServerIsThere() {
    assertThat(run("version").out()).contains("Rivulet", "durability fsync");
    assertThat(run("version", "--json").out()).contains("\"durability\":\"fsync\"");
    assertThat(execute("version", "--endpoint", "127.0.0.1:1").out()).contains("no server");
  }

  @Test
  void aServerThatIsNotThereIsSaidInOneLine() {
    for (String[] command :
        List.of(
            new String[] {"topic", "list"},
            new String[] {"send", "jobs", "x"},
            new String[] {"tail", "chat/42"},
            new String[] {"receive", "jobs", "--group", "g"})) {
      Ended ended = execute(with(command, "--endpoint", "127.0.0.1:1"));

      assertThat(ended.code()).isEqualTo(1);
      assertThat(ended.err())
          .contains("can't reach a server at 127.0.0.1:1", "rivulet server")
          .hasLineCount(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "topic                              | create, list, describe, set, update, delete",
        "topic create x                     | --type",
        "topic create x --type odd          | NORMAL, FIFO, LITE, PRIORITY",
        "topic create x --type LITE --lite-ttl soon | a time such as 250ms, 30s or 7d",
        "topic update x                     | nothing to change",
        "tail chat/42 --from somewhere      | first, last, OFFSET, -COUNT or TIME",
        "lite describe chat                 | PARENT/LITE, such as chat/42",
        "lite describe a/b/c                | PARENT/LITE, such as chat/42",
        "send jobs --count 0 x              | --count is 1 or more",
        "send jobs x --id i --count 5       | --id names one message",
        "topic list --endpoint nowhere      | an endpoint is HOST:PORT",
        "group create g --start never       | first, last or a TIME",
        "demo                               | chat, gateway or web",
        "tpic list                          | topic",
      })
  void aWrongCommandLineEndsWithTwoAndSaysWhatIsAllowed(String line, String said) {
    Ended ended = execute(line.strip().split(" +"));

    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err()).contains(said);
    assertThat(ended.err().lines().count()).isLessThanOrEqualTo(3);
  }

  @Test
  void aCertificateThatIsNotTrustedIsSaidWithTheWayOut() {
    assertThat(run("topic", "list", "--tls").err()).contains("--tls-ca FILE").hasLineCount(1);
    Path certificate = folder.resolve("tls").resolve("certificate.pem");
    assertThat(run("topic", "list", "--tls-ca", certificate.toString()).code()).isZero();
  }

  @Test
  void everyCommandExplainsItself() {
    explain(Main.commandLine());
  }

  @Test
  void everyCommandIsOnTheReferencePage() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "cli.md"));

    for (String name : names(Main.commandLine())) {
      assertThat(page).contains("rivulet " + name);
    }
  }

  private static List<String> names(CommandLine command) {
    List<String> names = new ArrayList<>();
    command
        .getSubcommands()
        .forEach((name, subcommand) -> {
          names.addAll(names(subcommand).stream().map(below -> name + " " + below).toList());
          if (subcommand.getSubcommands().isEmpty()) {
            names.add(name);
          }
        });
    return names;
  }

  private static void explain(CommandLine command) {
    assertThat(command.getUsageMessage()).contains("Usage: rivulet", "-h");
    assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
    command.getSubcommands().values().forEach(CommandLineTest::explain);
  }

  private static Ended run(String... arguments) {
    return execute(with(arguments, "--endpoint", "127.0.0.1:" + server.grpcPort()));
  }

  private static Ended runWithInput(String input, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return run(arguments);
    } finally {
      System.setIn(before);
    }
  }

  private static Ended execute(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = command.execute(arguments);
    command.getOut().flush();
    command.getErr().flush();
    return new Ended(code, out.toString(), err.toString());
  }

  private static String[] with(String[] arguments, String... more) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
