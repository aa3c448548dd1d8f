package io.rivulet.cluster.forward;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.codec.Hash;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. The asynchronous methods of an interface, numbered in the order of their signatures,
 * so that both ends of a connection mean the same by a number if their fingerprints are the same.
 */
final class CallTable {

  /** Immutable. One method. */
  static final class Call {
    final Method method;
    final int number;
    private final List<ValueCodec<@Nullable Object>> arguments;
    private final ValueCodec<@Nullable Object> result;

    private Call(Method method, int number, ValueCodecs codecs) {
      this.method = method;
      this.number = number;
      arguments = Arrays.stream(method.getGenericParameterTypes()).map(codecs::of).toList();
      result = codecs.of(resultOf(method));
    }

    void writeArguments(ByteWriter out, @Nullable Object @Nullable [] values) throws IOException {
      for (int i = 0; i < arguments.size(); i++) {
        arguments.get(i).write(out, values == null ? null : values[i]);
      }
    }

    @Nullable Object[] readArguments(ByteReader in) throws IOException {
      @Nullable Object[] values = new @Nullable Object[arguments.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = arguments.get(i).read(in);
      }
      return values;
    }

    CompletableFuture<?> invoke(Object target, @Nullable Object[] values) {
      try {
        return (CompletableFuture<?>) method.invoke(target, values);
      } catch (InvocationTargetException e) {
        return CompletableFuture.failedFuture(e.getCause());
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }

    void writeResult(ByteWriter out, @Nullable Object value) throws IOException {
      result.write(out, value);
    }

    @Nullable Object readResult(ByteReader in) throws IOException {
      return result.read(in);
    }
  }

  private final Class<?> type;
  private final List<Call> calls;
  private final Map<Method, Call> byMethod;

  CallTable(Class<?> type, ValueCodecs codecs) {
    this.type = type;
    List<Method> methods =
        Arrays.stream(type.getMethods())
            .filter(each -> each.getReturnType() == CompletableFuture.class && !each.isDefault())
            .sorted(Comparator.comparing(Method::toGenericString))
            .toList();
    List<Call> numbered = new ArrayList<>();
    for (Method method : methods) {
      numbered.add(new Call(method, numbered.size(), codecs));
    }
    calls = List.copyOf(numbered);
    byMethod = calls.stream().collect(Collectors.toMap(each -> each.method, each -> each));
  }

  private static Type resultOf(Method method) {
    return ((ParameterizedType) method.getGenericReturnType()).getActualTypeArguments()[0];
  }

  Call of(Method method) {
    Call call = byMethod.get(method);
    if (call != null) {
      return call;
    }
    throw new UnsupportedOperationException(
        method.getName() + " of " + type.getSimpleName() + " is not asked of other nodes");
  }

  Call of(int number) throws IOException {
    if (number < 0 || number >= calls.size()) {
      throw new IOException("there is no call " + number + " of " + type.getSimpleName());
    }
    return calls.get(number);
  }

  /** The same for two versions of the program that understand each other. */
  long fingerprint() {
    return Hash.of(
        calls.stream()
            .map(each -> each.method.toGenericString() + Shapes.of(each.method))
            .collect(Collectors.joining("\n")));
  }
}
