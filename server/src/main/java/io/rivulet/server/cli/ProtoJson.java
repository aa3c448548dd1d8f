package io.rivulet.server.cli;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Duration;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;

/**
 * Immutable. Prints answers of rivulet.v1 as JSON for scripts.
 *
 * <p>Not protobuf's own JSON: that one prints 64-bit numbers as strings and enum values with their
 * prefixes, and leaves out fields that are 0 or false, all of which is unhandy in a shell.
 */
final class ProtoJson {
  private ProtoJson() {}

  /** Writes all fields; absent messages and empty strings are left out. */
  static void write(JsonGenerator json, Message message) {
    json.writeStartObject();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (isShown(message, field)) {
        json.writeName(field.getJsonName());
        writeField(json, field, message.getField(field));
      }
    }
    json.writeEndObject();
  }

  private static boolean isShown(Message message, FieldDescriptor field) {
    if (field.isRepeated()) {
      return true;
    }
    return field.hasPresence()
        ? message.hasField(field)
        : field.getJavaType() != JavaType.STRING || !message.getField(field).equals("");
  }

  private static void writeField(JsonGenerator json, FieldDescriptor field, Object value) {
    if (!field.isRepeated()) {
      writeValue(json, field, value);
      return;
    }
    if (field.isMapField()) {
      writeMap(json, (List<?>) value);
      return;
    }
    json.writeStartArray();
    for (Object element : (List<?>) value) {
      writeValue(json, field, element);
    }
    json.writeEndArray();
  }

  /** A map is a list of entries to protobuf; here it is an object, in order of its keys. */
  private static void writeMap(JsonGenerator json, List<?> entries) {
    Map<String, MapEntry<?, ?>> sorted = new TreeMap<>();
    for (Object each : entries) {
      if (each instanceof MapEntry<?, ?> entry) {
        sorted.put(entry.getKey().toString(), entry);
      }
    }
    json.writeStartObject();
    sorted.forEach((key, entry) -> {
      json.writeName(key);
      FieldDescriptor field = entry.getDescriptorForType().findFieldByName("value");
      writeValue(json, field, entry.getValue());
    });
    json.writeEndObject();
  }

  private static void writeValue(JsonGenerator json, FieldDescriptor field, Object value) {
    switch (value) {
      case Long number when field.getName().endsWith("_millis") ->
          json.writeString(Instant.ofEpochMilli(number).toString());
      case Long number -> json.writeNumber(number);
      case Integer number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      case Boolean flag -> json.writeBoolean(flag);
      case String text -> json.writeString(text);
      case EnumValueDescriptor constant -> json.writeString(name(constant));
      case Timestamp time ->
          json.writeString(Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toString());
      case Duration duration ->
          json.writeNumber(duration.getSeconds() + duration.getNanos() / 1_000_000_000.0);
      case Message message -> write(json, message);
      default ->
          throw new IllegalStateException(
              "rivulet.v1 has a field of a kind that is not printed yet: " + field);
    }
  }

  /** Without the prefix that tells enums apart: TOPIC_TYPE_LITE is LITE. */
  static String name(EnumValueDescriptor constant) {
    String type =
        constant.getType().getName().replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    return constant.getName().replaceFirst("^" + type + "_", "");
  }
}
