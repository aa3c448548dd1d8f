package io.rivulet.server;

import io.rivulet.engine.shard.Transfer;
import io.rivulet.engine.shard.TransferCheck;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.cli.Output;
import java.time.Duration;

/** Owned by the main thread. Tells a person, or a program, how taking data in or out gets on. */
final class TransferReport implements Transfer.Watcher {
  private static final long EVERY_NANOS = Duration.ofSeconds(2).toNanos();

  private final Output output;
  private final Clock clock;
  private final long beganNanos;
  private String step = "";
  private long toldNanos;

  TransferReport(Output output, Clock clock) {
    this.output = output;
    this.clock = clock;
    beganNanos = clock.nanos();
    toldNanos = beganNanos;
  }

  @Override
  public void reached(String now, long done, long all) {
    long nanos = clock.nanos();
    if (now.equals(step) && nanos - toldNanos < EVERY_NANOS) {
      return;
    }
    step = now;
    toldNanos = nanos;
    if (all > 0) {
      tell("%s: %d of %d MiB".formatted(now, done >> 20, all >> 20));
    } else {
      tell(done > 0 ? "%s: %d".formatted(now, done) : now);
    }
  }

  void tell(String line) {
    output.err().println(line);
    output.err().flush();
  }

  void done(TransferCheck.Result result, String what) {
    long seconds = Duration.ofNanos(clock.nanos() - beganNanos).toSeconds();
    if (output.isJson()) {
      output.json(json -> {
        json.writeStartObject();
        json.writeNumberProperty("queues", result.queues());
        json.writeNumberProperty("messages", result.messages());
        json.writeNumberProperty("bytes", result.bytes());
        json.writeArrayPropertyStart("shards");
        for (TransferCheck.OfShard shard : result.shards()) {
          json.writeStartObject();
          json.writeStringProperty("name", shard.name());
          json.writeNumberProperty("queues", shard.queues());
          json.writeNumberProperty("messages", shard.messages());
          json.writeNumberProperty("bytes", shard.bytes());
          json.writeStringProperty("checksum", "%016x".formatted(shard.checksum()));
          json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
      });
      return;
    }
    for (TransferCheck.OfShard shard : result.shards()) {
      if (shard.queues() == 0 && shard.messages() == 0) {
        continue;
      }
      output.line(
          "%-16s %10d queues %12d messages %16d bytes  checksum %016x"
              .formatted(
                  shard.name(), shard.queues(), shard.messages(), shard.bytes(), shard.checksum()));
    }
    output.line(
        "%s: %d queues, %d messages, %d bytes, read back and found the same; %d s"
            .formatted(what, result.queues(), result.messages(), result.bytes(), seconds));
  }
}
