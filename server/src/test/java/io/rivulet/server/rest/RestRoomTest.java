package io.rivulet.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.client.ConsumerSettings;
import io.rivulet.client.Delivery;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Sending, reading and receiving without any client. */
final class RestRoomTest extends RestServer {
  private static final Duration LONG = Duration.ofSeconds(10);

  @Test
  void aWaitingMessageGetsAnotherPriorityInItsTopicOnly() throws Exception {
    put("/v1/topics/urgent", "{'type':'PRIORITY'}");
    String handle =
        json(post("/v1/topics/urgent/messages", "{'text':'x','priority':1}"))
            .get("handle")
            .asString();
    String wanted = "{'handle':'" + handle + "','priority':9}";

    HttpResponse<String> other = post("/v1/topics/jobs/priority", wanted);
    assertThat(other.statusCode()).isEqualTo(400);
    assertThat(json(other).get("detail").asString()).contains("of the topic 'jobs'");
    HttpResponse<String> changed = post("/v1/topics/urgent/priority", wanted);
    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat(json(changed).get("priority").asInt()).isEqualTo(9);
    assertThat(json(get("/v1/topics/urgent/messages?priority=9")).get("messages").size())
        .isEqualTo(1);
  }

  @Test
  void onlyTheGroupThatHasAMessageSaysWhatItCost() throws Exception {
    put("/v1/groups/models", "{'fairness':'tenant'}");
    put("/v1/groups/others", "{}");
    post("/v1/topics/jobs/messages", "{'text':'x','cost':10}");
    String receipt =
        json(post("/v1/groups/models/receive", "{'topic':'jobs'}"))
            .get("deliveries")
            .get(0)
            .get("receipt")
            .asString();
    String cost = "{'receipt':'" + receipt + "','cost':310}";

    for (String work : new String[] {"settle", "ack", "nack", "extend"}) {
      HttpResponse<String> refused =
          post(
              "/v1/groups/others/" + work,
              work.equals("settle") ? cost : "{'receipts':['" + receipt + "']}");
      assertThat(refused.statusCode()).as(work).isEqualTo(409);
      assertThat(json(refused).get("detail").asString())
          .as(work)
          .contains("was not given to the group 'others'");
    }
    HttpResponse<String> settled = post("/v1/groups/models/settle", cost);
    assertThat(settled.statusCode()).isEqualTo(200);
    assertThat(json(settled).get("previous-cost").asInt()).isEqualTo(10);
  }

  @Test
  void headIsGetWithoutTheBody() throws Exception {
    post("/v1/topics/chat/lite/42/messages", "{'text':'x'}");

    for (String path :
        new String[] {
          "/v1/topics/chat", "/v1/topics/chat/lite/42/messages?limit=1", "/v1/groups"
        }) {
      HttpResponse<String> head = call("HEAD", path, "");
      assertThat(head.statusCode()).as(path).isEqualTo(200);
      assertThat(head.body()).isEmpty();
      assertThat(head.headers().firstValue("content-type")).contains(JSON);
      assertThat(call("OPTIONS", path, "").headers().firstValue("access-control-allow-methods"))
          .hasValueSatisfying(methods -> assertThat(methods).contains("GET", "HEAD"));
    }
    assertThat(call("HEAD", "/v1/topics/none", "").statusCode()).isEqualTo(404);
    assertThat(call("HEAD", "/v1/priority", "").statusCode()).isEqualTo(405);
    assertThat(get("/v1/topics/chat").statusCode()).isEqualTo(200);
  }

  // ---- sending

  @Test
  void whatIsSentIsReadByOtherProtocolsWithAllThatWasSaid() throws Exception {
    HttpResponse<String> sent =
        post(
            "/v1/topics/jobs/messages",
            "{'text':'hello','id':'id-1','tag':'greeting','keys':['a','b'],"
                + "'properties':{'colour':'red'},'cost':7,'fairness-key':'acme',"
                + "'deadline':'1h'}");

    assertThat(sent.statusCode()).isEqualTo(201);
    assertThat(json(sent).get("id").asString()).isEqualTo("id-1");
    assertThat(json(sent).get("duplicate").asBoolean()).isFalse();
    try (RivuletClient client = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
        GroupConsumer consumer = client.consumer(ConsumerSettings.of("workers", "jobs"))) {
      List<Delivery> taken = consumer.receive(1, LONG);
      ReceivedMessage message = taken.getFirst().message();
      assertThat(message.text()).isEqualTo("hello");
      assertThat(message.tag()).contains("greeting");
      assertThat(message.keys()).containsExactly("a", "b");
      assertThat(message.properties())
          .containsEntry("colour", "red")
          .containsEntry("rivulet-cost", "7")
          .containsEntry("rivulet-fairness-key", "acme")
          .containsKey("rivulet-deadline");
    }
  }

  @Test
  void aMessageThatIsSentAgainIsStoredOnce() throws Exception {
    post("/v1/topics/jobs/messages", "{'text':'x','id':'same'}");

    JsonNode again = json(post("/v1/topics/jobs/messages", "{'text':'x','id':'same'}"));

    assertThat(again.get("duplicate").asBoolean()).isTrue();
    assertThat(json(get("/v1/topics/jobs/messages")).get("messages").size()).isEqualTo(1);
  }

  @Test
  void aBodyMayBeTextJsonOrBytesAndComesBackAsItWas() throws Exception {
    post("/v1/topics/chat/lite/1/messages", "{'text':'größe'}");
    post("/v1/topics/chat/lite/1/messages", "{'json':{'a':[1,2.50,null],'b':'x'}}");
    post("/v1/topics/chat/lite/1/messages", "{'base64':'AP8='}");

    JsonNode messages = json(get("/v1/topics/chat/lite/1/messages")).get("messages");

    assertThat(messages.get(0).get("text").asString()).isEqualTo("größe");
    assertThat(messages.get(1).get("json").toString())
        .isEqualTo("{\"a\":[1,2.5,null],\"b\":\"x\"}");
    assertThat(messages.get(2).get("base64").asString()).isEqualTo("AP8=");
    assertThat(messages.get(2).get("lite").asString()).isEqualTo("1");
  }

  @Test
  void anyOtherBodyIsTheMessageItself() throws Exception {
    HttpResponse<String> sent =
        call(
            request("POST", "/v1/topics/chat/lite/raw/messages", "plain words")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Rivulet-Tag", "t")
                .header("Rivulet-Keys", "a, b")
                .header("Rivulet-Priority", "3")
                .header("Rivulet-Property-Colour", "red"));

    assertThat(sent.statusCode()).isEqualTo(201);
    String location = sent.headers().firstValue("location").orElseThrow();
    JsonNode message = json(get(location)).get("messages").get(0);
    assertThat(message.get("text").asString()).isEqualTo("plain words");
    assertThat(message.get("tag").asString()).isEqualTo("t");
    assertThat(message.get("keys").toString()).isEqualTo("[\"a\",\"b\"]");
    assertThat(message.get("properties").get("colour").asString()).isEqualTo("red");
    assertThat(message.get("properties").get("rivulet-priority").asString()).isEqualTo("3");
  }

  @Test
  void manyAreSentAtOnceAndEachHasItsResult() throws Exception {
    HttpResponse<String> all =
        post("/v1/topics/chat/lite/1/messages", "{'messages':[{'text':'a'},{'text':'b'}]}");
    assertThat(all.statusCode()).isEqualTo(201);
    assertThat(json(all).get("results").get(1).get("stored").get("offset").asInt()).isEqualTo(1);

    put("/v1/topics/jobs", "{'type':'NORMAL'}");
    HttpResponse<String> some =
        post("/v1/topics/jobs/messages", "{'messages':[{'text':'c'},{'text':'d','priority':3}]}");
    assertThat(some.statusCode()).isEqualTo(207);
    assertThat(json(some).get("results").get(1).get("problem").get("detail").asString())
        .contains("NORMAL");
  }

  @Test
  void higherPrioritiesAreReceivedFirst() throws Exception {
    post("/v1/topics/prio/messages", "{'text':'slow','priority':1}");
    post("/v1/topics/prio/messages", "{'text':'fast','priority':9}");

    JsonNode taken =
        json(post("/v1/groups/g/receive", "{'topic':'prio','max':2,'wait':'5s'}"))
            .get("deliveries");

    assertThat(taken.get(0).get("message").get("text").asString()).isEqualTo("fast");
    assertThat(taken.get(1).get("message").get("text").asString()).isEqualTo("slow");
    assertThat(json(get("/v1/topics/prio/messages?priority=1")).get("messages").size())
        .isEqualTo(1);
  }

  @Test
  void whatIsDelayedIsReceivedWhenItsTimeHasComeAlsoAfterARestart() throws Exception {
    put("/v1/topics/jobs", "{'type':'NORMAL'}");
    long now = System.currentTimeMillis();
    HttpResponse<String> sent =
        post("/v1/topics/jobs/messages", "{'text':'later','delay':'1500ms'}");
    post("/v1/topics/jobs/messages", "{'text':'at','delay':'" + Instant.ofEpochMilli(now) + "'}");
    HttpResponse<String> never =
        call(
            request("POST", "/v1/topics/jobs/messages", "never")
                .header("Content-Type", "text/plain")
                .header("Rivulet-Delay", "1s"));
    assertThat(sent.statusCode()).isEqualTo(201);
    assertThat(json(get("/v1/topics/jobs")).get("parked").asInt()).isEqualTo(2);
    String handle = json(never).get("handle").asString();
    HttpResponse<String> cancelled = post("/v1/topics/jobs/cancel", "{'handle':'" + handle + "'}");
    assertThat(json(cancelled).get("found").asString()).isEqualTo("waiting");
    restart(Map.of());

    List<JsonNode> taken = new ArrayList<>();
    Awaitility.await()
        .until(() -> {
          json(post("/v1/groups/g/receive", "{'topic':'jobs','wait':'2s','max':9}"))
              .get("deliveries")
              .forEach(each -> taken.add(each.get("message")));
          return taken.size() == 2;
        });

    assertThat(taken)
        .extracting(each -> each.get("text").asString())
        .containsExactly("at", "later");
    assertThat(Instant.parse(taken.get(1).get("deliver-at").asString()).toEpochMilli())
        .isGreaterThanOrEqualTo(now + 1500);
    assertThat(json(get("/v1/topics/jobs")).get("parked").asInt()).isZero();
  }

  // ---- reading

  @Test
  void aHistoryIsReadPageByPageAndGoesOnWhereItEnded() throws Exception {
    for (int i = 0; i < 5; i++) {
      post("/v1/topics/chat/lite/1/messages", "{'text':'" + i + "'}");
    }

    List<String> seen = new ArrayList<>();
    HttpResponse<String> page = get("/v1/topics/chat/lite/1/messages?limit=2");
    while (true) {
      json(page).get("messages").forEach(each -> seen.add(each.get("text").asString()));
      if (!json(page).has("next")) {
        break;
      }
      String link = page.headers().firstValue("link").orElseThrow();
      assertThat(link).endsWith("; rel=\"next\"");
      page = get(link.substring(1, link.indexOf('>')));
    }
    assertThat(seen).containsExactly("0", "1", "2", "3", "4");

    String resume = json(page).get("resume").asString();
    post("/v1/topics/chat/lite/1/messages", "{'text':'5'}");
    JsonNode rest = json(get("/v1/topics/chat/lite/1/messages?wait=5s&cursor=" + resume));
    assertThat(rest.get("messages").size()).isEqualTo(1);
    assertThat(json(get("/v1/topics/chat/lite/1/messages?from=-2")).get("messages").size())
        .isEqualTo(2);
  }

  @Test
  void theHistoryOfATopicWithManyQueuesIsInTheOrderOfTimeAndComplete() throws Exception {
    for (int i = 0; i < 10; i++) {
      post("/v1/topics/jobs/messages", "{'text':'" + i + "'}");
    }

    Set<String> seen = new LinkedHashSet<>();
    String cursor = "";
    do {
      JsonNode page = json(get("/v1/topics/jobs/messages?limit=3" + cursor));
      assertThat(page.get("messages").size()).isLessThanOrEqualTo(3);
      page.get("messages")
          .forEach(each -> assertThat(seen.add(each.get("text").asString())).isTrue());
      cursor = page.has("next") ? "&cursor=" + page.get("next").asString() : "";
    } while (!cursor.isEmpty());

    assertThat(seen).hasSize(10);
  }

  // ---- receiving

  @Test
  void aMessageIsReceivedKeptGivenBackAndDone() throws Exception {
    post("/v1/topics/jobs/messages", "{'text':'work'}");
    JsonNode first = receive("workers", "jobs");
    assertThat(first.get("attempt").asInt()).isEqualTo(1);
    assertThat(
            json(post("/v1/groups/workers/receive", "{'topic':'jobs'}")).get("deliveries").size())
        .isZero();

    JsonNode kept =
        json(post("/v1/groups/workers/extend", receipts(first) + ",'lease':'1m'}"))
            .get("results")
            .get(0);
    HttpResponse<String> back =
        post("/v1/groups/workers/nack", "{'receipts':['" + kept.get("receipt").asString() + "']}");
    assertThat(back.statusCode()).isEqualTo(200);

    JsonNode second = receive("workers", "jobs");
    assertThat(second.get("attempt").asInt()).isEqualTo(2);
    assertThat(post("/v1/groups/workers/ack", receipts(second) + "}").statusCode()).isEqualTo(204);
    assertThat(post("/v1/groups/workers/ack", "{'receipts':['nonsense']}").statusCode())
        .isEqualTo(409);
    JsonNode group = json(get("/v1/groups/workers"));
    assertThat(group.get("topics").get(0).get("backlog").asInt()).isZero();
  }

  @Test
  void whoHangsUpWhileWaitingLosesNoMessages() throws Exception {
    post("/v1/groups/workers/receive", "{'topic':'jobs'}");
    for (int i = 0; i < 5; i++) {
      var waiting =
          later("POST", "/v1/groups/workers/receive", "{\"topic\":\"jobs\",\"wait\":\"20s\"}");
      Thread.onSpinWait();
      get("/v1/groups/workers"); // what waits has arrived
      waiting.cancel(true);
      post("/v1/topics/jobs/messages", "{'text':'" + i + "'}");

      JsonNode taken = receive("workers", "jobs");
      assertThat(taken.get("message").get("text").asString()).isEqualTo(Integer.toString(i));
      post("/v1/groups/workers/ack", receipts(taken) + "}");
    }
  }

  @Test
  void aLiteTopicIsReceivedByName() throws Exception {
    post("/v1/topics/chat/lite/42/messages", "{'text':'hi'}");

    JsonNode answer =
        json(
            post(
                "/v1/groups/web/receive",
                "{'topic':'chat','lite':['42'],'wait':'5s','client':'tab-1'}"));

    assertThat(answer.get("deliveries").get(0).get("message").get("lite").asString())
        .isEqualTo("42");
    JsonNode lite = json(get("/v1/topics/chat/lite/42"));
    assertThat(lite.get("clients").get(0).get("client").asString()).endsWith("/tab-1");
  }

  @Test
  void whatIsBuriedIsADeadLetterAndComesBackWhenItIsSentBack() throws Exception {
    post("/v1/topics/jobs/messages", "{'text':'bad'}");
    JsonNode taken = receive("workers", "jobs");

    HttpResponse<String> buried =
        post("/v1/groups/workers/bury", receipts(taken) + ",'reason':'no idea'}");

    assertThat(buried.statusCode()).isEqualTo(204);
    JsonNode letter = json(get("/v1/groups/workers/dead-letters")).get("messages").get(0);
    assertThat(letter.get("dead-letter").get("reason").asString()).isEqualTo("no idea");
    assertThat(json(post("/v1/groups/workers/redrive", "")).get("count").asInt()).isEqualTo(1);
    assertThat(receive("workers", "jobs").get("message").get("text").asString()).isEqualTo("bad");
  }

  // ---- request and reply

  @Test
  void aRequestIsAnsweredByAWorkerAndItsReplyLiteTopicIsReclaimed() throws Exception {
    var asked = later("POST", "/v1/topics/questions/request?timeout=20s", "{\"text\":\"6*7?\"}");
    JsonNode question =
        json(post("/v1/groups/minds/receive", "{'topic':'questions','wait':'20s'}"))
            .get("deliveries")
            .get(0);
    JsonNode properties = question.get("message").get("properties");
    String replyTo =
        "/v1/topics/"
            + properties.get("rivulet-reply-topic").asString()
            + "/lite/"
            + properties.get("rivulet-reply-lite-topic").asString();

    post(replyTo + "/messages", "{'json':{'answer':42}}");

    HttpResponse<String> answer = asked.get();
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).get("reply").get("json").get("answer").asInt()).isEqualTo(42);
    Awaitility.await().untilAsserted(() -> assertThat(get(replyTo).statusCode()).isEqualTo(404));
  }

  @Test
  void aRequestThatNobodyAnswersIsCancelled() throws Exception {
    HttpResponse<String> answer =
        post("/v1/topics/questions/request?timeout=100ms", "{'text':'anybody?'}");

    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(json(answer).get("detail").asString()).contains("100ms", "cancelled");
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(
                    json(post("/v1/groups/late/receive", "{'topic':'questions'}"))
                        .get("deliveries")
                        .size())
                .isZero());
  }

  @Test
  void aWaitingMessageIsCancelledByItsHandle() throws Exception {
    String handle = json(post("/v1/topics/jobs/messages", "{'text':'x'}")).get("handle").asString();

    HttpResponse<String> cancelled = post("/v1/topics/jobs/cancel", "{'handle':'" + handle + "'}");

    assertThat(json(cancelled).get("found").asString()).isEqualTo("waiting");
  }

  @Test
  void asManyCallsWaitAsAreAllowed() throws Exception {
    restart(Map.of("http.max-waiting", "1"));
    put("/v1/topics/chat", "{'type':'LITE'}");
    try (var other = HttpClient.newHttpClient()) {
      var first =
          other.sendAsync(
              request("POST", "/v1/groups/g/receive", "{\"topic\":\"jobs\",\"wait\":\"20s\"}")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      // Not by asking for the only place, or the first call might find it taken.
      Awaitility.await()
          .untilAsserted(
              () -> assertThat(get("/metrics").body()).contains("rivulet_http_waiting 1.0\n"));
      assertThat(get("/v1/topics/chat/lite/1/messages?wait=10ms").statusCode()).isEqualTo(429);
      first.cancel(true);
    }
  }

  // ---- words

  private JsonNode receive(String group, String topic) throws Exception {
    JsonNode deliveries =
        json(post("/v1/groups/" + group + "/receive", "{'topic':'" + topic + "','wait':'20s'}"))
            .get("deliveries");
    assertThat(deliveries.size()).isEqualTo(1);
    return deliveries.get(0);
  }

  private static String receipts(JsonNode delivery) {
    return "{'receipts':['" + delivery.get("receipt").asString() + "']";
  }

  @Test
  void whatAWorkerSentOverGrpcIsReadHere() throws Exception {
    try (RivuletClient client = RivuletClient.connect("127.0.0.1:" + server.grpcPort())) {
      client.session("chat", "7").append(OutgoingMessage.of("from a worker")).join();
      JsonNode page = json(get("/v1/topics/chat/lite/7/messages"));
      assertThat(page.get("messages").get(0).get("text").asString()).isEqualTo("from a worker");
      assertThat(client.read("chat", "7", ReadFrom.first(), 10).messages()).hasSize(1);
    }
  }
}
