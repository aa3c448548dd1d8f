package io.rivulet.cluster.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Immutable. What a checkpoint is made of. Stored as a line of JSON, and a line with the checksum
 * of the first.
 *
 * @param format of the manifest
 * @param epoch of the shard in which it was stored
 * @param position of the log that the files reflect
 * @param ledgers that hold its files, and perhaps files of other checkpoints besides
 */
public record Manifest(
    int format,
    int shard,
    long epoch,
    long position,
    long madeMillis,
    List<Ledger> ledgers,
    List<StoredFile> files) {
  static final int FORMAT = 1;
  static final int MAX_BYTES = 64 << 20;

  private static final int MAX_FILES = 100_000;
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
  private static final String SUM = "crc32c ";

  /** One of an earlier version lacks what was not known then; its checksum tells damage. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

  /**
   * Immutable. A ledger that holds files.
   *
   * @param sizeBytes of all its entries
   * @param lostDisks how many disks of storage nodes were known to be lost before it was made: none
   *     of these had a copy of it; {@link #INCOMPLETE} if it never had all of its copies
   */
  public record Ledger(long id, long sizeBytes, long lostDisks) {
    /** What is less than any number of lost disks. */
    static final long INCOMPLETE = -1;

    /** Whether it is known that it never had all of its copies. */
    boolean isIncomplete() {
      return lostDisks == INCOMPLETE;
    }

    /** Whether fewer storage nodes may hold it than should, after so many lost disks. */
    boolean isThin(long lostDisksNow) {
      return lostDisks < lostDisksNow;
    }
  }

  public Manifest {
    ledgers = List.copyOf(ledgers);
    files = List.copyOf(files);
    require(format == FORMAT, "has format " + format + ", and this version reads " + FORMAT);
    require(position >= 0, "is of position " + position);
    require(files.size() <= MAX_FILES, "names " + files.size() + " files");
    Map<Long, Long> sizes = new HashMap<>();
    for (Ledger ledger : ledgers) {
      require(ledger.sizeBytes >= 0, "says that a ledger has " + ledger.sizeBytes + " bytes");
      require(sizes.put(ledger.id, 0L) == null, "names ledger " + ledger.id + " twice");
    }
    Set<String> names = new HashSet<>();
    for (StoredFile file : files) {
      require(FILE_NAME.matcher(file.name()).matches(), "names a file " + file.name());
      require(names.add(file.name()), "names the file " + file.name() + " twice");
      require(sizes.containsKey(file.ledger()), "lacks the ledger of " + file.name());
      require(
          file.sizeBytes() >= 0
              && file.firstEntry() >= 0
              && file.entries() >= (file.sizeBytes() == 0 ? 0 : 1)
              && file.entries() <= file.sizeBytes(),
          "says nonsense of " + file);
    }
  }

  /** Bytes of its files. */
  public long fileBytes() {
    return files.stream().mapToLong(StoredFile::sizeBytes).sum();
  }

  /** All ledgers that must be there for it, but its own. */
  public Set<Long> ledgerIds() {
    Set<Long> ids = new LinkedHashSet<>();
    ledgers.forEach(ledger -> ids.add(ledger.id));
    return ids;
  }

  byte[] encode() {
    String line = MAPPER.writeValueAsString(this) + "\n";
    return (line + SUM + sumOf(line) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a manifest.
   *
   * @param where it was found, for people
   */
  static Manifest decode(byte[] bytes, String where) throws DamagedCheckpointException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\n') + 1;
    String line = text.substring(0, end);
    if (!text.substring(end).equals(SUM + sumOf(line) + "\n")) {
      throw new DamagedCheckpointException(
          "the manifest in %s is damaged: its checksum does not fit its %d bytes"
              .formatted(where, bytes.length));
    }
    try {
      return MAPPER.readValue(line, Manifest.class);
    } catch (JacksonException e) {
      throw new DamagedCheckpointException(
          "the manifest in %s cannot be read: %s".formatted(where, e.getOriginalMessage()), e);
    }
  }

  private static String sumOf(String line) {
    CRC32C sum = new CRC32C();
    sum.update(line.getBytes(StandardCharsets.UTF_8));
    return "%08x".formatted(sum.getValue()).toLowerCase(Locale.ROOT);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException("the manifest of a checkpoint " + otherwise);
    }
  }
}
