package io.rivulet.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Immutable. What is alive in the heaps of Java servers of the same user; jcmd is asked. */
final class LiveHeap {
  private static final Pattern USED = Pattern.compile("(DefNew|Tenured|heap)\\D.*?used (\\d+)K");

  private LiveHeap() {}

  /** KiB in use after a full collection; -1: a process is none that this program can ask. */
  static long kib(List<Long> pids) throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    if (pids.isEmpty() || !Files.isExecutable(jcmd)) {
      return -1;
    }
    long kib = 0;
    for (long pid : pids) {
      run(jcmd, pid, "GC.run");
      Matcher used = USED.matcher(run(jcmd, pid, "GC.heap_info"));
      boolean isFound = false;
      while (used.find()) {
        isFound = true;
        kib += Long.parseLong(used.group(2));
      }
      if (!isFound) {
        return -1;
      }
    }
    return kib;
  }

  private static String run(Path jcmd, long pid, String what)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(jcmd.toString(), Long.toString(pid), what)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
