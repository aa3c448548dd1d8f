package io.rivulet.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Owned by the command's thread. One case run by the official Java client in its own process. */
final class OfficialCase {
  private static final String MAIN_CLASS = "io.rivulet.bench.official.OfficialLoad";

  private OfficialCase() {}

  /** Adds the figures that the client measured, and the server's costs meanwhile, to the line. */
  static void run(JsonObject plan, CaseOptions options, JsonObject line) throws IOException {
    plan.addProperty("endpoint", options.endpoint);
    plan.addProperty("size", options.size);
    plan.addProperty("warmUpMillis", options.warmUp().toMillis());
    plan.addProperty("timeMillis", options.time().toMillis());
    Path home = Files.createTempDirectory("rivulet-bench-official");
    List<String> command = new ArrayList<>(OfficialClassPath.java(MAIN_CLASS, home, "-Xmx2g"));
    command.add(plan.toString());
    Process process =
        new ProcessBuilder(command).redirectError(home.resolve("client.err").toFile()).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String begin = lines.readLine();
      ProcessCosts before = options.costs();
      String figures = begin == null ? null : lines.readLine();
      if (figures == null) {
        throw new IOException(
            "the official client ended early: " + Files.readString(home.resolve("client.err")));
      }
      CaseOptions.merge(line, JsonParser.parseString(figures).getAsJsonObject());
      options.addCosts(line, before);
    } finally {
      process.destroy();
    }
  }
}
