package io.rivulet.server.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Immutable. A topic, or a lite topic as PARENT/LITE.
 *
 * @param liteTopic empty: the topic itself
 */
record QueueName(String topic, String liteTopic) {

  /** Reads TOPIC or PARENT/LITE; neither name may contain a slash, so there is no doubt. */
  static QueueName parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 && !text.isEmpty()) {
      return new QueueName(text, "");
    }
    if (slash < 1 || slash == text.length() - 1 || text.indexOf('/', slash + 1) >= 0) {
      throw new TypeConversionException(
          "'" + text + "' is neither TOPIC nor PARENT/LITE, such as chat/42");
    }
    return new QueueName(text.substring(0, slash), text.substring(slash + 1));
  }

  boolean isLite() {
    return !liteTopic.isEmpty();
  }

  @Override
  public String toString() {
    return isLite() ? topic + "/" + liteTopic : topic;
  }

  /** For parameters that may be either. */
  static final class Converter implements ITypeConverter<QueueName> {
    @Override
    public QueueName convert(String text) {
      return parse(text);
    }
  }

  /** For parameters that must be a lite topic. */
  static final class LiteConverter implements ITypeConverter<QueueName> {
    @Override
    public QueueName convert(String text) {
      QueueName name = parse(text);
      if (!name.isLite()) {
        throw new TypeConversionException(
            "'" + text + "' is not a lite topic: give PARENT/LITE, such as chat/42");
      }
      return name;
    }
  }
}
