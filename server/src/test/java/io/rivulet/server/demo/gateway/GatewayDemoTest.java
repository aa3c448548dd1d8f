package io.rivulet.server.demo.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import picocli.CommandLine;

/** The whole demo, in short: that it works, not how good its figures are. */
@Timeout(180)
class GatewayDemoTest {
  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine command =
      new CommandLine(new GatewayDemo()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

  @Test
  void everyRequestIsServedOnceInBothPhasesAndThePictureShowsThem() throws Exception {
    Path picture = folder.resolve("gateway.svg");

    int code = command.execute("--quick", "--svg", picture.toString());

    assertThat(code).as(out + "\n" + err).isZero();
    int requests =
        Traffic.make(1, GatewayDemo.workOf(GatewayDemo.QUICK_LENGTH), GatewayDemo.QUICK_LENGTH)
            .size();
    assertThat(out.toString())
        .contains(
            "plain FIFO: who comes first is served first",
            "scheduler: VIPs have a higher priority",
            "how long requests waited",
            "Jain's index of fairness",
            "% of plain FIFO",
            requests + " requests in each phase, all served, 0 of them twice",
            "the picture is in " + picture);
    Document drawn =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(Files.readString(picture))));
    assertThat(drawn.getDocumentElement().getTagName()).isEqualTo("svg");
    // A dot for each request and one for each caller in the tables below.
    assertThat(drawn.getElementsByTagName("circle").getLength())
        .isEqualTo(2 * (requests + Caller.values().length));
  }

  @Test
  void aPictureThatCantBeWrittenIsRefusedBeforeAnythingStarts() {
    int code = command.execute("--svg", folder.resolve("nowhere/gateway.svg").toString());

    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).contains("--svg is a file in a folder that exists");
    assertThat(out.toString()).isEmpty();
  }
}
