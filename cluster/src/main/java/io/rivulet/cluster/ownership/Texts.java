package io.rivulet.cluster.ownership;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Records as they are stored. */
final class Texts {
  private static final Logger LOG = LoggerFactory.getLogger(Texts.class);
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Texts() {}

  static String of(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /** What a text says; empty if it is none of ours, which is told in the log. */
  static <T> Optional<T> read(String text, Class<T> type) {
    try {
      return Optional.ofNullable(MAPPER.readValue(text, type));
    } catch (JacksonException e) {
      LOG.warn("what is stored is no {}: {}", type.getSimpleName(), e.getMessage());
      return Optional.empty();
    }
  }
}
