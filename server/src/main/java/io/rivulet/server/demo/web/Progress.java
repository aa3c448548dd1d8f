package io.rivulet.server.demo.web;

import io.rivulet.api.v1.RefusalCode;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;

/**
 * Immutable. How far an answer has got, by what stands in the conversation.
 *
 * @param isAsked the question stands there
 * @param tokens so many of the answer do
 * @param isEnded nothing more is to come
 */
record Progress(boolean isAsked, int tokens, boolean isEnded) {
  private static final Progress NOTHING = new Progress(false, 0, false);
  private static final int PAGE = 256;

  /**
   * Reads it from the end of a conversation, where an unfinished answer stands.
   *
   * @throws RivuletException if the server can't be reached
   */
  static Progress of(Question question, String session, RivuletClient client) {
    // The answer, its question and its end; those before it are of no interest.
    ReadFrom from = ReadFrom.lastMessages(Answers.MAX_TOKENS + 2L);
    Progress progress = NOTHING;
    try {
      RivuletClient.Page page = client.read(ChatTopics.CHAT, session, from, PAGE);
      while (!page.messages().isEmpty()) {
        for (ReceivedMessage message : page.messages()) {
          ChatEvent event = ChatEvent.read(message.text());
          if (event.question().equals(question.id())) {
            progress = progress.after(event);
          }
        }
        page = client.read(ChatTopics.CHAT, session, ReadFrom.token(page.token()), PAGE);
      }
    } catch (RivuletException e) {
      if (e.code() != RefusalCode.REFUSAL_CODE_LITE_TOPIC_NOT_FOUND) {
        throw e;
      }
      // The session's first question.
    }
    return progress;
  }

  private Progress after(ChatEvent event) {
    return switch (event.kind()) {
      case QUESTION -> new Progress(true, tokens, isEnded);
      case TOKEN -> new Progress(true, Math.max(tokens, event.number() + 1), isEnded);
      case END -> new Progress(true, tokens, true);
    };
  }
}
