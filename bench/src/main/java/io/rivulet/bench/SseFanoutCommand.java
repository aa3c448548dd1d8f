package io.rivulet.bench;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Owned by the main thread. One session that very many read over HTTP. */
@Command(
    name = "sse-fanout",
    mixinStandardHelpOptions = true,
    description = {
      "One session is sent small messages at a fixed rate, and all readers follow it over HTTP."
          + " Measures from when a message was due until a reader has it, and what a delivery"
          + " costs; each must come once and in order to every reader.",
      "The server is started by this command and ended by it; readers and writer are in this"
          + " process."
    })
final class SseFanoutCommand implements Callable<Integer> {
  @Mixin private SseOptions options = new SseOptions();
  @Mixin private SseDelivery delivery = new SseDelivery();

  @Override
  public Integer call() throws IOException, InterruptedException {
    return delivery.run("sse-fanout", options, true);
  }
}
