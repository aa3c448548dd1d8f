package io.rivulet.cluster.forward;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what was made is kept in a concurrent map. Codecs for the values that the
 * engine takes and gives: records, enums, sealed interfaces of records, collections, optionals,
 * times, texts, numbers and messages, in the order of their declaration and without names. Both
 * ends must know the same types: see {@link CallTable#fingerprint}.
 */
final class ValueCodecs {
  private static final int MAX_ELEMENTS = 1 << 20;

  private final Map<String, ValueCodec<?>> known = new ConcurrentHashMap<>();

  ValueCodecs() {
    known.put(
        name(boolean.class), of((out, v) -> out.putBoolean((Boolean) v), ByteReader::getBoolean));
    known.put(name(int.class), of((out, v) -> out.putInt((Integer) v), ByteReader::getInt));
    known.put(name(long.class), of((out, v) -> out.putLong((Long) v), ByteReader::getLong));
    known.put(
        name(double.class),
        of(
            (out, v) -> out.putLong(Double.doubleToLongBits((Double) v)),
            in -> Double.longBitsToDouble(in.getLong())));
    for (Class<?>[] pair :
        new Class<?>[][] {
          {boolean.class, Boolean.class},
          {int.class, Integer.class},
          {long.class, Long.class},
          {double.class, Double.class}
        }) {
      known.put(name(pair[1]), nullable(codec(name(pair[0]))));
    }
    known.put(
        name(String.class),
        nullable(of((out, v) -> out.putString((String) v), ByteReader::getString)));
    known.put(
        name(byte[].class),
        nullable(of((out, v) -> putBytes(out, (byte[]) v), in -> in.getBytes(in.getInt()))));
    known.put(
        name(Duration.class),
        nullable(
            of(ValueCodecs::putDuration, in -> Duration.ofSeconds(in.getLong(), in.getInt()))));
    known.put(
        name(Instant.class),
        nullable(
            of(ValueCodecs::putInstant, in -> Instant.ofEpochSecond(in.getLong(), in.getInt()))));
    known.put(
        name(OptionalLong.class),
        nullable(
            of(
                (out, v) -> {
                  OptionalLong optional = (OptionalLong) v;
                  out.putBoolean(optional.isPresent()).putLong(optional.orElse(0));
                },
                in -> in.getBoolean() ? OptionalLong.of(in.getLong()) : none(in.getLong()))));
    known.put(name(Message.class), nullable(new MessageValue()));
  }

  private static void putDuration(ByteWriter out, Object value) {
    Duration duration = (Duration) value;
    out.putLong(duration.toSeconds()).putInt(duration.toNanosPart());
  }

  private static void putInstant(ByteWriter out, Object value) {
    Instant instant = (Instant) value;
    long seconds = instant.getEpochSecond();
    out.putLong(seconds).putInt(instant.getNano());
  }

  private static OptionalLong none(long ignored) {
    return OptionalLong.empty();
  }

  /** The codec for a type; an IllegalArgumentException if there can be none. */
  @SuppressWarnings("unchecked")
  ValueCodec<@Nullable Object> of(Type type) {
    return (ValueCodec<@Nullable Object>) codec(type, Map.of());
  }

  private ValueCodec<?> codec(String name) {
    ValueCodec<?> codec = known.get(name);
    if (codec == null) {
      throw new IllegalStateException("no codec for " + name);
    }
    return codec;
  }

  private static String name(Type type) {
    return type.getTypeName();
  }

  // ---- finding out what a type is made of

  private ValueCodec<?> codec(Type declared, Map<TypeVariable<?>, Type> bound) {
    Type type = resolve(declared, bound);
    ValueCodec<?> present = known.get(name(type));
    if (present != null) {
      return present;
    }
    // A type may contain itself: whoever asks meanwhile gets one that looks again later.
    Later later = new Later();
    known.put(name(type), later);
    ValueCodec<?> made = nullable(make(type));
    later.codec = made;
    known.put(name(type), made);
    return made;
  }

  private ValueCodec<?> make(Type type) {
    Class<?> raw = raw(type);
    Map<TypeVariable<?>, Type> bound = bindings(type, raw);
    if (raw == Optional.class) {
      return optional(codec(argument(type, 0), Map.of()));
    }
    if (raw == Set.class) {
      return collection(codec(argument(type, 0), Map.of()), LinkedHashSet::new);
    }
    if (raw == List.class || raw == Collection.class) {
      return collection(codec(argument(type, 0), Map.of()), ArrayList::new);
    }
    if (raw == Map.class) {
      return map(codec(argument(type, 0), Map.of()), codec(argument(type, 1), Map.of()));
    }
    if (raw.isEnum()) {
      return enums(raw);
    }
    if (raw.isArray()) {
      return array(raw.getComponentType(), codec(raw.getComponentType(), Map.of()));
    }
    if (raw.isRecord()) {
      return record(raw, bound);
    }
    if (raw.isSealed()) {
      return sealed(type, raw, bound);
    }
    throw new IllegalArgumentException(
        "values of " + type.getTypeName() + " can't be sent to another node");
  }

  private static Class<?> raw(Type type) {
    return type instanceof ParameterizedType generic
        ? (Class<?>) generic.getRawType()
        : (Class<?>) type;
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  private static Map<TypeVariable<?>, Type> bindings(Type type, Class<?> raw) {
    Map<TypeVariable<?>, Type> bound = new HashMap<>();
    TypeVariable<?>[] variables = raw.getTypeParameters();
    for (int i = 0; i < variables.length; i++) {
      bound.put(variables[i], argument(type, i));
    }
    return bound;
  }

  /** The type with its variables replaced by what they stand for. */
  private static Type resolve(Type type, Map<TypeVariable<?>, Type> bound) {
    return switch (type) {
      case TypeVariable<?> variable -> {
        Type found = bound.get(variable);
        if (found == null) {
          throw new IllegalArgumentException("nothing is known of the type " + variable);
        }
        yield found;
      }
      case WildcardType wildcard -> resolve(wildcard.getUpperBounds()[0], bound);
      case ParameterizedType generic -> {
        Type[] arguments = generic.getActualTypeArguments();
        Type[] resolved = new Type[arguments.length];
        for (int i = 0; i < resolved.length; i++) {
          resolved[i] = resolve(arguments[i], bound);
        }
        yield new Resolved((Class<?>) generic.getRawType(), List.of(resolved));
      }
      default -> type;
    };
  }

  /** Immutable. A generic type whose arguments are known. */
  private record Resolved(Class<?> raw, List<Type> arguments) implements ParameterizedType {
    @Override
    public Type[] getActualTypeArguments() {
      return arguments.toArray(Type[]::new);
    }

    @Override
    public Type getRawType() {
      return raw;
    }

    @Override
    public @Nullable Type getOwnerType() {
      return null;
    }

    @Override
    public String getTypeName() {
      StringBuilder name = new StringBuilder(raw.getTypeName()).append('<');
      arguments.forEach(each -> name.append(each.getTypeName()).append(','));
      return name.append('>').toString();
    }
  }

  // ---- kinds of types

  private ValueCodec<?> record(Class<?> raw, Map<TypeVariable<?>, Type> bound) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      RecordComponent[] components = raw.getRecordComponents();
      Class<?>[] types = new Class<?>[components.length];
      List<MethodHandle> getters = new ArrayList<>(components.length);
      List<ValueCodec<@Nullable Object>> parts = new ArrayList<>(components.length);
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        getters.add(
            lookup
                .unreflect(components[i].getAccessor())
                .asType(MethodType.methodType(Object.class, Object.class)));
        parts.add(cast(codec(components[i].getGenericType(), bound)));
      }
      MethodHandle maker =
          lookup
              .findConstructor(raw, MethodType.methodType(void.class, types))
              .asSpreader(Object[].class, types.length)
              .asType(MethodType.methodType(Object.class, Object[].class));
      return new RecordValue(raw, List.copyOf(getters), maker, List.copyOf(parts));
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(raw + " is not open to everybody", e);
    }
  }

  @SuppressWarnings("unchecked")
  private static ValueCodec<@Nullable Object> cast(ValueCodec<?> codec) {
    return (ValueCodec<@Nullable Object>) codec;
  }

  private ValueCodec<?> sealed(Type type, Class<?> raw, Map<TypeVariable<?>, Type> bound) {
    List<Class<?>> kinds = List.of(raw.getPermittedSubclasses());
    List<ValueCodec<@Nullable Object>> codecs = new ArrayList<>();
    for (Class<?> kind : kinds) {
      TypeVariable<?>[] variables = kind.getTypeParameters();
      if (!Modifier.isPublic(kind.getModifiers())) {
        throw new IllegalArgumentException(kind + " is not open to everybody");
      }
      // Ours have the variables of what they implement, in the same order.
      codecs.add(
          cast(
              codec(
                  variables.length == 0
                      ? kind
                      : new Resolved(
                          kind, List.of(((ParameterizedType) type).getActualTypeArguments())),
                  bound)));
    }
    return of(
        (out, value) -> {
          int kind = 0;
          while (!kinds.get(kind).isInstance(value)) {
            kind++;
          }
          out.putByte(kind);
          codecs.get(kind).write(out, value);
        },
        in -> notNull(codecs.get(in.getByte()).read(in)));
  }

  private static Object notNull(@Nullable Object value) throws IOException {
    if (value == null) {
      throw new IOException("a value is missing");
    }
    return value;
  }

  /** By name: the order may differ between versions. */
  private static ValueCodec<?> enums(Class<?> raw) {
    Map<String, Object> constants = new HashMap<>();
    for (Object each : raw.getEnumConstants()) {
      constants.put(((Enum<?>) each).name(), each);
    }
    return of(
        (out, value) -> out.putString(((Enum<?>) value).name()),
        in -> notNull(constants.get(in.getString())));
  }

  private static ValueCodec<?> optional(ValueCodec<?> element) {
    ValueCodec<@Nullable Object> codec = cast(element);
    return of(
        (out, value) -> {
          Optional<?> optional = (Optional<?>) value;
          out.putBoolean(optional.isPresent());
          if (optional.isPresent()) {
            codec.write(out, optional.get());
          }
        },
        in -> in.getBoolean() ? Optional.of(notNull(codec.read(in))) : Optional.empty());
  }

  private interface Maker {
    Collection<@Nullable Object> make(int size);
  }

  private static ValueCodec<?> collection(ValueCodec<?> element, Maker maker) {
    ValueCodec<@Nullable Object> codec = cast(element);
    return of(
        (out, value) -> {
          Collection<?> all = (Collection<?>) value;
          out.putInt(all.size());
          for (Object each : all) {
            codec.write(out, each);
          }
        },
        in -> {
          int size = size(in);
          Collection<@Nullable Object> all = maker.make(Math.min(size, 1024));
          for (int i = 0; i < size; i++) {
            all.add(codec.read(in));
          }
          return all;
        });
  }

  private static ValueCodec<?> map(ValueCodec<?> keys, ValueCodec<?> values) {
    ValueCodec<@Nullable Object> key = cast(keys);
    ValueCodec<@Nullable Object> mapped = cast(values);
    return of(
        (out, value) -> {
          Map<?, ?> all = (Map<?, ?>) value;
          out.putInt(all.size());
          for (Map.Entry<?, ?> each : all.entrySet()) {
            key.write(out, each.getKey());
            mapped.write(out, each.getValue());
          }
        },
        in -> {
          int size = size(in);
          Map<Object, Object> all = new LinkedHashMap<>();
          for (int i = 0; i < size; i++) {
            all.put(notNull(key.read(in)), notNull(mapped.read(in)));
          }
          return all;
        });
  }

  private static ValueCodec<?> array(Class<?> type, ValueCodec<?> element) {
    ValueCodec<@Nullable Object> codec = cast(element);
    return of(
        (out, value) -> {
          int length = Array.getLength(value);
          out.putInt(length);
          for (int i = 0; i < length; i++) {
            codec.write(out, Array.get(value, i));
          }
        },
        in -> {
          Object all = Array.newInstance(type, size(in));
          for (int i = 0; i < Array.getLength(all); i++) {
            Array.set(all, i, codec.read(in));
          }
          return all;
        });
  }

  private static int size(ByteReader in) throws IOException {
    int size = in.getInt();
    if (size < 0 || size > MAX_ELEMENTS) {
      throw new IOException(size + " elements: there may be " + MAX_ELEMENTS);
    }
    return size;
  }

  private static void putBytes(ByteWriter out, byte[] bytes) {
    out.putInt(bytes.length).putBytes(bytes, 0, bytes.length);
  }

  private interface Writing {
    void write(ByteWriter out, Object value) throws IOException;
  }

  private interface Reading {
    Object read(ByteReader in) throws IOException;
  }

  private static ValueCodec<Object> of(Writing writing, Reading reading) {
    return new ValueCodec<>() {
      @Override
      public void write(ByteWriter out, Object value) throws IOException {
        writing.write(out, value);
      }

      @Override
      public Object read(ByteReader in) throws IOException {
        return reading.read(in);
      }
    };
  }

  private static ValueCodec<@Nullable Object> nullable(ValueCodec<?> codec) {
    ValueCodec<@Nullable Object> inner = cast(codec);
    return new ValueCodec<>() {
      @Override
      public void write(ByteWriter out, @Nullable Object value) throws IOException {
        out.putBoolean(value != null);
        if (value != null) {
          inner.write(out, value);
        }
      }

      @Override
      public @Nullable Object read(ByteReader in) throws IOException {
        return in.getBoolean() ? inner.read(in) : null;
      }
    };
  }

  /** Safe for all threads: set before anybody uses it. A codec that is being made. */
  private static final class Later implements ValueCodec<@Nullable Object> {
    private volatile @Nullable ValueCodec<?> codec;

    private ValueCodec<@Nullable Object> codec() {
      ValueCodec<?> made = codec;
      if (made == null) {
        throw new IllegalStateException("a codec is used while it is being made");
      }
      return cast(made);
    }

    @Override
    public void write(ByteWriter out, @Nullable Object value) throws IOException {
      codec().write(out, value);
    }

    @Override
    public @Nullable Object read(ByteReader in) throws IOException {
      return codec().read(in);
    }
  }

  /** Immutable. */
  private record RecordValue(
      Class<?> type,
      List<MethodHandle> getters,
      MethodHandle maker,
      List<ValueCodec<@Nullable Object>> parts)
      implements ValueCodec<Object> {
    @Override
    public void write(ByteWriter out, Object value) throws IOException {
      for (int i = 0; i < getters.size(); i++) {
        parts.get(i).write(out, get(getters.get(i), value));
      }
    }

    private static @Nullable Object get(MethodHandle getter, Object of) {
      try {
        return (Object) getter.invokeExact(of);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Object read(ByteReader in) throws IOException {
      @Nullable Object[] values = new @Nullable Object[getters.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = parts.get(i).read(in);
      }
      try {
        return (Object) maker.invokeExact(values);
      } catch (Throwable e) {
        throw new IOException("this is no " + type.getSimpleName() + ": " + e, e);
      }
    }
  }

  /** Immutable. A message in the form that it has in the log; a body that lies there is loaded. */
  private static final class MessageValue implements ValueCodec<Object> {
    /** With it a body is made of views. */
    private static final List<ByteBuffer> NO_MORE = List.of(ByteBuffer.allocate(0));

    @Override
    public void write(ByteWriter out, Object value) throws IOException {
      Message message = (Message) value;
      Body body = message.body().load(Body.Space.HEAP);
      byte[] head = MessageCodec.encodeHead(message.with(body));
      out.putInt(head.length + body.size()).putBytes(head, 0, head.length);
      body.copyTo(out, 0, body.size());
    }

    @Override
    public Object read(ByteReader in) throws IOException {
      ByteBuffer bytes = in.getView(in.getInt());
      // A large body stays where it came; a small one would keep all the others of its frame.
      return bytes.remaining() > Parts.PIECE_BYTES
          ? MessageCodec.decode(bytes, NO_MORE, 0)
          : MessageCodec.decode(bytes, 0);
    }
  }
}
