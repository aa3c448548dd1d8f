package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.topic.TopicAttributes;
import io.rivulet.engine.topic.TopicDefinition;
import java.util.Set;

/**
 * Immutable. One change of durable state, but for messages: what a record of the commit log says.
 * Whatever happens to a shard is a sequence of these and of appended messages; {@link Fold} gives
 * them their meaning, live and at replay alike.
 *
 * <p>In the log: type (byte), then the fields in order as {@link ByteWriter} writes them.
 */
sealed interface Change {
  record TopicDefined(long topicId, TopicDefinition definition) implements Change {}

  record TopicDeleted(long topicId) implements Change {}

  record GroupDefined(long groupId, GroupDefinition definition) implements Change {}

  record GroupDeleted(long groupId) implements Change {}

  record TopicFollowed(
      long groupId, long topicId, long startPosition, long startMillis, Filter filter)
      implements Change {}

  record QueueMade(
      long queueId,
      long topicId,
      String name,
      int priority,
      long createdPosition,
      long atMillis,
      String fairnessKey)
      implements Change {}

  /** A strictly ordered queue was given another priority or fairness key. */
  record QueueClassed(long queueId, int priority, String fairnessKey) implements Change {}

  record QueueReclaimed(long queueId) implements Change {}

  /** What lies below this offset was taken off the queue for good. */
  record QueueTrimmed(long queueId, long firstOffset) implements Change {}

  record TtlChanged(long queueId, long ttlMillis) implements Change {}

  /** Messages of one queue were leased; the i-th under the id {@link #leaseId}. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  record Granted(
      long groupId,
      long queueId,
      long seed,
      long atMillis,
      long visibleAtMillis,
      boolean isRenewed,
      String clientId,
      long[] offsets)
      implements Change {
    long leaseId(int nth) {
      return seed + nth;
    }
  }

  /** What was leased goes to its client again, whose poll was repeated ({@link Lease#REPEATED}). */
  record GrantRepeated(long groupId, long queueId, long offset, long atMillis) implements Change {}

  record Acknowledged(long groupId, long queueId, long from, long to) implements Change {}

  record LeaseChanged(
      long groupId,
      long queueId,
      long offset,
      long leaseId,
      long visibleAtMillis,
      boolean isSuspension,
      boolean isUncounted)
      implements Change {}

  record ProgressReset(long groupId, long queueId, long offset) implements Change {}

  /** Changes of the lite topics that a client follows. */
  sealed interface OfLiteSet extends Change {}

  record Subscribed(long groupId, long topicId, String clientId, String liteTopic, long startOffset)
      implements OfLiteSet {}

  record Unsubscribed(long groupId, long topicId, String clientId, String liteTopic)
      implements OfLiteSet {}

  /**
   * A message is delivered to nobody any more.
   *
   * @param isMoved a copy of it was appended to another queue in the same batch
   * @param forgetBelow which messages of the queue were cancelled below this offset is forgotten
   */
  record MessageCancelled(long queueId, long offset, boolean isMoved, long forgetBelow)
      implements Change {}

  /**
   * A message that waits for its time is not waited for any more.
   *
   * @param dueMillis under which it was parked
   * @param isMoved a copy of it was appended in the same batch; else it was taken back
   */
  record MessageUnparked(long queueId, long offset, long dueMillis, boolean isMoved)
      implements Change {}

  /** Nothing of the queue is handed out to the group before this time; 0: it is again. */
  record QueueSuspended(long groupId, long queueId, long untilMillis) implements Change {}

  /** Nothing of a fairness key is handed to the group before this time; 0: it is again. */
  record KeySuspended(long groupId, String key, long untilMillis) implements Change {}

  /** Changes of streams. */
  sealed interface OfStream extends Change {}

  /** A lite topic was made as a stream. */
  record StreamMade(long queueId, StreamDefinition definition, StreamOrigin origin)
      implements OfStream {}

  /**
   * A stream was appended to by somebody who numbers his appends, or was closed.
   *
   * @param seq as in {@link io.rivulet.engine.stream.StreamAppend}; empty: none
   * @param producerId empty: none
   */
  record StreamWritten(
      long queueId,
      String seq,
      String producerId,
      long epoch,
      long producerSeq,
      boolean closes,
      long atMillis)
      implements OfStream {}

  /** A stream was deleted, and others begin with what it holds. */
  record StreamRetired(long queueId) implements OfStream {}

  /**
   * A copy of a stream in another shard ({@link ForkCopies}) is whole up to an offset: what is
   * below and not there is not to be had.
   */
  record StreamFilled(long queueId, long offset, long atMillis) implements OfStream {}

  /** A stream with a TTL of its own was read. */
  record StreamUsed(long queueId, long atMillis) implements OfStream {}

  /** Changes of subscriptions to streams. */
  sealed interface OfSubscription extends Change {}

  record SubscriptionMade(long id, String name, SubscriptionDefinition definition, long atMillis)
      implements OfSubscription {}

  /**
   * A subscription that another shard holds is as it is there.
   *
   * @param definition with the streams that are followed by name
   */
  record SubscriptionFollowed(
      long id, String name, SubscriptionDefinition definition, long atMillis, long revision)
      implements OfSubscription {}

  record SubscriptionRemoved(long id) implements OfSubscription {}

  /** A stream is followed by name from now on, or no more. */
  record SubscriptionLinked(long id, StreamPath path, boolean isLinked) implements OfSubscription {}

  /** The subscriber was woken, or the wake got on. */
  record SubscriptionTurned(long id, WakeState wake) implements OfSubscription {}

  /** A subscription is as far in a stream as it was where the stream comes from. */
  record StreamLinked(long id, long queueId, long offset, boolean isPending)
      implements OfSubscription {}

  /** The subscriber is done with what lies below the offset. */
  record StreamAcknowledged(long id, long queueId, long offset) implements OfSubscription {}

  /** Changes of what is owed to other shards. */
  sealed interface OfOutbox extends Change {}

  /**
   * A message is to go into another shard.
   *
   * @param message as {@link io.rivulet.engine.message.MessageCodec} writes it
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  record MessageOwed(long id, byte[] message) implements OfOutbox {}

  /** It is there, or can't ever be. */
  record MessageHandedOver(long id) implements OfOutbox {}

  /** What a {@link Transfer} puts into the shard that it fills. */
  sealed interface OfTransfer extends Change {}

  /**
   * A queue that was just made is as it was in another shard.
   *
   * @param row as {@link Queue#toRow} writes it; topic, name and creation in it mean nothing
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  record QueueRestored(long queueId, byte[] row) implements OfTransfer {}

  /** A group is as far in a queue as it was in another shard. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  record ProgressRestored(long groupId, long queueId, byte[] row) implements OfTransfer {}

  /** All of a shard that is being read is here up to a place, as far as it belongs here. */
  record TransferMarked(int source, int step, long at) implements OfTransfer {}

  /** When a shard is served and when not. */
  sealed interface OfServing extends Change {}

  /**
   * Nothing was granted after this whose answer did not leave: the shard was let go in order.
   *
   * @param atMillis when; 0: that was not recorded
   */
  record ServingEnded(long atMillis) implements OfServing {}

  /** Whether answers arrived whose grants were made in this time is not known. */
  record GrantsDoubted(long fromMillis, long toMillis) implements OfServing {}

  /**
   * Nothing changes: that it became durable shows that the shard had no other owner when it was
   * appended, so what was known then may be told.
   */
  record StillOwned() implements OfServing {}

  /** Type bytes below this one are records of messages ({@link MessageRecord}). */
  int FIRST_TYPE = 16;

  default void encode(ByteWriter out) {
    switch (this) {
      case TopicDefined c -> encode(c, out);
      case TopicDeleted c -> out.putByte(17).putVarLong(c.topicId);
      case GroupDefined c -> {
        boolean isPlain = c.definition.scheduling().equals(Scheduling.PLAIN);
        out.putByte(isPlain ? 18 : 34).putVarLong(c.groupId);
        Definitions.write(out, c.definition);
        if (!isPlain) {
          Schedulings.write(out, c.definition.scheduling());
        }
      }
      case GroupDeleted c -> out.putByte(19).putVarLong(c.groupId);
      case TopicFollowed c -> {
        out.putByte(20).putVarLong(c.groupId).putVarLong(c.topicId);
        out.putVarLong(c.startPosition).putVarLong(c.startMillis).putStrings(c.filter.tags());
      }
      case QueueMade c -> encode(c, out);
      case QueueClassed c -> {
        out.putByte(32).putVarLong(c.queueId).putVarInt(c.priority).putString(c.fairnessKey);
      }
      case MessageCancelled c -> {
        out.putByte(36).putVarLong(c.queueId).putVarLong(c.offset);
        out.putBoolean(c.isMoved).putVarLong(c.forgetBelow);
      }
      case MessageUnparked c -> {
        out.putByte(62).putVarLong(c.queueId).putVarLong(c.offset).putVarLong(c.dueMillis);
        out.putBoolean(c.isMoved);
      }
      case QueueSuspended c -> {
        out.putByte(37).putVarLong(c.groupId).putVarLong(c.queueId).putVarLong(c.untilMillis);
      }
      case KeySuspended c -> {
        out.putByte(60).putVarLong(c.groupId).putString(c.key).putVarLong(c.untilMillis);
      }
      case OfStream c -> encode(c, out);
      case OfSubscription c -> encode(c, out);
      case OfTransfer c -> encode(c, out);
      case OfServing c -> encode(c, out);
      case MessageOwed c ->
          out.putByte(90).putVarLong(c.id).putVarInt(c.message.length).putBytes(c.message);
      case MessageHandedOver c -> out.putByte(91).putVarLong(c.id);
      case QueueReclaimed c -> out.putByte(22).putVarLong(c.queueId);
      case QueueTrimmed c -> out.putByte(30).putVarLong(c.queueId).putVarLong(c.firstOffset);
      case TtlChanged c -> out.putByte(23).putVarLong(c.queueId).putLong(c.ttlMillis);
      case Granted c -> encode(c, out);
      case GrantRepeated c -> encode(c, out);
      case Acknowledged c -> {
        out.putByte(25).putVarLong(c.groupId).putVarLong(c.queueId);
        out.putVarLong(c.from).putVarLong(c.to);
      }
      case LeaseChanged c -> {
        out.putByte(26).putVarLong(c.groupId).putVarLong(c.queueId).putVarLong(c.offset);
        out.putLong(c.leaseId).putVarLong(c.visibleAtMillis);
        out.putBoolean(c.isSuspension).putBoolean(c.isUncounted);
      }
      case ProgressReset c -> {
        out.putByte(27).putVarLong(c.groupId).putVarLong(c.queueId).putVarLong(c.offset);
      }
      case Subscribed c -> {
        out.putByte(28).putVarLong(c.groupId).putVarLong(c.topicId);
        out.putString(c.clientId).putString(c.liteTopic).putVarLong(c.startOffset + 1);
      }
      case Unsubscribed c -> {
        out.putByte(29).putVarLong(c.groupId).putVarLong(c.topicId);
        out.putString(c.clientId).putString(c.liteTopic);
      }
    }
  }

  private static void encode(OfServing change, ByteWriter out) {
    switch (change) {
      case ServingEnded c -> out.putByte(70).putVarLong(c.atMillis);
      case StillOwned _ -> out.putByte(69);
      case GrantsDoubted c -> out.putByte(67).putVarLong(c.fromMillis).putVarLong(c.toMillis);
    }
  }

  private static void encode(GrantRepeated c, ByteWriter out) {
    out.putByte(68).putVarLong(c.groupId).putVarLong(c.queueId).putVarLong(c.offset);
    out.putVarLong(c.atMillis);
  }

  private static void encode(TopicDefined c, ByteWriter out) {
    boolean hasAttributes = !c.definition.attributes().equals(TopicAttributes.NONE);
    boolean isPlain = !hasAttributes && c.definition.backpressure().equals(Backpressure.NONE);
    out.putByte(hasAttributes ? 61 : isPlain ? 16 : 33).putVarLong(c.topicId);
    Definitions.write(out, c.definition);
    if (!isPlain) {
      Definitions.write(out, c.definition.backpressure());
    }
    if (hasAttributes) {
      Definitions.write(out, c.definition.attributes());
    }
  }

  private static void encode(OfStream change, ByteWriter out) {
    switch (change) {
      case StreamMade c -> {
        out.putByte(38).putVarLong(c.queueId);
        StreamState.write(out, c.definition);
        c.origin.write(out);
      }
      case StreamRetired c -> out.putByte(41).putVarLong(c.queueId);
      case StreamWritten c -> {
        out.putByte(39).putVarLong(c.queueId).putString(c.seq).putString(c.producerId);
        out.putVarLong(c.epoch).putVarLong(c.producerSeq).putBoolean(c.closes);
        out.putVarLong(c.atMillis);
      }
      case StreamFilled c -> {
        out.putByte(92).putVarLong(c.queueId).putVarLong(c.offset).putVarLong(c.atMillis);
      }
      case StreamUsed c -> out.putByte(40).putVarLong(c.queueId).putVarLong(c.atMillis);
    }
  }

  private static void encode(OfSubscription change, ByteWriter out) {
    switch (change) {
      case SubscriptionMade c -> {
        out.putByte(42).putVarLong(c.id).putString(c.name).putVarLong(c.atMillis);
        SubscriptionCodec.write(out, c.definition);
      }
      case SubscriptionFollowed c -> {
        out.putByte(93).putVarLong(c.id).putString(c.name).putVarLong(c.atMillis);
        SubscriptionCodec.write(out.putVarLong(c.revision), c.definition);
      }
      case SubscriptionRemoved c -> out.putByte(43).putVarLong(c.id);
      case SubscriptionLinked c -> {
        SubscriptionCodec.write(out.putByte(44).putVarLong(c.id), c.path);
        out.putBoolean(c.isLinked);
      }
      case SubscriptionTurned c -> c.wake.write(out.putByte(45).putVarLong(c.id));
      case StreamLinked c -> {
        out.putByte(94).putVarLong(c.id).putVarLong(c.queueId).putVarLong(c.offset);
        out.putBoolean(c.isPending);
      }
      case StreamAcknowledged c ->
          out.putByte(46).putVarLong(c.id).putVarLong(c.queueId).putVarLong(c.offset);
    }
  }

  private static void encode(OfTransfer change, ByteWriter out) {
    switch (change) {
      case QueueRestored c ->
          out.putByte(63).putVarLong(c.queueId).putVarInt(c.row.length).putBytes(c.row);
      case ProgressRestored c -> {
        out.putByte(64).putVarLong(c.groupId).putVarLong(c.queueId);
        out.putVarInt(c.row.length).putBytes(c.row);
      }
      case TransferMarked c ->
          out.putByte(65).putVarInt(c.source).putVarInt(c.step).putVarLong(c.at);
    }
  }

  private static void encode(QueueMade c, ByteWriter out) {
    boolean hasKey = !c.fairnessKey.isEmpty();
    out.putByte(hasKey ? 31 : 21).putVarLong(c.queueId).putVarLong(c.topicId);
    out.putString(c.name);
    out.putVarInt(c.priority).putVarLong(c.createdPosition).putVarLong(c.atMillis);
    if (hasKey) {
      out.putString(c.fairnessKey);
    }
  }

  private static void encode(Granted c, ByteWriter out) {
    out.putByte(24).putVarLong(c.groupId).putVarLong(c.queueId).putLong(c.seed);
    out.putVarLong(c.atMillis).putVarLong(c.visibleAtMillis).putBoolean(c.isRenewed);
    out.putString(c.clientId).putVarInt(c.offsets.length);
    long previous = 0;
    for (long offset : c.offsets) {
      out.putVarLong(offset - previous);
      previous = offset;
    }
  }

  /** Decodes what follows the type byte. */
  static Change decode(int type, ByteReader in) {
    return switch (type) {
      case 16 -> new TopicDefined(in.getVarLong(), Definitions.readTopic(in));
      case 33, 61 -> {
        long topicId = in.getVarLong();
        TopicDefinition topic = Definitions.readTopic(in).with(Definitions.readBackpressure(in));
        yield new TopicDefined(
            topicId, type == 61 ? topic.with(Definitions.readAttributes(in)) : topic);
      }
      case 34 -> {
        long groupId = in.getVarLong();
        GroupDefinition group = Definitions.readGroup(in);
        yield new GroupDefined(groupId, group.with(Schedulings.read(in)));
      }
      case 17 -> new TopicDeleted(in.getVarLong());
      case 18 -> new GroupDefined(in.getVarLong(), Definitions.readGroup(in));
      case 19 -> new GroupDeleted(in.getVarLong());
      case 20 ->
          new TopicFollowed(
              in.getVarLong(),
              in.getVarLong(),
              in.getVarLong(),
              in.getVarLong(),
              new Filter(Set.copyOf(in.getStrings())));
      case 21, 31 ->
          new QueueMade(
              in.getVarLong(),
              in.getVarLong(),
              in.getString(),
              in.getVarInt(),
              in.getVarLong(),
              in.getVarLong(),
              type == 31 ? in.getString() : "");
      case 32 -> new QueueClassed(in.getVarLong(), in.getVarInt(), in.getString());
      case 36 ->
          new MessageCancelled(in.getVarLong(), in.getVarLong(), in.getBoolean(), in.getVarLong());
      case 37 -> new QueueSuspended(in.getVarLong(), in.getVarLong(), in.getVarLong());
      case 62 ->
          new MessageUnparked(in.getVarLong(), in.getVarLong(), in.getVarLong(), in.getBoolean());
      case 60 -> new KeySuspended(in.getVarLong(), in.getString(), in.getVarLong());
      case 22 -> new QueueReclaimed(in.getVarLong());
      case 23 -> new TtlChanged(in.getVarLong(), in.getLong());
      case 24 -> decodeGranted(in);
      case 25 ->
          new Acknowledged(in.getVarLong(), in.getVarLong(), in.getVarLong(), in.getVarLong());
      case 26 ->
          new LeaseChanged(
              in.getVarLong(),
              in.getVarLong(),
              in.getVarLong(),
              in.getLong(),
              in.getVarLong(),
              in.getBoolean(),
              in.getBoolean());
      case 27 -> new ProgressReset(in.getVarLong(), in.getVarLong(), in.getVarLong());
      case 28, 29 -> decodeOfLiteSet(type, in);
      case 30 -> new QueueTrimmed(in.getVarLong(), in.getVarLong());
      case 42, 43, 44, 45, 46, 93, 94 -> decodeOfSubscription(type, in);
      case 63, 64, 65 -> decodeOfTransfer(type, in);
      case 66 -> new ServingEnded(0);
      case 67 -> new GrantsDoubted(in.getVarLong(), in.getVarLong());
      case 69 -> new StillOwned();
      case 70 -> new ServingEnded(in.getVarLong());
      case 68 ->
          new GrantRepeated(in.getVarLong(), in.getVarLong(), in.getVarLong(), in.getVarLong());
      case 90, 91 -> decodeOfOutbox(type, in);
      default -> decodeOfStream(type, in);
    };
  }

  private static OfLiteSet decodeOfLiteSet(int type, ByteReader in) {
    long groupId = in.getVarLong();
    long topicId = in.getVarLong();
    String clientId = in.getString();
    String liteTopic = in.getString();
    return type == 28
        ? new Subscribed(groupId, topicId, clientId, liteTopic, in.getVarLong() - 1)
        : new Unsubscribed(groupId, topicId, clientId, liteTopic);
  }

  private static OfStream decodeOfStream(int type, ByteReader in) {
    return switch (type) {
      case 38 ->
          new StreamMade(in.getVarLong(), StreamState.readDefinition(in), StreamOrigin.read(in));
      case 39 ->
          new StreamWritten(
              in.getVarLong(),
              in.getString(),
              in.getString(),
              in.getVarLong(),
              in.getVarLong(),
              in.getBoolean(),
              in.getVarLong());
      case 41 -> new StreamRetired(in.getVarLong());
      case 92 -> new StreamFilled(in.getVarLong(), in.getVarLong(), in.getVarLong());
      case 40 -> new StreamUsed(in.getVarLong(), in.getVarLong());
      default -> throw new IllegalArgumentException("unknown record type " + type);
    };
  }

  private static OfSubscription decodeOfSubscription(int type, ByteReader in) {
    long id = in.getVarLong();
    return switch (type) {
      case 42 -> {
        String name = in.getString();
        long atMillis = in.getVarLong();
        yield new SubscriptionMade(id, name, SubscriptionCodec.read(in), atMillis);
      }
      case 93 -> {
        String name = in.getString();
        long atMillis = in.getVarLong();
        long revision = in.getVarLong();
        yield new SubscriptionFollowed(id, name, SubscriptionCodec.read(in), atMillis, revision);
      }
      case 94 -> new StreamLinked(id, in.getVarLong(), in.getVarLong(), in.getBoolean());
      case 43 -> new SubscriptionRemoved(id);
      case 44 -> new SubscriptionLinked(id, SubscriptionCodec.readPath(in), in.getBoolean());
      case 45 -> new SubscriptionTurned(id, WakeState.read(in));
      default -> new StreamAcknowledged(id, in.getVarLong(), in.getVarLong());
    };
  }

  private static OfOutbox decodeOfOutbox(int type, ByteReader in) {
    long id = in.getVarLong();
    return type == 90
        ? new MessageOwed(id, in.getBytes(in.getVarInt()))
        : new MessageHandedOver(id);
  }

  private static OfTransfer decodeOfTransfer(int type, ByteReader in) {
    return switch (type) {
      case 63 -> new QueueRestored(in.getVarLong(), in.getBytes(in.getVarInt()));
      case 64 ->
          new ProgressRestored(in.getVarLong(), in.getVarLong(), in.getBytes(in.getVarInt()));
      default -> new TransferMarked(in.getVarInt(), in.getVarInt(), in.getVarLong());
    };
  }

  private static Granted decodeGranted(ByteReader in) {
    long groupId = in.getVarLong();
    long queueId = in.getVarLong();
    long seed = in.getLong();
    long atMillis = in.getVarLong();
    long visibleAtMillis = in.getVarLong();
    boolean isRenewed = in.getBoolean();
    String clientId = in.getString();
    long[] offsets = new long[in.getCount(1)];
    long previous = 0;
    for (int i = 0; i < offsets.length; i++) {
      previous += in.getVarLong();
      offsets[i] = previous;
    }
    return new Granted(
        groupId, queueId, seed, atMillis, visibleAtMillis, isRenewed, clientId, offsets);
  }
}
