package io.rivulet.server.demo;

import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.Receipt;
import io.rivulet.client.Session;
import io.rivulet.server.demo.stage.DemoFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: a synchronized list. The inference worker: writes each token to the session
 * as it comes, and remembers what it wrote.
 */
final class ChatWorker {
  static final String END = "end";

  private final Session session;
  private final AnswerSource source;
  private final List<String> written = Collections.synchronizedList(new ArrayList<>());

  ChatWorker(Session session, AnswerSource source) {
    this.session = session;
    this.source = source;
  }

  /** Writes the whole answer; returns when all of it is acknowledged. */
  void work() throws DemoFailure, InterruptedException {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    source.stream(token -> {
      written.add(token);
      receipts.add(session.append(token));
    });
    receipts.add(session.append(OutgoingMessage.of(END).tag(END)));
    receipts.forEach(CompletableFuture::join);
  }

  int writtenCount() {
    return written.size();
  }

  List<String> written() {
    synchronized (written) {
      return List.copyOf(written);
    }
  }
}
