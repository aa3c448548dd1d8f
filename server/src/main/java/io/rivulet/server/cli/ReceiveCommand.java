package io.rivulet.server.cli;

import io.rivulet.client.ConsumerSettings;
import io.rivulet.client.Delivery;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.RivuletClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Owned by the main thread. Receives for a group. */
@Command(
    name = "receive",
    description = {
      "Receive messages for a consumer group and acknowledge them.",
      "",
      "A group that does not exist is made; it starts at the topic's first message. For a LITE"
          + " topic name the lite topic: PARENT/LITE."
    },
    footer = {
      "",
      "Examples:",
      "  rivulet receive jobs --group workers",
      "  rivulet receive jobs --group workers --tag picture --follow",
      "  rivulet receive chat/42 --group web --no-ack"
    })
public final class ReceiveCommand extends Request {
  private static final int BATCH = 32;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

  @Parameters(
      paramLabel = "TOPIC[/LITE]",
      converter = QueueName.Converter.class,
      description = "A topic, or a lite topic as PARENT/LITE.")
  private @Nullable QueueName name;

  @Option(names = "--group", required = true, description = "The consumer group.")
  private String group = "";

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      description = "Only messages with this tag; may be repeated.")
  private List<String> tags = new ArrayList<>();

  @Option(names = "--max", paramLabel = "COUNT", description = "End after so many messages.")
  private long max = Long.MAX_VALUE;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      converter = StartText.DurationConverter.class,
      description = "End when nothing has come for so long. Default: 2s")
  private Duration wait = Duration.ofSeconds(2);

  @Option(names = "--follow", description = "Don't end when nothing comes; end with Ctrl-C.")
  private boolean follow;

  @Option(
      names = "--no-ack",
      description = "Don't acknowledge: the messages are delivered again later.")
  private boolean leaves;

  @Option(
      names = "--invisible",
      paramLabel = "TIME",
      converter = StartText.DurationConverter.class,
      description = "How long nobody else gets the messages. Default: as long as this runs")
  private @Nullable Duration invisible;

  @Override
  int run(RivuletClient client) {
    QueueName queue = Objects.requireNonNull(name);
    ConsumerSettings settings =
        ConsumerSettings.of(group, queue.topic()).withTags(Set.copyOf(tags));
    if (queue.isLite()) {
      settings = settings.withLiteTopics(Set.of(queue.liteTopic()));
    }
    if (invisible != null) {
      settings = settings.withInvisible(invisible);
    }
    try (GroupConsumer consumer = client.consumer(settings)) {
      long count = receive(consumer);
      if (count == 0 && !output.isJson()) {
        output.err().println("no message for " + group + " on " + queue);
      }
    }
    return DONE;
  }

  private long receive(GroupConsumer consumer) {
    long count = 0;
    while (count < max) {
      int batch = (int) Math.min(BATCH, max - count);
      Duration time = follow || wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
      List<Delivery> deliveries = consumer.receive(batch, time);
      if (deliveries.isEmpty() && !follow) {
        return count;
      }
      deliveries.forEach(this::show);
      count += deliveries.size();
      if (!leaves) {
        for (Delivery late : consumer.acknowledge(deliveries)) {
          output
              .err()
              .println("acknowledged too late, it will be delivered again: " + late.message());
        }
      }
    }
    return count;
  }

  private void show(Delivery delivery) {
    if (output.isJson()) {
      output.json(json -> MessageText.write(json, delivery));
    } else {
      output.line(
          MessageText.line(delivery.message())
              + (delivery.attempt() > 1 ? "  (attempt " + delivery.attempt() + ")" : ""));
    }
  }
}
