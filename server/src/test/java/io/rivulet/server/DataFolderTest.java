package io.rivulet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
  @TempDir private Path folder;

  @Test
  void aFolderIsMadeWithThoseAboveIt() throws Exception {
    Path deep = folder.resolve("a/b/data");

    DataFolder.open(deep).close();

    assertThat(deep).isDirectory();
  }

  @Test
  void aFolderIsTakenOnceAtATime() throws Exception {
    try (DataFolder taken = DataFolder.open(folder)) {
      assertThatThrownBy(() -> DataFolder.open(taken.path()))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid());
    }

    DataFolder.open(folder).close();
  }

  @Test
  void fileErrorsSayWhatToDo() {
    assertThat(DataFolder.explain(new AccessDeniedException("/x"))).contains("/x", "--data");
    assertThat(DataFolder.explain(new FileSystemException("/x", null, "No space left on device")))
        .contains("No space left");
    assertThat(DataFolder.explain(new IOException("broken pipe"))).contains("broken pipe");
  }
}
