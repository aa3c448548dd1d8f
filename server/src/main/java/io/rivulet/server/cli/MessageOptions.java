package io.rivulet.server.cli;

import io.rivulet.client.OutgoingMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Owned by the main thread. What a message carries beside its text. */
final class MessageOptions {
  @Option(names = "--tag", paramLabel = "TAG", description = "What consumers filter by.")
  private @Nullable String tag;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "What people look the message up by; may be repeated.")
  private List<String> keys = new ArrayList<>();

  @Option(
      names = {"-p", "--property"},
      paramLabel = "NAME=VALUE",
      description = "Anything else; may be repeated.")
  private Map<String, String> properties = new LinkedHashMap<>();

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "The message's id: a second send with the same id is stored once.")
  private @Nullable String id;

  boolean hasId() {
    return id != null;
  }

  OutgoingMessage apply(OutgoingMessage message) {
    OutgoingMessage complete = message.keys(keys).properties(properties);
    if (tag != null) {
      complete = complete.tag(tag);
    }
    return id == null ? complete : complete.id(id);
  }
}
