package io.rivulet.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/**
 * Immutable. What is running.
 *
 * @param version of Rivulet
 * @param java version of the JVM
 */
public record BuildInfo(String version, String java) {
  private static final String FILE = "build.properties";

  public static BuildInfo current() {
    Properties properties = new Properties();
    try (InputStream in = BuildInfo.class.getResourceAsStream(FILE)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new IllegalStateException("can't read " + FILE + " out of the program itself", e);
    }
    return new BuildInfo(
        properties.getProperty("version", "unknown"), Runtime.version().toString());
  }
}
