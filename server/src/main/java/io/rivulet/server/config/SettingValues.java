package io.rivulet.server.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Immutable. What every setting is set to, and by whom. */
public final class SettingValues {

  /** Where a value can come from, weakest first. */
  public enum Source {
    DEFAULT,
    FILE,
    ENVIRONMENT,
    COMMAND_LINE
  }

  /**
   * Immutable. A setting with its value.
   *
   * @param origin the very place, such as the variable's or the file's name; empty for a default
   */
  public record Value<T>(Setting<T> setting, T value, Source source, String origin) {
    /** The value as {@code --set} takes it. */
    public String text() {
      return setting.type().print(value);
    }
  }

  private final Map<String, Value<?>> byName = new LinkedHashMap<>();

  SettingValues(List<Value<?>> values) {
    for (Value<?> value : values) {
      byName.put(value.setting().name(), value);
    }
  }

  /** All values, in the order of the catalog. */
  public Collection<Value<?>> all() {
    return List.copyOf(byName.values());
  }

  /** The value of a setting of the catalog. */
  @SuppressWarnings("unchecked") // a value is only ever made from its own setting
  public <T> T get(Setting<T> setting) {
    Value<?> value = byName.get(setting.name());
    if (value == null || !value.setting().equals(setting)) {
      throw new IllegalStateException(setting.name() + " is not in the catalog");
    }
    return (T) value.value();
  }
}
