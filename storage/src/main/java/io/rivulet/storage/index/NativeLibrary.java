package io.rivulet.storage.index;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Immutable. Loads RocksDB's native library from a copy that is kept beside the index.
 *
 * <p>RocksDB itself unpacks 17 MB from its jar into the system's temporary folder at every start,
 * which takes longer than opening the index, and leaves them there when the process is killed. Here
 * they are unpacked once. The copy's folder is named by the CRC in the jar, which is compared with
 * the file at each start.
 */
final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);
  private static final int BUFFER_BYTES = 1 << 20;

  /** Two threads that unpack at once would load each other's unfinished file. */
  private static final ReentrantLock ONE_AT_A_TIME = new ReentrantLock();

  private final Path folder;

  NativeLibrary(Path folder) {
    this.folder = folder;
  }

  /** Loads the library if this process has not done so yet. */
  void load() {
    ONE_AT_A_TIME.lock();
    try {
      if (RocksDB.rocksdbVersion() != null) {
        return;
      }
      RocksDB.loadLibrary(List.of(unpacked().toString()));
    } catch (IOException | UnsatisfiedLinkError e) {
      LOG.info("RocksDB's library cannot be kept in {}; it is unpacked at each start.", folder, e);
      RocksDB.loadLibrary();
    } finally {
      ONE_AT_A_TIME.unlock();
    }
  }

  /** The folder with the library of this version, which is unpacked if it is missing or damaged. */
  Path unpacked() throws IOException {
    String packedName = Environment.getJniLibraryFileName("rocksdb");
    // The name that RocksDB looks for in a given folder has "jni" twice.
    String name = Environment.getJniLibraryFileName("rocksdbjni");
    URL packed = RocksDB.class.getResource("/" + packedName);
    URLConnection connection = packed == null ? null : packed.openConnection();
    if (!(connection instanceof JarURLConnection jar)) {
      throw new IOException("there is no " + packedName + " in RocksDB's jar");
    }
    long crc = jar.getJarEntry().getCrc();
    Path versionFolder = folder.resolve(HexFormat.of().toHexDigits((int) crc)).toAbsolutePath();
    Path library = versionFolder.resolve(name);
    if (!Files.exists(library) || crcOf(library) != crc) {
      Snapshots.delete(folder);
      Files.createDirectories(versionFolder);
      // Of this process alone: another that starts now must not move half of a file into place.
      Path unfinished =
          versionFolder.resolve(name + "." + ProcessHandle.current().pid() + ".unfinished");
      try (InputStream bytes = jar.getInputStream()) {
        Files.copy(bytes, unfinished, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(unfinished, library, StandardCopyOption.ATOMIC_MOVE);
    }
    return versionFolder;
  }

  private static long crcOf(Path file) throws IOException {
    CRC32 crc = new CRC32();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream bytes = Files.newInputStream(file)) {
      for (int count = bytes.read(buffer); count > 0; count = bytes.read(buffer)) {
        crc.update(buffer, 0, count);
      }
    }
    return crc.getValue();
  }
}
