package io.rivulet.server.config;

import java.util.List;

/** Immutable. The reference page of all settings, {@code docs/configuration.md}. */
public final class SettingsPage {
  private static final String HEAD =
      """
      # Settings

      <!-- Written by `./rivulet config --markdown > docs/configuration.md`; a test compares them. -->

      A setting takes its value from, each going before the one above it:

      1. its default;
      2. the TOML file that `--config` or `RIVULET_CONFIG` names;
      3. its environment variable;
      4. the command line: `--set NAME=VALUE`, or `--data`, `--grpc` and `--http` for the three that
         are changed most.

      Sizes are written `64MiB` (B, KiB, MiB, GiB, TiB; without a unit: bytes), lengths of time \
      `30s`
      (ms, s, m, h, d). `./rivulet config` prints what a server started the same way would use, and
      where each value comes from. A name that does not exist is refused, whatever its source.

      ```toml
      # rivulet.toml
      [engine]
      lease-time = "30s"
      max-message-bytes = "16MiB"
      ```
      """;

  private SettingsPage() {}

  /** The page in Markdown. */
  public static String markdown(List<Setting<?>> catalog) {
    StringBuilder page = new StringBuilder(HEAD);
    String room = "";
    for (Setting<?> setting : catalog) {
      if (!setting.room().equals(room)) {
        room = setting.room();
        page.append("\n## ").append(room).append('\n');
      }
      append(page, setting);
    }
    return page.toString();
  }

  private static <T> void append(StringBuilder page, Setting<T> setting) {
    page.append("\n**`")
        .append(setting.name())
        .append("`** · default `")
        .append(setting.type().print(setting.standard()))
        .append("` · ")
        .append(setting.type().allowed())
        .append(" · ")
        .append(setting.type().unit())
        .append(" · `")
        .append(setting.environmentName())
        .append("`\n\n")
        .append(setting.purpose())
        .append('\n');
  }
}
