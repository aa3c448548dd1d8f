package io.rivulet.cluster.ownership;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.MemoryLedgers;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.shard.ShardRecords;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** A rule that is broken on purpose, so that the simulation shows that it can see it. */
enum Mutation {
  NONE,
  /** Who takes a shard over reads its last ledger and does not fence it. */
  NO_FENCE,
  /** Who changes a shard's record does not look whether it has changed. */
  NO_COMPARE;

  LedgerStore ledgers(LedgerStore real, MemoryLedgers cloud) {
    return this == NO_FENCE ? new Unfenced(real, cloud) : real;
  }

  MetadataStore metadata(MetadataStore real) {
    return this == NO_COMPARE ? new Uncompared(real) : real;
  }

  /** Safe for all threads as what is behind it is. */
  private record Unfenced(LedgerStore real, MemoryLedgers cloud) implements LedgerStore {
    private record Found(long id, List<ByteBuffer> entries) implements Reader {
      @Override
      public long lastEntry() {
        return entries.size() - 1L;
      }

      @Override
      public long sizeBytes() {
        return entries.stream().mapToLong(ByteBuffer::remaining).sum();
      }

      @Override
      public CompletableFuture<List<ByteBuffer>> read(long first, long last) {
        return CompletableFuture.completedFuture(
            entries.subList((int) first, (int) last + 1).stream()
                .map(ByteBuffer::duplicate)
                .toList());
      }

      @Override
      public void close() {}
    }

    @Override
    public CompletableFuture<Writer> create(Label label) {
      return real.create(label);
    }

    @Override
    public CompletableFuture<Reader> recover(long id) {
      return CompletableFuture.completedFuture(new Found(id, cloud.entries(id)));
    }

    @Override
    public CompletableFuture<Reader> open(long id) {
      return recover(id);
    }

    @Override
    public CompletableFuture<Reader> peek(long id) {
      return real.peek(id);
    }

    @Override
    public CompletableFuture<Void> delete(long id) {
      return real.delete(id);
    }

    @Override
    public CompletableFuture<List<Listed>> list() {
      return real.list();
    }

    @Override
    public int writableNodes() {
      return real.writableNodes();
    }

    @Override
    public boolean isNearlyFull() {
      return real.isNearlyFull();
    }

    @Override
    public void close() {
      real.close();
    }
  }

  /** Safe for all threads as what is behind it is. */
  private record Uncompared(MetadataStore real) implements MetadataStore {
    @Override
    public CompletableFuture<Optional<Versioned>> get(String name) {
      return real.get(name);
    }

    @Override
    public CompletableFuture<List<String>> children(String name) {
      return real.children(name);
    }

    @Override
    public CompletableFuture<OptionalLong> put(String name, String value, long expectedVersion) {
      return name.startsWith(ShardRecords.FOLDER) && expectedVersion != ABSENT
          ? real.get(name)
              .thenCompose(
                  found -> real.put(name, value, found.map(Versioned::version).orElse(ABSENT)))
          : real.put(name, value, expectedVersion);
    }

    @Override
    public CompletableFuture<Boolean> delete(String name, long expectedVersion) {
      return real.delete(name, expectedVersion);
    }

    @Override
    public CompletableFuture<Boolean> claim(String name, String value) {
      return real.claim(name, value);
    }

    @Override
    public void watch(String name) {
      real.watch(name);
    }

    @Override
    public void listen(Listener listener) {
      real.listen(listener);
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
