package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.subscription.WakeKey;
import java.util.HexFormat;

/**
 * Immutable. How far the current wake of a subscription is.
 *
 * @param holder who works for it; empty: nobody said a name
 * @param untilMillis when the lease ends, or the next attempt is made
 * @param failures attempts to deliver this wake that have failed
 */
record WakeState(
    Phase phase, long generation, long wakeId, String holder, long untilMillis, int failures) {
  static final WakeState NONE = new WakeState(Phase.IDLE, 0, 0, "", 0, 0);

  enum Phase {
    /** Nobody has been woken, or all is done. */
    IDLE(0),
    /** The wake is on its way. */
    SENDING(1),
    /** It could not be delivered, and is sent again later. */
    FAILED(2),
    /** It was delivered, and a worker is to claim it. */
    OFFERED(3),
    /** Somebody works for it. */
    HELD(4);

    /** In records and rows. */
    private final int code;

    Phase(int code) {
      this.code = code;
    }

    private static Phase of(int code) {
      for (Phase each : values()) {
        if (each.code == code) {
          return each;
        }
      }
      throw new IllegalArgumentException("unknown phase of a wake: " + code);
    }
  }

  WakeState idle() {
    return new WakeState(Phase.IDLE, generation, wakeId, "", 0, 0);
  }

  WakeState sending(long until) {
    return new WakeState(Phase.SENDING, generation, wakeId, "", until, failures);
  }

  WakeState failed(long until) {
    return new WakeState(Phase.FAILED, generation, wakeId, "", until, failures + 1);
  }

  WakeState offered() {
    return new WakeState(Phase.OFFERED, generation, wakeId, "", 0, 0);
  }

  WakeState held(String by, long until) {
    return new WakeState(Phase.HELD, generation, wakeId, by, until, 0);
  }

  /** Another wake. */
  WakeState next(long id) {
    return new WakeState(Phase.IDLE, generation + 1, id, "", 0, 0);
  }

  WakeKey key(String subscription) {
    return new WakeKey(subscription, generation, "w_" + HexFormat.of().toHexDigits(wakeId));
  }

  void write(ByteWriter out) {
    out.putByte(phase.code).putVarLong(generation).putLong(wakeId).putString(holder);
    out.putVarLong(untilMillis).putVarInt(failures);
  }

  static WakeState read(ByteReader in) {
    return new WakeState(
        Phase.of(in.getByte()),
        in.getVarLong(),
        in.getLong(),
        in.getString(),
        in.getVarLong(),
        in.getVarInt());
  }
}
