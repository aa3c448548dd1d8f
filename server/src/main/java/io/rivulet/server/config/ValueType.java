package io.rivulet.server.config;

import io.rivulet.server.network.HostPort;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How a setting's value is written, read and bounded. Immutable.
 *
 * @param <T> what the value is inside the program
 */
public sealed interface ValueType<T> {
  /** The word for "no value" of those types that allow it. */
  String NONE = "none";

  /**
   * Reads a value as a person wrote it.
   *
   * @throws IllegalArgumentException if it is not one; the message says why, not which setting
   */
  T parse(String text);

  /** Writes a value so that {@link #parse} reads it back. */
  String print(T value);

  /** The values that are allowed, for people. */
  String allowed();

  /** What the value counts, for people. */
  String unit();

  /** Yes or no. */
  record Flag() implements ValueType<Boolean> {
    @Override
    public Boolean parse(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new IllegalArgumentException("neither true nor false");
      };
    }

    @Override
    public String print(Boolean value) {
      return value.toString();
    }

    @Override
    public String allowed() {
      return "true or false";
    }

    @Override
    public String unit() {
      return "yes/no";
    }
  }

  /** A number of things. */
  record Count(int min, int max, String unit) implements ValueType<Integer> {
    @Override
    public Integer parse(String text) {
      try {
        int value = Integer.parseInt(text.replace("_", ""));
        requireRange(value >= min && value <= max);
        return value;
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("not a whole number", e);
      }
    }

    @Override
    public String print(Integer value) {
      return value.toString();
    }

    @Override
    public String allowed() {
      return min + " to " + max;
    }
  }

  /** Any words, with commas between them. */
  record Words(String unit) implements ValueType<Set<String>> {
    @Override
    public Set<String> parse(String text) {
      Set<String> words = new TreeSet<>();
      for (String word : text.split(",", -1)) {
        if (word.isBlank()) {
          throw new IllegalArgumentException("there is nothing between two commas");
        }
        words.add(word.strip().toLowerCase(Locale.ROOT));
      }
      return Collections.unmodifiableSet(words);
    }

    @Override
    public String print(Set<String> value) {
      return String.join(",", new TreeSet<>(value));
    }

    @Override
    public String allowed() {
      return "words with commas between them";
    }
  }

  /** Any text. */
  record Text() implements ValueType<String> {
    @Override
    public String parse(String text) {
      if (text.isBlank()) {
        throw new IllegalArgumentException("there is nothing");
      }
      return text.strip();
    }

    @Override
    public String print(String value) {
      return value;
    }

    @Override
    public String allowed() {
      return "text";
    }

    @Override
    public String unit() {
      return "text";
    }
  }

  /** The name of a topic. */
  record TopicName() implements ValueType<String> {
    private static final int MAX = 127;

    @Override
    public String parse(String text) {
      if (!text.matches("[%|A-Za-z0-9_-]{1," + MAX + "}")) {
        throw new IllegalArgumentException("not the name of a topic");
      }
      return text;
    }

    @Override
    public String print(String value) {
      return value;
    }

    @Override
    public String allowed() {
      return "1 to " + MAX + " characters out of A-Z a-z 0-9 % | - _";
    }

    @Override
    public String unit() {
      return "topic";
    }
  }

  /** A number of bytes, written with or without a unit: {@code 64MiB}. */
  record ByteSize(long min, long max) implements ValueType<Long> {
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB");

    @Override
    public Long parse(String text) {
      String number = text.replaceFirst("[A-Za-z ]*$", "");
      String unit = text.substring(number.length()).strip();
      int scale = unit.isEmpty() ? 0 : scaleOf(unit);
      try {
        long value =
            Math.multiplyExact(Long.parseLong(number.replace("_", "")), 1L << (10 * scale));
        requireRange(value >= min && value <= max);
        return value;
      } catch (NumberFormatException | ArithmeticException e) {
        throw new IllegalArgumentException("not a size such as 64MiB or 65536", e);
      }
    }

    private static int scaleOf(String unit) {
      for (int scale = 0; scale < UNITS.size(); scale++) {
        if (UNITS.get(scale).equalsIgnoreCase(unit)) {
          return scale;
        }
      }
      throw new IllegalArgumentException("the unit is not one of " + String.join(", ", UNITS));
    }

    @Override
    public String print(Long value) {
      long rest = value;
      int scale = 0;
      while (rest != 0 && rest % 1024 == 0 && scale < UNITS.size() - 1) {
        rest /= 1024;
        scale++;
      }
      return rest + UNITS.get(scale);
    }

    @Override
    public String allowed() {
      return print(min) + " to " + print(max);
    }

    @Override
    public String unit() {
      return "bytes";
    }
  }

  /** A length of time, always written with its unit: {@code 30s}. */
  record Span(Duration min, Duration max) implements ValueType<Duration> {
    @Override
    public Duration parse(String text) {
      Duration value = DurationText.parse(text);
      requireRange(value.compareTo(min) >= 0 && value.compareTo(max) <= 0);
      return value;
    }

    @Override
    public String print(Duration value) {
      return DurationText.print(value);
    }

    @Override
    public String allowed() {
      return print(min) + " to " + print(max);
    }

    @Override
    public String unit() {
      return "time";
    }
  }

  /** A value of another type, or {@code none}. */
  record Perhaps<T>(ValueType<T> type) implements ValueType<Optional<T>> {
    @Override
    public Optional<T> parse(String text) {
      return text.equalsIgnoreCase(NONE) ? Optional.empty() : Optional.of(type.parse(text));
    }

    @Override
    public String print(Optional<T> value) {
      return value.map(type::print).orElse(NONE);
    }

    @Override
    public String allowed() {
      return type.allowed() + ", or " + NONE;
    }

    @Override
    public String unit() {
      return type.unit();
    }
  }

  /** One of a few words. */
  record Choice<E extends Enum<E>>(Class<E> words) implements ValueType<E> {
    @Override
    public E parse(String text) {
      for (E word : words.getEnumConstants()) {
        if (print(word).equals(text.toLowerCase(Locale.ROOT))) {
          return word;
        }
      }
      throw new IllegalArgumentException("not one of the words");
    }

    @Override
    public String print(E value) {
      return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String allowed() {
      return Arrays.stream(words.getEnumConstants())
          .map(this::print)
          .collect(Collectors.joining(", "));
    }

    @Override
    public String unit() {
      return "word";
    }
  }

  /** A place to listen on. */
  record Address() implements ValueType<HostPort> {
    @Override
    public HostPort parse(String text) {
      return HostPort.parse(text);
    }

    @Override
    public String print(HostPort value) {
      return value.toString();
    }

    @Override
    public String allowed() {
      return "HOST:PORT, port 0 for any free one";
    }

    @Override
    public String unit() {
      return "address";
    }
  }

  /** The beginning of URLs, without a slash at the end. */
  record Url() implements ValueType<String> {
    @Override
    public String parse(String text) {
      String trimmed = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
      if (!trimmed.matches("https?://[^/?#\\s@]+(/[^?#\\s]*)?")) {
        throw new IllegalArgumentException("not the beginning of a URL");
      }
      return trimmed;
    }

    @Override
    public String print(String value) {
      return value;
    }

    @Override
    public String allowed() {
      return "https://HOST or http://HOST, with port and path if need be";
    }

    @Override
    public String unit() {
      return "URL";
    }
  }

  /** A file or a folder, relative to where the program was started. */
  record FilePath() implements ValueType<Path> {
    @Override
    public Path parse(String text) {
      try {
        if (text.isBlank()) {
          throw new IllegalArgumentException("the path is empty");
        }
        return Path.of(text);
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException("not a path: " + e.getReason(), e);
      }
    }

    @Override
    public String print(Path value) {
      return value.toString();
    }

    @Override
    public String allowed() {
      return "a path";
    }

    @Override
    public String unit() {
      return "path";
    }
  }

  private static void requireRange(boolean inRange) {
    if (!inRange) {
      throw new IllegalArgumentException("out of range");
    }
  }
}
