package io.rivulet.bench.official;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Opens and uses official clients as told by JSON lines on standard input; answers and the messages
 * received leave as JSON lines on standard output. The Node driver speaks the same lines. Ends when
 * its input ends, so that it never outlives whoever started it.
 */
public final class DriverMain {
  private DriverMain() {}

  /** Takes no arguments. */
  public static void main(String[] arguments) throws IOException {
    PrintStream lines = System.out;
    System.setOut(System.err); // whatever the client prints must not mix with our lines
    Lines output = new Lines(lines);
    Driver driver = new Driver(output);
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      JsonObject command = JsonParser.parseString(line).getAsJsonObject();
      Thread.ofVirtual().name("driver-command").start(() -> driver.run(command));
    }
    Runtime.getRuntime().halt(0); // closing every client politely takes longer than anybody waits
  }
}
