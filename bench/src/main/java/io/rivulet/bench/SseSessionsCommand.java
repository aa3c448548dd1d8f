package io.rivulet.bench;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Owned by the main thread. Very many readers over HTTP, each with a session of its own. */
@Command(
    name = "sse-sessions",
    mixinStandardHelpOptions = true,
    description = {
      "Readers over HTTP follow a session each, and each session is sent small messages at a fixed"
          + " rate, every one at a time of its own. Measures from when a message was due until its"
          + " reader has it; each must come once and in order.",
      "The server is started by this command and ended by it; readers and writer are in this"
          + " process."
    })
final class SseSessionsCommand implements Callable<Integer> {
  @Mixin private SseOptions options = new SseOptions();
  @Mixin private SseDelivery delivery = new SseDelivery();

  @Override
  public Integer call() throws IOException, InterruptedException {
    return delivery.run("sse-sessions", options, false);
  }
}
