package io.rivulet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Immutable. What processes have used by now, added up.
 *
 * @param cpuMicros CPU time in user and kernel mode since they started
 * @param rssBytes memory resident now
 */
record ProcessCosts(long cpuMicros, long rssBytes) {
  /** The kernel counts CPU time in hundredths of a second, whatever the machine. */
  private static final long MICROS_PER_TICK = 10_000;

  static ProcessCosts of(List<Long> pids) throws IOException {
    long ticks = 0;
    long rssKib = 0;
    for (long pid : pids) {
      Path folder = Path.of("/proc", Long.toString(pid));
      String stat = Files.readString(folder.resolve("stat"));
      // The second field, the program's name, may hold blanks; after it utime and stime come 12th.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      for (String line : Files.readAllLines(folder.resolve("status"))) {
        if (line.startsWith("VmRSS:")) {
          rssKib += Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    }
    return new ProcessCosts(ticks * MICROS_PER_TICK, rssKib * 1024);
  }

  /** How many files and connections the processes have open. */
  static long openFiles(List<Long> pids) throws IOException {
    long count = 0;
    for (long pid : pids) {
      try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
        count += files.count();
      }
    }
    return count;
  }
}
