package io.rivulet.storage.log;

import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.log.CommitLogContractTest;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class FileLogContractTest {
  abstract static class Suite extends CommitLogContractTest {
    private final Durability durability;
    private int segmentBytes;

    @TempDir private Path folder;

    @SuppressWarnings("NullAway.Init") // JUnit sets the folder
    Suite(Durability durability) {
      this.durability = durability;
    }

    @Override
    protected CommitLog open(int newSegmentBytes) throws IOException {
      segmentBytes = newSegmentBytes;
      return open();
    }

    @Override
    protected CommitLog reopen(CommitLog closing) throws IOException {
      closing.close();
      return open();
    }

    private CommitLog open() throws IOException {
      LogConfig config =
          LogConfig.defaults(folder)
              .withDurability(durability)
              .withSegmentBytes(segmentBytes)
              .withRoom(segmentBytes, 0);
      return FileLog.open(config, Clock.system());
    }
  }

  @Nested
  class InModeFsync extends Suite {
    InModeFsync() {
      super(Durability.FSYNC);
    }
  }

  @Nested
  class InModeInterval extends Suite {
    InModeInterval() {
      super(Durability.INTERVAL);
    }
  }
}
