package io.rivulet.engine.message;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.log.CorruptLogException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * Immutable. The form of a message in the commit log.
 *
 * <pre>
 * crc32c   int     over everything that follows
 * version  byte    1
 * flags    byte    1 = body is gzip, 2 = has a delivery time
 * topic, id        string (varint length, UTF-8)
 * tag, message group, lite topic, trace context   optional string
 * keys             list of strings
 * properties       map of strings
 * priority         varint, 0 = none, else priority + 1
 * born millis      varint
 * born host        string
 * origin           flag, then four strings
 * deliver at       varint, epoch millis, only with its flag
 * body             the rest
 * </pre>
 *
 * Encoding and checking happen on the caller's threads, never on the shard's.
 */
public final class MessageCodec {
  private static final int VERSION = 1;
  private static final int FLAG_GZIP = 1;
  private static final int FLAG_DELIVER_AT = 2;
  private static final int CRC_BYTES = 4;

  private MessageCodec() {}

  /**
   * Everything before the body, with the checksum over both: the two one after the other are the
   * message, so that a body need not be copied to be encoded.
   */
  public static byte[] encodeHead(Message message) {
    ByteWriter out = new ByteWriter(256);
    int flags = message.gzip() ? FLAG_GZIP : 0;
    flags |= message.deliverAtMillis() == 0 ? 0 : FLAG_DELIVER_AT;
    out.putInt(0).putByte(VERSION).putByte(flags);
    out.putString(message.topic()).putString(message.id());
    out.putOptionalString(message.tag());
    out.putOptionalString(message.messageGroup());
    out.putOptionalString(message.liteTopic());
    out.putOptionalString(message.traceContext());
    out.putStrings(message.keys());
    out.putStrings(message.properties());
    out.putVarLong(message.priority() + 1L);
    out.putVarLong(message.bornMillis());
    out.putString(message.bornHost());
    Message.Origin origin = message.origin();
    out.putBoolean(origin != null);
    if (origin != null) {
      out.putString(origin.topic()).putString(origin.messageId());
      out.putString(origin.group()).putString(origin.reason());
    }
    if (message.deliverAtMillis() != 0) {
      out.putVarLong(message.deliverAtMillis());
    }
    CRC32C crc = new CRC32C();
    crc.update(out.array(), CRC_BYTES, out.size() - CRC_BYTES);
    message.body().addTo(crc);
    out.setInt(0, (int) crc.getValue());
    return out.toBytes();
  }

  /**
   * Checks and decodes one message.
   *
   * @param position where the bytes came from, for the error
   * @throws CorruptLogException if the checksum does not fit
   */
  public static Message decode(ByteBuffer bytes, long position) throws CorruptLogException {
    return decode(bytes, List.of(), position);
  }

  /**
   * The same for a message that was read in pieces; the body is made of views of them.
   *
   * @param first holds everything before the body
   */
  public static Message decode(ByteBuffer first, List<ByteBuffer> others, long position)
      throws CorruptLogException {
    ByteBuffer buffer = first.duplicate();
    if (buffer.remaining() < CRC_BYTES + 2) {
      throw new CorruptLogException("a message of " + buffer.remaining() + " bytes at " + position);
    }
    int stored = buffer.getInt();
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate());
    others.forEach(each -> crc.update(each.duplicate()));
    if ((int) crc.getValue() != stored) {
      throw new CorruptLogException("the message at position " + position + " fails its checksum");
    }
    ByteReader in = new ByteReader(buffer);
    return decode(
        in,
        () -> others.isEmpty() ? Body.of(in.getBytes(in.remaining())) : bodyOf(buffer, others),
        position);
  }

  /**
   * Decodes what precedes the body, whose bytes are not there yet; checks nothing but the form.
   *
   * @param first holds everything before the body
   * @param sizeBytes of the whole message
   * @param source reads and checks the body
   */
  public static Message decodeHead(
      ByteBuffer first, long sizeBytes, Body.Source source, long position)
      throws CorruptLogException {
    ByteBuffer buffer = first.duplicate();
    if (buffer.remaining() < CRC_BYTES + 2) {
      throw new CorruptLogException("a message of " + buffer.remaining() + " bytes at " + position);
    }
    int start = buffer.position();
    buffer.getInt();
    try {
      return decode(
          new ByteReader(buffer),
          () -> Body.stored(Math.toIntExact(sizeBytes - (buffer.position() - start)), source),
          position);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new CorruptLogException("the message at position " + position + ": " + e);
    }
  }

  private static Message decode(ByteReader in, Supplier<Body> rest, long position)
      throws CorruptLogException {
    int version = in.getByte();
    if (version != VERSION) {
      throw new CorruptLogException(
          "the message at position " + position + " has the unknown version " + version);
    }
    int flags = in.getByte();
    String topic = in.getString();
    String id = in.getString();
    String tag = in.getOptionalString();
    String messageGroup = in.getOptionalString();
    String liteTopic = in.getOptionalString();
    String traceContext = in.getOptionalString();
    var keys = in.getStrings();
    var properties = in.getStringMap();
    int priority = (int) (in.getVarLong() - 1);
    long bornMillis = in.getVarLong();
    String bornHost = in.getString();
    Message.Origin origin =
        in.getBoolean()
            ? new Message.Origin(in.getString(), in.getString(), in.getString(), in.getString())
            : null;
    long deliverAtMillis = (flags & FLAG_DELIVER_AT) == 0 ? 0 : in.getVarLong();
    Body body = rest.get();
    return new Message(
        topic,
        id,
        body,
        (flags & FLAG_GZIP) != 0,
        tag,
        keys,
        properties,
        messageGroup,
        liteTopic,
        priority,
        bornMillis,
        bornHost,
        traceContext,
        origin,
        deliverAtMillis);
  }

  private static Body bodyOf(ByteBuffer first, List<ByteBuffer> others) {
    List<ByteBuffer> pieces = new ArrayList<>(others.size() + 1);
    pieces.add(first);
    pieces.addAll(others);
    return Body.of(pieces);
  }
}
