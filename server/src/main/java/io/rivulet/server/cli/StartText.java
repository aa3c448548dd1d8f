package io.rivulet.server.cli;

import io.rivulet.client.ReadFrom;
import io.rivulet.server.config.DurationText;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Immutable. Places and times as people write them on a command line. */
final class StartText {
  static final String ALLOWED = "first, last, OFFSET, -COUNT or TIME such as 2026-11-23T10:15:00Z";

  private StartText() {}

  /** Reads a place to begin; -COUNT is that many messages before the end. */
  static ReadFrom parse(String text) {
    if (text.equals("first")) {
      return ReadFrom.first();
    }
    if (text.equals("last")) {
      return ReadFrom.last();
    }
    try {
      if (text.matches("-\\d{1,18}") && Long.parseLong(text) < 0) {
        return ReadFrom.lastMessages(-Long.parseLong(text));
      }
      if (text.matches("\\d{1,18}")) {
        return ReadFrom.offset(Long.parseLong(text));
      }
      return ReadFrom.time(time(text));
    } catch (DateTimeException e) {
      throw new TypeConversionException("'" + text + "' is not one of " + ALLOWED);
    }
  }

  static Instant time(String text) {
    return OffsetDateTime.parse(text).toInstant();
  }

  /** For options that take a place. */
  static final class Converter implements ITypeConverter<ReadFrom> {
    @Override
    public ReadFrom convert(String text) {
      return parse(text);
    }
  }

  /** For options that take a length of time. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return DurationText.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + text + "' is not a time such as 250ms, 30s or 7d");
      }
    }
  }
}
