package io.rivulet.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.client.ReadFrom;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Events in the three forms of CloudEvents' HTTP binding, in and out. */
final class CloudEventTest extends RestServer {
  private static final String PATH = "/v1/topics/chat/lite/1/messages";
  private static final String EVENT = "application/cloudevents+json";
  private static final String EVENTS = "application/cloudevents-batch+json";

  @Test
  void anEventInJsonComesBackWhole() throws Exception {
    HttpResponse<String> sent =
        send(
            EVENT,
            "{'specversion':'1.0','id':'A-1','source':'/orders','type':'com.example.made',"
                + "'subject':'42','time':'2026-01-31T12:00:00Z','tenant':'acme','retries':3,"
                + "'datacontenttype':'application/json','data':{'total':12.50}}");
    assertThat(sent.statusCode()).isEqualTo(201);

    HttpResponse<String> answer = read(EVENT, PATH);

    assertThat(answer.headers().firstValue("content-type")).contains(EVENT);
    JsonNode event = json(answer);
    assertThat(event.get("specversion").asString()).isEqualTo("1.0");
    assertThat(event.get("id").asString()).isEqualTo("A-1");
    assertThat(event.get("source").asString()).isEqualTo("/orders");
    assertThat(event.get("type").asString()).isEqualTo("com.example.made");
    assertThat(event.get("subject").asString()).isEqualTo("42");
    assertThat(event.get("time").asString()).isEqualTo("2026-01-31T12:00:00Z");
    assertThat(event.get("tenant").asString()).isEqualTo("acme");
    assertThat(event.get("retries").asString()).isEqualTo("3");
    assertThat(event.get("datacontenttype").asString()).isEqualTo("application/json");
    assertThat(answer.body()).contains("\"data\":{\"total\":12.50}");
    assertThat(event.get("rivuletoffset").asString()).isEqualTo("0");
  }

  @Test
  void anEventInHeadersIsAMessageWithItsDataAsTheBody() throws Exception {
    HttpResponse<String> sent =
        call(
            request("POST", PATH, "<xml/>")
                .header("Content-Type", "application/xml")
                .header("ce-specversion", "1.0")
                .header("ce-id", "B%20%E2%82%AC")
                .header("ce-source", "urn:x")
                .header("ce-type", "t")
                .header("Rivulet-Tag", "tagged"));
    assertThat(sent.statusCode()).isEqualTo(201);

    try (RivuletClient client = RivuletClient.connect("127.0.0.1:" + server.grpcPort())) {
      ReceivedMessage message = client.read("chat", "1", ReadFrom.first(), 1).messages().getFirst();
      assertThat(message.text()).isEqualTo("<xml/>");
      assertThat(message.tag()).contains("tagged");
      assertThat(message.keys()).containsExactly("B €");
      assertThat(message.properties())
          .containsEntry("ce_id", "B €")
          .containsEntry("ce_source", "urn:x")
          .containsEntry("ce_datacontenttype", "application/xml");
    }
    JsonNode event = json(read(EVENT, PATH));
    assertThat(event.get("data").asString()).isEqualTo("<xml/>");
    assertThat(event.get("datacontenttype").asString()).isEqualTo("application/xml");
  }

  @Test
  void manyEventsGoInAndOutAsABatchAndBytesAreBase64() throws Exception {
    HttpResponse<String> sent =
        send(
            EVENTS,
            "[{'specversion':'1.0','id':'1','source':'s','type':'t','data':'words'},"
                + "{'specversion':'1.0','id':'2','source':'s','type':'t','data_base64':'AP8='},"
                + "{'specversion':'1.0','id':'3','source':'s','type':'t'}]");
    assertThat(sent.statusCode()).isEqualTo(201);
    assertThat(json(sent).get("results").size()).isEqualTo(3);

    HttpResponse<String> answer = read(EVENTS, PATH);

    assertThat(answer.headers().firstValue("content-type")).contains(EVENTS);
    JsonNode events = json(answer);
    assertThat(events.get(0).get("data").asString()).isEqualTo("words");
    assertThat(events.get(1).get("data_base64").asString()).isEqualTo("AP8=");
    assertThat(events.get(2).has("data")).isFalse();
    JsonNode again = json(send(EVENTS, answer.body()));
    assertThat(again.get("results").get(0).get("stored").get("duplicate").asBoolean()).isTrue();
  }

  @Test
  void theSameEventIsStoredOnceAndTheSameIdOfAnotherSourceIsAnotherOne() throws Exception {
    String event = "{'specversion':'1.0','id':'1','source':'%s','type':'t'}";

    send(EVENT, event.formatted("a"));

    assertThat(json(send(EVENT, event.formatted("a"))).get("duplicate").asBoolean()).isTrue();
    assertThat(json(send(EVENT, event.formatted("b"))).get("duplicate").asBoolean()).isFalse();
  }

  @Test
  void eventsAreReceivedWithTheirReceiptAndPlainMessagesAsEvents() throws Exception {
    call(request("POST", "/v1/topics/jobs/messages", "plain").header("Content-Type", TEXT));

    HttpResponse<String> answer =
        call(
            request("POST", "/v1/groups/g/receive", "{\"topic\":\"jobs\",\"wait\":\"20s\"}")
                .header("Accept", EVENT));

    JsonNode event = json(answer);
    assertThat(event.get("type").asString()).isEqualTo("io.rivulet.message");
    assertThat(event.get("source").asString()).isEqualTo("/v1/topics/jobs");
    assertThat(event.get("data").asString()).isEqualTo("plain");
    HttpResponse<String> done =
        post("/v1/groups/g/ack", "{'receipts':['" + event.get("rivuletreceipt").asString() + "']}");
    assertThat(done.statusCode()).isEqualTo(204);
    HttpResponse<String> nothing =
        call(
            request("POST", "/v1/groups/g/receive", "{\"topic\":\"jobs\"}")
                .header("Accept", EVENT));
    assertThat(nothing.statusCode()).isEqualTo(204);
  }

  @Test
  void whatIsNoEventIsRefusedWithTheReason() throws Exception {
    assertThat(send(EVENT, "{'specversion':'1.0','id':'1','source':'s'}").body())
        .contains("'type' is missing");
    assertThat(send(EVENT, "{'specversion':'0.3','id':'1','source':'s','type':'t'}").body())
        .contains("specversion is 1.0");
    assertThat(
            send(EVENT, "{'specversion':'1.0','id':'1','source':'s','type':'t','no-name':1}")
                .body())
        .contains("no-name");
    HttpResponse<String> batch = send(EVENTS, "[{'specversion':'1.0'}]");
    assertThat(batch.statusCode()).isEqualTo(400);
    assertThat(batch.body()).contains("[0]", "'id' is missing");
  }

  private HttpResponse<String> send(String type, String body) throws Exception {
    return call(request("POST", PATH, body.replace('\'', '"')).header("Content-Type", type));
  }

  private HttpResponse<String> read(String accept, String path) throws Exception {
    return call(request("GET", path, "").header("Accept", accept));
  }
}
