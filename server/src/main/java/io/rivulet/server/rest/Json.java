package io.rivulet.server.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Safe for all threads: the mapper is. JSON bodies as records: names in lower case with hyphens,
 * and those that are not known are refused.
 */
final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .changeDefaultPropertyInclusion(
              usual -> usual.withValueInclusion(JsonInclude.Include.NON_NULL))
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private Json() {}

  /**
   * The value in a body.
   *
   * @throws IllegalArgumentException if it is no JSON, with a sentence for the caller
   */
  static JsonNode tree(byte[] body) {
    try {
      JsonNode tree = MAPPER.readTree(body);
      if (tree == null || tree.isMissingNode()) {
        throw new IllegalArgumentException("the body is empty; JSON is expected");
      }
      return tree;
    } catch (JacksonException e) {
      throw new IllegalArgumentException("the body is no JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Whether it is exactly one JSON value. */
  static boolean isValue(byte[] body) {
    if (body.length == 0) {
      return false;
    }
    try {
      var _ = MAPPER.readTree(body);
      return true;
    } catch (JacksonException e) {
      return false;
    }
  }

  /**
   * A value as a record.
   *
   * @throws IllegalArgumentException if it is none, with what is allowed
   */
  static <T> T as(Class<T> type, JsonNode tree) {
    if (!tree.isObject()) {
      throw new IllegalArgumentException("a JSON object is expected, {...}");
    }
    try {
      return MAPPER.treeToValue(tree, type);
    } catch (UnrecognizedPropertyException e) {
      throw new IllegalArgumentException(
          "there is no '%s'; allowed: %s".formatted(path(e), known(e)), e);
    } catch (DatabindException e) {
      throw new IllegalArgumentException(
          path(e).isEmpty()
              ? e.getOriginalMessage()
              : "'%s' can't be this: %s".formatted(path(e), e.getOriginalMessage()),
          e);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
  }

  static byte[] write(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  private static String path(DatabindException e) {
    List<String> parts = new ArrayList<>();
    for (JacksonException.Reference each : e.getPath()) {
      parts.add(
          each.getPropertyName() == null
              ? "[" + each.getIndex() + "]"
              : (parts.isEmpty() ? "" : ".") + each.getPropertyName());
    }
    return String.join("", parts);
  }

  private static String known(UnrecognizedPropertyException e) {
    Collection<Object> known = e.getKnownPropertyIds();
    return known == null
        ? "nothing"
        : known.stream().map(String::valueOf).sorted().collect(Collectors.joining(", "));
  }
}
