package io.rivulet.server.rest;

import io.rivulet.cluster.status.ClusterControl;
import io.rivulet.engine.Engine;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.Surroundings;
import io.rivulet.server.rest.Operation.BodyKind;
import io.rivulet.server.rest.Operation.Param;
import io.rivulet.server.token.Action;
import io.rivulet.server.token.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Immutable. All that can be done over REST, one row each: requests are routed by this table, and
 * the OpenAPI document is written from it. A new operation is a row here and a handler.
 */
final class Operations {
  private static final String TOPIC = "/v1/topics/{topic}";
  private static final String LITE = TOPIC + "/lite/{lite}";
  private static final String GROUP = "/v1/groups/{group}";
  private static final String CLUSTER = "/v1/cluster";
  private static final String NODE = CLUSTER + "/nodes/{node}";
  private static final String KEYS = "/v1/tokens/keys";
  private static final String TEXT = "string";
  private static final String NUMBER = "integer";
  private static final BodyKind MESSAGE =
      new BodyKind(List.of(Shapes.NewMessage.class), true, true);
  private static final BodyKind MESSAGES =
      new BodyKind(List.of(Shapes.NewMessage.class, Shapes.NewMessages.class), true, true);
  private static final List<Param> PAGE =
      List.of(
          new Param("limit", "query", NUMBER, "so many at most, 1 to 1000, usually 100"),
          new Param("cursor", "query", TEXT, "`next` of the page before"));
  private static final List<Param> LISTING =
      List.of(PAGE.get(0), PAGE.get(1), new Param("prefix", "query", TEXT, "of names"));
  private static final List<Param> HISTORY =
      List.of(
          new Param("limit", "query", NUMBER, "so many at most, usually 100"),
          new Param("cursor", "query", TEXT, "`next` or `resume` of an answer"),
          new Param(
              "from",
              "query",
              TEXT,
              "first, last (what is to come), an offset, -N for the newest N, or a time (RFC 3339)"),
          new Param("wait", "query", TEXT, "how long to wait at the end, usually 0s"));

  private Operations() {}

  /**
   * The table.
   *
   * @param around what the room has in common with others
   * @param background for what waits for the disk
   * @param cluster that this server is a node of, if it is
   */
  static List<Operation> of(
      Engine engine,
      Clock clock,
      RestConfig config,
      Surroundings around,
      Executor background,
      Tokens tokens,
      Optional<ClusterControl> cluster) {
    MessageDrafts drafts = new MessageDrafts(engine, clock);
    Waiting waiting = new Waiting(config.maxWaiting(), around.metrics());
    Sends sends = new Sends(engine, drafts);
    Requests requests = new Requests(engine, drafts, config, waiting, around.answers());
    Histories histories = new Histories(engine, config, waiting, around.answers());
    List<Operation> all = new ArrayList<>();
    all.addAll(messages(sends, requests, histories));
    all.addAll(
        consuming(
            new Receives(engine, config, waiting, around.answers(), around.returns()),
            new Leases(engine)));
    all.addAll(topics(new Definitions(engine), new LiteTopics(engine)));
    all.addAll(groups(new Definitions(engine), new Servings(engine), histories));
    all.addAll(tokens(new TokenMaking(tokens, clock, background)));
    all.addAll(cluster(new Clusters(cluster)));
    return List.copyOf(all);
  }

  private static List<Operation> tokens(TokenMaking tokens) {
    return List.of(
        Operation.of("POST", "/v1/tokens", "createToken", null, tokens::create)
            .summary(
                "Makes a token out of what the caller's own allows, no longer than that holds.")
            .takes(Shapes.NewToken.class)
            .answers(TokenMaking.CREATED, "the token", Shapes.Token.class),
        Operation.of("GET", KEYS, "listTokenKeys", Action.ADMIN, tokens::keys)
            .summary("Shows the keys whose tokens are taken, the one that signs first.")
            .answers(200, "all keys", Shapes.TokenKeyList.class),
        Operation.of("POST", KEYS, "rotateTokenKey", Action.ADMIN, tokens::rotate)
            .summary("Has a new key sign; tokens of the one before are taken until they end.")
            .answers(TokenMaking.CREATED, "the new key", Shapes.TokenKey.class),
        Operation.of("DELETE", KEYS + "/{key}", "removeTokenKey", Action.ADMIN, tokens::remove)
            .summary("Has all tokens of a key refused from now on.")
            .answers(204, "they are refused", Void.class));
  }

  private static List<Operation> cluster(Clusters clusters) {
    return List.of(
        Operation.of("GET", CLUSTER, "describeCluster", Action.ADMIN, clusters::describe)
            .summary("Shows the cluster that the server is a node of: nodes, shards and storage.")
            .answers(
                200, "as this node sees it, and as the others say", ClusterShapes.Cluster.class),
        Operation.of("POST", NODE + "/drain", "drainNode", Action.ADMIN, clusters::drain)
            .summary("Has a node own nothing from now on: its shards go to others.")
            .answers(200, "they will", ClusterShapes.Drained.class),
        Operation.of("POST", NODE + "/undrain", "undrainNode", Action.ADMIN, clusters::undrain)
            .summary("Has a node own shards again.")
            .answers(200, "it will", ClusterShapes.Drained.class));
  }

  private static List<Operation> messages(Sends sends, Requests requests, Histories histories) {
    return List.of(
        Operation.of("POST", TOPIC + "/messages", "send", Action.WRITE, sends::send)
            .summary("Sends a message, or many at once. A topic is made by its first message.")
            .takes(MESSAGES)
            .answers(Sends.CREATED, "stored and durable", Shapes.Receipt.class)
            .answers(Sends.CREATED, "all are stored and durable", Shapes.SendResults.class)
            .answers(Sends.MULTI_STATUS, "some are stored, some not", Shapes.SendResults.class),
        Operation.of("POST", LITE + "/messages", "sendToLiteTopic", Action.WRITE, sends::send)
            .summary("Sends to a lite topic, which its first message makes.")
            .takes(MESSAGES)
            .answers(Sends.CREATED, "stored and durable", Shapes.Receipt.class)
            .answers(Sends.CREATED, "all are stored and durable", Shapes.SendResults.class)
            .answers(Sends.MULTI_STATUS, "some are stored, some not", Shapes.SendResults.class),
        Operation.of("POST", TOPIC + "/request", "request", Action.WRITE, requests::request)
            .summary("Sends a message and waits for the reply to it.")
            .query("timeout", TEXT, "how long to wait, usually 30s; then the request is cancelled")
            .takes(MESSAGE)
            .answers(200, "the reply", Shapes.Reply.class),
        Operation.of("GET", TOPIC + "/messages", "history", Action.READ, histories::read)
            .summary("Reads a topic without a group; reading does not consume.")
            .params(HISTORY)
            .query("group", TEXT, "FIFO topics: the message group")
            .query("priority", NUMBER, "PRIORITY topics: the priority")
            .query("fairness-key", TEXT, "only messages of this key")
            .answers(200, "a page", Shapes.History.class),
        Operation.of("GET", LITE + "/messages", "liteHistory", Action.READ, histories::read)
            .summary("Reads a lite topic; one that is not there yet is empty.")
            .params(HISTORY)
            .answers(200, "a page", Shapes.History.class),
        Operation.of("POST", TOPIC + "/cancel", "cancel", Action.WRITE, sends::cancel)
            .summary("Cancels a message: it is handed out no more.")
            .takes(Shapes.Handle.class)
            .answers(200, "what was found", Shapes.Cancelled.class),
        Operation.of(
                "POST",
                TOPIC + "/priority",
                "reprioritizeInTopic",
                Action.WRITE,
                sends::reprioritize)
            .summary("Gives a waiting message of the topic another priority.")
            .takes(Shapes.NewPriority.class)
            .answers(200, "its handle from now on", Shapes.Reprioritized.class),
        // The topic is that of the handle, which anybody could make up.
        Operation.of("POST", "/v1/priority", "reprioritize", Action.ADMIN, sends::reprioritize)
            .summary("Gives a waiting message of any topic another priority.")
            .takes(Shapes.NewPriority.class)
            .answers(200, "its handle from now on", Shapes.Reprioritized.class));
  }

  private static List<Operation> consuming(Receives receives, Leases leases) {
    return List.of(
        Operation.of("POST", GROUP + "/receive", "receive", Action.CONSUME, receives::receive)
            .summary("Leases messages to the caller; the group is made if it is not there.")
            .mayTake(Shapes.Receive.class)
            .answers(200, "what there was, or nothing", Shapes.Deliveries.class),
        Operation.of("POST", GROUP + "/ack", "acknowledge", Action.CONSUME, leases::acknowledge)
            .summary("Says that messages are done.")
            .takes(Shapes.Receipts.class)
            .answers(204, "they are", Void.class)
            .answers(Sends.MULTI_STATUS, "some are", Shapes.LeaseResults.class),
        Operation.of("POST", GROUP + "/nack", "nack", Action.CONSUME, leases::nack)
            .summary("Gives messages back, to be handed out again now or later.")
            .takes(Shapes.Nack.class)
            .answers(200, "they are back", Shapes.LeaseResults.class)
            .answers(Sends.MULTI_STATUS, "some are", Shapes.LeaseResults.class),
        Operation.of("POST", GROUP + "/extend", "extend", Action.CONSUME, leases::extend)
            .summary("Keeps messages for longer. Use the receipts of the answer from then on.")
            .takes(Shapes.Extend.class)
            .answers(200, "they are kept", Shapes.LeaseResults.class)
            .answers(Sends.MULTI_STATUS, "some are", Shapes.LeaseResults.class),
        Operation.of("POST", GROUP + "/bury", "bury", Action.CONSUME, leases::bury)
            .summary("Moves messages to the group's dead letters.")
            .takes(Shapes.Bury.class)
            .answers(204, "they are there", Void.class)
            .answers(Sends.MULTI_STATUS, "some are", Shapes.LeaseResults.class));
  }

  private static List<Operation> topics(Definitions definitions, LiteTopics liteTopics) {
    return List.of(
        Operation.of("GET", "/v1/topics", "listTopics", Action.ADMIN, definitions::listTopics)
            .summary("Lists topics in order of name.")
            .params(LISTING)
            .answers(200, "a page", Shapes.TopicPage.class),
        Operation.of("GET", TOPIC, "describeTopic", Action.ADMIN, definitions::describeTopic)
            .summary("Shows a topic and who follows it.")
            .answers(200, "the topic", Shapes.TopicView.class),
        Operation.of("PUT", TOPIC, "setTopic", Action.ADMIN, definitions::defineTopic)
            .summary("Makes a topic or changes it; what is not said stays as it is.")
            .takes(Shapes.TopicWords.class)
            .answers(200, "it is so", Shapes.Topic.class)
            .answers(201, "it was made", Shapes.Topic.class),
        Operation.of("DELETE", TOPIC, "deleteTopic", Action.ADMIN, definitions::deleteTopic)
            .summary("Deletes a topic with all that is in it.")
            .answers(204, "it is gone", Void.class),
        Operation.of("GET", TOPIC + "/lite", "listLiteTopics", Action.READ, liteTopics::list)
            .summary("Lists the lite topics of a LITE topic in order of name.")
            .params(LISTING)
            .answers(200, "a page", Shapes.LitePage.class),
        Operation.of("GET", LITE, "describeLiteTopic", Action.READ, liteTopics::describe)
            .summary("Shows a lite topic, and how far groups are in it.")
            .answers(200, "the lite topic", Shapes.LiteTopic.class),
        Operation.of("PUT", LITE, "setLiteTopic", Action.WRITE, liteTopics::set)
            .summary("Gives a lite topic a TTL of its own.")
            .takes(Shapes.LiteSettings.class)
            .answers(200, "it is so", Shapes.LiteTopic.class),
        Operation.of("DELETE", LITE, "reclaimLiteTopic", Action.WRITE, liteTopics::reclaim)
            .summary("Reclaims a lite topic, read or not.")
            .answers(204, "it is gone", Void.class));
  }

  private static List<Operation> groups(
      Definitions definitions, Servings servings, Histories histories) {
    return List.of(
        Operation.of("GET", "/v1/groups", "listGroups", Action.ADMIN, definitions::listGroups)
            .summary("Lists consumer groups in order of name.")
            .params(LISTING)
            .answers(200, "a page", Shapes.GroupPage.class),
        Operation.of("GET", GROUP, "describeGroup", Action.ADMIN, definitions::describeGroup)
            .summary("Shows a group, its backlog and its clients.")
            .answers(200, "the group", Shapes.GroupView.class),
        Operation.of("PUT", GROUP, "setGroup", Action.ADMIN, definitions::defineGroup)
            .summary("Makes a group or changes it: limits, weights, retries and the like.")
            .takes(Shapes.GroupWords.class)
            .answers(200, "it is so", Shapes.Group.class)
            .answers(201, "it was made", Shapes.Group.class),
        Operation.of("DELETE", GROUP, "deleteGroup", Action.ADMIN, definitions::deleteGroup)
            .summary("Deletes a group and what it knows of its progress.")
            .answers(204, "it is gone", Void.class),
        Operation.of(
                "GET",
                GROUP + "/scheduling",
                "describeScheduling",
                Action.ADMIN,
                servings::describe)
            .summary("Shows how a group is being served, and what holds it back.")
            .query("top-keys", NUMBER, "of the keys with the most cost waiting, usually 20")
            .answers(200, "a picture of this moment", Shapes.Scheduling.class),
        Operation.of("GET", GROUP + "/wait", "estimateWait", Action.CONSUME, servings::estimate)
            .summary("Estimates when a message that is sent now would be handed out.")
            .query("priority", NUMBER, "of the message")
            .query("fairness-key", TEXT, "of the message")
            .answers(200, "the estimate", Shapes.WaitEstimate.class),
        Operation.of("POST", GROUP + "/settle", "settleCost", Action.CONSUME, servings::settle)
            .summary("Says what a message really cost.")
            .takes(Shapes.Settle.class)
            .answers(200, "what was charged before", Shapes.Settled.class),
        Operation.of("POST", GROUP + "/suspend", "suspend", Action.ADMIN, servings::suspend)
            .summary("Hands out nothing of a fairness key or a lite topic for a while.")
            .takes(Shapes.Suspend.class)
            .answers(200, "until when", Shapes.Suspended.class),
        Operation.of("POST", GROUP + "/reset", "resetOffset", Action.ADMIN, servings::reset)
            .summary("Moves the place of a group in a topic or lite topic.")
            .takes(Shapes.Reset.class)
            .answers(200, "how many queues were moved", Shapes.Count.class),
        Operation.of(
                "GET",
                GROUP + "/dead-letters",
                "deadLetters",
                Action.CONSUME,
                histories::deadLetters)
            .summary("Reads the dead letters of a group.")
            .params(HISTORY)
            .answers(200, "a page", Shapes.History.class),
        Operation.of("POST", GROUP + "/redrive", "redrive", Action.ADMIN, servings::redrive)
            .summary("Sends dead letters back to the topics that they came from.")
            .mayTake(Shapes.Redrive.class)
            .answers(200, "how many", Shapes.Count.class));
  }
}
