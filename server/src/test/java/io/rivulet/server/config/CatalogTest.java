package io.rivulet.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.Quotas;
import io.rivulet.engine.index.SnapshotBounds;
import io.rivulet.engine.scheduling.DelayBounds;
import io.rivulet.engine.scheduling.Holding;
import io.rivulet.engine.scheduling.SchedulingBounds;
import io.rivulet.engine.subscription.SubscriptionBounds;
import io.rivulet.storage.index.IndexConfig;
import io.rivulet.storage.log.LogConfig;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CatalogTest {
  private static final Set<Class<?>> RECORDS =
      Set.of(
          SnapshotBounds.class,
          Holding.class,
          DelayBounds.class,
          SchedulingBounds.class,
          SubscriptionBounds.class);

  @Test
  void namesAreDottedLowerCaseAndUnique() {
    assertThat(ServerConfig.CATALOG)
        .extracting(Setting::name)
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[a-z]+\\.[a-z]+(-[a-z]+)*"));
  }

  @Test
  void everySettingSaysInASentenceWhatItIsFor() {
    assertThat(ServerConfig.CATALOG)
        .allMatch(setting -> setting.purpose().endsWith(".") && setting.purpose().length() > 40);
  }

  @Test
  void everyFieldOfTheEnginesConfigurationIsASetting() {
    assertThat(namesOf(EngineConfig.class, "engine."))
        .containsExactlyElementsOf(EngineSettings.SETTINGS.stream().map(Setting::name).toList());
    assertThat(namesOf(Quotas.class, "quota."))
        .containsExactlyElementsOf(QuotaSettings.SETTINGS.stream().map(Setting::name).toList());
  }

  @Test
  void everyFieldOfTheStoragesConfigurationIsASetting() {
    assertThat(namesOf(LogConfig.class, "log."))
        .containsExactlyElementsOf(LogSettings.SETTINGS.stream().map(Setting::name).toList());
    assertThat(namesOf(IndexConfig.class, "index."))
        .containsExactlyElementsOf(IndexSettings.SETTINGS.stream().map(Setting::name).toList());
  }

  @Test
  void withoutAnySourceEveryRoomHasItsOwnDefaults() throws ConfigException {
    SettingValues values = ServerConfig.values(Optional.empty(), Map.of(), Map.of());

    ServerConfig config = ServerConfig.from(values);

    assertThat(config.engine()).isEqualTo(EngineConfig.defaults());
    assertThat(config.log()).isEqualTo(LogConfig.defaults(Path.of("data", "log")));
    assertThat(config.index()).isEqualTo(IndexConfig.defaults(Path.of("data", "index")));
  }

  /**
   * The folder is no setting of its own: it lies in the data folder; quotas are a room; what may be
   * held, and what the scheduler remembers, are records of settings.
   */
  private static List<String> namesOf(Class<?> type, String room) {
    return Arrays.stream(type.getRecordComponents())
        .filter(component -> !Set.of("folder", "quotas").contains(component.getName()))
        .flatMap(component ->
            RECORDS.contains(component.getType())
                ? namesOf(component.getType(), room).stream()
                : Stream.of(room + kebabCase(component)))
        .toList();
  }

  private static String kebabCase(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
