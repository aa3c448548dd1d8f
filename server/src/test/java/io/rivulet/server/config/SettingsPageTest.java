package io.rivulet.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SettingsPageTest {
  @Test
  void thePageInTheDocsIsTheOneThatTheSettingsWrite() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "configuration.md"));

    assertThat(page)
        .describedAs("write it anew: ./rivulet config --markdown > docs/configuration.md")
        .isEqualTo(SettingsPage.markdown(ServerConfig.CATALOG));
  }
}
