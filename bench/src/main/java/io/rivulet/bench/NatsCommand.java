package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. The peer NATS JetStream, driven by its own Java client. */
@Command(
    name = "nats",
    mixinStandardHelpOptions = true,
    description =
        "Publishes to NATS JetStream with its own client, for comparison: asynchronous publishes,"
            + " so many of them without an acknowledgement.")
final class NatsCommand implements Callable<Integer> {
  private static final String STREAM = "bench";

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Messages without an acknowledgement (${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int inFlight;

  @Override
  public Integer call() throws IOException, InterruptedException, JetStreamApiException {
    JsonObject line = options.line("nats-publish");
    line.addProperty("inFlight", inFlight);
    byte[] body = options.body();
    Options connecting = new Options.Builder().server("nats://" + options.endpoint).build();
    Connection connection = Nats.connect(connecting);
    try {
      connection
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name(STREAM)
                  .subjects(STREAM)
                  .storageType(StorageType.File)
                  .build());
      JetStream stream = connection.jetStream();
      Sender sender = intended -> stream.publishAsync(STREAM, body);
      new LoadLoop(sender, inFlight).asFastAsAllowed(options.warmUp());
      ProcessCosts before = options.costs();
      LoadResult result = new LoadLoop(sender, inFlight).asFastAsAllowed(options.time());
      CaseOptions.merge(line, result.json(1));
      options.addCosts(line, before);
    } finally {
      connection.close();
    }
    System.out.println(line);
    return 0;
  }
}
