package io.rivulet.server.cli;

import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.Receipt;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;
import io.rivulet.engine.time.Clock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the main thread; outcomes are counted by the connection's.
 *
 * <p>Sends one message, one a line of standard input, or many, and says what became of them.
 */
final class Sending {
  private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(1);

  private final RivuletClient client;
  private final Output output;
  private final QueueName target;
  private final UnaryOperator<OutgoingMessage> dress;
  private final boolean hasId;
  private final Clock clock = Clock.system();
  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicReference<@Nullable RivuletException> firstFailure = new AtomicReference<>();

  Sending(RivuletClient client, Output output, QueueName target, MessageOptions options) {
    this(client, output, target, options, message -> message);
  }

  Sending(
      RivuletClient client,
      Output output,
      QueueName target,
      MessageOptions options,
      UnaryOperator<OutgoingMessage> more) {
    this.client = client;
    this.output = output;
    this.target = target;
    this.hasId = options.hasId();
    this.dress =
        message -> {
          OutgoingMessage dressed = more.apply(options.apply(message));
          return target.isLite() ? dressed.liteTopic(target.liteTopic()) : dressed;
        };
  }

  /** Sends this text, or without one each line of standard input. */
  int send(@Nullable String text) throws IOException {
    // A server that is not there is said at once; later breaks are waited out.
    var _ = client.admin().serverInfo();
    return text == null ? sendLines() : sendOne(text);
  }

  /** Sends a text many times; {@code {n}} in it becomes the message's number. */
  int sendMany(String text, long count) {
    var _ = client.admin().serverInfo();
    long startNanos = clock.nanos();
    try (BatchingProducer producer = client.producer(target.topic(), ProducerSettings.usual())) {
      long nextProgressNanos = startNanos + PROGRESS_INTERVAL.toNanos();
      for (long number = 0; number < count && !hasFailed(); number++) {
        submit(producer, text.replace("{n}", Long.toString(number)));
        if (clock.nanos() - nextProgressNanos > 0) {
          nextProgressNanos = clock.nanos() + PROGRESS_INTERVAL.toNanos();
          progress("%,d of %,d".formatted(stored.get(), count), startNanos);
        }
      }
      producer.flush();
    }
    return summary(startNanos);
  }

  private int sendOne(String text) {
    try (BatchingProducer producer =
        client.producer(target.topic(), ProducerSettings.immediate())) {
      Receipt receipt = producer.send(dress.apply(OutgoingMessage.of(text))).join();
      show(receipt);
      return Request.DONE;
    } catch (CompletionException e) {
      throw e.getCause() instanceof RivuletException reason ? reason : e;
    }
  }

  private int sendLines() throws IOException {
    if (hasId) {
      throw new IllegalArgumentException("--id names one message: give its TEXT too");
    }
    long startNanos = clock.nanos();
    // Not closed: standard input is the process's.
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (BatchingProducer producer = client.producer(target.topic(), ProducerSettings.usual())) {
      for (String line = lines.readLine(); line != null && !hasFailed(); line = lines.readLine()) {
        if (!line.isEmpty()) {
          submit(producer, line);
        }
      }
      producer.flush();
    }
    return summary(startNanos);
  }

  private void submit(BatchingProducer producer, String text) {
    var _ =
        producer
            .send(dress.apply(OutgoingMessage.of(text)))
            .whenComplete((receipt, failure) -> {
              if (failure == null) {
                stored.incrementAndGet();
                return;
              }
              refused.incrementAndGet();
              if (failure instanceof RivuletException reason) {
                firstFailure.compareAndSet(null, reason);
              }
            });
  }

  private boolean hasFailed() {
    return firstFailure.get() != null;
  }

  private void progress(String done, long startNanos) {
    output.err().println("sent " + done + "  " + rate(startNanos) + " a second");
    output.err().flush();
  }

  private int summary(long startNanos) {
    double seconds = (clock.nanos() - startNanos) / 1e9;
    if (output.isJson()) {
      output.json(json -> {
        json.writeStartObject();
        json.writeNumberProperty("stored", stored.get());
        json.writeNumberProperty("refused", refused.get());
        json.writeNumberProperty("seconds", seconds);
        json.writeEndObject();
      });
    } else {
      output.line(
          "sent %,d messages to %s in %.1f s, %s a second"
              .formatted(stored.get(), target, seconds, rate(startNanos)));
    }
    RivuletException failure = firstFailure.get();
    if (failure != null) {
      throw failure;
    }
    return Request.DONE;
  }

  private String rate(long startNanos) {
    return "%,.0f".formatted(stored.get() / Math.max(1e-9, (clock.nanos() - startNanos) / 1e9));
  }

  private void show(Receipt receipt) {
    if (output.isJson()) {
      output.json(json -> {
        json.writeStartObject();
        json.writeStringProperty("id", receipt.messageId());
        json.writeNumberProperty("offset", receipt.offset());
        json.writeNumberProperty("incarnation", receipt.incarnation());
        json.writeBooleanProperty("isDuplicate", receipt.isDuplicate());
        json.writeStringProperty("handle", receipt.handle());
        json.writeEndObject();
      });
    } else {
      output.line(
          "sent to %s  offset %d  id %s  handle %s%s"
              .formatted(
                  target,
                  receipt.offset(),
                  receipt.messageId(),
                  receipt.handle(),
                  receipt.isDuplicate() ? "  (it was stored before)" : ""));
    }
  }
}
