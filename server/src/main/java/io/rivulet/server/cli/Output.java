package io.rivulet.server.cli;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** Owned by the main thread. Where a command prints, for people or for programs. */
public final class Output {
  /** Writes one JSON value. */
  public interface JsonWriter {
    void write(JsonGenerator json);
  }

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();

  @Option(names = "--json", description = "Print JSON, one value a line, instead of tables.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  public boolean isJson() {
    return json;
  }

  public PrintWriter out() {
    return Objects.requireNonNull(command).commandLine().getOut();
  }

  /** For what is not a result: progress, hints. */
  public PrintWriter err() {
    return Objects.requireNonNull(command).commandLine().getErr();
  }

  public void line(String text) {
    out().println(text);
    out().flush();
  }

  /** Prints one line of JSON. */
  public void json(JsonWriter writer) {
    try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), out())) {
      writer.write(generator);
    }
    out().println();
    out().flush();
  }
}
