package io.rivulet.server.demo.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.testkit.node.NodeFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** `rivulet demo web` and its page, driven in headless Chromium. */
@Timeout(180)
final class WebDemoTest {
  private static final NodeFolder NODE =
      new NodeFolder(Path.of("src", "test", "browser"), "server", "the chat page in a browser");
  private static final Pattern PAGE = Pattern.compile("the page is at (\\S+)");
  private static final Pattern PROCESS = Pattern.compile("kill -9 (\\d+)");
  private static final int BROWSER_TESTS = 10;

  private final StringWriter told = new StringWriter();
  private @Nullable Thread demo;

  @TempDir private Path folder;

  @AfterEach
  void stop() throws Exception {
    if (demo != null) {
      demo.interrupt();
      assertThat(demo.join(Duration.ofSeconds(20))).as("the demo ends").isTrue();
    }
  }

  @Test
  void noTokenIsLostOrRepeatedWhateverHappensToTheReaderOrTheServer() throws Exception {
    ProcessBuilder tests = NODE.program("node", "--test", "--test-reporter=tap", "chat.test.js");
    Path chromium = NODE.also("chromium", "Debian's package of that name has it");
    // An answer takes so long that a browser on a busy machine is there in the middle of it.
    start("--no-open", "--pace", "50", "--away", "1");
    tests.environment().put("DEMO_URL", told(PAGE));
    tests.environment().put("SERVER_PID", told(PROCESS));
    tests.environment().put("CHROMIUM", chromium.toString());
    tests
        .environment()
        .put("SCREENSHOTS", Path.of("target", "screenshots").toAbsolutePath().toString());

    Path output = folder.resolve("tap");
    Process process = tests.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(150, TimeUnit.SECONDS)).as("the tests end").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }

    assertThat(Files.readString(output)).contains("# pass " + BROWSER_TESTS, "# fail 0");
    assertThat(told.toString()).contains("the server has gone", "the server is back");
  }

  @Test
  void aPaceThatIsNoneIsRefused() {
    StringWriter said = new StringWriter();

    int code =
        new CommandLine(new WebDemo())
            .setErr(new PrintWriter(said))
            .execute("--no-open", "--pace", "-1");

    assertThat(code).isEqualTo(2);
    assertThat(said.toString()).contains("--pace is from 0 to 5000, not -1");
  }

  private void start(String... arguments) {
    CommandLine command = new CommandLine(new WebDemo()).setOut(new PrintWriter(told));
    demo = Thread.ofPlatform().name("test-demo").start(() -> command.execute(arguments));
    await().atMost(Duration.ofSeconds(60)).until(() -> PROCESS.matcher(told.toString()).find());
  }

  private String told(Pattern pattern) {
    Matcher found = pattern.matcher(told.toString());
    assertThat(found.find()).as("the demo said %s: %s", pattern, told).isTrue();
    return found.group(1);
  }
}
