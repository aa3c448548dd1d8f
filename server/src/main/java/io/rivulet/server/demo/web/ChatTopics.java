package io.rivulet.server.demo.web;

import com.google.protobuf.Duration;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.client.Admin;

/**
 * Immutable. The names that page and worker agree on.
 *
 * <p>{@code questions/SESSION}: what the page asks. {@code chat/SESSION}: the whole conversation,
 * written by the worker alone and read by every tab. {@code stops/QUESTION}: is there once somebody
 * has pressed the stop button.
 */
final class ChatTopics {
  static final String QUESTIONS = "questions";
  static final String CHAT = "chat";
  static final String STOPS = "stops";

  /** The workers: each question goes to one of them. */
  static final String GROUP = "assistants";

  private static final long DAY_SECONDS = java.time.Duration.ofDays(1).toSeconds();

  /** As long as a server holds messages, unless told otherwise. */
  private static final long CHAT_SECONDS = java.time.Duration.ofDays(7).toSeconds();

  private ChatTopics() {}

  /** Makes them if they are not there. */
  static void define(Admin admin) {
    topic(admin, QUESTIONS, DAY_SECONDS);
    topic(admin, CHAT, CHAT_SECONDS);
    topic(admin, STOPS, DAY_SECONDS);
    var _ =
        admin.defineGroup(
            GroupDefinition.newBuilder()
                .setName(GROUP)
                .setKind(GroupKind.GROUP_KIND_LITE)
                .setBoundTopic(QUESTIONS)
                .setLitePrefix("") // all sessions, also those to come
                .build(),
            DefineMode.DEFINE_MODE_UNSPECIFIED);
  }

  private static void topic(Admin admin, String name, long ttlSeconds) {
    var _ =
        admin.defineTopic(
            TopicDefinition.newBuilder()
                .setName(name)
                .setType(TopicType.TOPIC_TYPE_LITE)
                .setLiteTtl(Duration.newBuilder().setSeconds(ttlSeconds))
                .build(),
            DefineMode.DEFINE_MODE_UNSPECIFIED);
  }
}
