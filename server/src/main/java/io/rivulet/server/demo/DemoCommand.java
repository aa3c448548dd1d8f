package io.rivulet.server.demo;

import io.rivulet.server.demo.gateway.GatewayDemo;
import io.rivulet.server.demo.web.WebDemo;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Owned by the main thread. The parent of the demos. */
@Command(
    name = "demo",
    description = "See Rivulet at work, on a server of the demo's own.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "DEMO",
    subcommands = {ChatDemo.class, GatewayDemo.class, WebDemo.class})
public final class DemoCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "a demo is missing: chat, gateway or web");
  }
}
