package io.rivulet.server;

import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.config.Setting;
import io.rivulet.server.config.SettingValues;
import io.rivulet.server.config.SettingValues.Value;
import io.rivulet.server.config.SettingsPage;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Owned by the main thread. Prints every setting as a server started the same way would have it.
 */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = {
      "Print every setting with its value, its default and who set it.",
      "",
      "Takes the same options as `rivulet server` and looks at the same file and environment."
    })
public final class ConfigCommand implements Callable<Integer> {
  @Mixin private final SettingOptions options = new SettingOptions();

  @Option(names = "--json", description = "Print one JSON array.")
  private boolean json;

  @Option(names = "--markdown", description = "Print the reference page of all settings.")
  private boolean markdown;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws ConfigException {
    SettingValues values = options.values();
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    if (markdown) {
      out.print(SettingsPage.markdown(ServerConfig.CATALOG));
    } else if (json) {
      printJson(out, values);
    } else {
      printTable(out, values);
    }
    out.flush();
    return ExitCode.OK.number();
  }

  private static void printTable(PrintWriter out, SettingValues values) {
    String row = "%-30s %-22s %-22s %-36s %s%n";
    out.printf(row, "SETTING", "VALUE", "DEFAULT", "ALLOWED", "SET BY");
    for (Value<?> value : values.all()) {
      Setting<?> setting = value.setting();
      out.printf(
          row,
          setting.name(),
          value.text(),
          standardOf(setting),
          setting.type().allowed(),
          value.origin().isEmpty() ? "default" : value.origin());
    }
  }

  private static void printJson(PrintWriter out, SettingValues values) {
    try (JsonGenerator generator =
        new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
      generator.writeStartArray();
      for (Value<?> value : values.all()) {
        Setting<?> setting = value.setting();
        generator.writeStartObject();
        generator.writeStringProperty("name", setting.name());
        generator.writeStringProperty("value", value.text());
        generator.writeStringProperty("default", standardOf(setting));
        generator.writeStringProperty("allowed", setting.type().allowed());
        generator.writeStringProperty("unit", setting.type().unit());
        generator.writeStringProperty("source", sourceOf(value));
        generator.writeStringProperty("origin", value.origin());
        generator.writeStringProperty("environment", setting.environmentName());
        generator.writeStringProperty("purpose", setting.purpose());
        generator.writeEndObject();
      }
      generator.writeEndArray();
      generator.writeRaw('\n');
    }
  }

  private static String sourceOf(Value<?> value) {
    return value.source().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static <T> String standardOf(Setting<T> setting) {
    return setting.type().print(setting.standard());
  }
}
