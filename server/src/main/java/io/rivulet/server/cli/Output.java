package io.rivulet.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Owned by the main thread. Where a command prints, for people or for programs. */
public final class Output {
  /** Writes one JSON value. */
  public interface JsonWriter {
    void write(JsonGenerator json) throws IOException;
  }

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
    try (JsonGenerator generator =
        new JsonFactory()
            .createGenerator(out())
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM)) {
      writer.write(generator);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out().println();
    out().flush();
  }
}
