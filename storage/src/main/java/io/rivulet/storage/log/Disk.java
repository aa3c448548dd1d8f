package io.rivulet.storage.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The file system as the log sees it: the real one, or one that a test fills up or breaks. */
interface Disk {
  FileChannel open(Path file, OpenOption... options) throws IOException;

  /** Bytes that can still be allocated on the file system of this folder. */
  long usableBytes(Path folder) throws IOException;

  /**
   * Makes a file whose blocks are there and read as zeros, without writing them; not synced.
   *
   * @return false, with no file, if that is not possible here
   * @throws IOException if there is no room; no file is left
   */
  boolean allocate(Path file, long sizeBytes) throws IOException;

  /** Makes names that were made, changed or removed in a folder survive power loss. */
  void syncFolder(Path folder) throws IOException;

  static Disk real() {
    return new Disk() {
      // To find out which one a folder is on takes a millisecond, to ask it a microsecond.
      private final Map<Path, FileStore> stores = new ConcurrentHashMap<>();

      @Override
      public FileChannel open(Path file, OpenOption... options) throws IOException {
        return FileChannel.open(file, options);
      }

      @Override
      public long usableBytes(Path folder) throws IOException {
        FileStore store = stores.get(folder);
        if (store == null) {
          store = Files.getFileStore(folder);
          stores.put(folder, store);
        }
        return store.getUsableSpace();
      }

      @Override
      public boolean allocate(Path file, long sizeBytes) throws IOException {
        return Allocation.allocate(file, sizeBytes);
      }

      @Override
      public void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
          channel.force(true);
        }
      }
    };
  }
}
