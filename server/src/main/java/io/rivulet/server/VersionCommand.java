package io.rivulet.server;

import io.rivulet.api.v1.GetServerInfoResponse;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;
import io.rivulet.server.cli.Connection;
import io.rivulet.server.cli.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/** Owned by the main thread. Prints what is running here and at the endpoint. */
@Command(
    name = "version",
    description = {
      "Print the version of this program and of Java, and what server is at the endpoint.",
      "",
      "Ends with 0 whether or not there is a server."
    },
    mixinStandardHelpOptions = true)
public final class VersionCommand implements Callable<Integer> {
  @Mixin private final Connection connection = new Connection();
  @Mixin private final Output output = new Output();

  /** The same for {@code --version}. */
  static final class Lines implements IVersionProvider {
    @Override
    public String[] getVersion() {
      BuildInfo build = BuildInfo.current();
      return new String[] {"Rivulet " + build.version() + " on Java " + build.java()};
    }
  }

  @Override
  public Integer call() {
    BuildInfo build = BuildInfo.current();
    if (!output.isJson()) {
      output.line(new Lines().getVersion()[0]);
    }
    try (RivuletClient client = connection.open()) {
      show(build, client.admin().serverInfo());
    } catch (RivuletException e) {
      show(build, e);
    }
    return ExitCode.OK.number();
  }

  private void show(BuildInfo build, GetServerInfoResponse server) {
    if (!output.isJson()) {
      output.line(
          "server at %s: Rivulet %s, durability %s, up for %,d s, %,d messages stored since"
              .formatted(
                  connection.endpoint(),
                  server.getVersion(),
                  server.getDurability(),
                  server.getUptime().getSeconds(),
                  server.getAppendedMessages()));
      return;
    }
    output.json(json -> {
      json.writeStartObject();
      json.writeStringProperty("version", build.version());
      json.writeStringProperty("java", build.java());
      json.writeObjectPropertyStart("server");
      json.writeStringProperty("endpoint", connection.endpoint());
      json.writeStringProperty("version", server.getVersion());
      json.writeStringProperty("durability", server.getDurability());
      json.writeNumberProperty("uptimeSeconds", server.getUptime().getSeconds());
      json.writeNumberProperty("appendedMessages", server.getAppendedMessages());
      json.writeNumberProperty("deliveredMessages", server.getDeliveredMessages());
      json.writeNumberProperty("acknowledgedMessages", server.getAcknowledgedMessages());
      json.writeNumberProperty("clients", server.getClients());
      json.writeEndObject();
      json.writeEndObject();
    });
  }

  private void show(BuildInfo build, RivuletException failure) {
    if (!output.isJson()) {
      output.line("no server: " + failure.getMessage());
      return;
    }
    output.json(json -> {
      json.writeStartObject();
      json.writeStringProperty("version", build.version());
      json.writeStringProperty("java", build.java());
      json.writeStringProperty("noServer", failure.getMessage());
      json.writeEndObject();
    });
  }
}
