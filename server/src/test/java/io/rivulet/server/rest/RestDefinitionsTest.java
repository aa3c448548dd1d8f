package io.rivulet.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Topics, groups and lite topics over REST, and what is told of mistakes. */
final class RestDefinitionsTest extends RestServer {

  // ---- definitions

  @Test
  void aTopicIsMadeChangedShownAndDeleted() throws Exception {
    HttpResponse<String> made =
        put("/v1/topics/chat", "{'type':'LITE','lite-ttl':'1h','max-backlog':1000,'hold':'2s'}");
    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(made.headers().firstValue("location")).contains("/v1/topics/chat");
    assertThat(put("/v1/topics/chat", "{'lite-ttl':'2h'}").statusCode()).isEqualTo(200);

    JsonNode topic = json(get("/v1/topics/chat"));
    assertThat(topic.get("name").asString()).isEqualTo("chat");
    assertThat(topic.get("definition").toString())
        .isEqualTo(
            "{\"type\":\"LITE\",\"lite-ttl\":\"2h\",\"reclaim-unsubscribed\":false,"
                + "\"max-backlog\":1000,\"hold\":\"2s\"}");

    assertThat(put("/v1/topics/chat", "{'type':'FIFO'}").statusCode()).isEqualTo(409);
    assertThat(delete("/v1/topics/chat").statusCode()).isEqualTo(204);
    assertThat(get("/v1/topics/chat").statusCode()).isEqualTo(404);
  }

  @Test
  void whatATopicTellsItsReadersIsSaidShownAndTakenBack() throws Exception {
    put(
        "/v1/topics/chat",
        "{'type':'LITE','content-type':'Application/JSON','cors-origins':['https://chat.example']}");

    String shown = json(get("/v1/topics/chat")).get("definition").toString();
    assertThat(shown)
        .isEqualTo(
            "{\"type\":\"LITE\",\"reclaim-unsubscribed\":false,"
                + "\"content-type\":\"application/json\","
                + "\"cors-origins\":[\"https://chat.example\"]}");
    assertThat(json(call("PUT", "/v1/topics/chat", shown)).get("definition").toString())
        .isEqualTo(shown);
    put("/v1/topics/chat", "{'cors-origins':[]}");
    assertThat(json(get("/v1/topics/chat")).get("definition").get("cors-origins").toString())
        .isEqualTo("[]");
    put("/v1/topics/chat", "{'content-type':'none','cors-origins':'default'}");
    assertThat(json(get("/v1/topics/chat")).get("definition").toString())
        .isEqualTo("{\"type\":\"LITE\",\"reclaim-unsubscribed\":false}");
  }

  @Test
  void whatIsNoContentTypeAndNoOriginIsRefusedWithWhatIsAllowed() throws Exception {
    HttpResponse<String> type = put("/v1/topics/chat", "{'type':'LITE','content-type':'json'}");
    assertThat(type.statusCode()).isEqualTo(400);
    assertThat(json(type).get("detail").asString())
        .contains("a media type such as application/json, not 'json'");
    HttpResponse<String> origin =
        put("/v1/topics/chat", "{'type':'LITE','cors-origins':['chat.example']}");
    assertThat(origin.statusCode()).isEqualTo(400);
    assertThat(json(origin).get("detail").asString()).contains("https://HOST", "'chat.example'");
    assertThat(get("/v1/topics/chat").statusCode()).isEqualTo(404);
  }

  @Test
  void aGroupHasLimitsAndWeightsAndWhatIsShownCanBeSaidAgain() throws Exception {
    HttpResponse<String> made =
        put(
            "/v1/groups/models",
            "{'rate':'50/s','cost-rate':'1000/min','cost-burst':200,'concurrency':8,"
                + "'fairness':'tenant','weights':{'gold':4,'free':1},'key-rate':'5/s',"
                + "'priority-weights':{'1':1,'9':5},'max-attempts':3,'backoff':['1s','5s'],"
                + "'start':'last','adaptive':true}");
    assertThat(made.statusCode()).isEqualTo(201);

    String shown = json(get("/v1/groups/models")).get("definition").toString();
    HttpResponse<String> again = call("PUT", "/v1/groups/models", shown);

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(json(again).get("definition").toString()).isEqualTo(shown);
    assertThat(json(again).get("definition").get("weights").get("gold").asInt()).isEqualTo(4);
    assertThat(json(again).get("definition").get("cost-burst").asInt()).isEqualTo(200);
    assertThat(json(get("/v1/groups/models/scheduling")).get("held-back-by").asString())
        .isEqualTo("nothing");
    assertThat(delete("/v1/groups/models").statusCode()).isEqualTo(204);
  }

  @Test
  void listsComeInPages() throws Exception {
    List<String> names = List.of("a1", "a2", "a3", "b1");
    for (String name : names) {
      put("/v1/topics/" + name, "{'type':'NORMAL'}");
      put("/v1/groups/" + name, "{}");
      post("/v1/topics/chat/lite/" + name + "/messages", "{'text':'x'}");
    }

    for (String path : List.of("topics", "groups", "topics/chat/lite")) {
      List<String> seen = new ArrayList<>();
      HttpResponse<String> page = get("/v1/" + path + "?limit=2&prefix=a");
      String list = path.endsWith("lite") ? "lite-topics" : path;
      json(page).get(list).forEach(each -> seen.add(each.get("name").asString()));
      String link = page.headers().firstValue("link").orElseThrow();
      page = get(link.substring(1, link.indexOf('>')));
      json(page).get(list).forEach(each -> seen.add(each.get("name").asString()));
      assertThat(seen).as(path).containsExactly("a1", "a2", "a3");
      assertThat(json(page).has("next")).isFalse();
    }
  }

  @Test
  void aLiteTopicIsShownGivenATtlAndReclaimed() throws Exception {
    post("/v1/topics/chat/lite/42/messages", "{'text':'hi'}");

    JsonNode lite = json(put("/v1/topics/chat/lite/42", "{'ttl':'5m'}"));

    assertThat(lite.get("ttl").asString()).isEqualTo("5m");
    assertThat(lite.get("end-offset").asInt()).isEqualTo(1);
    assertThat(delete("/v1/topics/chat/lite/42").statusCode()).isEqualTo(204);
    assertThat(get("/v1/topics/chat/lite/42").statusCode()).isEqualTo(404);
  }

  @Test
  void aFairnessKeyIsSuspendedAndAPlaceIsMoved() throws Exception {
    put("/v1/groups/g", "{'fairness':'tenant'}");
    post("/v1/groups/g/receive", "{'topic':'jobs'}");

    assertThat(post("/v1/groups/g/suspend", "{'fairness-key':'x','length':'1h'}").statusCode())
        .isEqualTo(200);
    assertThat(post("/v1/groups/g/suspend", "{'length':'1h'}").statusCode()).isEqualTo(400);
    post("/v1/topics/jobs/messages", "{'text':'x'}");
    assertThat(post("/v1/groups/g/reset", "{'topic':'jobs','to':'last'}").statusCode())
        .isEqualTo(200);
    assertThat(json(get("/v1/groups/g/wait")).get("position").asInt()).isPositive();
  }

  // ---- mistakes

  @Test
  void aMistakeIsToldWithWhatIsAllowed() throws Exception {
    put("/v1/topics/f", "{'type':'FIFO'}");
    problem(400, put("/v1/topics/x", "{'typ':'LITE'}"), "'typ'", "did you mean 'type'", "lite-ttl");
    problem(400, put("/v1/topics/x", "{'type':'FANCY'}"), "FANCY", "NORMAL, FIFO, LITE");
    problem(400, put("/v1/topics/x", "{}"), "needs a type");
    problem(400, put("/v1/topics/b@d", "{'type':'LITE'}"), "b@d", "characters");
    problem(400, post("/v1/topics/x/messages", "{'txt':'a'}"), "'txt'", "text", "fairness-key");
    problem(400, post("/v1/topics/x/messages", "{"), "no JSON");
    problem(400, post("/v1/topics/x/messages", "{'text':'a','base64':'QQ=='}"), "exactly one");
    problem(400, post("/v1/topics/x/messages", "{'messages':[]}"), "1 to 10,000");
    problem(400, post("/v1/topics/x/messages", "{'text':'a','deadline':'soon'}"), "deadline");
    problem(
        400,
        post("/v1/topics/x/messages", "{'messages':[{'text':'a'},{'text':'b','priority':-1}]}"),
        "messages[1]",
        "-1");
    problem(400, post("/v1/topics/x/messages", "{'text':'a','delay':'soon'}"), "delay is a time");
    problem(
        400,
        post("/v1/topics/x/messages", "{'text':'a','delay':'4d'}"),
        "engine.max-delay",
        "PT72H");
    problem(
        409,
        post("/v1/topics/x/messages", "{'text':'a','delay':'1m','group':'g'}"),
        "keep their order");
    problem(400, get("/v1/topics?limt=3"), "'limt'", "limit");
    problem(400, get("/v1/topics?limit=0"), "limit is 1 to 1000");
    problem(400, get("/v1/topics/f/messages"), "FIFO", "?group=");
    problem(400, post("/v1/groups/g/receive", "{}"), "'topic' is missing");
    problem(400, post("/v1/groups/g/receive", "{'topic':'x','wait':'1h'}"), "wait is 0s to 30s");
    problem(400, post("/v1/groups/g/ack", "{'receipts':[]}"), "1 to 1,000");
    problem(404, get("/v1/topics/nowhere/messages"), "nowhere");
    problem(404, get("/v1/groups/nobody"), "nobody");
    problem(404, get("/v1/nothing"), "/openapi.json");
    problem(409, post("/v1/topics/f/messages", "{'text':'a','priority':3}"), "FIFO");
    HttpResponse<String> method = delete("/v1/topics");
    problem(405, method, "GET");
    assertThat(method.headers().firstValue("allow")).contains("GET, HEAD, OPTIONS");
  }

  @Test
  void whatIsTooLargeOrTooMuchIsRefusedWithTheStatusForIt() throws Exception {
    restart(Map.of("engine.max-message-bytes", "1MiB", "quota.topic-message-rate", "1"));

    problem(413, post("/v1/topics/x/messages", "{'text':'" + "x".repeat(2 << 20) + "'}"), "bytes");
    HttpResponse<String> last = post("/v1/topics/x/messages", "{'text':'a'}");
    for (int i = 0; i < 20 && last.statusCode() == 201; i++) {
      last = post("/v1/topics/x/messages", "{'text':'a'}");
    }
    problem(429, last, "");
    assertThat(last.headers().firstValue("retry-after")).isPresent();
  }

  @Test
  void namesOfDeadLetterTopicsMayStandInAPathAsTheyAre() throws Exception {
    put("/v1/topics/%25DLQ%25g", "{'type':'NORMAL'}");

    assertThat(json(get("/v1/topics/%25DLQ%25g")).get("name").asString()).isEqualTo("%DLQ%g");
  }

  @Test
  void pagesOfOthersChangeNothing() throws Exception {
    HttpResponse<String> refused =
        call(
            request("POST", "/v1/topics/x/messages", "evil")
                .header("Content-Type", TEXT)
                .header("Origin", "https://evil.example"));
    problem(403, refused, "http.cors-origins");

    HttpResponse<String> asked =
        call(request("OPTIONS", "/v1/topics/x", "").header("Origin", "http://localhost:3000"));
    assertThat(asked.statusCode()).isEqualTo(204);
    assertThat(asked.headers().firstValue("access-control-allow-methods"))
        .contains("GET, HEAD, PUT, DELETE, OPTIONS");
  }

  private static void problem(int status, HttpResponse<String> answer, String... words) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
    JsonNode problem = json(answer);
    assertThat(problem.get("status").asInt()).isEqualTo(status);
    assertThat(problem.get("title").asString()).isNotEmpty();
    assertThat(problem.get("detail").asString()).contains(words);
  }
}
