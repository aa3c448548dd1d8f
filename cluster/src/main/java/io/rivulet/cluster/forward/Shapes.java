package io.rivulet.cluster.forward;

import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/** Safe for all threads: no state. Puts into words what the values of a call are made of. */
final class Shapes {
  private Shapes() {}

  /** All records, enums and sealed interfaces that a method's values contain, with their parts. */
  static String of(Method method) {
    StringBuilder text = new StringBuilder();
    Set<Class<?>> seen = new LinkedHashSet<>();
    Arrays.stream(method.getGenericParameterTypes()).forEach(each -> add(each, seen, text));
    add(method.getGenericReturnType(), seen, text);
    return text.toString();
  }

  private static void add(Type type, Set<Class<?>> seen, StringBuilder text) {
    if (type instanceof ParameterizedType generic) {
      Arrays.stream(generic.getActualTypeArguments()).forEach(each -> add(each, seen, text));
      add(generic.getRawType(), seen, text);
    } else if (type instanceof Class<?> raw && seen.add(raw)) {
      if (raw.isRecord()) {
        for (RecordComponent part : raw.getRecordComponents()) {
          text.append(part).append(';');
          add(part.getGenericType(), seen, text);
        }
      } else if (raw.isEnum()) {
        text.append(Arrays.toString(raw.getEnumConstants())).append(';');
      } else if (raw.isSealed()) {
        for (Class<?> kind : raw.getPermittedSubclasses()) {
          text.append(kind.getName()).append(';');
          add(kind, seen, text);
        }
      }
    }
  }
}
