package io.rivulet.server.definitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.TopicAttributes;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.client.RivuletClient;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.StartException;
import io.rivulet.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file of definitions, applied by a server that starts. */
@Timeout(120)
class StartDefinitionsTest {
  @TempDir private Path folder;

  private RivuletServer start(String definitions) throws Exception {
    return RivuletServer.start(
        ServerConfig.embedded(
            folder.resolve("data"), Map.of("data.definitions", write(definitions).toString())));
  }

  private Path write(String definitions) throws IOException {
    return Files.writeString(folder.resolve("definitions.toml"), definitions);
  }

  private static RivuletClient clientOf(RivuletServer server) {
    return RivuletClient.connect("127.0.0.1:" + server.grpcPort());
  }

  @Test
  void whatTheFileNamesIsThereWhenTheServerIsReady() throws Exception {
    String file =
        """
        [topics.jobs]
        type = "NORMAL"
        max-backlog = 10000
        hold = "2s"

        [topics.chat]
        type = "LITE"
        content-type = "application/json"
        cors-origins = ["https://chat.example", "loopback"]

        [groups.vip]
        rate = "50/s"
        cost-rate = "20000/s"
        fairness = "tenant"
        weights = { gold = 4, free = 1 }
        backoff = ["1s", "5s"]

        [groups.web]
        lite-of = "chat"
        exclusive = true
        """;

    try (RivuletServer server = start(file);
        RivuletClient client = clientOf(server)) {
      TopicDefinition jobs = client.admin().topic("jobs").getTopic();
      TopicAttributes chat = client.admin().topic("chat").getTopic().getAttributes();
      GroupDefinition vip = client.admin().group("vip").getDefinition();
      GroupDefinition web = client.admin().group("web").getDefinition();

      assertThat(jobs.getType()).isEqualTo(TopicType.TOPIC_TYPE_NORMAL);
      assertThat(jobs.getBackpressure().getMaxBacklog()).isEqualTo(10_000);
      assertThat(jobs.getBackpressure().getHold().getSeconds()).isEqualTo(2);
      assertThat(chat.getContentType()).isEqualTo("application/json");
      assertThat(chat.getCorsOrigins().getOriginsList())
          .containsExactly("https://chat.example", "loopback");
      assertThat(vip.getScheduling().getLimits().getMessages().getPerSecond()).isEqualTo(50);
      assertThat(vip.getScheduling().getFairness().getWeightsMap())
          .isEqualTo(Map.of("gold", 4, "free", 1));
      assertThat(vip.getBackoffCount()).isEqualTo(2);
      assertThat(web.getBoundTopic()).isEqualTo("chat");
    }
  }

  @Test
  void theNextStartMakesTheDifferencesAndLeavesTheRest() throws Exception {
    try (RivuletServer server = start("[groups.vip]\nrate = \"50/s\"\nconcurrency = 8\n");
        RivuletClient client = clientOf(server)) {
      assertThat(client.admin().group("vip").getDefinition().hasScheduling()).isTrue();
    }

    try (RivuletServer server = start("[groups.vip]\nrate = \"70/s\"\n");
        RivuletClient client = clientOf(server)) {
      Scheduling changed = client.admin().group("vip").getDefinition().getScheduling();

      assertThat(changed.getLimits().getMessages().getPerSecond()).isEqualTo(70);
      assertThat(changed.getLimits().getConcurrency()).isEqualTo(8);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[groups.vip];rat = \"5/s\" | line 2: there is no word 'rat'; did you mean rate?",
        "[group.vip];rate = \"5/s\" | line 1: there is no table 'group'; did you mean groups?",
        "[groups.vip];;rate = \"fast\" | line 3: group 'vip': rate can't be \"fast\"",
        "[groups.vip];rate = \"fast\" | allowed: a rate such as 50/s",
        "[groups.vip];rate = \"5/s\";burst = -1 | line 3: group 'vip': burst can't be \"-1\"",
        "[topics.jobs];max-backlog = 5 | line 1: topic 'jobs': it is not there yet and needs a type",
        "[topics.c];type = \"LITE\";content-type = \"json\" | line 1: topic 'c': a content type is",
        "[topics.c];type = \"LITE\";cors-origins = [\"c\"] | line 1: topic 'c': an origin is",
        "[topics.jobs];type = \"BEST\" | allowed: NORMAL, FIFO, LITE or PRIORITY",
        "[topics.\"a b\"];type = \"FIFO\" | line 1: topic 'a b': ",
        "[groups.vip];rate = | is not TOML: line 2"
      })
  void aFileThatCannotBeAppliedStopsTheStart(String file, String why) {
    assertThatThrownBy(() -> start(file.replace(";", "\n") + "\n"))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("definitions.toml")
        .hasMessageContaining(why);
  }

  @Test
  void aFileThatIsNotThereStopsTheStart() {
    Path missing = folder.resolve("missing.toml");

    assertThatThrownBy(() ->
            RivuletServer.start(
                ServerConfig.embedded(
                    folder.resolve("data"), Map.of("data.definitions", missing.toString()))))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("missing.toml (data.definitions) can't be read");
  }
}
