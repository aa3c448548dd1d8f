package io.rivulet.storage.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Gives a new file all its blocks without writing them: Linux's fallocate, which the JDK
 * does not offer. They read as zeros, and a write to them cannot meet a full disk; the first sync
 * after such a write costs more than on blocks that were written before.
 */
final class Allocation {
  private static final int READ_WRITE_CREATE_NEW = 0x2 | 0x40 | 0x80 | 0x80000;
  private static final int MODE = 0b110_100_100;
  private static final int INTERRUPTED = 4;
  private static final int NO_ROOM = 28;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO_OFFSET =
      STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private record Calls(MethodHandle open, MethodHandle fallocate, MethodHandle close) {}

  private static final @Nullable Calls CALLS = find();

  private Allocation() {}

  @SuppressWarnings("restricted") // the signatures are those of the C library
  private static @Nullable Calls find() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    SymbolLookup library = linker.defaultLookup();
    Linker.Option errno = Linker.Option.captureCallState("errno");
    var open = library.find("open");
    var fallocate = library.find("fallocate");
    var close = library.find("close");
    if (open.isEmpty() || fallocate.isEmpty() || close.isEmpty()) {
      return null;
    }
    return new Calls(
        linker.downcallHandle(
            open.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2),
            errno),
        linker.downcallHandle(
            fallocate.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG),
            errno),
        linker.downcallHandle(
            close.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)));
  }

  /**
   * Makes a file of that size, not synced.
   *
   * @return false, with no file, where this system or its file system cannot do it
   * @throws IOException if the disk has no room; no file is left
   */
  static boolean allocate(Path file, long sizeBytes) throws IOException {
    Calls calls = CALLS;
    if (calls == null) {
      return false;
    }
    int error;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment name = arena.allocateFrom(file.toAbsolutePath().toString());
      int descriptor = (int) calls.open.invokeExact(state, name, READ_WRITE_CREATE_NEW, MODE);
      if (descriptor < 0) {
        return false; // said better by whoever makes the file in the usual way now
      }
      error = fallocate(calls, state, descriptor, sizeBytes);
      int _ = (int) calls.close.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("fallocate cannot be called", e);
    }
    if (error == 0) {
      return true;
    }
    Files.deleteIfExists(file);
    if (error == NO_ROOM) {
      throw new IOException("no room for %d bytes in %s".formatted(sizeBytes, file.getParent()));
    }
    return false;
  }

  private static int fallocate(Calls calls, MemorySegment state, int descriptor, long sizeBytes)
      throws Throwable {
    int error = INTERRUPTED;
    while (error == INTERRUPTED) {
      int result = (int) calls.fallocate.invokeExact(state, descriptor, 0, 0L, sizeBytes);
      error = result == 0 ? 0 : state.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
    }
    return error;
  }
}
