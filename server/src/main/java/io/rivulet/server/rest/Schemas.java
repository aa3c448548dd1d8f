package io.rivulet.server.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.rivulet.server.definitions.Said;
import io.rivulet.server.definitions.Vocabulary;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Owned by one thread. JSON Schemas (2020-12) of the records that were asked for. */
final class Schemas {
  private static final String PLACE = "#/components/schemas/";

  private final Map<String, Object> found = new TreeMap<>();

  /** All schemas that others refer to, by name. */
  Map<String, Object> components() {
    return found;
  }

  /** What stands in the place of a record. */
  Map<String, Object> reference(Class<?> type) {
    String name = type.getSimpleName();
    if (!found.containsKey(name)) {
      found.put(name, Map.of()); // it may refer to itself
      found.put(name, schema(type));
    }
    return Map.of("$ref", PLACE + name);
  }

  private Map<String, Object> schema(Class<?> type) {
    if (type == Shapes.TopicWords.class) {
      return words(Said.TOPIC_WORDS);
    }
    if (type == Shapes.GroupWords.class) {
      return words(Said.GROUP_WORDS);
    }
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    for (RecordComponent each : type.getRecordComponents()) {
      String name = name(each);
      Map<String, Object> schema = new LinkedHashMap<>(of(each.getGenericType()));
      JsonPropertyDescription description =
          each.getAccessor().getAnnotation(JsonPropertyDescription.class);
      if (description != null) {
        schema.put("description", description.value());
      }
      properties.put(name, schema);
      if (!isNullable(each.getAnnotatedType())) {
        required.add(name);
      }
    }
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("properties", properties);
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    schema.put("additionalProperties", false);
    return schema;
  }

  private Map<String, Object> of(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type last = generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
      return generic.getRawType() == List.class
          ? Map.of("type", "array", "items", of(last))
          : Map.of("type", "object", "additionalProperties", of(last));
    }
    if (type == String.class) {
      return Map.of("type", "string");
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return Map.of("type", "integer");
    }
    if (type == double.class) {
      return Map.of("type", "number");
    }
    if (type == boolean.class) {
      return Map.of("type", "boolean");
    }
    if (type instanceof Class<?> other && other.isRecord()) {
      return reference(other);
    }
    return Map.of(); // any JSON
  }

  /** Each word takes what people write: a text, a number, yes or no, a list or pairs. */
  private static Map<String, Object> words(Vocabulary<?> vocabulary) {
    Map<String, Object> properties = new LinkedHashMap<>();
    for (String word : vocabulary.names()) {
      properties.put(
          word,
          Map.of(
              "description",
              vocabulary.allowed(word),
              "type",
              List.of("string", "number", "boolean", "array", "object", "null")));
    }
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("properties", properties);
    schema.put("additionalProperties", false);
    return schema;
  }

  private static boolean isNullable(AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }

  private static String name(RecordComponent component) {
    JsonProperty other = component.getAccessor().getAnnotation(JsonProperty.class);
    return other == null
        ? component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT)
        : other.value();
  }
}
