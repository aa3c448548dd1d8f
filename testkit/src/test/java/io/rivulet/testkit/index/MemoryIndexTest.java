package io.rivulet.testkit.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.Table;
import org.junit.jupiter.api.Test;

class MemoryIndexTest extends IndexContractTest {
  @Override
  protected Index open() {
    return new MemoryIndex();
  }

  @Override
  protected Index reopen(Index closing) {
    closing.close();
    return ((MemoryIndex) closing).crash(0);
  }

  @Override
  protected Index lose(Index closing) {
    return ((MemoryIndex) closing).lose();
  }

  @Override
  protected Index reopenBefore(Index closing, long logEnd) {
    return ((MemoryIndex) closing).reopenBefore(logEnd);
  }

  @Test
  void aCrashKeepsWhatWasFlushedAndAsManyWritesAsAskedFor() {
    put(10, Table.META, "flushed", "1");
    index().flush();
    put(20, Table.META, "first", "1");
    put(30, Table.META, "second", "1");

    MemoryIndex found = ((MemoryIndex) index()).crash(1);

    assertThat(found.position()).isEqualTo(20);
    assertThat(found.get(Table.META, bytes("flushed"))).isNotNull();
    assertThat(found.get(Table.META, bytes("first"))).isNotNull();
    assertThat(found.get(Table.META, bytes("second"))).isNull();
  }

  @Test
  void unflushedWritesAreCounted() {
    put(10, Table.META, "a", "1");
    assertThat(((MemoryIndex) index()).unflushedWrites()).isEqualTo(1);

    index().flush();

    assertThat(((MemoryIndex) index()).unflushedWrites()).isZero();
  }
}
