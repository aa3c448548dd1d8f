package io.rivulet.server.config;

import io.rivulet.server.config.SettingValues.Source;
import io.rivulet.server.config.SettingValues.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Puts the values together: defaults, then the file, then the environment, then the
 * command line, the later ones winning. A name that is not in the catalog is refused, never
 * ignored, whatever its source.
 */
public final class SettingsReader {
  /** Variables of ours that are not settings of the server. */
  private static final Set<String> OTHER_VARIABLES =
      Set.of(
          "RIVULET_CONFIG",
          "RIVULET_ENDPOINT",
          "RIVULET_HEAP",
          "RIVULET_JVM_OPTIONS",
          "RIVULET_REQUIRE_ALL_TESTS");

  /** Variables that Kubernetes sets in every pod for a service called rivulet or rivulet-grpc. */
  private static final Pattern SERVICE_VARIABLE =
      Pattern.compile("RIVULET_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_[0-9]+_.*)?)");

  private record Given(String text, Source source, String origin) {}

  private final List<Setting<?>> catalog;
  private final Map<String, String> removed;
  private final Map<String, Setting<?>> byName = new HashMap<>();
  private final Map<String, Setting<?>> byVariable = new HashMap<>();
  private final Set<String> roomPrefixes;

  /**
   * Reads settings of this catalog.
   *
   * @param removed names of settings that are no more, with what to do instead
   */
  public SettingsReader(List<Setting<?>> catalog, Map<String, String> removed) {
    this.catalog = List.copyOf(catalog);
    this.removed = Map.copyOf(removed);
    for (Setting<?> setting : catalog) {
      byName.put(setting.name(), setting);
      byVariable.put(setting.environmentName(), setting);
    }
    this.roomPrefixes =
        Set.copyOf(
            catalog.stream()
                .map(s -> Setting.ENVIRONMENT_PREFIX + s.room().toUpperCase(Locale.ROOT))
                .map(prefix -> prefix + "_")
                .toList());
  }

  /**
   * The value of every setting.
   *
   * @param file a TOML file, if there is one
   * @param environment all variables; those that are not ours are passed over
   * @param commandLine values by name
   */
  public SettingValues read(
      Optional<Path> file, Map<String, String> environment, Map<String, String> commandLine)
      throws ConfigException {
    Map<String, Given> given = new HashMap<>();
    if (file.isPresent()) {
      addFile(given, file.get());
    }
    addEnvironment(given, environment);
    for (Map.Entry<String, String> entry : commandLine.entrySet()) {
      requireKnown(entry.getKey(), "the command line");
      given.put(
          entry.getKey(), new Given(entry.getValue(), Source.COMMAND_LINE, "the command line"));
    }
    List<Value<?>> values = new ArrayList<>();
    for (Setting<?> setting : catalog) {
      values.add(resolve(setting, given.get(setting.name())));
    }
    return new SettingValues(values);
  }

  private void addFile(Map<String, Given> given, Path file) throws ConfigException {
    for (Map.Entry<String, String> entry : SettingsFile.read(file).entrySet()) {
      requireKnown(entry.getKey(), "the file " + file);
      given.put(entry.getKey(), new Given(entry.getValue(), Source.FILE, "the file " + file));
    }
  }

  private void addEnvironment(Map<String, Given> given, Map<String, String> environment)
      throws ConfigException {
    for (Map.Entry<String, String> entry : environment.entrySet()) {
      String variable = entry.getKey();
      Setting<?> setting = byVariable.get(variable);
      if (setting != null) {
        given.put(
            setting.name(),
            new Given(entry.getValue(), Source.ENVIRONMENT, "the environment's " + variable));
      } else if (isMeantForUs(variable)) {
        String hint = hint(NearestName.of(variable, byVariable.keySet()));
        throw new ConfigException(
            "the environment variable " + variable + " sets nothing that there is" + hint);
      }
    }
  }

  /** Others may use our prefix too; what looks like a setting of a room must be one. */
  private boolean isMeantForUs(String variable) {
    if (!variable.startsWith(Setting.ENVIRONMENT_PREFIX)
        || OTHER_VARIABLES.contains(variable)
        || SERVICE_VARIABLE.matcher(variable).matches()) {
      return false;
    }
    return roomPrefixes.stream().anyMatch(variable::startsWith)
        || NearestName.of(variable, byVariable.keySet()).isPresent();
  }

  private void requireKnown(String name, String origin) throws ConfigException {
    String instead = removed.get(name);
    if (instead != null) {
      throw new ConfigException(
          "the setting " + name + " (set by " + origin + ") is no more: " + instead);
    }
    if (!byName.containsKey(name)) {
      String hint = hint(NearestName.of(name, byName.keySet()));
      throw new ConfigException(
          "there is no setting called " + name + " (set by " + origin + ")" + hint);
    }
  }

  private static String hint(Optional<String> nearest) {
    return nearest.map(name -> "; did you mean " + name + "?").orElse("")
        + (nearest.isPresent() ? "" : "; `rivulet config` lists all settings");
  }

  private static <T> Value<T> resolve(Setting<T> setting, @Nullable Given given)
      throws ConfigException {
    if (given == null) {
      return new Value<>(setting, setting.standard(), Source.DEFAULT, "");
    }
    try {
      T value = setting.type().parse(given.text().strip());
      return new Value<>(setting, value, given.source(), given.origin());
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "the setting %s can't be \"%s\" (set by %s): %s; allowed: %s"
              .formatted(
                  setting.name(),
                  given.text(),
                  given.origin(),
                  e.getMessage(),
                  setting.type().allowed()));
    }
  }
}
